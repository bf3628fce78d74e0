"""The sweep looks at an idle portal seldom, and at an active one every five minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault
from invoice_sync.store.marks import VISITED

from .acting import FOR_EVER, lose_everything, put_right, quickbooks_calls, run_sweep
from .conftest import PORTAL_ID, Flow
from .test_sweep import Printed, measured

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RUN = 5 * MINUTE


@pytest.fixture
def idle(flow: Flow) -> Flow:
    """Return a system in which nothing has happened since yesterday, and that has been swept."""
    invoice_id = flow.invoice()
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"
    be_idle(flow, 24 * HOUR)
    lose_everything(flow)  # the night's report
    return flow


def pass_time(flow: Flow, time: timedelta) -> None:
    flow.clock.advance(time.total_seconds())


def be_idle(flow: Flow, time: timedelta) -> None:
    """Let the sweep find what has happened, and then nothing more happen."""
    pass_time(flow, 15 * MINUTE)
    run_sweep(flow)
    pass_time(flow, time)
    # As if sweeps had come by all the time, and had had nothing to do.
    flow.own.store.marks.advance(PORTAL_ID, VISITED, flow.clock.now())
    run_sweep(flow)


def looks(flow: Flow) -> int:
    """Return how often QuickBooks was asked for what has changed."""
    return sum(number for call, number in flow.quickbooks.calls.items() if "cdc" in call)


def sweeps(flow: Flow, number: int) -> list[int]:
    """Run the sweep every five minutes; return how many looks each run made."""
    made = []
    for _ in range(number):
        pass_time(flow, RUN)
        before = looks(flow)
        run_sweep(flow)
        made.append(looks(flow) - before)
    return made


def searches(flow: Flow) -> int:
    return sum(number for call, number in flow.hubspot.calls.items() if "/search" in call)


def test_an_idle_portal_is_looked_at_once_an_hour(idle: Flow) -> None:
    before = searches(idle)
    assert sweeps(idle, 24) == [*[0] * 11, 1, *[0] * 11, 1]
    # Six types of records.
    assert searches(idle) - before == 2 * 6


def test_an_event_brings_the_short_interval_back(idle: Flow) -> None:
    assert sweeps(idle, 1) == [0]
    idle.invoice()
    idle.work()
    assert sweeps(idle, 9) == [1] * 9


def test_a_click_brings_the_short_interval_back(idle: Flow) -> None:
    (record,) = idle.records()
    idle.post(f"/v1/invoices/{record.invoice_id}/retry")
    idle.work()
    assert sweeps(idle, 2) == [1, 1]


def test_the_interval_grows_by_and_by(idle: Flow) -> None:
    idle.invoice()
    idle.work()
    be_idle(idle, 3.5 * HOUR)
    assert sweeps(idle, 4) == [0, 0, 0, 1]


def test_a_change_that_makes_no_difference_keeps_no_portal_active(idle: Flow) -> None:
    """HubSpot counts the days that an invoice is overdue, which is a change each day."""
    be_idle(idle, 24 * HOUR)
    batches = idle.own.poller.batches
    put_right(idle)
    assert idle.own.poller.batches > batches
    assert sweeps(idle, 2) == [0, 0]


def test_a_change_whose_webhook_is_lost_is_found_within_the_hour(idle: Flow) -> None:
    fresh = idle.invoice()
    lose_everything(idle)
    sweeps(idle, 12)
    put_right(idle)
    assert idle.status(fresh)["status"] == "synced"


def test_where_one_webhook_is_lost_the_next_loss_costs_five_minutes(idle: Flow) -> None:
    idle.invoice()
    lose_everything(idle)
    sweeps(idle, 12)
    put_right(idle)
    fresh = idle.invoice()
    lose_everything(idle)
    sweeps(idle, 1)
    put_right(idle)
    assert idle.status(fresh)["status"] == "synced"


def test_an_edit_in_quickbooks_that_no_event_tells_brings_the_short_interval_back(
    idle: Flow,
) -> None:
    (posted,) = idle.realm.invoices
    idle.realm.receive_payment(posted["Id"], "100.00")
    lose_everything(idle)
    assert sweeps(idle, 12)[-1] == 1
    put_right(idle)
    assert sweeps(idle, 2) == [1, 1]


def test_a_failing_invoice_is_looked_at_every_hour_and_keeps_no_portal_active(idle: Flow) -> None:
    failing = idle.invoice(contact_id=None)
    idle.work()
    be_idle(idle, 24 * HOUR)
    put_right(idle)
    # HubSpot tells of no association that is made.
    idle.portal.associate("invoices", failing, "contacts", idle.contact_id)
    lose_everything(idle)
    made = []
    for _ in range(12):
        made += sweeps(idle, 1)
        put_right(idle)
    assert sum(made) == 1
    assert idle.status(failing)["status"] == "synced"


def test_an_idle_portal_is_not_taken_for_a_restored_table(idle: Flow) -> None:
    sweeps(idle, 11)
    queries: list[str] = []

    def looks_for_invoices(request: Request) -> bool:
        asked = request.get_data().decode() + request.args.get("query", "")
        # Not the night's report, which asks for whole days.
        if "from Invoice" in asked and "TxnDate >=" not in asked:
            queries.append(asked)
        return False

    idle.quickbooks.faults.append(Fault(looks_for_invoices, Answer(503), FOR_EVER))
    idle.invoice()
    idle.work()
    assert len(idle.realm.invoices) == 2
    # None is looked for by its note.
    assert queries == []
    sweeps(idle, 1)
    connection = idle.own.store.connections.get(PORTAL_ID)
    assert connection
    assert connection.gap is None


class TestLag:
    def test_it_is_none_while_no_look_is_due(self, idle: Flow, capsys: Printed) -> None:
        capsys.readouterr()
        sweeps(idle, 12)
        assert max(measured(capsys)["SweepLag"]) < 5

    def test_it_counts_from_when_the_look_was_due(self, idle: Flow, capsys: Printed) -> None:
        idle.quickbooks.faults.append(Fault(quickbooks_calls, Answer(503), FOR_EVER))
        sweeps(idle, 12)
        capsys.readouterr()
        sweeps(idle, 4)
        lags = measured(capsys)["SweepLag"]
        assert lags == pytest.approx([300, 600, 900, 1200], abs=30)
