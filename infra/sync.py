"""The worker, fed by the queue."""

from __future__ import annotations

from aws_cdk import Duration, aws_lambda, aws_sqs
from constructs import Construct

from infra.functions import FunctionFactory, allow
from infra.ingest import WORKER_TIMEOUT
from infra.storage import Storage

# A hundred invoices share their calls; a second of waiting for them is the price.
BATCH_SIZE = 100
BATCHING_WINDOW = Duration.seconds(1)
# The least that Lambda offers. QuickBooks limits calls a realm, and two workers use them up.
MAX_CONCURRENCY = 2


class SyncWorker(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        factory: FunctionFactory,
        storage: Storage,
        queue: aws_sqs.Queue,
    ) -> None:
        super().__init__(scope, id_)
        self.function = factory.make(
            self,
            "sync_worker",
            "Syncs the invoices that hints name",
            # Twenty threads of TLS and JSON: CPU comes with memory.
            memory_mib=1024,
            timeout=WORKER_TIMEOUT,
            # More than the queue ever starts: a batch that is throttled counts as a try.
            concurrency=2 * MAX_CONCURRENCY,
            # A hint in lasting trouble is sent again every 15 minutes, for as long as it lasts.
            # Lambda would take that for a runaway loop after 16 rounds and drop the hint.
            recursive_loop=aws_lambda.RecursiveLoop.ALLOW,
        )
        self._allow(storage, queue)
        aws_lambda.EventSourceMapping(
            self,
            "Mapping",
            target=self.function,
            event_source_arn=queue.queue_arn,
            batch_size=BATCH_SIZE,
            max_batching_window=BATCHING_WINDOW,
            max_concurrency=MAX_CONCURRENCY,
            report_batch_item_failures=True,
        )

    def _allow(self, storage: Storage, queue: aws_sqs.Queue) -> None:
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
        allow(
            self.function,
            queue.queue_arn,
            [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ],
        )
        allow(self.function, storage.app_secret.secret_arn, ["secretsmanager:GetSecretValue"])
        storage.allow_connection_secrets(
            self.function, ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
        )
