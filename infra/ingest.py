"""What takes hints in: the queue, and the two webhook functions that fill it."""

from __future__ import annotations

from aws_cdk import Duration, aws_sqs
from constructs import Construct

from infra.functions import FunctionFactory, allow
from infra.storage import Storage

# HubSpot waits five seconds for its answer and Intuit three; AWS clients give up before this.
_WEBHOOK_TIMEOUT = Duration.seconds(10)
_WEBHOOK_MEMORY = 512
# HubSpot sends at most ten deliveries at a time, Intuit fewer.
_HUBSPOT_AT_ONCE, _QUICKBOOKS_AT_ONCE = 10, 5
# The worker answers within this or is stopped; its leases on records last longer.
WORKER_TIMEOUT = Duration.seconds(90)
# AWS asks for six times the function's time: less, and Lambda's own retries of a throttled batch
# would meet messages that are visible again.
VISIBILITY_TIMEOUT = Duration.seconds(6 * WORKER_TIMEOUT.to_seconds())
# With the worker's own waits (4, 8, 16 ... 512 seconds) some twenty minutes of tries.
MAX_RECEIVE_COUNT = 10


class HintQueue(Construct):
    """Standard, not FIFO: order buys nothing when the worker reads current state. The portal is
    each message's group, so that a busy one does not starve the others."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        self.dead_letters = aws_sqs.Queue(
            self,
            "DeadLetters",
            retention_period=Duration.days(14),
            encryption=aws_sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        self.queue = aws_sqs.Queue(
            self,
            "Hints",
            visibility_timeout=VISIBILITY_TIMEOUT,
            retention_period=Duration.days(14),
            encryption=aws_sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=aws_sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MAX_RECEIVE_COUNT
            ),
        )


class Ingest(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        factory: FunctionFactory,
        storage: Storage,
        queue: aws_sqs.Queue,
    ) -> None:
        super().__init__(scope, id_)
        self.hubspot_webhook = factory.make(
            self,
            "hubspot_webhook",
            "Verifies HubSpot's signature and puts hints on the queue",
            memory_mib=_WEBHOOK_MEMORY,
            timeout=_WEBHOOK_TIMEOUT,
            concurrency=_HUBSPOT_AT_ONCE,
        )
        self.quickbooks_webhook = factory.make(
            self,
            "quickbooks_webhook",
            "Verifies Intuit's signature and puts hints on the queue",
            memory_mib=_WEBHOOK_MEMORY,
            timeout=_WEBHOOK_TIMEOUT,
            concurrency=_QUICKBOOKS_AT_ONCE,
        )
        for function in (self.hubspot_webhook, self.quickbooks_webhook):
            allow(function, storage.app_secret.secret_arn, ["secretsmanager:GetSecretValue"])
            allow(function, queue.queue_arn, ["sqs:SendMessage"])
