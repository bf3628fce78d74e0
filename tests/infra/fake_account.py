"""An AWS account over HTTP, as far as the commands of an environment ask it: who somebody is, what
a stack says of itself, its secrets, its table, and who is told of alarms. Answers and errors have
the form of AWS' query protocol and of its JSON protocol."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from infra.local.memory.dynamodb import DynamoDb
from infra.local.memory.errors import ServiceError
from infra.local.memory.secrets import Secrets
from infra.local.wire import HttpServer

ACCOUNT = "123456789012"


class FakeAccount(HttpServer):
    """`stacks`: the metadata and the outputs of each stack. `protected`: those that AWS would not
    delete. `in_review`: those that have a change set and nothing else yet. `unreadable`: stands for
    the metadata of each. `asked`: all actions, in order. `subscribed`: the subscriptions' ARNs of
    each topic. `denied`: actions that its credentials may not call, with AWS' words for it."""

    def __init__(self) -> None:
        super().__init__(self._application, 0)
        self.stacks: dict[str, tuple[dict[str, Any], dict[str, str]]] = {}
        self.asked: list[str] = []
        self.regions: set[str] = set()
        self.protected: set[str] = set()
        self.in_review: set[str] = set()
        self.unreadable = ""
        self.subscribed: dict[str, list[str]] = {}
        self.denied: dict[str, str] = {}
        self.secrets, self.database = Secrets(time.time), DynamoDb(time.time)

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        # Credential=KEY/DAY/REGION/SERVICE/aws4_request
        self.regions.add(environ["HTTP_AUTHORIZATION"].split("/")[2])
        if "HTTP_X_AMZ_TARGET" in environ:
            status, text = self._json(environ["HTTP_X_AMZ_TARGET"], json.loads(body))
            start_response(status, [("Content-Type", "application/x-amz-json-1.1")])
            return [text.encode()]
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        action = form["Action"]
        self.asked.append(action)
        stack = self.stacks.get(form.get("StackName", ""))
        if action in self.denied:
            status, result = "403 Forbidden", _error("AuthorizationError", self.denied[action])
        elif action == "ListSubscriptionsByTopic":
            status, result = "200 OK", _subscriptions(self.subscribed.get(form["TopicArn"], []))
        elif action == "GetCallerIdentity":
            status, result = "200 OK", f"<Account>{ACCOUNT}</Account>"
        elif stack is None:
            said = f"Stack with id {escape(form['StackName'])} does not exist"
            status, result = "400 Bad Request", _error("ValidationError", said)
        elif action == "GetTemplateSummary" and form["StackName"] in self.in_review:
            # AWS' words (moto, issue 4424).
            said = "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks."
            status, result = "400 Bad Request", _error("ValidationError", said)
        elif action == "GetTemplateSummary":
            text = escape(self.unreadable or json.dumps(stack[0]))
            status, result = "200 OK", f"<Metadata>{text}</Metadata>"
        elif action == "UpdateTerminationProtection":
            assert form["EnableTerminationProtection"] == "false"
            self.protected.discard(form["StackName"])
            status, result = "200 OK", f"<StackId>{form['StackName']}</StackId>"
        else:
            assert action == "DescribeStacks"
            status, result = "200 OK", _stack(form["StackName"], stack[1])
        start_response(status, [("Content-Type", "text/xml")])
        if status != "200 OK":
            return [result.encode()]
        return [f"<R><{action}Result>{result}</{action}Result></R>".encode()]

    def _json(self, target: str, parameters: dict[str, Any]) -> tuple[str, str]:
        service, _, action = target.partition(".")
        self.asked.append(action)
        try:
            if action in self.denied:
                raise ServiceError("AccessDeniedException", self.denied[action])
            double = self.secrets if service == "secretsmanager" else self.database
            return "200 OK", json.dumps(double.run(action, parameters), default=_seconds)
        except ServiceError as error:
            said = {"__type": error.code, "Message": error.message, "message": error.message}
            return "400 Bad Request", json.dumps(said)


def _seconds(value: datetime) -> float:
    return value.timestamp()


def _error(code: str, message: str) -> str:
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
    return f"<ErrorResponse><Error>{error}</Error><RequestId>1</RequestId></ErrorResponse>"


def _subscriptions(arns: list[str]) -> str:
    members = "".join(f"<member><SubscriptionArn>{arn}</SubscriptionArn></member>" for arn in arns)
    return f"<Subscriptions>{members}</Subscriptions>"


def _stack(name: str, outputs: dict[str, str]) -> str:
    members = "".join(
        f"<member><OutputKey>{key}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
        for key, value in outputs.items()
    )
    return (
        f"<Stacks><member><StackName>{name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>"
        f"<CreationTime>2026-11-28T00:00:00Z</CreationTime><Outputs>{members}</Outputs>"
        "</member></Stacks>"
    )
