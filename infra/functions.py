"""The one way to make a Lambda function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Acknowledgment, Aws, Duration, Stack, Validations, aws_iam, aws_lambda, aws_logs
from constructs import Construct

from infra.options import Options
from infra.package import RUNTIME, digest

_NOT_THE_NEWEST_PYTHON = Acknowledgment(
    id="AwsSolutions-L1",
    reason="docs/decisions.md: bytecode and tests need an interpreter of the same version, and 3.13"
    " is supported to the same day as the newest, 3.14.",
)


@dataclass(frozen=True)
class FunctionFactory:
    """Makes functions that share one package and one environment."""

    # The folder that `infra.package.build` made.
    code: Path
    environment: Mapping[str, str]
    options: Options

    def make(
        self,
        scope: Construct,
        name: str,
        description: str,
        *,
        memory_mib: int,
        timeout: Duration,
        concurrency: int | None = None,
        recursive_loop: aws_lambda.RecursiveLoop = aws_lambda.RecursiveLoop.TERMINATE,
    ) -> aws_lambda.Function:
        """Make the function in `functions/NAME.py`.

        `concurrency`: how many of it run at most, and for how many there is always room, if the
        owner chose that. It may write its log and nothing else: `allow` grants what it calls.
        """
        stack = Stack.of(scope)
        log_group = aws_logs.LogGroup(
            scope,
            f"{name}-log",
            log_group_name=log_of(name, self.options.stack_name),
            retention=self.options.retention,
            removal_policy=self.options.removal_policy_of_logs,
        )
        role = _role(scope, name)
        log_group.grant_write(role)
        function = aws_lambda.Function(
            scope,
            name,
            function_name=f"{stack.stack_name}-{name}",
            description=description,
            code=aws_lambda.Code.from_asset(str(self.code), asset_hash=digest(self.code)),
            handler=f"{name}.handler",
            runtime=aws_lambda.Runtime(f"python{RUNTIME}", aws_lambda.RuntimeFamily.PYTHON),
            architecture=aws_lambda.Architecture.ARM_64,
            role=role,
            environment=dict(self.environment),
            memory_size=memory_mib,
            timeout=timeout,
            log_group=log_group,
            logging_format=aws_lambda.LoggingFormat.JSON,
            recursive_loop=recursive_loop,
            reserved_concurrent_executions=(
                concurrency if self.options.reserved_concurrency else None
            ),
        )
        Validations.of(function).acknowledge(_NOT_THE_NEWEST_PYTHON)
        return function


def log_of(function: str, stack_name: str) -> str:
    """Return the name of a function's log group."""
    return f"/{stack_name}/{function}"


def _role(scope: Construct, name: str) -> aws_iam.Role:
    return aws_iam.Role(
        scope,
        f"{name}-role",
        assumed_by=own_account("lambda.amazonaws.com"),
        description=f"What the function {name} may do",
    )


def own_account(service: str, **more: str) -> aws_iam.ServicePrincipal:
    """Return a service of AWS, as far as it acts for this account, and for what `more` says."""
    account = {"aws:SourceAccount": Aws.ACCOUNT_ID}
    return aws_iam.ServicePrincipal(service, conditions={"StringEquals": {**account, **more}})


def allow(function: aws_lambda.Function, resource: str, actions: Sequence[str]) -> None:
    """Grant the actions by name, because CDK's own grants give more than is called."""
    function.add_to_role_policy(
        aws_iam.PolicyStatement(actions=list(actions), resources=[resource])
    )
