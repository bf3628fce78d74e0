"""One portal cannot hurt another: whatever surprises the code about one invoice, portal or
connection ends there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from werkzeug import Request

import sync_worker
from infra.local.memory.client import Hook, Operation, Run, carry_out
from infra.local.memory.errors import ServiceError
from infra.local.wire import Answer, Fault
from invoice_sync.errors import UnavailableError
from invoice_sync.hints import Hint, to_message
from invoice_sync.model.connection import Connection
from invoice_sync.runtime.http_client import Response
from invoice_sync.runtime.parallel import together
from invoice_sync.sweep.missed import MissedChanges
from invoice_sync.sync import load_hubspot
from invoice_sync.sync.fan_out import FanOut

from .acting import FOR_EVER, lose_everything, put_right, run_sweep, up
from .conftest import PORTAL_ID, REALM_ID, Flow
from .neighbours import Neighbour

PRIVATE = "jane@private.example"


@pytest.fixture
def neighbour(flow: Flow) -> Neighbour:
    return Neighbour(flow)


@pytest.fixture
def hook(flow: Flow) -> Iterator[Callable[[Hook], None]]:
    session: Any = flow.own.aws.services.session

    def set_hook(hook: Hook) -> None:
        session.hook = hook

    yield set_hook
    session.hook = carry_out


def dead_letters(flow: Flow) -> list[dict[str, Any]]:
    sqs = flow.own.aws.client("sqs")
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(
        QueueUrl=flow.own.aws.dead_letter_url, MaxNumberOfMessages=10
    ).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


def work_once(flow: Flow) -> None:
    """Deliver all webhooks, then one batch of the queue."""
    flow.hubspot.deliver()
    assert flow.own.poller.poll_once()


def of_realm(request: Request) -> bool:
    return f"/v3/company/{REALM_ID}/" in request.path


class TestInTheWorker:
    def test_the_secret_of_one_portal_is_missing(self, flow: Flow, neighbour: Neighbour) -> None:
        secrets, name = (
            flow.own.aws.client("secretsmanager"),
            f"invoice-sync/connections/{PORTAL_ID}",
        )
        kept = secrets.get_secret_value(SecretId=name)["SecretString"]
        secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        ours, theirs = flow.invoice(), neighbour.invoice()
        work_once(flow)
        assert neighbour.status(theirs) == "synced"
        assert flow.failure_code(ours) == "unexpected"
        assert "connect again" in flow.status(ours)["failure"]["explanation"]
        secrets.create_secret(Name=name, SecretString=kept)
        flow.post(f"/v1/invoices/{ours}/retry")
        flow.work()
        assert flow.status(ours)["status"] == "synced"

    def test_quickbooks_answers_nothing_to_one_portal(
        self, flow: Flow, neighbour: Neighbour
    ) -> None:
        flow.quickbooks.faults.append(Fault(of_realm, Answer(200, {}), FOR_EVER))
        ours, theirs = flow.invoice(), neighbour.invoice()
        work_once(flow)
        assert neighbour.status(theirs) == "synced"
        assert flow.status(ours)["status"] in ("pending", "failing")
        up(flow)
        flow.work_later()
        assert flow.status(ours)["status"] == "synced"
        assert len(flow.in_quickbooks(ours)) == 1

    def test_an_invoice_is_too_large_for_the_table(
        self, flow: Flow, neighbour: Neighbour, hook: Callable[[Hook], None]
    ) -> None:
        huge, ours, theirs = flow.invoice(), flow.invoice(), neighbour.invoice()

        def refuse(operation: Operation, run: Run) -> Any:
            sent = json.dumps(operation.parameters)
            if operation.name == "TransactWriteItems" and f'"INVOICE#{huge}"' in sent:
                written = any(
                    f'"INVOICE#{huge}"' in json.dumps(each) and '"written"' in json.dumps(each)
                    for each in operation.parameters["TransactItems"]
                )
                if written:
                    raise ServiceError("ValidationException", f"Item size of {PRIVATE}")
            return run(operation.parameters)

        hook(refuse)
        for _ in range(3):
            flow.work()
            flow.work_later()
        assert neighbour.status(theirs) == "synced"
        assert flow.status(ours)["status"] == "synced"
        assert flow.failure_code(huge) == "unexpected"
        assert len(flow.in_quickbooks(huge)) == 1

    @pytest.mark.parametrize("name", ["UpdateItem", "TransactWriteItems", "GetItem"])
    def test_dynamodb_takes_one_call_not_now(
        self, flow: Flow, neighbour: Neighbour, hook: Callable[[Hook], None], name: str
    ) -> None:
        ours, theirs = flow.invoice(), neighbour.invoice()
        flow.hubspot.deliver()
        refused: list[str] = []

        def throttle(operation: Operation, run: Run) -> Any:
            is_ours = f'"PORTAL#{PORTAL_ID}"' in json.dumps(operation.parameters)
            if operation.name == name and is_ours and not refused:
                refused.append(name)
                raise ServiceError("ProvisionedThroughputExceededException", "not now")
            return run(operation.parameters)

        hook(throttle)
        assert flow.own.poller.poll_once()
        assert refused
        assert neighbour.status(theirs) == "synced"
        for _ in range(3):
            flow.work_later()
        assert flow.status(ours)["status"] == "synced"
        assert len(flow.in_quickbooks(ours)) == 1
        assert dead_letters(flow) == []

    def test_a_bug_ends_with_the_invoice_that_meets_it(
        self,
        flow: Flow,
        neighbour: Neighbour,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        before, poison, after = flow.invoice(), flow.invoice(), flow.invoice()
        theirs, load = neighbour.invoice(), load_hubspot.load

        def surprised(batch: Any, tasks: Any) -> Any:
            if any(task.invoice_id == poison for task in tasks):
                raise KeyError(PRIVATE)
            return load(batch, tasks)

        monkeypatch.setattr(load_hubspot, "load", surprised)
        work_once(flow)
        assert neighbour.status(theirs) == "synced"
        assert {flow.status(each)["status"] for each in (before, after)} == {"synced"}
        failure = flow.status(poison)["failure"]
        assert failure["code"] == "unexpected"
        assert "KeyError" in failure["explanation"]
        for _ in range(12):
            flow.work_later()
        # All on its own; and no lease holds it up when it comes back.
        assert {letter["objectId"] for letter in dead_letters(flow)} == {poison}
        assert PRIVATE not in capsys.readouterr().out
        monkeypatch.undo()
        flow.post(f"/v1/invoices/{poison}/retry")
        flow.work()
        assert flow.status(poison)["status"] == "synced"

    def test_the_hourly_look_at_a_bug_makes_no_other_dead_letter(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        invoice_id = flow.invoice()
        flow.hubspot.webhooks.discard()
        monkeypatch.setattr(load_hubspot, "load", lambda *_: 1 / 0)
        now = flow.clock.now()
        flow.queue.send([Hint(PORTAL_ID, invoice_id, "sweep", now, now)])
        flow.work()
        assert flow.failure_code(invoice_id) == "unexpected"
        assert sum(flow.own.poller.depth()) == 0

    def test_a_message_that_no_reader_foresees_keeps_nobody_waiting(
        self, flow: Flow, neighbour: Neighbour
    ) -> None:
        sqs, url = flow.own.aws.client("sqs"), flow.own.aws.environment["QUEUE_URL"]
        for body in ("[" * 20_000, to_message(flow.hint("1")).replace("T", "T9")):
            sqs.send_message(QueueUrl=url, MessageBody=body)
        theirs = neighbour.invoice()
        work_once(flow)
        assert neighbour.status(theirs) == "synced"

    def test_calls_of_one_portal_that_wait_hold_up_no_other(
        self, flow: Flow, neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clients, store = sync_worker.collaborators().worker._clients, flow.own.store
        theirs_went_out, waited = threading.Event(), list[bool]()
        ours_wait = threading.Event()

        def send(request: Any, *_: Any, **__: Any) -> Response:
            if of_realm(Request.from_values(request.url)):
                ours_wait.set()
                waited.append(theirs_went_out.wait(30))
            else:
                theirs_went_out.set()
            raise UnavailableError("QuickBooks", "503")

        monkeypatch.setattr("invoice_sync.quickbooks.client.send_authorised", send)

        def change(portal_id: str) -> None:
            connection = store.connections.get(portal_id)
            assert connection
            # More calls than may run at a time.
            with suppress(UnavailableError):
                clients.quickbooks(connection).change_invoices([{"Id": "1"}] * 30 * 15)

        def change_theirs() -> None:
            assert ours_wait.wait(30)
            change(neighbour.portal_id)

        together(partial(change, PORTAL_ID), change_theirs)
        assert waited
        assert all(waited)


class TestInWaking:
    def test_a_change_in_one_realm_that_surprises(
        self, flow: Flow, neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flow.watch_quickbooks()
        theirs = neighbour.invoice()
        flow.work()
        posted = neighbour.realm.invoices[0]
        flow.clock.advance(2)
        neighbour.realm.receive_payment(posted["Id"], "100.00")
        now = flow.clock.now()
        poison = Hint("", "77", "webhook", now, now, "quickbooks_payments", realm_id=REALM_ID)
        flow.queue.send([poison])
        real = FanOut.from_quickbooks

        def surprised(self: Any, connection: Any, *rest: Any) -> Any:
            if connection.realm_id == REALM_ID:
                raise KeyError(PRIVATE)
            return real(self, connection, *rest)

        monkeypatch.setattr(FanOut, "from_quickbooks", surprised)
        flow.quickbooks.deliver()
        while flow.own.poller.poll_once():
            pass
        record = flow.own.store.records.get(neighbour.portal_id, theirs)
        assert record
        assert record.written
        assert record.written.balance == 200
        assert flow.own.poller.depth()[1] == 1


class TestInTheSweep:
    @pytest.mark.parametrize("part", ["resend_stuck", "in_quickbooks", "in_hubspot"])
    def test_a_bug_in_one_connection_keeps_no_other_waiting(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch, part: str
    ) -> None:
        others = [Neighbour(flow, number) for number in (1, 2)]
        run_sweep(flow)
        missed = {other: other.invoice() for other in others}
        lose_everything(flow)
        real = getattr(MissedChanges, part)

        def surprised(self: Any, connection: Any, *rest: Any) -> Any:
            if connection.portal_id == PORTAL_ID:
                raise RecursionError(PRIVATE)
            return real(self, connection, *rest)

        monkeypatch.setattr(MissedChanges, part, surprised)
        run_sweep(flow)
        put_right(flow)
        assert {other.status(missed[other]) for other in others} == {"synced"}
        connection = flow.own.store.connections.get(PORTAL_ID)
        assert connection
        assert connection.trouble

    def test_connections_do_not_wait_for_each_other(
        self, flow: Flow, neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run_sweep(flow)
        theirs = neighbour.invoice()
        lose_everything(flow)
        real, theirs_is_done = MissedChanges.in_hubspot, threading.Event()

        def waits(self: MissedChanges, connection: Connection, *rest: Any) -> None:
            if connection.portal_id == PORTAL_ID:
                assert theirs_is_done.wait(30)
            real(self, connection, *rest)
            if connection.portal_id == neighbour.portal_id:
                theirs_is_done.set()

        monkeypatch.setattr(MissedChanges, "in_hubspot", waits)
        run_sweep(flow)
        put_right(flow)
        assert neighbour.status(theirs) == "synced"
        assert flow.get("/v1/connection")["lastTrouble"] is None

    def test_connections_that_hang_are_not_all_that_a_sweep_reaches(
        self, flow: Flow, neighbour: Neighbour
    ) -> None:
        run_sweep(flow)

        def hangs(request: Request) -> bool:
            if of_realm(request):
                flow.clock.advance(70)
            return of_realm(request)

        flow.quickbooks.faults.append(Fault(hangs, Answer(503), FOR_EVER))
        for _ in range(3):
            theirs = neighbour.invoice()
            lose_everything(flow)
            flow.clock.advance(300)
            run_sweep(flow)
            put_right(flow)
        assert neighbour.status(theirs) == "synced"

    def test_a_connection_that_cannot_be_read_keeps_no_other_waiting(
        self, flow: Flow, neighbour: Neighbour
    ) -> None:
        run_sweep(flow)
        theirs = neighbour.invoice()
        lose_everything(flow)
        table = flow.own.aws.environment["TABLE_NAME"]
        key = {"pk": {"S": f"PORTAL#{PORTAL_ID}"}, "sk": {"S": "CONNECTION"}}
        client = flow.own.aws.client("dynamodb")
        kept = client.get_item(TableName=table, Key=key)["Item"]
        client.put_item(TableName=table, Item={**key, "data": {"M": {"state": {"N": "1"}}}})
        run_sweep(flow)
        put_right(flow)
        assert neighbour.status(theirs) == "synced"
        client.put_item(TableName=table, Item=kept)
