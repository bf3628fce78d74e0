"""AWS on this machine: moto with the table, the queues and the secrets that the functions need.

Clients of this process call moto directly, at the point where they would open a connection: signing
and serialisation are real, only the socket is left out. Other processes reach the same moto over
HTTP at the address in `LocalAws.environment`.
"""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Self

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from moto.core.request import normalize_request
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.sqs.models import sqs_backends
from moto.sqs.responses import SQSResponse

from infra.local import faster_moto
from infra.local.wire import HttpServer

TABLE = "invoice-sync"
QUEUE = "invoice-sync-hints"
DEAD_LETTER_QUEUE = "invoice-sync-hints-dead"
APP_SECRET = "invoice-sync/app"
OPEN_INDEX = "open"
MAX_RECEIVE_COUNT = 10
VISIBILITY_TIMEOUT = 540
FUNCTION_VARIABLE = "AWS_SDK_UA_APP_ID"
"""The environment variable that names the function a client is made for; empty for anybody else.
The SDK copies it into the User-Agent header of that client."""

_ACCOUNT, _REGION = "123456789012", "us-east-1"
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


faster_moto.install()

# By the services' names in botocore's events.
_SERVICES = {
    "dynamodb": DynamoHandler.dispatch,
    "secrets-manager": SecretsManagerResponse.dispatch,
    "sqs": SQSResponse.dispatch,
}


class _Session(boto3.Session):
    """Calls moto without a socket, and makes each function's client of a service only once.

    A client costs tens of milliseconds, and every test makes the functions' clients anew.
    """

    def __init__(self, lock: threading.RLock) -> None:
        super().__init__()
        self._lock = lock
        self._clients: dict[tuple[str, Config | None, str | None], Any] = {}
        for service in _SERVICES:
            answer: Any = self._answer  # typed as if an answer were of no use
            self.events.register(f"before-send.{service}", answer)

    def client(  # type: ignore[override]
        self, service_name: str, *, config: Config | None = None
    ) -> Any:
        key = service_name, config, os.environ.get(FUNCTION_VARIABLE)
        if key not in self._clients:
            self._clients[key] = super().client(service_name, config=config)  # type: ignore[call-overload]
        return self._clients[key]

    def _answer(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer in place of the network; other services are asked over HTTP."""
        normalized = normalize_request(request)
        dispatch = _SERVICES[event_name.split(".")[1]]
        with self._lock:
            status, headers, body = dispatch(normalized, normalized.raw_url, normalized.headers)
        content = body.encode() if isinstance(body, str) else body
        return AWSResponse(request.url, int(status), headers, _Body(content))


class _Body(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


class LocalAws:
    """Starts empty; `environment` holds the variables of the functions. Use as a context manager.

    While it runs, boto3's default session and the process's AWS variables lead here.
    """

    def __init__(self, app_secret: dict[str, str]) -> None:
        self._app_secret = app_secret
        self._lock = threading.RLock()  # moto is not thread-safe
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = HttpServer(self._application)
        self.environment: dict[str, str] = {}
        self.dead_letter_url = ""

    def __enter__(self) -> Self:
        self._server.start()
        # boto3 reads these when a client is made, here and in the functions.
        os.environ.update(_CREDENTIALS, AWS_ENDPOINT_URL=self._server.url)
        boto3.DEFAULT_SESSION = _Session(self._lock)
        self.reset()
        return self

    def __exit__(self, *_: object) -> None:
        boto3.DEFAULT_SESSION = None
        self._server.stop()

    def reset(self) -> None:
        """Empty everything, then create it again."""
        with self._lock:
            moto_api_backend.reset()
            self._create()

    def end_waits(self) -> None:
        """Make every hidden or delayed message visible, as if its wait had passed."""
        with self._lock:
            for message in sqs_backends[_ACCOUNT][_REGION].queues[QUEUE]._messages:
                message.visible_at = message.delayed_until = 0.0

    def items(self) -> list[dict[str, Any]]:
        """Return all items of the table in DynamoDB's JSON."""
        with self._lock:
            table = dynamodb_backends[_ACCOUNT][_REGION].tables[TABLE]
            return [item.to_json()["Attributes"] for item in table.all_items()]

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload]

    def put_secret(self, name: str, value: dict[str, Any]) -> None:
        self.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._lock:
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer

    def _create(self) -> None:
        self._create_table()
        queue_url = self._create_queues()
        self.put_secret(APP_SECRET, self._app_secret)
        self.environment = {
            **_CREDENTIALS,
            "AWS_ENDPOINT_URL": self._server.url,
            "TABLE_NAME": TABLE,
            "QUEUE_URL": queue_url,
            "APP_SECRET_ID": APP_SECRET,
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
