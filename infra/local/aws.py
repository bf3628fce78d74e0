"""AWS on this machine: the table, the queues and the secrets that the functions need.

The services are moto's, for several processes and as a measuring stick, or those of
`infra.local.memory`, for tests by the thousand.
"""

from __future__ import annotations

import json
import os
from typing import Any, Protocol, Self

import boto3

TABLE = "invoice-sync"
# What TABLE is restored to, and what then takes its place.
RESTORED_TABLE = "invoice-sync-restored"
QUEUE = "invoice-sync-hints"
DEAD_LETTER_QUEUE = "invoice-sync-hints-dead"
APP_SECRET = "invoice-sync/app"
CONNECTION_SECRETS = "invoice-sync/connections/"
# The portals that the local system works for.
PORTAL_IDS = (*map(str, range(24680, 24700)), "13579")
OPEN_INDEX = "open"
MAX_RECEIVE_COUNT = 10
VISIBILITY_TIMEOUT = 540
FUNCTION_VARIABLE = "AWS_SDK_UA_APP_ID"
"""The environment variable that names the function a client is made for; empty for anybody else.
The SDK copies it into the User-Agent header of that client."""

_REGION = "us-east-1"
_FOURTEEN_DAYS = str(14 * 86400)
_KEYS = ("pk", "sk", "openPortal", "openSince")
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": _REGION,
    "AWS_REGION": _REGION,
    "POWERTOOLS_SERVICE_NAME": "invoice-sync",
    "POWERTOOLS_METRICS_NAMESPACE": "InvoiceSync",
}


class Services(Protocol):
    """DynamoDB, SQS and Secrets Manager, empty after `reset`."""

    @property
    def session(self) -> boto3.Session:
        """Makes the clients that these services answer."""

    @property
    def url(self) -> str:
        """Where clients of other processes are answered."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def reset(self) -> None: ...

    def end_waits(self) -> None:
        """Make every hidden or delayed message of the queue visible."""

    def items(self) -> list[dict[str, Any]]:
        """Return all items of the table in DynamoDB's JSON."""


class LocalAws:
    """Starts empty; `environment` holds the variables of the functions. Use as a context manager.

    While it runs, boto3's default session and the process's AWS variables lead here. Where several
    run, they lead to the one that was started or reset last.
    """

    def __init__(self, app_secret: dict[str, str], services: Services) -> None:
        self._app_secret, self.services = app_secret, services
        self.environment: dict[str, str] = {}
        self.dead_letter_url = ""

    def __enter__(self) -> Self:
        self.services.start()
        self.reset()
        return self

    def __exit__(self, *_: object) -> None:
        boto3.DEFAULT_SESSION = None
        self.services.stop()

    def reset(self) -> None:
        """Empty everything, then create it again."""
        # boto3 reads these when a client is made, here and in the functions.
        os.environ.update(_CREDENTIALS, AWS_ENDPOINT_URL=self.services.url)
        boto3.DEFAULT_SESSION = self.services.session
        self.services.reset()
        self._create()

    def end_waits(self) -> None:
        """Make every hidden or delayed message visible, as if its wait had passed."""
        self.services.end_waits()

    def items(self) -> list[dict[str, Any]]:
        """Return all items of the table in DynamoDB's JSON."""
        return self.services.items()

    def client(self, service: str) -> Any:
        return self.services.session.client(service)  # type: ignore[call-overload]

    def put_secret(self, name: str, value: dict[str, Any]) -> None:
        self.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))

    def _create(self) -> None:
        self._create_table()
        queue_url = self._create_queues()
        self.put_secret(APP_SECRET, self._app_secret)
        self.environment = {
            **_CREDENTIALS,
            "AWS_ENDPOINT_URL": self.services.url,
            "TABLE_NAME": TABLE,
            "QUEUE_URL": queue_url,
            "APP_SECRET_ID": APP_SECRET,
            "CONNECTION_SECRETS": CONNECTION_SECRETS,
            "ALLOWED_PORTAL_IDS": ",".join(PORTAL_IDS),
        }

    def _create_table(self) -> None:
        database = self.client("dynamodb")
        database.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in _KEYS],
            KeySchema=_schema("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": OPEN_INDEX,
                    "KeySchema": _schema("openPortal", "openSince"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        database.update_time_to_live(
            TableName=TABLE,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"},
        )

    def _create_queues(self) -> str:
        """Return the address of the queue of hints."""
        sqs = self.client("sqs")
        self.dead_letter_url = sqs.create_queue(
            QueueName=DEAD_LETTER_QUEUE, Attributes={"MessageRetentionPeriod": _FOURTEEN_DAYS}
        )["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.dead_letter_url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT}
        queue_url: str = sqs.create_queue(
            QueueName=QUEUE,
            Attributes={
                "VisibilityTimeout": str(VISIBILITY_TIMEOUT),
                "MessageRetentionPeriod": _FOURTEEN_DAYS,
                "RedrivePolicy": json.dumps(redrive),
            },
        )["QueueUrl"]
        return queue_url


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
