"""Many new invoices at once are created in batches, and still each exactly once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault
from invoice_sync.sync import apply

from .conftest import Flow

BROKEN = Answer(500, "<html>Bad gateway</html>", {"Content-Type": "text/html"})


@pytest.fixture
def small_bursts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "BURST", 4)


def creates_together(request: Request) -> bool:
    return request.path.endswith("/batch") and b'"create"' in request.get_data()


def creates_alone(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/invoice")


def count_creations(flow: Flow) -> Counter[str]:
    """Return a count that goes on: of requests for one invoice, and for many."""
    seen: Counter[str] = Counter()

    def count(request: Request) -> bool:
        seen.update(alone=creates_alone(request), together=creates_together(request))
        return False

    flow.quickbooks.faults.append(Fault(count, None))
    return seen


def each_once(flow: Flow, ids: list[str]) -> bool:
    there = [len(flow.in_quickbooks(each)) for each in ids]
    return there == [1] * len(ids) and len(flow.realm.invoices) == len(ids)


def are_synced(flow: Flow, ids: list[str]) -> bool:
    return {flow.status(each)["status"] for each in ids} == {"synced"}


def test_sixty_new_invoices_are_two_requests(flow: Flow) -> None:
    seen = count_creations(flow)
    ids = [flow.invoice(number=f"INV-{number}") for number in range(60)]
    flow.sync_at(flow.clock.now()).run([flow.hint(each) for each in ids])
    assert are_synced(flow, ids)
    assert each_once(flow, ids)
    # QuickBooks' answers come in another order.
    assert [flow.in_quickbooks(each)[0]["DocNumber"] for each in ids] == [
        f"INV-{number}" for number in range(60)
    ]
    assert seen == Counter(together=2)


def test_fewer_go_one_by_one(flow: Flow) -> None:
    seen = count_creations(flow)
    ids = [flow.invoice() for _ in range(12)]
    flow.work()
    assert each_once(flow, ids)
    assert seen == Counter(alone=12)


@pytest.mark.usefixtures("small_bursts")
def test_without_numbers_of_ours_they_go_one_by_one(flow: Flow) -> None:
    flow.settings(document_number="quickbooks")
    flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", False)
    seen = count_creations(flow)
    ids = [flow.invoice() for _ in range(6)]
    flow.work()
    assert each_once(flow, ids)
    assert seen == Counter(alone=6)


@pytest.mark.usefixtures("small_bursts")
@pytest.mark.parametrize("lag", [0, 100], ids=["queries at once", "queries lag behind"])
@pytest.mark.parametrize("honoured", [True, False], ids=["requestid honoured", "and ignored"])
def test_the_answer_of_a_whole_batch_is_lost(flow: Flow, honoured: bool, lag: int) -> None:
    flow.quickbooks.switches.honour_request_id = honoured
    flow.clock.advance(300)
    flow.quickbooks.switches.query_lag_seconds = lag
    flow.quickbooks.faults.append(Fault(creates_together, BROKEN, before_effect=False))
    ids = [flow.invoice() for _ in range(6)]
    flow.work()
    for _ in range(5):
        flow.clock.advance(40)
        flow.work_later()
    assert each_once(flow, ids)
    assert are_synced(flow, ids)


@pytest.mark.usefixtures("small_bursts")
@pytest.mark.parametrize("honoured", [True, False], ids=["requestid honoured", "and ignored"])
def test_a_batch_breaks_off_in_the_middle(flow: Flow, honoured: bool) -> None:
    flow.quickbooks.switches.honour_request_id = honoured
    flow.quickbooks.switches.batch_breaks_off_after = 3
    seen = count_creations(flow)
    ids = [flow.invoice() for _ in range(6)]
    flow.work()
    flow.quickbooks.switches.batch_breaks_off_after = -1
    # Three are there. The others may still come for two minutes.
    assert len(flow.realm.invoices) == 3
    assert Counter(flow.status(each)["status"] for each in ids) == {"synced": 3, "pending": 3}
    flow.clock.advance(120)
    flow.work_later()
    assert len(flow.realm.invoices) == 3
    flow.clock.advance(61)
    flow.work_later()
    assert each_once(flow, ids)
    assert are_synced(flow, ids)
    assert seen == Counter(together=1, alone=3)


@pytest.mark.usefixtures("small_bursts")
def test_what_is_sent_alone_after_a_batch_has_a_request_id_of_its_own(flow: Flow) -> None:
    sent: list[str] = []

    def note(request: Request) -> bool:
        if creates_alone(request) or creates_together(request):
            sent.append(request.args["requestid"])
        return False

    flow.quickbooks.faults.append(Fault(note, None))
    flow.quickbooks.faults.append(Fault(creates_together, None))
    ids = [flow.invoice() for _ in range(4)]
    flow.work()
    assert flow.realm.invoices == []
    flow.clock.advance(181)
    flow.work_later()
    assert each_once(flow, ids)
    assert len(set(sent)) == len(sent) == 5


@pytest.mark.usefixtures("small_bursts")
def test_what_hubspot_changes_while_the_answer_is_unknown_is_not_lost(flow: Flow) -> None:
    flow.quickbooks.faults.append(Fault(creates_together, None))
    ids = [flow.invoice() for _ in range(4)]
    flow.work()
    flow.set_price(ids[0], "175")
    flow.work()
    flow.clock.advance(181)
    flow.work_later()
    assert each_once(flow, ids)
    assert [flow.in_quickbooks(each)[0]["TotalAmt"] for each in ids] == [350, 300, 300, 300]


@pytest.mark.usefixtures("small_bursts")
def test_one_that_quickbooks_refuses_fails_alone(flow: Flow) -> None:
    flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2024-12-31")
    late = flow.invoice(hs_invoice_date="2024-12-30")
    ids = [flow.invoice() for _ in range(5)]
    flow.work()
    assert flow.failure_code(late) == "closed_period"
    assert flow.in_quickbooks(late) == []
    assert are_synced(flow, ids)
    assert each_once(flow, ids)


@pytest.mark.usefixtures("small_bursts")
def test_two_of_a_batch_have_the_same_number(flow: Flow) -> None:
    ids = [flow.invoice(number="INV-7") for _ in range(2)]
    others = [flow.invoice() for _ in range(4)]
    flow.work()
    assert are_synced(flow, others)
    assert sorted(len(flow.in_quickbooks(each)) for each in ids) == [0, 1]
    codes = [flow.status(each).get("failure") or {} for each in ids]
    assert [code["code"] for code in codes if code] == ["duplicate_document_number"]


@pytest.mark.usefixtures("small_bursts")
def test_a_batch_that_is_refused_as_a_whole_goes_one_by_one(flow: Flow) -> None:
    fault = {"Error": [{"Message": "Batch size exceeded", "code": "1040"}], "type": "Validation"}
    flow.quickbooks.faults.append(Fault(creates_together, Answer(400, {"Fault": fault})))
    seen = count_creations(flow)
    ids = [flow.invoice() for _ in range(5)]
    flow.work()
    assert each_once(flow, ids)
    assert are_synced(flow, ids)
    assert seen["alone"] == 5


@pytest.mark.usefixtures("small_bursts")
def test_one_that_quickbooks_cannot_digest_holds_the_others_back_for_minutes_only(
    flow: Flow,
) -> None:
    bad = flow.invoice(number="INV-13")
    ids = [flow.invoice() for _ in range(5)]
    flow.realm.indigestible.add(("Invoice", "INV-13"))
    flow.work()
    flow.clock.advance(181)
    flow.work_later()
    assert are_synced(flow, ids)
    assert each_once(flow, ids)
    assert flow.status(bad)["status"] == "pending"


@pytest.mark.usefixtures("small_bursts")
def test_too_many_requests_leave_nothing_unknown(flow: Flow) -> None:
    seen = count_creations(flow)
    throttled = Answer(429, "<html>", {"Content-Type": "text/html"})
    flow.quickbooks.faults.append(Fault(creates_together, throttled))
    ids = [flow.invoice() for _ in range(5)]
    worker, hints = flow.sync_at(flow.clock.now()), [flow.hint(each) for each in ids]
    assert worker.run(hints).keys() == set(hints)
    assert {flow.status(each)["status"] for each in ids} == {"pending"}
    flow.clock.advance(61)
    assert worker.run(hints) == {}
    assert each_once(flow, ids)
    # Nothing was sent, so nothing has to be looked for: they go together once more.
    assert seen == Counter(together=2)


@pytest.mark.usefixtures("small_bursts")
def test_a_worker_that_dies_before_it_records_the_answers(flow: Flow) -> None:
    flow.quickbooks.switches.honour_request_id = False
    ids = [flow.invoice() for _ in range(5)]
    now = flow.clock.now()
    dying = flow.sync_at(now)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    dying._stages.recorder.record = die  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        dying.run([flow.hint(each) for each in ids])
    assert each_once(flow, ids)
    after = flow.sync_at(now + timedelta(minutes=5))
    assert after.run([flow.hint(each) for each in ids]) == {}
    assert each_once(flow, ids)
    assert are_synced(flow, ids)
