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
from moto.moto_api._internal import moto_api_backend
from moto.server import DomainDispatcherApplication, create_backend_app
from moto.sqs.models import SQSBackend, sqs_backends
from werkzeug.test import EnvironBuilder, run_wsgi_app

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

_FOURTEEN_DAYS = str(14 * 86400)
_KEYS = ("pk", "sk", "openPortal", "openSince")
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


class _Moto:
    """A WSGI application that answers one request at a time, because moto is not thread-safe."""

    # The services that the functions use: moto needs longer to guess a service than to answer.
    _SERVICES = ("dynamodb", "secretsmanager", "sqs")

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._any_service = DomainDispatcherApplication(create_backend_app)
        self._applications = {
            f"/{service}/aws4_request": create_backend_app(service) for service in self._SERVICES
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # AWS4-HMAC-SHA256 Credential=KEY/20261123/us-east-1/sqs/aws4_request, SignedHeaders=...
        credential = environ.get("HTTP_AUTHORIZATION", "").partition(",")[0]
        with self._lock:
            for scope, application in self._applications.items():
                if credential.endswith(scope):
                    answer: Iterable[bytes] = application(environ, start_response)
                    return answer
            return self._any_service(environ, start_response)


class _Session(boto3.Session):
    """Calls moto without a socket, and makes each function's client of a service only once.

    A client costs tens of milliseconds, and every test makes the functions' clients anew.
    """

    def __init__(self, moto: _Moto, url: str) -> None:
        super().__init__()
        self._moto, self._url = moto, url
        self._clients: dict[tuple[str, Config | None, str | None], Any] = {}
        self.events.register("before-send", self._answer)

    def client(  # type: ignore[override]
        self, service_name: str, *, config: Config | None = None
    ) -> Any:
        key = service_name, config, os.environ.get(FUNCTION_VARIABLE)
        if key not in self._clients:
            self._clients[key] = super().client(service_name, config=config)  # type: ignore[call-overload]
        return self._clients[key]

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer in place of the network."""
        headers = [
            (name, value.decode() if isinstance(value, bytes) else value)
            for name, value in request.headers.items()
        ]
        path = request.url.removeprefix(self._url)
        environ = EnvironBuilder(
            path, self._url, method=request.method, headers=headers, data=request.body
        ).get_environ()
        body, status, answered = run_wsgi_app(self._moto, environ, buffered=True)
        raw = _Body(b"".join(body))
        return AWSResponse(request.url, int(status.split()[0]), dict(answered), raw)


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
        self._moto = _Moto()
        self._server = HttpServer(self._moto)
        self.environment: dict[str, str] = {}
        self.dead_letter_url = ""

    def __enter__(self) -> Self:
        self._server.start()
        # boto3 reads these when a client is made, here and in the functions.
        os.environ.update(_CREDENTIALS, AWS_ENDPOINT_URL=self._server.url)
        boto3.DEFAULT_SESSION = _Session(self._moto, self._server.url)
        self.reset()
        return self

    def __exit__(self, *_: object) -> None:
        boto3.DEFAULT_SESSION = None
        self._server.stop()

    def reset(self) -> None:
        """Empty everything, then create it again."""
        moto_api_backend.reset()
        self._create()

    def end_waits(self) -> None:
        """Make every hidden or delayed message visible, as if its wait had passed."""
        queue = sqs_backends["123456789012"]["us-east-1"].queues[QUEUE]
        for message in queue._messages:
            message.visible_at = message.delayed_until = 0.0

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload]

    def put_secret(self, name: str, value: dict[str, Any]) -> None:
        self.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))

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
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in _KEYS
            ],
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
