"""The owner's check finds a good deployment good, and says of a bad one what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from infra import smoke
from infra.local.aws import APP_SECRET as APP_SECRET_NAME
from infra.local.aws import LocalAws
from infra.local.system import LocalSystem
from infra.local.wire import HttpServer
from infra.routes import ROUTES
from tests.flows.conftest import PORTAL_ID, Flow


@pytest.fixture
def flow(aws: LocalAws) -> Iterator[Flow]:
    aws.reset()
    with LocalSystem(aws) as own:
        yield Flow(own)


@pytest.fixture
def stack(flow: Flow) -> Flow:
    """What the check asks AWS for: a stack with outputs, and no alarm."""
    outputs = {"AppSecretId": APP_SECRET_NAME, "DeadLetterQueueUrl": flow.own.aws.dead_letter_url}
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    flow.own.aws.client("cloudformation").create_stack(
        StackName="invoice-sync", TemplateBody=json.dumps(template)
    )
    return flow


def lines(capsys: pytest.CaptureFixture[str], word: str) -> list[str]:
    found = capsys.readouterr().out.splitlines()
    return [line.removeprefix(word).strip() for line in found if line.startswith(word)]


def test_a_good_deployment_from_outside(flow: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main([flow.own.gateway.url, "--stack", "not-there"]) == 0
    out = capsys.readouterr().out
    assert "FAILED" not in out
    assert "skipped  the inside of the stack" in out
    for method, path, _ in ROUTES:
        if path.startswith(("/v1/", "/webhooks/")):
            assert f"ok       {method} {path} refuses strangers" in out


def test_a_good_deployment_from_inside(
    stack: Flow, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smoke, "_LOOK_SECONDS", 0)
    invoice_id = stack.invoice()
    stack.work()
    arguments = [stack.own.gateway.url, "--portal", PORTAL_ID, "--invoice", invoice_id]
    assert smoke.main(arguments) == 0
    found = lines(capsys, "ok")
    assert "failing invoices: 0" in found
    assert any(
        line.startswith(f"invoice {invoice_id} is looked at again: synced") for line in found
    )


def test_what_is_wrong_inside_is_named(stack: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    aws = stack.own.aws
    secrets = aws.client("secretsmanager")
    secret = json.loads(secrets.get_secret_value(SecretId=APP_SECRET_NAME)["SecretString"])
    secrets.put_secret_value(
        SecretId=APP_SECRET_NAME, SecretString=json.dumps(secret | {"quickbooksVerifierToken": ""})
    )
    aws.client("sqs").send_message(QueueUrl=aws.dead_letter_url, MessageBody="lost")
    alarms = aws.client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName="invoice-sync: hints wait too long",
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Namespace="InvoiceSync",
        MetricName="FailingInvoices",
        Period=60,
        Statistic="Maximum",
        Threshold=0,
    )
    alarms.set_alarm_state(
        AlarmName="invoice-sync: hints wait too long", StateValue="ALARM", StateReason="test"
    )
    assert smoke.main([stack.own.gateway.url]) == 1
    out = capsys.readouterr().out
    assert "these are empty: quickbooksVerifierToken" in out
    assert "hints wait too long: see docs/runbook.md" in out
    assert "it has 1 messages" in out
    for value in secret.values():
        assert value not in out


class CarelessFront(HttpServer):
    """Answers everything with 200."""

    def __init__(self) -> None:
        super().__init__(self._application, 0)

    def _application(self, _: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]


def test_a_front_that_lets_everybody_in_fails(capsys: pytest.CaptureFixture[str]) -> None:
    front = CarelessFront()
    front.start()
    try:
        assert smoke.main([front.url, "--stack", "not-there"]) == 1
    finally:
        front.stop()
    failed = lines(capsys, "FAILED")
    assert len([one for one in failed if "refuses strangers: answered 200" in one]) == 11
    assert any("wrong signature" in one for one in failed)


def test_nobody_there_is_a_failure_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main(["http://127.0.0.1:9", "--stack", "not-there"]) == 1
    assert lines(capsys, "ok") == []


@pytest.mark.parametrize("url", ["", "ftp://x", "http://example.com", "https://example.com/prod"])
def test_an_address_that_cannot_be_one(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        smoke.main([url])
    assert ended.value.code == 2
    assert "STAGE_URL" in capsys.readouterr().err
