"""The HTTP front: every route, its function, the throttle and the access log."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aws_cdk import (
    Acknowledgment,
    Duration,
    Stack,
    Validations,
    aws_lambda,
    aws_logs,
    aws_sqs,
)
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.functions import FunctionFactory, allow
from infra.ingest import Ingest
from infra.options import Options
from infra.rollout import Rollout
from infra.routes import ROUTES, UNKNOWN
from infra.storage import Storage

# People open cards. Far above that, and a bound on what a stranger can make this account pay.
_THROTTLE = gateway.ThrottleSettings(rate_limit=50, burst_limit=100)
# Webhooks have a share of their own: who floods the API does not keep them out. HubSpot sends at
# most ten deliveries at a time, each answered in a fraction of a second.
_WEBHOOK_THROTTLE = {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
# A card asks a few things at once, each answered in a fraction of a second; people connect seldom.
_API_AT_ONCE, _CONNECT_AT_ONCE = 20, 5
# The API gives up after 30 seconds.
_TIMEOUT = Duration.seconds(29)
# No query, no address of the caller: hubspot.fetch puts the user's e-mail into the query.
_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "error": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
}


class Api(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        factory: FunctionFactory,
        storage: Storage,
        queue: aws_sqs.Queue,
        ingest: Ingest,
        options: Options,
    ) -> None:
        super().__init__(scope, id_)
        self.function = factory.make(
            self,
            "api",
            "Answers the card in HubSpot: counts, failures, one invoice's status, retries",
            # A person waits for it, and most of a cold start is imports: CPU comes with memory.
            memory_mib=1024,
            timeout=_TIMEOUT,
            concurrency=_API_AT_ONCE,
        )
        self.connect = factory.make(
            self,
            "connect",
            "Connects a HubSpot account and a QuickBooks company (OAuth)",
            memory_mib=512,
            timeout=_TIMEOUT,
            concurrency=_CONNECT_AT_ONCE,
        )
        self._allow(storage, queue)
        # API Gateway may write to names that begin so, however many there are.
        self.access_log = f"/aws/vendedlogs/{options.stack_name}/access"
        rollout = Rollout(
            self,
            "Rollout",
            factory,
            {
                "api": self.function,
                "connect": self.connect,
                "hubspot_webhook": ingest.hubspot_webhook,
                "quickbooks_webhook": ingest.quickbooks_webhook,
            },
        )
        self.http = self._front(rollout.aliases, options)

    def _allow(self, storage: Storage, queue: aws_sqs.Queue) -> None:
        table, index = storage.table.table_arn, storage.open_index_arn
        for function in (self.function, self.connect):
            allow(function, queue.queue_arn, ["sqs:SendMessage"])
            allow(function, index, ["dynamodb:Query"])
            allow(function, storage.app_secret.secret_arn, ["secretsmanager:GetSecretValue"])
        allow(
            self.function,
            table,
            [
                "dynamodb:BatchGetItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ],
        )
        # A preview reads both systems as they are.
        storage.allow_connection_secrets(
            self.function,
            [
                "secretsmanager:DeleteSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
            ],
        )
        allow(
            self.connect,
            table,
            [
                "dynamodb:BatchGetItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
            ],
        )
        storage.allow_connection_secrets(
            self.connect,
            [
                "secretsmanager:CreateSecret",
                "secretsmanager:DeleteSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
            ],
        )

    def _front(
        self, functions: Mapping[str, aws_lambda.IFunction], options: Options
    ) -> gateway.HttpApi:
        http = gateway.HttpApi(
            self,
            "Http",
            api_name=Stack.of(self).stack_name,
            create_default_stage=False,
            # Invoices and e-mail addresses are not for other web pages: no CORS.
        )
        stage = gateway.HttpStage(
            self,
            "Stage",
            http_api=http,
            stage_name="$default",
            auto_deploy=True,
            throttle=_THROTTLE,
        )
        self.stage = stage
        plain = stage.node.default_child
        assert isinstance(plain, gateway.CfnStage)
        plain.access_log_settings = self._access_log(options)
        wired = {
            name: integrations.HttpLambdaIntegration(name, function)
            for name, function in functions.items()
        }
        throttled: dict[str, object] = {}
        for method, path, function in (*ROUTES, UNKNOWN):
            for route in http.add_routes(
                path=path, methods=[gateway.HttpMethod(method)], integration=wired[function]
            ):
                Validations.of(route).acknowledge(
                    Acknowledgment(
                        id="AwsSolutions-APIG4",
                        reason="Signatures and states cover the body and the query, which an"
                        " authorizer does not get: the functions verify them.",
                    )
                )
                if path.startswith("/webhooks/"):
                    throttled[f"{method} {path}"] = _WEBHOOK_THROTTLE
                    # The stage can only name routes that there are.
                    stage.node.add_dependency(route)
        plain.route_settings = throttled
        return http

    def _access_log(self, options: Options) -> gateway.CfnStage.AccessLogSettingsProperty:
        log = aws_logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=self.access_log,
            retention=options.retention,
            removal_policy=options.removal_policy_of_logs,
        )
        return gateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log.log_group_arn, format=json.dumps(_ACCESS_LOG)
        )
