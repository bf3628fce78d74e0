"""How a new version takes over: asked first, then a tenth of the requests for five minutes, then
all. Where it fails, CodeDeploy turns back, and CloudFormation with it.

The functions behind the front have an alias, which CloudFormation shifts through CodeDeploy. Only
what tells of the new version can stop it. The alarms of `infra/alarms.py` may be on for days for
the sake of one connection or invoice: with them no correction could be deployed.
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import (
    Acknowledgment,
    ArnFormat,
    CfnCodeDeployLambdaAliasUpdate,
    CfnUpdatePolicy,
    Duration,
    Stack,
    Validations,
    aws_iam,
    aws_lambda,
)
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from constructs import Construct

from infra.functions import FunctionFactory, allow, own_account
from invoice_sync.preflight import LIVE, VERSIONS
from invoice_sync.runtime import metrics

_CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
_SHIFTED = codedeploy.CfnDeploymentGroup.DeploymentStyleProperty(
    deployment_type="BLUE_GREEN", deployment_option="WITH_TRAFFIC_CONTROL"
)
_BACK = codedeploy.CfnDeploymentGroup.AutoRollbackConfigurationProperty(
    enabled=True, events=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
)
_AlarmName = codedeploy.CfnDeploymentGroup.AlarmProperty
_MINUTE = Duration.minutes(1)
# They answer a bug themselves, so that Lambda counts no error: `metrics.server_error` does. The
# webhook functions leave a bug to Lambda.
_ANSWER_BUGS = ("api", "connect")


class Rollout(Construct):
    """`functions`: those that answer requests, by name. Requests go to `aliases`."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        factory: FunctionFactory,
        functions: Mapping[str, aws_lambda.Function],
    ) -> None:
        super().__init__(scope, id_)
        self._functions = functions
        # As Powertools writes them.
        self._namespace = factory.environment["POWERTOOLS_METRICS_NAMESPACE"]
        self._deployment = factory.environment["POWERTOOLS_SERVICE_NAME"]
        self._application = codedeploy.CfnApplication(
            self,
            "Application",
            application_name=Stack.of(self).stack_name,
            compute_platform="Lambda",
        )
        self._preflight = self._make_preflight(factory)
        self._role = self._make_role()
        self.aliases = {name: self._shifted(name, one) for name, one in functions.items()}

    def _make_preflight(self, factory: FunctionFactory) -> aws_lambda.Function:
        preflight = factory.make(
            self,
            "preflight",
            "Asks a new version a few questions before it gets requests",
            memory_mib=512,
            # It has to tell CodeDeploy, which else waits for an hour.
            timeout=Duration.minutes(5),
        )
        versions = {name: one.current_version.function_arn for name, one in self._functions.items()}
        preflight.add_environment(VERSIONS, Stack.of(self).to_json_string(versions))
        for name, one in self._functions.items():
            allow(preflight, f"{one.function_arn}:*", ["lambda:InvokeFunction"])
            allow(
                preflight,
                Stack.of(self).format_arn(
                    service="codedeploy",
                    resource="deploymentgroup",
                    resource_name=f"{self._application.ref}/{name}",
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                ),
                ["codedeploy:GetDeployment", "codedeploy:PutLifecycleEventHookExecutionStatus"],
            )
        assert preflight.role
        self._acknowledge(preflight.role)
        return preflight

    def _make_role(self) -> aws_iam.Role:
        """CodeDeploy's own policy for this gives rights to all aliases and buckets."""
        role = aws_iam.Role(
            self,
            "Role",
            assumed_by=own_account("codedeploy.amazonaws.com"),
            description="Shifts requests from one version of a function to the next",
        )
        for arn in [one.function_arn for one in self._functions.values()]:
            role.add_to_policy(
                aws_iam.PolicyStatement(
                    actions=[
                        "lambda:GetAlias",
                        "lambda:GetProvisionedConcurrencyConfig",
                        "lambda:UpdateAlias",
                    ],
                    resources=[arn, f"{arn}:*"],
                )
            )
        for action, resource in (
            ("lambda:InvokeFunction", self._preflight.function_arn),
            ("cloudwatch:DescribeAlarms", "*"),
        ):
            role.add_to_policy(aws_iam.PolicyStatement(actions=[action], resources=[resource]))
        self._acknowledge(role)
        Validations.of(role).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="It reads the states of alarms. AWS names no narrower form for CodeDeploy.",
            )
        )
        return role

    def _acknowledge(self, role: aws_iam.IRole) -> None:
        """That a role may use every version: a right to the newest alone would come too late."""
        for one in self._functions.values():
            child = one.node.default_child
            assert isinstance(child, aws_lambda.CfnFunction)
            Validations.of(role).acknowledge(
                Acknowledgment(
                    id="AwsSolutions-IAM5[Resource::"
                    f"<{Stack.of(self).resolve(child.logical_id)}.Arn>:*]",
                    reason="Each deployment brings a version with a new number.",
                )
            )

    def _shifted(self, name: str, function: aws_lambda.Function) -> aws_lambda.Alias:
        alias = aws_lambda.Alias(
            self, f"{name}-alias", alias_name=LIVE, version=function.current_version
        )
        group = codedeploy.CfnDeploymentGroup(
            self,
            f"{name}-deployments",
            application_name=self._application.ref,
            # `preflight` is told it, and so which function it is about.
            deployment_group_name=name,
            service_role_arn=self._role.role_arn,
            deployment_config_name=_CANARY,
            deployment_style=_SHIFTED,
            alarm_configuration=codedeploy.CfnDeploymentGroup.AlarmConfigurationProperty(
                enabled=True, alarms=[_AlarmName(name=self._alarm(name, function).alarm_name)]
            ),
            auto_rollback_configuration=_BACK,
        )
        plain = alias.node.default_child
        assert isinstance(plain, aws_lambda.CfnAlias)
        plain.cfn_options.update_policy = CfnUpdatePolicy(
            code_deploy_lambda_alias_update=CfnCodeDeployLambdaAliasUpdate(
                application_name=self._application.ref,
                deployment_group_name=group.ref,
                before_allow_traffic_hook=self._preflight.function_name,
            )
        )
        # With all their rights.
        alias.node.add_dependency(group, self._role, self._preflight)
        return alias

    def _alarm(self, name: str, function: aws_lambda.Function) -> cloudwatch.Alarm:
        """Its name has the version's number: each version has a new alarm, which begins well."""
        version = function.current_version.version
        of_version = {"FunctionName": function.function_name, "ExecutedVersion": version}
        errors = cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions_map={**of_version, "Resource": f"{function.function_name}:{LIVE}"},
            statistic="Sum",
            period=_MINUTE,
        )
        bugs = cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=metrics.SERVER_ERRORS,
            dimensions_map={**of_version, "service": self._deployment},
            statistic="Sum",
            period=_MINUTE,
        )
        both = cloudwatch.MathExpression(
            expression="FILL(errors, 0) + FILL(bugs, 0)",
            using_metrics={"errors": errors, "bugs": bugs},
            period=_MINUTE,
            label="Requests that this version failed",
        )
        return cloudwatch.Alarm(
            self,
            f"{name}-alarm",
            alarm_name=f"{Stack.of(self).stack_name}: version {version} of {name} fails",
            alarm_description="A deployment that brings this version is rolled back. Nobody is"
            " told: whoever deploys sees it. Afterwards it tells nothing that another alarm does"
            " not.",
            metric=both if name in _ANSWER_BUGS else errors,
            # Of few requests one is much. Neither function fails for what others do wrong.
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
