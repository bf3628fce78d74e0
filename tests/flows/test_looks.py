"""What has been read need not be looked at again, and whatever was changed since is.

Most edits here are told by no event: only the sweep can find them, and it must not take them for
what a look has seen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.hubspot.types import BY_ALIAS
from infra.local.wire import Simulator
from invoice_sync.sync import fan_out
from invoice_sync.sync.status_properties import StatusProperties
from tests.benchmarks import looks

from .acting import KilledError, killed, meanwhile, put_right, run_sweep
from .conftest import PORTAL_ID, Flow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Looks:
    """Counts looks at invoices, by the worker's log."""

    def __init__(self, log: pytest.LogCaptureFixture) -> None:
        self._log = log

    def during(self, act: Callable[[], object]) -> int:
        self._log.clear()
        act()
        return sum(record.message == "looked at an invoice" for record in self._log.records)


@pytest.fixture
def counted(caplog: pytest.LogCaptureFixture) -> Looks:
    return Looks(caplog)


def synced(flow: Flow) -> str:
    """An invoice that was looked at once more since its status was written."""
    invoice_id = flow.invoice()
    flow.work()
    sweep_and_work(flow)
    assert flow.status(invoice_id)["status"] == "synced"
    return invoice_id


def sweep_and_work(flow: Flow) -> None:
    flow.clock.advance(300)
    run_sweep(flow)
    put_right(flow)


def total(flow: Flow, invoice_id: str) -> float:
    (copy,) = flow.in_quickbooks(invoice_id)
    return float(copy["TotalAmt"])


def memo(flow: Flow, invoice_id: str) -> str:
    (copy,) = flow.in_quickbooks(invoice_id)
    return str(copy.get("CustomerMemo", {}).get("value", ""))


def comment(flow: Flow, invoice_id: str, text: str = "Thank you") -> None:
    flow.portal.update("invoices", invoice_id, {"hs_comments": text})


def event(flow: Flow, object_type: str, record_id: str, at: int) -> None:
    """HubSpot tells of a change at a moment, in epoch milliseconds."""
    kind = BY_ALIAS[object_type]
    fields = {
        "objectId": int(record_id),
        "objectTypeId": kind.type_id,
        "propertyName": "price",
        "propertyValue": "1",
    }
    occurred = _EPOCH + timedelta(milliseconds=at)
    flow.hubspot.webhooks.emit(int(PORTAL_ID), "object.propertyChange", kind, occurred, fields)


def modified(flow: Flow, object_type: str, record_id: str) -> int:
    """Return when HubSpot's record was modified, in epoch milliseconds."""
    updated = flow.portal.record(object_type, record_id).updated
    return (updated - _EPOCH) // timedelta(milliseconds=1)


def test_an_invoice_that_is_created_and_changed_once(flow: Flow, counted: Looks) -> None:
    synced(flow)
    flow.watch_quickbooks()
    # Two find something to do. The other two follow our own writes of its status to HubSpot: what
    # somebody wrote between our read and our write would look the same.
    calls: list[int] = []
    seen = counted.during(lambda: calls.append(looks.created_and_changed(flow)))
    assert seen == sum(looks.LOOKS.values()) == 4
    assert calls[0] <= 18


class TestEvents:
    def test_of_what_was_read_are_dropped_before_hubspot_is_asked(
        self, flow: Flow, counted: Looks
    ) -> None:
        invoice_id = synced(flow)
        line_id = flow.line_of(invoice_id)
        event(flow, "invoices", invoice_id, modified(flow, "invoices", invoice_id))
        event(flow, "line_items", line_id, modified(flow, "line_items", line_id))
        before = flow.hubspot.calls.total()
        assert counted.during(flow.work) == 0
        assert flow.hubspot.calls.total() == before

    def test_of_an_edit_right_behind_are_not(self, flow: Flow, counted: Looks) -> None:
        invoice_id = synced(flow)
        line_id = flow.line_of(invoice_id)
        seen = modified(flow, "line_items", line_id)
        flow.set_price(invoice_id, "175")
        flow.hubspot.webhooks.discard()
        # The old one first: of several events about one record, the latest counts.
        event(flow, "line_items", line_id, seen)
        event(flow, "line_items", line_id, seen + 1)
        assert counted.during(flow.work) == 1
        assert total(flow, invoice_id) == 350

    def test_of_a_line_are_not_measured_by_its_invoice(self, flow: Flow) -> None:
        flow.hubspot.switches.touch_on_recalculation = False
        invoice_id = synced(flow)
        flow.set_price(invoice_id, "175")
        comment(flow, invoice_id)
        # The invoice was modified after its line was, and is read before.
        line_id = flow.line_of(invoice_id)
        meanwhile(
            flow.hubspot,
            "/objects/line_items/batch/read",
            lambda: flow.set_price(invoice_id, "180"),
        )
        flow.work()
        event(flow, "line_items", line_id, modified(flow, "line_items", line_id))
        flow.work()
        assert total(flow, invoice_id) == 360

    def test_in_deliveries_of_their_own_lead_to_one_look(self, flow: Flow, counted: Looks) -> None:
        invoice_id = synced(flow)
        flow.set_price(invoice_id, "175")
        flow.set_price(invoice_id, "180")
        comment(flow, invoice_id)
        assert counted.during(flow.work) == 1
        assert (total(flow, invoice_id), memo(flow, invoice_id)) == (360, "Thank you")

    @pytest.mark.parametrize("change", ["deleted", "taken off"])
    def test_without_a_version_are_always_looked_at(self, flow: Flow, change: str) -> None:
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "0"}
        whole = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "300"}
        invoice_id = flow.invoice(lines=[whole, line])
        flow.work()
        sweep_and_work(flow)
        free = flow.portal.associated("invoices", invoice_id, "line_items")[1]
        if change == "deleted":
            flow.portal.delete("line_items", free)
        else:
            flow.portal.dissociate("invoices", invoice_id, "line_items", free)
        flow.work()
        (copy,) = flow.in_quickbooks(invoice_id)
        lines = [each for each in copy["Line"] if each["DetailType"] == "SalesItemLineDetail"]
        assert len(lines) == 1

    def test_about_an_invoice_that_fails_are_always_looked_at(self, flow: Flow) -> None:
        thing = {"name": "Something new", "quantity": "1", "price": "10"}
        invoice_id = flow.invoice(lines=[thing])
        flow.work()
        assert flow.failure_code(invoice_id) == "item_not_found"
        flow.realm.add_item("Something new")
        line_id = flow.line_of(invoice_id)
        event(flow, "line_items", line_id, modified(flow, "line_items", line_id))
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"


class TestSweep:
    def test_leaves_out_what_was_read_since(self, flow: Flow, counted: Looks) -> None:
        invoice_id = synced(flow)
        assert counted.during(lambda: sweep_and_work(flow)) == 0
        flow.set_price(invoice_id, "175")
        assert counted.during(lambda: sweep_and_work(flow)) == 1
        assert total(flow, invoice_id) == 350

    @pytest.mark.parametrize("lag", [30, 299])
    def test_finds_an_edit_that_the_search_shows_late(self, flow: Flow, lag: int) -> None:
        flow.hubspot.switches.search_lag = lag
        invoice_id = synced(flow)
        sweep_and_work(flow)
        flow.set_price(invoice_id, "175")
        comment(flow, invoice_id)
        flow.hubspot.webhooks.discard()
        run_sweep(flow)
        put_right(flow)
        assert total(flow, invoice_id) == 300
        sweep_and_work(flow)
        assert (total(flow, invoice_id), memo(flow, invoice_id)) == (350, "Thank you")

    @pytest.mark.parametrize("hours", [-2, 2])
    def test_goes_by_the_clock_of_hubspot_alone(self, flow: Flow, hours: int) -> None:
        invoice_id = synced(flow)
        comment(flow, invoice_id)
        flow.hubspot.webhooks.discard()
        ours = flow.clock.now() + timedelta(hours=hours)
        assert flow.sync_at(ours).run([flow.hint(invoice_id)]) == {}
        flow.set_price(invoice_id, "175")
        comment(flow, invoice_id, "No, thank you")
        sweep_and_work(flow)
        assert (total(flow, invoice_id), memo(flow, invoice_id)) == (350, "No, thank you")

    def test_is_measured_when_its_message_is_received_too(self, flow: Flow, counted: Looks) -> None:
        invoice_id = synced(flow)
        flow.set_price(invoice_id, "175")
        flow.clock.advance(300)
        run_sweep(flow)
        # The invoice is looked at before the worker gets the messages of the sweep.
        assert flow.sync_at(flow.clock.now()).run([flow.hint(invoice_id)]) == {}
        assert counted.during(lambda: put_right(flow)) == 0
        assert total(flow, invoice_id) == 350


EDITS: dict[str, Callable[[Flow, str], None]] = {
    "its line": lambda flow, invoice_id: flow.set_price(invoice_id, "175"),
    "itself": comment,
}


@pytest.mark.parametrize("edited", EDITS)
class TestAnEditDuringTheLook:
    def edits(self, flow: Flow, edited: str) -> Callable[[], None]:
        """The edit of the only invoice, of which no event tells."""

        def edit() -> None:
            (invoice_id,) = flow.portal.ids("invoices")
            EDITS[edited](flow, invoice_id)
            flow.hubspot.webhooks.discard()

        return edit

    def check(self, flow: Flow, simulator: Simulator, edited: str) -> None:
        assert [fault.times for fault in simulator.faults] == [0]
        sweep_and_work(flow)
        (invoice_id,) = flow.portal.ids("invoices")
        expected = (350, "") if edited == "its line" else (300, "Thank you")
        assert (total(flow, invoice_id), memo(flow, invoice_id)) == expected

    @pytest.mark.parametrize(
        ("service", "path"),
        [
            ("hubspot", "/objects/line_items/batch/read"),
            ("quickbooks", "/invoice"),
            # Our own write of the status moves the modification time past that of the edit.
            ("hubspot", "/objects/invoices/batch/update"),
        ],
    )
    def test_that_creates_it(self, flow: Flow, service: str, path: str, edited: str) -> None:
        simulator: Simulator = getattr(flow, service)
        meanwhile(simulator, path, self.edits(flow, edited))
        flow.invoice()
        flow.work()
        self.check(flow, simulator, edited)

    @pytest.mark.parametrize(
        ("service", "path"),
        [("hubspot", "/objects/line_items/batch/read"), ("quickbooks", "/batch")],
    )
    def test_that_updates_it(self, flow: Flow, service: str, path: str, edited: str) -> None:
        simulator: Simulator = getattr(flow, service)
        invoice_id = synced(flow)
        meanwhile(simulator, path, self.edits(flow, edited))
        flow.portal.update("invoices", invoice_id, {"hs_due_date": "2031-01-31"})
        flow.work()
        self.check(flow, simulator, edited)


class TestMessagesThatComeAgain:
    def test_are_looked_at_although_the_look_was_stored(
        self, flow: Flow, counted: Looks, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        invoice_id = flow.invoice()
        with monkeypatch.context() as patch:
            patch.setattr(StatusProperties, "show", killed)
            with pytest.raises(KilledError):
                flow.work()
        flow.own.aws.end_waits()
        assert counted.during(flow.work) == 1
        properties = flow.portal.record("invoices", invoice_id).properties
        assert properties["qbo_sync_status"] == "synced"

    def test_after_another_worker_had_the_invoice(self, flow: Flow) -> None:
        invoice_id, now = synced(flow), flow.clock.now()
        claimed = flow.own.store.records.claim(PORTAL_ID, [invoice_id], "another", now, 60)
        assert claimed[invoice_id]
        flow.set_price(invoice_id, "175")
        flow.work()
        assert total(flow, invoice_id) == 300
        flow.own.store.records.release(PORTAL_ID, [invoice_id], "another")
        flow.work_later()
        assert total(flow, invoice_id) == 350


def test_a_click_always_looks(flow: Flow, counted: Looks) -> None:
    invoice_id = synced(flow)
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    assert counted.during(flow.work) == 1


def test_a_contact_of_very_many_goes_through_the_queue(
    flow: Flow, counted: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "_MOST_AT_ONCE", 2)
    contact_id = flow.portal.create("contacts", {"email": "wrong@acme.example"})
    flow.realm.add_customer("Acme", "right@acme.example")
    ids = [flow.invoice(contact_id=contact_id) for _ in range(5)]
    flow.work()
    assert {flow.failure_code(each) for each in ids} == {"customer_not_found"}
    flow.portal.update("contacts", contact_id, {"email": "right@acme.example"})
    # In three passes, and none of them twice.
    assert counted.during(flow.work) == 5
    assert {flow.status(each)["status"] for each in ids} == {"synced"}
