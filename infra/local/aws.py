"""AWS on this machine: moto as a server, with the table, the queues and the secrets we need."""

from __future__ import annotations

import json
import logging
import os
from typing import Any, Self

import boto3
import httpx
from moto.server import ThreadedMotoServer
from moto.sqs.models import SQSBackend, sqs_backends

TABLE = "invoice-sync"
QUEUE = "invoice-sync-hints"
DEAD_LETTER_QUEUE = "invoice-sync-hints-dead"
APP_SECRET = "invoice-sync/app"
OPEN_INDEX = "open"
MAX_RECEIVE_COUNT = 10
VISIBILITY_TIMEOUT = 540
_FOURTEEN_DAYS = str(14 * 86400)

_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "invoice-sync",
    "POWERTOOLS_METRICS_NAMESPACE": "InvoiceSync",
}


# For every message received moto counts all messages of the queue, only to see whether it is older
# than some days: a thousand hints would take minutes.
SQSBackend.is_message_valid_based_on_retention_period = (  # type: ignore[method-assign]
    lambda *_: True
)


class LocalAws:
    """Starts empty; `environment` is what the functions run by. Use as a context manager."""

    def __init__(self, app_secret: dict[str, str]) -> None:
        self._app_secret = app_secret
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.environment: dict[str, str] = {}
        self.dead_letter_url = ""

    def __enter__(self) -> Self:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for every request
        self._server.start()
        host, port = self._server.get_host_and_port()
        self._url = f"http://{host}:{port}"
        # boto3 reads these when a client is made, here and in the functions.
        os.environ.update(_CREDENTIALS, AWS_ENDPOINT_URL=self._url)
        self._create()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def reset(self) -> None:
        """Empty everything, then create it again."""
        httpx.post(f"{self._url}/moto-api/reset").raise_for_status()
        self._create()

    def end_waits(self) -> None:
        """As if every visibility timeout and delay of a message had passed."""
        queue = sqs_backends["123456789012"]["us-east-1"].queues[QUEUE]
        for message in queue._messages:
            message.visible_at = message.delayed_until = 0.0

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload]

    def put_secret(self, name: str, value: dict[str, Any]) -> None:
        self.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))

    def _create(self) -> None:
        database = self.client("dynamodb")
        text = [{"AttributeName": name, "AttributeType": "S"} for name in _KEYS]
        database.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=text,
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
        sqs = self.client("sqs")
        self.dead_letter_url = sqs.create_queue(
            QueueName=DEAD_LETTER_QUEUE, Attributes={"MessageRetentionPeriod": _FOURTEEN_DAYS}
        )["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.dead_letter_url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVE_COUNT}
        queue_url = sqs.create_queue(
            QueueName=QUEUE,
            Attributes={
                "VisibilityTimeout": str(VISIBILITY_TIMEOUT),
                "MessageRetentionPeriod": _FOURTEEN_DAYS,
                "RedrivePolicy": json.dumps(redrive),
            },
        )["QueueUrl"]
        self.put_secret(APP_SECRET, self._app_secret)
        self.environment = {
            **_CREDENTIALS,
            "AWS_ENDPOINT_URL": self._url,
            "TABLE_NAME": TABLE,
            "QUEUE_URL": queue_url,
            "APP_SECRET_ID": APP_SECRET,
        }


_KEYS = ("pk", "sk", "openPortal", "openSince")


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
