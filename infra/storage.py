"""What is kept: the table, and the secrets."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Acknowledgment, ArnFormat, Aws, RemovalPolicy, Stack, Validations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.functions import allow
from infra.options import Options
from invoice_sync.store.keys import OPEN_INDEX


class Storage(Construct):
    def __init__(self, scope: Construct, id_: str, options: Options) -> None:
        super().__init__(scope, id_)
        self.own_table = self._own_table(options)
        # The stack keeps its own table even so: nothing is deleted by using another one.
        self.table: dynamodb.ITableV2 = (
            dynamodb.TableV2.from_table_name(self, "Restored", options.table_name)
            if options.table_name
            else self.own_table
        )
        self.open_index_arn = f"{self.table.table_arn}/index/{OPEN_INDEX}"
        self.app_secret = secretsmanager.Secret(
            self,
            "AppSecret",
            description="Credentials of the HubSpot app and of the Intuit app, filled in by hand",
            removal_policy=options.removal_policy,
        )
        # Without a value: one that the template makes would replace the owner's at some update.
        made = self.app_secret.node.default_child
        assert isinstance(made, secretsmanager.CfnSecret)
        made.add_property_deletion_override("GenerateSecretString")
        Validations.of(self.app_secret).acknowledge(
            Acknowledgment(
                id="AwsSolutions-SMG4",
                reason="HubSpot and Intuit issue these values; only they can rotate them.",
            )
        )
        # Stacks of one account have different names: none reads or overwrites another one's tokens.
        self.connection_secrets = f"{options.stack_name}/connections/"
        self._connection_secrets_arn = self._secrets_arn(f"{self.connection_secrets}*")

    def _own_table(self, options: Options) -> dynamodb.TableV2:
        text = dynamodb.AttributeType.STRING
        return dynamodb.TableV2(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=text),
            sort_key=dynamodb.Attribute(name="sk", type=text),
            billing=dynamodb.Billing.on_demand(),
            # Said, though it is the default: CloudFormation has failed to take a key away from a
            # table whose template then said nothing (aws-cdk issue 8286, coverage roadmap 1070).
            encryption=dynamodb.TableEncryptionV2.dynamo_owned_key(),
            # Sparse: a record has these two attributes only while it fails.
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=OPEN_INDEX,
                    partition_key=dynamodb.Attribute(name="openPortal", type=text),
                    sort_key=dynamodb.Attribute(name="openSince", type=text),
                )
            ],
            time_to_live_attribute="expiresAt",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=options.removal_policy == RemovalPolicy.RETAIN,
            removal_policy=options.removal_policy,
        )

    def _secrets_arn(self, names: str) -> str:
        return Stack.of(self).format_arn(
            service="secretsmanager",
            region=Aws.REGION,
            account=Aws.ACCOUNT_ID,
            resource="secret",
            resource_name=names,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def allow_connection_secrets(self, function: lambda_.Function, actions: Sequence[str]) -> None:
        allow(function, self._connection_secrets_arn, actions)
        assert function.role
        Validations.of(function.role).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:"
                f"<AWS::AccountId>:secret:{self.connection_secrets}*]",
                reason="One secret a connection, made when somebody connects; no other secret's"
                " name begins so.",
            )
        )
