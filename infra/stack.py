"""The stack: wires the concerns and defines nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import CfnOutput, Environment, Stack, Tags, aws_iam, aws_lambda
from constructs import Construct

from infra.alarms import Alarms
from infra.api import Api
from infra.budget import Budget
from infra.dashboard import BUSINESS, TECHNICAL, Measured, Shown, business, technical
from infra.deployed import OPTIONS_IN_METADATA
from infra.domain import Domain
from infra.encryption import allow_key, encrypt
from infra.functions import FunctionFactory
from infra.ingest import HintQueue, Ingest
from infra.options import Options
from infra.queries import SavedQueries
from infra.schedule import Schedule
from infra.storage import Storage
from infra.sync import SyncWorker
from invoice_sync.version import VERSION

METRICS_NAMESPACE = "InvoiceSync"
_QUICKBOOKS = {
    "production": "https://quickbooks.api.intuit.com",
    "sandbox": "https://sandbox-quickbooks.api.intuit.com",
}

_DASHBOARDS = {"BusinessDashboardUrl": BUSINESS, "TechnicalDashboardUrl": TECHNICAL}
_ADDRESSES = {
    "StageUrl": "",
    "ConnectUrl": "/connect/hubspot",
    "HubSpotRedirectUrl": "/connect/hubspot/callback",
    "HubSpotWebhookUrl": "/webhooks/hubspot",
    "QuickBooksRedirectUri": "/connect/quickbooks/callback",
    "QuickBooksLaunchUrl": "/connect/hubspot",
    "QuickBooksDisconnectUrl": "/connect/quickbooks/disconnected",
    "QuickBooksWebhookUrl": "/webhooks/quickbooks",
    "OpenApiUrl": "/openapi.json",
}
# The services that use the owner's key for a function.
_WEBHOOK_USES = ("secretsmanager:read", "sqs")
_USES = {"hubspot_webhook": _WEBHOOK_USES, "quickbooks_webhook": _WEBHOOK_USES}
_USES_OF_OTHERS = ("dynamodb", "secretsmanager", "sqs")


class InvoiceSyncStack(Stack):
    """`code`: the folder that `infra.package.build` made."""

    def __init__(self, scope: Construct, id_: str, *, code: Path, options: Options) -> None:
        super().__init__(
            scope,
            id_,
            stack_name=options.stack_name,
            env=Environment(account=options.account or None, region=options.region or None),
            description=f"Keeps HubSpot invoices in step with QuickBooks Online, version {VERSION}",
            # HubSpot and Intuit know its address. `make destroy` turns this off.
            termination_protection=options.on_deletion == "retain",
            tags={**options.tags, "service": options.stack_name, "version": VERSION},
        )
        # Read back by the next deployment: infra/deployed.py.
        self.template_options.metadata = {OPTIONS_IN_METADATA: dict(options.chosen)}
        storage = Storage(self, "Storage", options)
        # CloudFormation hands the stack's tags on to everything but this kind of table.
        for name, value in self.tags.tag_values().items():
            Tags.of(storage.own_table).add(name, value)
        hints = HintQueue(self, "HintQueue")
        factory = FunctionFactory(code, _environment(storage, hints, options), options)
        ingest = Ingest(self, "Ingest", factory, storage, hints.queue)
        worker = SyncWorker(self, "SyncWorker", factory, storage, hints.queue)
        api = Api(self, "Api", factory, storage, hints.queue, ingest, options)
        schedule = Schedule(self, "Schedule", factory, storage, hints.queue)
        functions = {
            "hubspot_webhook": ingest.hubspot_webhook,
            "quickbooks_webhook": ingest.quickbooks_webhook,
            "sync_worker": worker.function,
            "sweep": schedule.function,
            "api": api.function,
            "connect": api.connect,
        }
        self._outputs(storage, hints, api, options)
        self._watch(functions, hints, api, options)
        self._as_chosen(functions, api, options)

    def _as_chosen(
        self, functions: Mapping[str, aws_lambda.Function], api: Api, options: Options
    ) -> None:
        """What an owner may ask for, and most do not."""
        if options.domain_name:
            domain = Domain(self, "Domain", api.http, api.stage, options)
            CfnOutput(self, "DomainTarget", value=domain.target)
        if options.monthly_budget:
            Budget(self, "Budget", options)
        if options.kms_key_arn:
            encrypt(self, options.kms_key_arn)
            for name, function in functions.items():
                allow_key(function, options.kms_key_arn, _USES.get(name, _USES_OF_OTHERS))
        if options.permissions_boundary_arn:
            aws_iam.PermissionsBoundary.of(self).apply(
                aws_iam.ManagedPolicy.from_managed_policy_arn(
                    self, "Boundary", options.permissions_boundary_arn
                )
            )

    def _outputs(self, storage: Storage, hints: HintQueue, api: Api, options: Options) -> None:
        url = _url(api, options)
        # docs/deploy.md says where each of these is entered.
        for name, path in _ADDRESSES.items():
            CfnOutput(self, name, value=f"{url}{path}")
        CfnOutput(self, "AppSecretId", value=storage.app_secret.secret_arn)
        CfnOutput(self, "TableName", value=storage.table.table_name)
        if storage.table is not storage.own_table:
            CfnOutput(self, "OwnTableName", value=storage.own_table.table_name)
        CfnOutput(self, "DeadLetterQueueUrl", value=hints.dead_letters.queue_url)

    def _watch(
        self,
        functions: Mapping[str, aws_lambda.Function],
        hints: HintQueue,
        api: Api,
        options: Options,
    ) -> None:
        """Alarms, dashboards and saved queries."""
        measured = Measured(METRICS_NAMESPACE, options.stack_name)
        connect_url = f"{_url(api, options)}{_ADDRESSES['ConnectUrl']}"
        alarms = Alarms(
            self,
            "Alarms",
            functions=functions,
            hints=hints,
            http=api.http,
            access_log=api.access_log,
            connect_url=connect_url,
            measured=measured,
            options=options,
        )
        if options.dashboards:
            shown = Shown(
                measured=measured,
                functions=functions,
                hints=hints,
                http=api.http,
                runbook_url=options.runbook_url,
                connect_url=connect_url,
                thresholds=alarms.thresholds,
            )
            dashboards = Construct(self, "Dashboards")
            business(dashboards, shown, alarms.by_audience["business"])
            technical(dashboards, shown, alarms.by_audience["technical"])
            for output, name in _DASHBOARDS.items():
                CfnOutput(self, output, value=shown.link(name))
        SavedQueries(
            self,
            "Queries",
            deployment=options.stack_name,
            groups={name: one.log_group.log_group_name for name, one in functions.items()},
            access=api.access_log,
        )
        CfnOutput(self, "TechnicalTopicArn", value=alarms.technical.topic_arn)
        CfnOutput(self, "BusinessTopicArn", value=alarms.business.topic_arn)


def _url(api: Api, options: Options) -> str:
    return f"https://{options.domain_name}" if options.domain_name else api.http.api_endpoint


def _environment(storage: Storage, hints: HintQueue, options: Options) -> dict[str, str]:
    """Return the environment variables of every function."""
    key = {"KMS_KEY_ARN": options.kms_key_arn} if options.kms_key_arn else {}
    return {
        **key,
        "TABLE_NAME": storage.table.table_name,
        "QUEUE_URL": hints.queue.queue_url,
        "APP_SECRET_ID": storage.app_secret.secret_arn,
        "CONNECTION_SECRETS": storage.connection_secrets,
        "QUICKBOOKS_BASE_URL": _QUICKBOOKS[options.quickbooks],
        "ALLOWED_PORTAL_IDS": ",".join(options.portal_ids),
        "DEFAULT_SETTINGS": options.settings,
        "POWERTOOLS_SERVICE_NAME": options.stack_name,
        "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
    }
