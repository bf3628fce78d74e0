"""moto's services. Clients of this process call moto directly, at the point where they would open
a connection: signing and serialisation are real, only the socket is left out. Other processes reach
the same moto over HTTP.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterable, Iterator
from typing import Any

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
from infra.local.aws import FUNCTION_VARIABLE, QUEUE, TABLE
from infra.local.wire import HttpServer

_ACCOUNT, _REGION = "123456789012", "us-east-1"

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


class Moto:
    def __init__(self) -> None:
        self._lock = threading.RLock()  # moto is not thread-safe
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = HttpServer(self._application)
        self.session: boto3.Session = _Session(self._lock)
        self.url = self._server.url

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def reset(self) -> None:
        with self._lock:
            moto_api_backend.reset()

    def end_waits(self) -> None:
        with self._lock:
            for message in sqs_backends[_ACCOUNT][_REGION].queues[QUEUE]._messages:
                message.visible_at = message.delayed_until = 0.0

    def items(self) -> list[dict[str, Any]]:
        with self._lock:
            table = dynamodb_backends[_ACCOUNT][_REGION].tables[TABLE]
            return [item.to_json()["Attributes"] for item in table.all_items()]

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._lock:
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
