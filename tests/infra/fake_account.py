"""An AWS account over HTTP, as far as the commands of an environment ask it: who somebody is, and
what a stack says of itself. Answers and errors have the form of AWS' query protocol."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from infra.local.wire import HttpServer

ACCOUNT = "123456789012"


class FakeAccount(HttpServer):
    """`stacks`: the metadata and the outputs of each stack. `asked`: all actions, in order."""

    def __init__(self) -> None:
        super().__init__(self._application, 0)
        self.stacks: dict[str, tuple[dict[str, Any], dict[str, str]]] = {}
        self.asked: list[str] = []
        self.regions: set[str] = set()

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        # Credential=KEY/DAY/REGION/SERVICE/aws4_request
        self.regions.add(environ["HTTP_AUTHORIZATION"].split("/")[2])
        action = form["Action"]
        self.asked.append(action)
        stack = self.stacks.get(form.get("StackName", ""))
        if action == "GetCallerIdentity":
            status, result = "200 OK", f"<Account>{ACCOUNT}</Account>"
        elif stack is None:
            said = f"Stack with id {escape(form['StackName'])} does not exist"
            status, result = "400 Bad Request", _error("ValidationError", said)
        elif action == "GetTemplateSummary":
            text = escape(json.dumps(stack[0]))
            status, result = "200 OK", f"<Metadata>{text}</Metadata>"
        else:
            assert action == "DescribeStacks"
            status, result = "200 OK", _stack(form["StackName"], stack[1])
        start_response(status, [("Content-Type", "text/xml")])
        if status != "200 OK":
            return [result.encode()]
        return [f"<R><{action}Result>{result}</{action}Result></R>".encode()]


def _error(code: str, message: str) -> str:
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
    return f"<ErrorResponse><Error>{error}</Error><RequestId>1</RequestId></ErrorResponse>"


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
