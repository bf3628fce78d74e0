"""The owner's commands for dead letters and for a restored table, against the local system."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra import dead_letters, restored
from infra.local.aws import TABLE, LocalAws
from infra.local.system import LocalSystem
from invoice_sync.hints import Hint, to_message
from tests.flows.conftest import PORTAL_ID, Flow

# The memory of `infra.local.memory` does not tell which queues a dead-letter queue serves.
pytestmark = pytest.mark.moto

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


class Queues:
    def __init__(self, aws: LocalAws) -> None:
        self._sqs = aws.client("sqs")
        self.url, self.dead_url = aws.environment["QUEUE_URL"], aws.dead_letter_url

    def bury(self, body: str, group: str = PORTAL_ID) -> str:
        sent = self._sqs.send_message(
            QueueUrl=self.dead_url, MessageBody=body, MessageGroupId=group
        )
        return str(sent["MessageId"])

    def bodies(self, url: str) -> list[str]:
        bodies: list[str] = []
        while found := self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600
        ).get("Messages"):
            bodies += [each["Body"] for each in found]
        return sorted(bodies)


@pytest.fixture
def queues(aws: LocalAws) -> Queues:
    aws.reset()
    return Queues(aws)


def body(invoice_id: str, portal_id: str = PORTAL_ID) -> str:
    return to_message(Hint(portal_id, invoice_id, "webhook", NOW, NOW))


def run(queues: Queues, *arguments: str) -> int:
    later = datetime.now(UTC) + timedelta(hours=26, minutes=1)
    return dead_letters.main(["--queue", queues.dead_url, *arguments], later)


def test_they_are_shown_and_stay(queues: Queues, capsys: pytest.CaptureFixture[str]) -> None:
    first = queues.bury(body("512"))
    event = {"objectType": "quickbooks_invoices", "realmId": "9130", "portalId": ""}
    queues.bury(json.dumps(json.loads(body("77")) | event), group="9130")
    queues.bury("whatever a stranger wrote")
    assert run(queues) == 0
    head, *lines, end = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "type", "portal", "object", "trigger", "age", "receives"]
    of_first = next(line for line in lines if line.startswith(first[:8]))
    assert of_first.split() == [
        first[:8], "invoices", PORTAL_ID, "512", "webhook", "1", "d", "2", "h", "1"
    ]  # fmt: skip
    assert any("quickbooks_invoices" in line and " 9130 " in line for line in lines)
    assert any("not a hint" in line and "stranger" not in line for line in lines)
    assert end == "3 dead letters, 0 sent back, 0 dropped"
    # Nobody has to wait for them.
    assert len(queues.bodies(queues.dead_url)) == 3
    assert queues.bodies(queues.url) == []


def test_chosen_ones_are_sent_back_and_dropped(queues: Queues) -> None:
    ids = {number: queues.bury(body(number)) for number in ("1", "2", "3", "4")}
    assert run(queues, "--send-back", ids["1"][:13], ids["2"], "--drop", ids["3"]) == 0
    assert queues.bodies(queues.url) == sorted([body("1"), body("2")])
    assert queues.bodies(queues.dead_url) == [body("4")]


def test_all_of_a_portal_are_sent_back(queues: Queues) -> None:
    for number in range(25):
        queues.bury(body(str(number)))
    queues.bury(body("99", "13579"), group="13579")
    assert run(queues, "--portal", PORTAL_ID, "--send-back", "all") == 0
    assert len(queues.bodies(queues.url)) == 25
    assert queues.bodies(queues.dead_url) == [body("99", "13579")]


@pytest.mark.parametrize("choice", ["--send-back", "--drop"])
def test_an_unclear_choice_changes_nothing(
    queues: Queues, choice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    queues.bury(body("1"))
    assert run(queues, choice, "no-such-id") == 1
    assert "0 dead letters have an id that begins with no-such-id" in capsys.readouterr().err
    assert queues.bodies(queues.dead_url) == [body("1")]


@pytest.fixture
def flow(aws: LocalAws) -> Iterator[Flow]:
    aws.reset()
    with LocalSystem(aws) as own:
        yield Flow(own)


class TestRestored:
    def gap(self, flow: Flow) -> Any:
        connection = flow.own.store.connections.get(PORTAL_ID)
        assert connection
        return connection.gap

    def test_every_connection_is_told(self, flow: Flow) -> None:
        assert restored.main(["2026-11-20T12:00:00Z", "--table", TABLE], NOW) == 0
        gap = self.gap(flow)
        assert (gap.since, gap.until) == (NOW - timedelta(days=7), NOW)

    def test_only_one_that_there_is(self, flow: Flow) -> None:
        arguments = ["2026-11-20T12:00:00Z", "--table", TABLE, "--portal", "13579"]
        assert restored.main(arguments, NOW) == 1
        assert self.gap(flow) is None

    @pytest.mark.parametrize("since", ["yesterday", "2026-11-20T12:00:00", "2027-01-01T00:00:00Z"])
    def test_a_moment_that_is_none(self, flow: Flow, since: str) -> None:
        with pytest.raises(SystemExit):
            restored.main([since, "--table", TABLE], NOW)
        assert self.gap(flow) is None
