"""A new version is asked before it gets requests, by the real questions to the real functions."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

import preflight
from infra.local import aws_calls
from infra.local.lambda_context import LambdaContext
from infra.local.system import APP_SECRET
from infra.routes import ROUTES
from invoice_sync.preflight import QUESTIONS, Preflight
from invoice_sync.runtime.logger import logger

from .asking import HANDLERS, Event
from .conftest import Flow

ARN = "arn:aws:lambda:us-east-1:123456789012:function:invoice-sync-"
Handler = Callable[[Event, Any], Event]


@dataclass
class FakeLambda:
    """Runs the handler of a qualified ARN, as Lambda does when somebody waits for the answer."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def invoke(self, **call: str) -> dict[str, Any]:
        assert call.keys() == {"FunctionName", "Payload"}
        name, _, qualifier = call["FunctionName"].removeprefix(ARN).partition(":")
        self.asked.append(f"{name}:{qualifier}")
        try:
            answer = self.handlers[f"{name}:{qualifier}"](
                json.loads(call["Payload"]), LambdaContext(name)
            )
        except Exception:
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}


@dataclass
class FakeCodeDeploy:
    """Knows one deployment, whose hook waits for one word."""

    group: str = "api"
    creator: str = "CloudFormation"
    said: list[str] = field(default_factory=list)
    refuses: bool = False

    def get_deployment(self, **call: str) -> dict[str, Any]:
        assert call == {"deploymentId": "d-1"}
        if self.refuses:
            raise PermissionError
        return {"deploymentInfo": {"deploymentGroupName": self.group, "creator": self.creator}}

    def put_lifecycle_event_hook_execution_status(self, **call: str) -> None:
        status = call.pop("status")
        assert call == {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "hook-1"}
        assert status in {"Succeeded", "Failed"}
        self.said.append(status)


@dataclass
class Deployment:
    """A new version 8 of every function, while `live` is the version before it."""

    functions: FakeLambda
    patch: pytest.MonkeyPatch
    codedeploy: FakeCodeDeploy = field(default_factory=FakeCodeDeploy)

    def of(self, function: str, creator: str = "CloudFormation") -> str:
        """Return what CodeDeploy is told of the deployment of that function."""
        self.codedeploy.group, self.codedeploy.creator = function, creator
        versions = {name: f"{ARN}{name}:8" for name in QUESTIONS}
        asks = Preflight(self.functions, self.codedeploy, versions, logger)
        self.patch.setattr(preflight, "collaborators", lambda: asks)
        event = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook-1"}
        preflight.handler(event, LambdaContext("preflight"))
        (word,) = self.codedeploy.said
        self.codedeploy.said.clear()
        return word


@pytest.fixture
def deployment(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    both = {f"{name}:{one}": handler for name, handler in HANDLERS.items() for one in ("8", "live")}
    return Deployment(FakeLambda(both), monkeypatch)


@pytest.fixture
def log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.handlers.remove(handler)


def crashes(event: Event, context: Any) -> Event:
    raise ModuleNotFoundError


def answers(status: int) -> Handler:
    return lambda event, context: {"statusCode": status}


def test_every_function_behind_the_front_is_asked_what_it_serves() -> None:
    assert set(QUESTIONS) == {function for _, _, function in ROUTES}
    served = {(method, path, function) for method, path, function in ROUTES}
    for function, questions in QUESTIONS.items():
        assert {(*one, function) for one in questions} <= served


@pytest.mark.parametrize("function", sorted(QUESTIONS))
def test_a_version_that_answers_gets_requests(
    deployment: Deployment, flow: Flow, function: str
) -> None:
    before = flow.table()
    assert deployment.of(function) == "Succeeded"
    assert set(deployment.functions.asked) == {f"{function}:8"}
    assert flow.table() == before


@pytest.mark.parametrize("function", sorted(QUESTIONS))
@pytest.mark.parametrize("fails", [crashes, answers(500), answers(503)])
def test_a_version_that_fails_where_the_one_before_it_does_not_gets_none(
    deployment: Deployment, function: str, fails: Handler, log: Callable[[], list[dict[str, Any]]]
) -> None:
    deployment.functions.handlers[f"{function}:8"] = fails
    assert deployment.of(function) == "Failed"
    line = log()[-1]
    assert (line["level"], line["message"]) == ("ERROR", "the new version fails")
    assert line["function"] == function
    assert line["newVersion"] in {"Unhandled", "500", "503"}
    assert int(line["versionBefore"]) < 500


def restart(function: str) -> None:
    """The function begins anew: knowing no secret."""
    module = sys.modules[function]
    module.collaborators.cache_clear()
    with aws_calls.made_by(function):
        module.collaborators()


@pytest.fixture
def broken_app_secret(flow: Flow) -> Iterator[None]:
    secrets = flow.own.aws.client("secretsmanager")
    secrets.put_secret_value(SecretId="invoice-sync/app", SecretString="no JSON")
    for function in QUESTIONS:
        restart(function)
    yield
    secrets.put_secret_value(SecretId="invoice-sync/app", SecretString=json.dumps(APP_SECRET))
    for function in QUESTIONS:
        restart(function)


@pytest.mark.usefixtures("broken_app_secret")
@pytest.mark.parametrize("function", sorted(QUESTIONS))
def test_what_the_version_before_it_cannot_do_either_keeps_no_version_out(
    deployment: Deployment, function: str
) -> None:
    assert deployment.of(function) == "Succeeded"
    assert deployment.functions.asked[-2:] == [f"{function}:8", f"{function}:live"]


@pytest.mark.parametrize("creator", ["codeDeployRollback", "CloudFormationRollback"])
def test_who_goes_back_is_not_asked(deployment: Deployment, creator: str) -> None:
    deployment.functions.handlers["api:8"] = crashes
    assert deployment.of("api", creator) == "Succeeded"
    assert deployment.functions.asked == []


def test_what_cannot_be_asked_gets_no_requests(deployment: Deployment) -> None:
    """Silence would leave the deployment waiting for an hour."""
    deployment.codedeploy.refuses = True
    assert deployment.of("api") == "Failed"
    deployment.codedeploy.refuses = False
    assert deployment.of("a_group_of_somebody_else") == "Failed"
