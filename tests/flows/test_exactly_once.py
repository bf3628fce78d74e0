"""Exactly one QuickBooks invoice for each HubSpot invoice, whatever gets lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault

from .conftest import PORTAL_ID, Flow

pytestmark = pytest.mark.moto


def creates_an_invoice(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/invoice")


def lag_behind(flow: Flow) -> None:
    """From now on QuickBooks' queries miss what is younger than 20 seconds."""
    flow.clock.advance(30)
    flow.quickbooks.switches.query_lag_seconds = 20


@pytest.mark.parametrize("numbered", [True, False], ids=["found by number", "found by time"])
@pytest.mark.parametrize("honoured", [True, False], ids=["requestid honoured", "and ignored"])
def test_the_answer_of_every_first_create_is_lost(
    flow: Flow, honoured: bool, numbered: bool
) -> None:
    flow.quickbooks.switches.honour_request_id = honoured
    flow.quickbooks.switches.lose_first_create_answer = True
    if not numbered:
        flow.settings(document_number="quickbooks")
        flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", False)
    ids = [flow.invoice() for _ in range(12)]
    flow.work()
    assert [len(flow.in_quickbooks(one)) for one in ids] == [1] * 12
    assert {flow.status(one)["status"] for one in ids} == {"synced"}
    assert len(flow.realm.invoices) == 12


def test_a_query_that_lags_behind_does_not_make_a_second_one(flow: Flow) -> None:
    flow.quickbooks.switches.honour_request_id = False
    flow.quickbooks.switches.lose_first_create_answer = True
    lag_behind(flow)
    invoice_id = flow.invoice()
    flow.work()
    assert flow.status(invoice_id)["status"] == "pending"
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "pending"
    assert len(flow.realm.invoices) == 1
    flow.clock.advance(25)
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"
    assert len(flow.realm.invoices) == 1


def test_a_create_that_never_arrived_is_sent_again_with_the_same_request_id(flow: Flow) -> None:
    sent: list[str] = []

    def seen(request: Request) -> bool:
        if creates_an_invoice(request):
            sent.append(request.args["requestid"])
        return creates_an_invoice(request)

    flow.quickbooks.faults.append(Fault(seen, None, times=1))
    flow.quickbooks.faults.append(Fault(lambda request: seen(request) and False, None))
    invoice_id = flow.invoice()
    flow.work()
    assert flow.status(invoice_id)["status"] == "pending"
    assert flow.realm.invoices == []
    later = flow.sync_at(flow.clock.now() + timedelta(seconds=40))
    assert later.run([flow.hint(invoice_id)]) == {}
    assert len(flow.in_quickbooks(invoice_id)) == 1
    assert len(set(sent)) == 1
    assert flow.status(invoice_id)["status"] == "synced"


def test_after_a_definite_refusal_the_request_id_is_a_new_one(flow: Flow) -> None:
    sent: list[str] = []

    def note(request: Request) -> bool:
        if creates_an_invoice(request):
            sent.append(request.args["requestid"])
        return False

    flow.quickbooks.faults.append(Fault(note, None))
    flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2099-01-01")
    invoice_id = flow.invoice()
    flow.work()
    assert flow.failure_code(invoice_id) == "closed_period"
    flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", None)
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    # QuickBooks may replay a refusal under the same id for ever.
    assert flow.status(invoice_id)["status"] == "synced"
    assert len(set(sent)) == len(sent) > 1


def test_hubspot_changes_while_the_first_answer_is_unknown(flow: Flow) -> None:
    flow.quickbooks.switches.lose_first_create_answer = True
    lag_behind(flow)
    invoice_id = flow.invoice()
    flow.work()
    flow.set_price(invoice_id, "175")
    flow.clock.advance(25)
    flow.work_later()
    (found,) = flow.in_quickbooks(invoice_id)
    assert found["TotalAmt"] == 350
    assert flow.status(invoice_id)["status"] == "synced"


def test_an_invoice_voided_while_its_first_answer_is_unknown(flow: Flow) -> None:
    flow.quickbooks.switches.lose_first_create_answer = True
    lag_behind(flow)
    invoice_id = flow.invoice()
    flow.work()
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
    flow.clock.advance(25)
    flow.work_later()
    (found,) = flow.in_quickbooks(invoice_id)
    assert found["TotalAmt"] == 0


def test_a_duplicate_number_that_is_our_own_is_adopted(flow: Flow) -> None:
    invoice_id = flow.invoice(number="INV-7")
    flow.work()
    # Our memory of it is lost, as after a restored backup.
    flow.own.aws.client("dynamodb").delete_item(
        TableName=flow.own.aws.environment["TABLE_NAME"],
        Key={"pk": {"S": f"PORTAL#{PORTAL_ID}"}, "sk": {"S": f"INVOICE#{invoice_id}"}},
    )
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    assert len(flow.realm.invoices) == 1
    assert flow.status(invoice_id)["status"] == "synced"


def test_the_customer_is_made_once_though_its_answer_is_lost(flow: Flow) -> None:
    flow.quickbooks.switches.honour_request_id = False
    flow.quickbooks.switches.lose_first_customer_answer = True
    flow.settings(create_customers=True)
    nameless = flow.portal.create("contacts", {"firstname": "Ada", "lastname": "Byron"})
    invoice_id = flow.invoice(contact_id=nameless)
    flow.work()
    flow.work_later()
    assert [one["DisplayName"] for one in flow.realm.customers] == ["Globex", "Ada Byron"]
    assert flow.status(invoice_id)["status"] == "synced"


def test_workers_side_by_side_on_the_same_hints(flow: Flow) -> None:
    flow.quickbooks.switches.rate_limits_on = False
    flow.quickbooks.switches.honour_request_id = False
    ids = [flow.invoice() for _ in range(10)]
    flow.hubspot.deliver()
    now = flow.clock.now()
    workers = [flow.sync_at(now) for _ in range(4)]
    hints = [flow.hint(one) for one in ids]
    threads = [threading.Thread(target=one.run, args=(hints,)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    flow.work()
    flow.work_later()
    assert [len(flow.in_quickbooks(one)) for one in ids] == [1] * 10
    assert {flow.status(one)["status"] for one in ids} == {"synced"}


def test_a_worker_that_dies_between_call_and_record(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.quickbooks.switches.honour_request_id = False
    invoice_id = flow.invoice()
    now = flow.clock.now()
    dying = flow.sync_at(now)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dying._stages.recorder, "record", die)
    with pytest.raises(KeyboardInterrupt):
        dying.run([flow.hint(invoice_id)])
    assert len(flow.realm.invoices) == 1
    # Its lease still runs: nobody else may touch the invoice.
    assert flow.sync_at(now).run([flow.hint(invoice_id)]) != {}
    after = flow.sync_at(now + timedelta(minutes=5))
    assert after.run([flow.hint(invoice_id)]) == {}
    assert len(flow.realm.invoices) == 1
    assert flow.status(invoice_id)["status"] == "synced"


def test_quickbooks_answers_with_an_error_after_it_took_effect(flow: Flow) -> None:
    flow.quickbooks.switches.honour_request_id = False
    broken = Answer(500, "<html>Bad gateway</html>", {"Content-Type": "text/html"})
    flow.quickbooks.faults.append(Fault(creates_an_invoice, broken, before_effect=False))
    invoice_id = flow.invoice()
    flow.work()
    assert len(flow.in_quickbooks(invoice_id)) == 1
    assert flow.status(invoice_id)["status"] == "synced"


def test_a_person_edits_at_the_same_moment(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    (ours,) = flow.in_quickbooks(invoice_id)

    def edit_first(request: Request) -> bool:
        # Between our read and our write; QuickBooks refuses the write as stale.
        if request.path.endswith("/batch") and b"SyncToken" in request.get_data():
            flow.quickbooks.faults.clear()
            flow.realm.edit_invoice(ours["Id"], CustomerMemo={"value": "edited"})
        return False

    flow.quickbooks.faults.append(Fault(edit_first, None))
    flow.set_price(invoice_id, "175")
    flow.work()
    (now,) = flow.in_quickbooks(invoice_id)
    assert (now["TotalAmt"], now["SyncToken"]) == (350, "2")
    assert flow.status(invoice_id)["status"] == "synced"


def test_the_answer_of_an_update_is_lost_and_hubspot_goes_on_changing(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    flow.quickbooks.faults.append(
        Fault(lambda request: request.path.endswith("/batch"), None, before_effect=False)
    )
    flow.set_price(invoice_id, "175")
    flow.work()
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350
    flow.set_price(invoice_id, "180")
    flow.work_later()
    # What QuickBooks has is not what we know that we wrote, and yet nobody else did.
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 360
    assert flow.status(invoice_id)["status"] == "synced"


def test_the_answer_of_a_void_is_lost(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    flow.quickbooks.faults.append(
        Fault(lambda request: request.path.endswith("/batch"), None, before_effect=False)
    )
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
    flow.work()
    flow.work_later()
    assert flow.in_quickbooks(invoice_id)[0]["SyncToken"] == "1"
    assert flow.status(invoice_id)["status"] == "synced"


def test_of_two_updates_one_answer_and_one_request_are_lost(flow: Flow) -> None:
    def batches(request: Request) -> bool:
        return request.path.endswith("/batch")

    invoice_id = flow.invoice()
    flow.work()
    flow.quickbooks.faults.append(Fault(batches, None, before_effect=False))
    flow.quickbooks.faults.append(Fault(batches, None))
    flow.set_price(invoice_id, "175")
    flow.work()
    flow.set_price(invoice_id, "180")
    flow.work_later()
    flow.set_price(invoice_id, "185")
    flow.work_later()
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 370
    assert flow.status(invoice_id)["status"] == "synced"


def test_a_create_that_is_sent_a_second_time_is_waited_for_again(flow: Flow) -> None:
    flow.quickbooks.switches.honour_request_id = False
    flow.settings(document_number="quickbooks")
    flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", False)
    flow.quickbooks.faults.append(Fault(creates_an_invoice, None))
    flow.quickbooks.faults.append(Fault(creates_an_invoice, None, before_effect=False))
    invoice_id = flow.invoice()
    flow.work()
    lag_behind(flow)
    moment = flow.clock.now() + timedelta(seconds=40)
    assert len(flow.sync_at(moment).run([flow.hint(invoice_id)])) == 1
    assert len(flow.realm.invoices) == 1
    flow.clock.advance(30)
    moment += timedelta(seconds=5)
    assert flow.sync_at(moment).run([flow.hint(invoice_id)]) == {}
    assert len(flow.realm.invoices) == 1
    assert flow.status(invoice_id)["status"] == "synced"
