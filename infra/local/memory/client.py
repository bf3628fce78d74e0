"""boto3's clients, answered in this process."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator

from infra.local.aws import FUNCTION_VARIABLE
from infra.local.memory.errors import ServiceError

Parameters = Mapping[str, Any]
Answer = dict[str, Any]

_NAMES = {"AWS.SimpleQueueService.NonExistentQueue": "QueueDoesNotExist"}


@dataclass(frozen=True)
class Operation:
    """One call of a client."""

    # The function that the client was made for; empty for anybody else.
    function: str
    # As boto3 names it, and as the API names the operation: "dynamodb", "PutItem".
    service: str
    name: str
    parameters: Parameters


# Carries an operation out. A hook may call it with other parameters, twice, or not at all.
Run = Callable[[Parameters], Answer]
Hook = Callable[[Operation, Run], Answer]


class Service(Protocol):
    def run(self, operation: str, parameters: Parameters) -> Answer:
        """Carry an operation out. Raises ServiceError."""


def carry_out(operation: Operation, run: Run) -> Answer:
    """The hook that does nothing of its own."""
    return run(operation.parameters)


class Session(boto3.Session):
    """Makes clients of `services`, each function's client of a service only once.

    `hook` is called in place of every operation, and may do something before or after it, or raise
    an error. An error of the service that it raises reaches the caller as botocore's exception.
    `observers` are told of each operation before it is carried out, hook or not.
    """

    def __init__(self, services: Mapping[str, Service]) -> None:
        super().__init__()
        self.services = services
        self._clients: dict[tuple[str, Config | None, str | None], Any] = {}
        self._lock = threading.Lock()
        self.hook: Hook = carry_out
        self.observers: list[Callable[[Operation], None]] = []

    def client(  # type: ignore[override]
        self, service_name: str, *, config: Config | None = None
    ) -> Any:
        key = service_name, config, os.environ.get(FUNCTION_VARIABLE)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make(service_name, config)
            return self._clients[key]

    def _make(self, service_name: str, config: Config | None) -> Any:
        if service_name not in self.services:
            raise NotImplementedError(f"the double has no {service_name}")
        client: Any = super().client(service_name, config=config)  # type: ignore[call-overload]
        client._make_api_call = _Calls(self, service_name, client)
        return client


class _Calls:
    """Stands where a client would write a request, send it and read the answer."""

    def __init__(self, session: Session, name: str, client: Any) -> None:
        self._session, self._name, self._client = session, name, client
        self._function = client.meta.config.user_agent_appid or ""
        self._validator = _Validator()

    def __call__(self, operation: str, parameters: Parameters) -> Answer:
        model = self._client.meta.service_model.operation_model(operation)
        report = self._validator.validate(parameters, model.input_shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())
        call = Operation(self._function, self._name, operation, parameters)
        for observe in self._session.observers:
            observe(call)
        try:
            _check_choices(parameters, model.input_shape)
            answer = self._session.hook(call, self._run(operation))
        except ServiceError as error:
            raise self._exception(error, operation) from None
        return {**answer, "ResponseMetadata": _metadata(200)}

    def _run(self, operation: str) -> Run:
        service = self._session.services[self._name]
        return lambda parameters: service.run(operation, parameters)

    def _exception(self, error: ServiceError, operation: str) -> Exception:
        # SQS keeps the codes of its older protocol beside the names of today.
        name = _NAMES.get(error.code) or error.code.rpartition(".")[2]
        named = {"QueryErrorCode": name} if name != error.code else {}
        response = {
            "Error": {"Message": error.message, "Code": error.code, **named},
            "ResponseMetadata": _metadata(error.fields.pop("status", 400)),
            "message": error.message,
            **error.fields,
        }
        made: Exception = self._client.exceptions.from_code(name)(response, operation)
        return made


class _Validator(ParamValidator):
    """Validates as botocore does, which takes most of its time for the values of items."""

    def _validate(self, params: Any, shape: Any, errors: Any, name: str) -> None:
        if not _is_right(params, shape):
            super()._validate(params, shape, errors, name)  # type: ignore[misc]


def _is_right(value: Any, shape: Any) -> bool:
    """Whether botocore would surely find no fault in an item or in one of its values."""
    if shape.name == "AttributeValue":
        return _is_plain(value)
    if shape.type_name != "map" or shape.value.name != "AttributeValue":
        return False
    return "min" not in shape.key.metadata and _is_plain({"M": value})


def _is_plain(value: Any) -> bool:
    """Whether botocore would surely find no fault in a value of an item."""
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    match kind:
        case "S" | "N":
            return type(content) is str
        case "NULL" | "BOOL":
            return type(content) is bool
        case "L":
            return type(content) is list and all(map(_is_plain, content))
        case "M":
            return (
                type(content) is dict
                and all(type(name) is str for name in content)
                and all(map(_is_plain, content.values()))
            )
    return False


def _check_choices(parameters: Parameters, shape: Any) -> None:
    """Refuse a value outside the set of a parameter, which botocore does not."""
    for name, value in parameters.items():
        choices = getattr(shape.members[name], "enum", None)
        if choices and value not in choices:
            at = name[0].lower() + name[1:]
            raise ServiceError(
                "ValidationException",
                f"1 validation error detected: Value '{value}' at '{at}' failed to satisfy"
                f" constraint: Member must satisfy enum value set: [{', '.join(choices)}]",
            )


def _metadata(status: int) -> dict[str, Any]:
    return {
        "RequestId": str(uuid.uuid4()),
        "HTTPStatusCode": status,
        "HTTPHeaders": {},
        "RetryAttempts": 0,
    }
