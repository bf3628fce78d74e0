"""The sweep function and the schedule that starts it."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Aws, CfnResource, Duration, Stack, Validations, aws_iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import FunctionFactory, allow, own_account
from infra.storage import Storage

SWEEP_EVERY = Duration.minutes(5)


class Schedule(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        factory: FunctionFactory,
        storage: Storage,
        queue: sqs.IQueue,
    ) -> None:
        super().__init__(scope, id_)
        self.function = factory.make(
            self,
            "sweep",
            "Finds what was missed, sends the gauges, keeps the tokens alive",
            memory_mib=512,
            # It must be done before the next one starts.
            timeout=Duration.seconds(240),
        )
        self._allow(storage, queue)
        self._start_regularly()

    def _allow(self, storage: Storage, queue: sqs.IQueue) -> None:
        allow(
            self.function,
            storage.table.table_arn,
            [
                "dynamodb:BatchGetItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ],
        )
        allow(self.function, storage.open_index_arn, ["dynamodb:Query"])
        allow(self.function, queue.queue_arn, ["sqs:SendMessage"])
        allow(self.function, storage.app_secret.secret_arn, ["secretsmanager:GetSecretValue"])
        storage.allow_connection_secrets(
            self.function,
            [
                "secretsmanager:DeleteSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
            ],
        )

    def _start_regularly(self) -> None:
        role = aws_iam.Role(
            self,
            "SchedulerRole",
            # AWS guide "Confused deputy prevention in EventBridge Scheduler": the schedule's group.
            assumed_by=own_account(
                "scheduler.amazonaws.com", **{"aws:SourceArn": self._schedule_group()}
            ),
            description="Starts the sweep",
        )
        scheduler.Schedule(
            self,
            "Sweep",
            description="The sweep of every connection",
            schedule=scheduler.ScheduleExpression.rate(SWEEP_EVERY),
            # The next one comes soon and does all that a lost one would have done.
            target=targets.LambdaInvoke(
                self.function, role=role, retry_attempts=2, max_event_age=SWEEP_EVERY
            ),
        )
        Validations.of(role).acknowledge(
            Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::<{self._logical_id()}.Arn>:*]",
                reason="CDK lets the schedule start every version of this one function.",
            )
        )

    def _schedule_group(self) -> str:
        return Stack.of(self).format_arn(
            service="scheduler",
            region=Aws.REGION,
            account=Aws.ACCOUNT_ID,
            resource="schedule-group",
            resource_name="default",
        )

    def _logical_id(self) -> str:
        child = self.function.node.default_child
        assert isinstance(child, CfnResource)
        return str(Stack.of(self).resolve(child.logical_id))
