"""The owner's check passes a good deployment, and says what is wrong with a bad one."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import boto3
import httpx
import pytest
from botocore.stub import Stubber

import connect
from infra import smoke
from infra.local.aws import APP_SECRET as APP_SECRET_NAME
from infra.local.aws import LocalAws
from infra.local.system import APP_SECRET, LocalSystem
from infra.local.wire import HttpServer
from invoice_sync.credentials.app_secret import APP_SECRET_KEYS
from invoice_sync.hubspot import signature
from invoice_sync.runtime import metrics
from tests.flows.conftest import PORTAL_ID, Flow

# One worker loads moto's CloudFormation, which takes seconds.
pytestmark = [pytest.mark.moto, pytest.mark.xdist_group("smoke")]


@pytest.fixture
def flow(aws: LocalAws) -> Iterator[Flow]:
    aws.reset()
    with LocalSystem(aws) as own:
        yield Flow(own)


@pytest.fixture
def stack(flow: Flow) -> Flow:
    """Create the stack that the check asks AWS for: it has outputs and no alarm."""
    outputs: dict[str, Any] = {
        "AppSecretId": APP_SECRET_NAME,
        "DeadLetterQueueUrl": flow.own.aws.dead_letter_url,
        "TechnicalTopicArn": {"Ref": "TechnicalTopic"},
        "BusinessTopicArn": {"Ref": "BusinessTopic"},
    }
    template = {
        "Resources": {
            "TechnicalTopic": {"Type": "AWS::SNS::Topic"},
            "BusinessTopic": {"Type": "AWS::SNS::Topic"},
        },
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    flow.own.aws.client("cloudformation").create_stack(
        StackName="invoice-sync", TemplateBody=json.dumps(template)
    )
    return flow


def lines(capsys: pytest.CaptureFixture[str], word: str) -> list[str]:
    found = capsys.readouterr().out.splitlines()
    return [line.removeprefix(word).strip() for line in found if line.startswith(word)]


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_a_good_deployment_from_outside(
    flow: Flow, no_credentials: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smoke.main([flow.own.gateway.url]) == 0
    out = capsys.readouterr().out
    assert "FAILED" not in out
    assert "skipped  the stack from inside: there are no AWS credentials in this shell" in out
    for method, path in smoke.GUARDED:
        assert f"ok       {method} {path} refuses strangers" in out
    assert out.endswith(f"{len(smoke.GUARDED) + 7} of {len(smoke.GUARDED) + 7} checks passed\n")


def test_one_run_does_not_ring_the_alarm_of_refused_signatures(
    flow: Flow, no_credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(metrics, "count", lambda name, number=1: counted.append(name))
    assert smoke.main([flow.own.gateway.url]) == 0
    # Three runs and their look from inside stay below its threshold.
    assert 3 < counted.count(metrics.SIGNATURE_REFUSED) < 8


def test_what_needs_credentials_is_not_passed_over(
    flow: Flow, no_credentials: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smoke.main([flow.own.gateway.url, "--portal", PORTAL_ID]) == 1
    (failed,) = lines(capsys, "FAILED")
    assert "--portal needs the client secret" in failed


def test_a_good_deployment_from_inside(stack: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main([stack.own.gateway.url, "--portal", PORTAL_ID]) == 0
    found = lines(capsys, "ok")
    assert f"failing invoices of portal {PORTAL_ID}: 0" in found
    assert "an old request is refused though its signature fits" in found


@pytest.mark.parametrize("subscribed", [0, 1, 2])
def test_whether_somebody_is_told_of_alarms(
    stack: Flow, subscribed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Operators and finance people have a topic each."""
    sns = stack.own.aws.client("sns")
    topics = sns.list_topics()["Topics"]
    assert len(topics) == 2
    for topic in topics[:subscribed]:
        sns.subscribe(**topic, Protocol="email", Endpoint="ops@example.com")
    assert smoke.main([stack.own.gateway.url]) == 0
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "told of alarms" in one]
    nobody = "skipped  somebody is told of alarms: no address is subscribed: configure alarmEmail"
    assert line.startswith("ok  " if subscribed == 2 else nobody)


def test_an_address_that_nobody_confirmed_is_told_of_nothing() -> None:
    session = boto3.Session("x", "x", region_name="us-east-1")
    sns = session.client("sns")
    waiting = {"SubscriptionArn": "PendingConfirmation", "Endpoint": "ops@example.com"}
    with Stubber(sns) as stubber, patch.object(session, "client", lambda _: sns):
        stubber.add_response("list_subscriptions_by_topic", {"Subscriptions": [waiting]})
        with pytest.raises(smoke.FailedError, match="nobody confirmed"):
            smoke.told(session, ("arn:aws:sns:us-east-1:1:x",))


def test_a_deployment_that_takes_old_requests_fails(
    stack: Flow, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature, "MAX_AGE", timedelta(days=1))
    assert smoke.main([stack.own.gateway.url]) == 1
    (failed,) = lines(capsys, "FAILED")
    # 403: the portal of this request is none of the deployment's.
    assert failed.startswith("an old request is refused though its signature fits: answered 403")


def client_of(flow: Flow, http: httpx.Client) -> smoke.HubSpot:
    return smoke.HubSpot(http, APP_SECRET["hubspotClientSecret"], PORTAL_ID)


def test_a_look_is_waited_for(stack: Flow) -> None:
    """An invoice is mended in QuickBooks, which tells nobody, so only the retry looks."""
    line = {"name": "Support", "hs_sku": "SUP", "quantity": "1", "price": "10"}
    invoice_id = stack.invoice(lines=[line])
    stack.work()
    assert stack.failure_code(invoice_id) == "item_not_found"
    stack.realm.add_item("Support", "SUP")
    slept = []

    def sleep(_: float) -> None:
        slept.append(stack.status(invoice_id)["status"])
        stack.work()

    with httpx.Client(base_url=stack.own.gateway.url) as http:
        said = smoke.looked_at(client_of(stack, http), invoice_id, sleep)
    assert slept == ["failing"]
    assert re.fullmatch(r"synced after \d+ s", said)


def test_a_look_that_changes_nothing_is_waited_for_too(stack: Flow) -> None:
    invoice_id = stack.invoice()
    stack.work()
    looks = []

    def sleep(_: float) -> None:
        looks.append(stack.status(invoice_id)["queuedAt"])
        stack.work()

    with httpx.Client(base_url=stack.own.gateway.url) as http:
        said = smoke.looked_at(client_of(stack, http), invoice_id, sleep)
    assert all(looks)
    assert len(looks) == 1
    assert said.startswith("synced after")


def test_a_worker_that_does_not_look_is_a_failure(
    stack: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smoke, "_PATIENCE_SECONDS", 0.2)
    with httpx.Client(base_url=stack.own.gateway.url) as http:
        client = client_of(stack, http)
        with pytest.raises(smoke.FailedError, match="still unknown: read the log of sync_worker"):
            smoke.looked_at(client, stack.invoice(), lambda _: None)


def test_another_stack_or_none_is_named(stack: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main([stack.own.gateway.url, "--stack", "not-there"]) == 1
    (failed,) = lines(capsys, "FAILED")
    assert "not-there does not exist" in failed
    assert "Are the stack's name and the region right?" in failed


def test_an_app_secret_as_deployed(stack: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    secrets = stack.own.aws.client("secretsmanager")
    secrets.delete_secret(SecretId=APP_SECRET_NAME, ForceDeleteWithoutRecovery=True)
    secrets.create_secret(Name=APP_SECRET_NAME)
    connect.collaborators.cache_clear()
    assert smoke.main([stack.own.gateway.url]) == 1
    failed = lines(capsys, "FAILED")
    assert any(
        one.startswith("connecting begins at HubSpot: answered 503 instead of 302: fill in")
        for one in failed
    )
    assert (
        f"the app secret is filled in: these are empty: {', '.join(APP_SECRET_KEYS)}"
        in " ".join(failed)
    )


@pytest.mark.parametrize("text", ["", "[]", "no JSON"])
def test_an_app_secret_that_cannot_be_read(
    stack: Flow, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.own.aws.client("secretsmanager").put_secret_value(
        SecretId=APP_SECRET_NAME, SecretString=text or '""'
    )
    assert smoke.main([stack.own.gateway.url]) == 1
    assert any("is not a JSON object: store it anew" in one for one in lines(capsys, "FAILED"))


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
        AlarmName="invoice-sync: invoices are late",
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Namespace="InvoiceSync",
        MetricName="SyncLatency",
        Period=60,
        Statistic="Maximum",
        Threshold=0,
    )
    alarms.set_alarm_state(
        AlarmName="invoice-sync: invoices are late", StateValue="ALARM", StateReason="test"
    )
    assert smoke.main([stack.own.gateway.url]) == 1
    out = capsys.readouterr().out
    assert "these are empty: quickbooksVerifierToken" in out
    assert "invoices are late: see docs/runbook.md" in out
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


def test_a_front_that_lets_everybody_in_fails(
    stack: Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    front = CarelessFront()
    front.start()
    try:
        assert smoke.main([front.url, "--portal", PORTAL_ID]) == 1
    finally:
        front.stop()
    out = capsys.readouterr().out.splitlines()
    passed = [line.removeprefix("ok").strip() for line in out if line.startswith("ok")]
    assert passed == [
        "health: version None",
        "the app secret is filled in",
        "no alarm is on",
        "the dead-letter queue is empty",
    ]
    failed = [line.removeprefix("FAILED").strip() for line in out if line.startswith("FAILED")]
    assert len([one for one in failed if "refuses strangers: answered 200" in one]) == len(
        smoke.GUARDED
    )
    assert [one.partition(":")[0] for one in failed if "refuses strangers" not in one] == [
        "description",
        "unknown address",
        "a wrong signature is refused",
        "an old request is refused",
        "connecting begins at HubSpot",
        "connecting cannot begin in the middle",
        "an old request is refused though its signature fits",
        f"failing invoices of portal {PORTAL_ID}",
    ]


def test_only_hubspots_consent_page_is_a_beginning() -> None:
    def begins(location: str, base: str = "https://x.example") -> None:
        transport = httpx.MockTransport(
            lambda _: httpx.Response(302, headers={"location": location})
        )
        with httpx.Client(base_url=base, transport=transport) as http:
            smoke.begins(http)

    begins("https://app.hubspot.com/oauth/authorize?client_id=1")
    for wrong in (
        "https://app.hubspot.com.evil.example/oauth/authorize?client_id=1",
        "",
        "/health",
    ):
        with pytest.raises(smoke.FailedError, match="instead of HubSpot's consent page"):
            begins(wrong)
    with pytest.raises(smoke.FailedError, match="without a client id: fill in"):
        begins("https://app.hubspot.com/oauth/authorize?client_id=&scope=x")


def test_a_refusal_of_the_api_is_a_problem() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(401, json={"message": "Unauthorized"}))
    with httpx.Client(base_url="https://x.example", transport=transport) as http:
        smoke.stranger(http, "POST", "/webhooks/hubspot")()
        with pytest.raises(smoke.FailedError, match="application/json instead of problem"):
            smoke.stranger(http, "GET", "/v1/failures")()


def test_nobody_there_is_a_failure_and_no_traceback(
    no_credentials: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert smoke.main(["http://127.0.0.1:9"]) == 1
    out = capsys.readouterr().out
    failed, then = out.splitlines()
    assert failed.startswith("FAILED   health: no answer")
    assert then == "Nothing answers at this address: the other checks are left out."


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "http://example.com", "https://example.com/prod", "https://a b"]
)
def test_an_address_that_cannot_be_one(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        smoke.main([url])
    assert ended.value.code == 2
    assert "STAGE_URL" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--portal", "x"], ["--invoice", "1"], ["--no-such-option"]])
def test_an_option_that_cannot_be(more: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        smoke.main(["https://example.com", *more])
    assert ended.value.code == 2
