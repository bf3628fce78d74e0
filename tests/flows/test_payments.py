"""Payments: taken in HubSpot they are recorded in QuickBooks, once each; all others are shown."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug import Request

import sync_worker
from infra.local.wire import Answer, Fault
from invoice_sync.connect import consent
from invoice_sync.sync.load_quickbooks import QUERY_LAG

from .acting import make_trouble, take
from .conftest import PORTAL_ID, REALM_ID, Flow, check_numbers

CHECKING = "35"


def pays(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/payment")


def synced(flow: Flow, **options: Any) -> tuple[str, str]:
    """A synced invoice over 300.00, in HubSpot and in QuickBooks."""
    invoice_id = flow.invoice(**options)
    flow.work()
    (found,) = flow.in_quickbooks(invoice_id)
    return invoice_id, found["Id"]


def paid(flow: Flow, invoice_id: str) -> dict[str, Any]:
    found: dict[str, Any] = flow.status(invoice_id)["payment"]
    return found


def states(flow: Flow, invoice_id: str) -> list[tuple[str, str]]:
    return [(one["state"], one["amount"]) for one in paid(flow, invoice_id)["payments"]]


def reason(flow: Flow, invoice_id: str) -> str:
    (one,) = paid(flow, invoice_id)["payments"]
    return str(one["reason"])


def balance(flow: Flow, quickbooks_id: str) -> Any:
    return flow.realm.invoice(quickbooks_id)["Balance"]


def spent(flow: Flow) -> tuple[int, int]:
    return flow.quickbooks.calls.total(), flow.quickbooks.metered_reads(REALM_ID)


def look(flow: Flow, invoice_id: str, after: timedelta = timedelta()) -> None:
    later = flow.sync_at(datetime.now(UTC) + after)
    later.run([flow.hint(invoice_id)])


class TestRecorded:
    def test_a_full_payment(self, flow: Flow) -> None:
        flow.settings(deposit_account_id=CHECKING)
        invoice_id, quickbooks_id = synced(flow)
        assert paid(flow, invoice_id)["status"] == "unpaid"
        payment_id = take(flow, invoice_id, "300.00", hs_reference_number="ch_" + "1" * 30)
        flow.work()
        (one,) = flow.realm.payments
        assert one["Line"] == [
            {"Amount": 300, "LinkedTxn": [{"TxnId": quickbooks_id, "TxnType": "Invoice"}]}
        ]
        assert (one["TotalAmt"], one["UnappliedAmt"], one["TxnDate"]) == (300, 0, "2026-03-04")
        assert one["CustomerRef"]["value"] == flow.customer_id
        assert one["PrivateNote"] == f"HubSpot payment {payment_id} (portal {PORTAL_ID})"
        assert one["PaymentRefNum"] == "ch_" + "1" * 18
        assert one["DepositToAccountRef"] == {"value": CHECKING}
        assert flow.portal.record("invoices", invoice_id).properties["hs_invoice_status"] == "paid"
        status = flow.status(invoice_id)
        assert (status["status"], status["attempts"][0]["action"]) == ("synced", "payment recorded")
        assert status["payment"] == {
            "status": "paid",
            "total": "300.00",
            "balance": "0.00",
            "currency": "USD",
            "payments": [
                {
                    "hubspotId": payment_id,
                    "state": "recorded",
                    "amount": "300.00",
                    "currency": "USD",
                    "date": "2026-03-04",
                    "reason": "",
                    "quickbooksId": one["Id"],
                }
            ],
            "unread": "",
        }

    def test_partial_ones(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        take(flow, invoice_id, "100.25")
        flow.work()
        assert paid(flow, invoice_id)["status"] == "partly_paid"
        assert paid(flow, invoice_id)["balance"] == "199.75"
        take(flow, invoice_id, "100.25")
        take(flow, invoice_id, "99.50")
        flow.work()
        assert [one["TotalAmt"] for one in flow.realm.payments] == [100.25, 100.25, 99.5]
        assert balance(flow, quickbooks_id) == 0
        assert paid(flow, invoice_id)["status"] == "paid"
        # Without a setting, QuickBooks' own choice.
        assert {one["DepositToAccountRef"]["value"] for one in flow.realm.payments} == {"4"}

    def test_an_invoice_and_its_payments_in_one_look(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "120")
        take(flow, invoice_id, "180")
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        assert ours["Balance"] == 0
        assert len(flow.realm.payments) == 2
        assert flow.status(invoice_id)["attempts"][-1]["action"] == "created"

    def test_a_payment_waits_for_its_invoice(self, flow: Flow) -> None:
        invoice_id = flow.invoice(contact_id="")
        take(flow, invoice_id, "300")
        flow.work()
        assert flow.failure_code(invoice_id) == "customer_not_found"
        assert states(flow, invoice_id) == [("pending", "300.00")]
        assert paid(flow, invoice_id)["status"] == "unknown"
        flow.portal.associate("invoices", invoice_id, "contacts", flow.contact_id)
        flow.work()
        assert paid(flow, invoice_id)["status"] == "paid"
        assert len(flow.realm.payments) == 1

    def test_the_payments_event_comes_before_the_invoices(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        payment_id = take(flow, invoice_id, "300")
        flow.hubspot.webhooks.discard()
        now = datetime.now(UTC)
        hint = flow.hint(invoice_id)
        told = type(hint)(PORTAL_ID, payment_id, "webhook", now, now, "commerce_payments")
        flow.queue.send([told])
        flow.work()
        flow.queue.send([hint, told])
        flow.work()
        assert [one["Balance"] for one in flow.in_quickbooks(invoice_id)] == [0]
        assert len(flow.realm.payments) == 1

    def test_once_it_has_succeeded(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow)
        payment_id = take(flow, invoice_id, "300", hs_latest_status="processing")
        flow.work()
        assert states(flow, invoice_id) == [("pending", "300.00")]
        assert "processed" in reason(flow, invoice_id)
        flow.portal.update("commerce_payments", payment_id, {"hs_latest_status": "succeeded"})
        flow.work()
        assert states(flow, invoice_id) == [("recorded", "300.00")]

    def test_in_another_currency_of_the_books(self, flow: Flow) -> None:
        flow.realm.set_preference("CurrencyPrefs.MultiCurrencyEnabled", True)
        flow.realm.add_customer("Globex EU", "eu@globex.example", "EUR")
        contact = flow.portal.create("contacts", {"email": "eu@globex.example"})
        invoice_id = flow.invoice(contact_id=contact, currency="EUR")
        take(flow, invoice_id, "300", hs_currency_code="EUR")
        flow.work()
        (one,) = flow.realm.payments
        assert (one["CurrencyRef"]["value"], one["TotalAmt"]) == ("EUR", 300)
        assert paid(flow, invoice_id)["currency"] == "EUR"

    def test_the_amount_is_changed_together_with_the_first_payment(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.set_price(invoice_id, "175")
        take(flow, invoice_id, "350")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert balance(flow, quickbooks_id) == 0


class TestCost:
    def test_recorded_payments_cost_nothing_any_more(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        take(flow, invoice_id, "20", hs_latest_status="failed")
        flow.work()
        before = spent(flow)
        look(flow, invoice_id)
        assert spent(flow) == before

    def test_their_echoes_cost_no_call_and_are_no_edit(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        flow.quickbooks.switches.payment_bumps_sync_token = True
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        flow.hubspot.deliver()
        flow.own.poller.poll_once()
        assert states(flow, invoice_id) == [("recorded", "100.00")]
        (ours,), (record,) = flow.in_quickbooks(invoice_id), flow.records()
        assert record.written
        assert record.written.balance == ours["Balance"] == 200
        assert record.written.sync_token == ours["SyncToken"] == "1"
        flow.hubspot.webhooks.discard()
        before = spent(flow)
        assert set(flow.quickbooks.deliver()) == {200}
        assert flow.own.poller.poll_once() > 0
        assert spent(flow) == before
        assert flow.status(invoice_id)["status"] == "synced"

    def test_many_are_read_in_bulk(self, flow: Flow) -> None:
        ids = [synced(flow)[0] for _ in range(12)]
        for one in ids:
            take(flow, one, "300")
        flow.hubspot.webhooks.discard()
        flow.clock.advance(60)
        before = flow.quickbooks.metered_reads(REALM_ID)
        sync_worker.collaborators()[0].run([flow.hint(one) for one in ids])
        assert len(flow.realm.payments) == 12
        # The invoices before, and after.
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 2


class TestOnceOnly:
    @pytest.mark.parametrize("honoured", [True, False], ids=["requestid honoured", "and ignored"])
    def test_the_answer_is_lost(self, flow: Flow, honoured: bool) -> None:
        flow.quickbooks.switches.honour_request_id = honoured
        flow.quickbooks.switches.lose_first_payment_answer = True
        ids = [flow.invoice() for _ in range(4)]
        for one in ids:
            take(flow, one, "100")
            take(flow, one, "200")
        flow.work()
        for _ in range(4):
            flow.work_later()
        assert [balance(flow, flow.in_quickbooks(one)[0]["Id"]) for one in ids] == [0] * 4
        assert len(flow.realm.payments) == 8
        assert {paid(flow, one)["status"] for one in ids} == {"paid"}
        assert {flow.status(one)["status"] for one in ids} == {"synced"}

    def test_a_query_that_lags_behind_does_not_make_a_second_one(self, flow: Flow) -> None:
        flow.quickbooks.switches.honour_request_id = False
        invoice_id, quickbooks_id = synced(flow)
        flow.clock.advance(30)
        flow.quickbooks.switches.query_lag_seconds = 20
        flow.quickbooks.switches.lose_first_payment_answer = True
        take(flow, invoice_id, "100")
        flow.work()
        assert flow.status(invoice_id)["status"] == "pending"
        look(flow, invoice_id, QUERY_LAG * 2)
        assert len(flow.realm.payments) == 1
        flow.clock.advance(25)
        flow.work_later()
        assert len(flow.realm.payments) == 1
        assert flow.status(invoice_id)["status"] == "synced"
        assert balance(flow, quickbooks_id) == 200

    def test_one_that_never_arrived_is_sent_again_with_the_same_request_id(
        self, flow: Flow
    ) -> None:
        sent: list[str] = []

        def seen(request: Request) -> bool:
            if pays(request):
                sent.append(request.args["requestid"])
            return pays(request)

        flow.quickbooks.faults.append(Fault(seen, None, times=1))
        flow.quickbooks.faults.append(Fault(lambda request: seen(request) and False, None))
        invoice_id, _ = synced(flow)
        take(flow, invoice_id, "300")
        flow.work()
        assert flow.realm.payments == []
        assert flow.status(invoice_id)["status"] == "pending"
        look(flow, invoice_id)
        assert flow.realm.payments == []
        look(flow, invoice_id, QUERY_LAG * 2)
        assert len(flow.realm.payments) == 1
        assert len(sent) == 2
        assert len(set(sent)) == 1
        assert flow.status(invoice_id)["status"] == "synced"

    def test_refunded_while_the_answer_is_unknown(self, flow: Flow) -> None:
        flow.quickbooks.faults.append(Fault(pays, None))
        lost, _ = synced(flow)
        payment_id = take(flow, lost, "300")
        flow.work()
        changes = {"hs_latest_status": "refunded", "hs_refunds_amount": "300"}
        flow.portal.update("commerce_payments", payment_id, changes)
        look(flow, lost, QUERY_LAG * 2)
        assert flow.realm.payments == []
        assert states(flow, lost) == [("not_synced", "300.00")]

    def test_our_memory_is_lost(self, flow: Flow) -> None:
        invoice_id = flow.invoice(number="INV-7")
        take(flow, invoice_id, "100")
        flow.work()
        flow.own.aws.client("dynamodb").delete_item(
            TableName=flow.own.aws.environment["TABLE_NAME"],
            Key={"pk": {"S": f"PORTAL#{PORTAL_ID}"}, "sk": {"S": f"INVOICE#{invoice_id}"}},
        )
        take(flow, invoice_id, "200")
        flow.work()
        assert sorted(one["TotalAmt"] for one in flow.realm.payments) == [100, 200]
        assert states(flow, invoice_id) == [("recorded", "100.00"), ("recorded", "200.00")]

    def test_another_worker_has_the_invoice(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flow.quickbooks.switches.honour_request_id = False
        invoice_id, _ = synced(flow)
        take(flow, invoice_id, "300")
        flow.hubspot.webhooks.discard()
        hint, now = flow.hint(invoice_id), datetime.now(UTC)
        slow, quick = flow.sync_at(now), flow.sync_at(now + timedelta(seconds=130))
        answer, waiting = flow.quickbooks.answer, [hint]

        def answer_late(request: Request) -> Answer:
            # While the first one reads, its lease ends, and the second one does the whole work.
            if waiting:
                assert quick.run([waiting.pop()]) == {}
            return answer(request)

        monkeypatch.setattr(flow.quickbooks, "answer", answer_late)
        again = slow.run([hint])
        assert not waiting
        assert hint in again
        assert len(flow.realm.payments) == 1
        assert states(flow, invoice_id) == [("recorded", "300.00")]

    def test_the_worker_dies_after_the_payment(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flow.quickbooks.switches.honour_request_id = False
        flow.watch_quickbooks()
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        flow.hubspot.webhooks.discard()
        dying = flow.sync_at(datetime.now(UTC))
        monkeypatch.setattr(dying._store, "commit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            dying.run([flow.hint(invoice_id)])
        look(flow, invoice_id, timedelta(minutes=5))
        assert len(flow.realm.invoices) == len(flow.realm.payments) == 1
        assert states(flow, invoice_id) == [("recorded", "100.00")]
        # QuickBooks' own events still find their way.
        flow.work()
        flow.clock.advance(2)
        flow.realm.receive_payment(flow.in_quickbooks(invoice_id)[0]["Id"], 200)
        flow.work()
        assert paid(flow, invoice_id)["status"] == "paid"

    @pytest.mark.parametrize("seed", [3, 4])
    def test_after_any_trouble_every_payment_is_there_once(self, flow: Flow, seed: int) -> None:
        flow.quickbooks.switches.honour_request_id = seed % 2 == 0
        flow.quickbooks.switches.rate_limits_on = False
        make_trouble(flow, seed)
        ids = [flow.invoice() for _ in range(6)]
        moment = datetime.now(UTC)
        for step in (11, 40, 130, 11, 40):
            for one in ids:
                take(flow, one, "50")
            moment += timedelta(seconds=step)
            flow.clock.advance(step)
            hints = [flow.hint(one) for one in ids]
            workers = [
                threading.Thread(target=flow.sync_at(moment).run, args=(some,))
                for some in (hints[:4], hints[2:])
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            check_numbers(flow)
        flow.quickbooks.faults.clear()
        flow.hubspot.faults.clear()
        for _ in range(4):
            moment += timedelta(minutes=5)
            flow.clock.advance(300)
            flow.sync_at(moment).run([flow.hint(one) for one in ids])
        notes = [one["PrivateNote"] for one in flow.realm.payments]
        assert len(notes) == len(set(notes)) == 30
        assert {balance(flow, flow.in_quickbooks(one)[0]["Id"]) for one in ids} == {50}
        assert {flow.status(one)["status"] for one in ids} == {"synced"}


class TestNotSynced:
    @pytest.mark.parametrize(
        ("properties", "words"),
        [
            ({"hs_latest_status": "failed"}, "failed"),
            ({"hs_latest_status": "disputed_lost"}, "dispute"),
            ({"hs_currency_code": "EUR"}, "It is in EUR, the invoice in USD."),
            ({"hs_processor_type": "quickbooks"}, "QuickBooks took this payment itself."),
            ({"hs_initial_amount": "301"}, "only 300.00 USD is left to pay"),
            ({"hs_latest_status": "refunded"}, "refunded"),
            (
                {"hs_latest_status": "partially_refunded", "hs_refunds_amount": "50"},
                "50.00 USD of 300.00 USD was refunded in HubSpot.",
            ),
        ],
    )
    def test_the_reason_is_shown_and_the_invoice_is_in_step(
        self, flow: Flow, properties: dict[str, str], words: str
    ) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300", **properties)
        flow.work()
        assert words in reason(flow, invoice_id)
        assert paid(flow, invoice_id)["payments"][0]["state"] == "not_synced"
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.realm.payments == []

    def test_a_refund_after_it_was_recorded(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        payment_id = take(flow, invoice_id, "300")
        flow.work()
        changes = {"hs_latest_status": "partially_refunded", "hs_refunds_amount": "50"}
        flow.portal.update("commerce_payments", payment_id, changes)
        flow.work()
        assert states(flow, invoice_id) == [("recorded", "300.00")]
        assert "the refund is not synced" in reason(flow, invoice_id)
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.realm.payments) == 1

    def test_already_paid_in_quickbooks_by_somebody_else(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        theirs = flow.realm.receive_payment(quickbooks_id, 300)["Id"]
        take(flow, invoice_id, "300")
        flow.work()
        assert len(flow.realm.payments) == 1
        assert states(flow, invoice_id) == [("not_synced", "300.00")]
        assert paid(flow, invoice_id)["status"] == "paid"
        before = spent(flow)
        look(flow, invoice_id)
        assert spent(flow) == before
        # That was a mistake: now there is room for it.
        flow.watch_quickbooks()
        flow.realm.delete_payment(theirs)
        flow.work()
        assert states(flow, invoice_id) == [("recorded", "300.00")]

    def test_a_partial_payment_that_somebody_has_entered(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        theirs = flow.realm.receive_payment(quickbooks_id, 100)["Id"]
        take(flow, invoice_id, "100")
        take(flow, invoice_id, "50")
        flow.work()
        assert states(flow, invoice_id) == [("not_synced", "100.00"), ("recorded", "50.00")]
        shown = paid(flow, invoice_id)["payments"][0]
        assert shown["quickbooksId"] == theirs
        assert "taken to be the same" in shown["reason"]
        assert balance(flow, quickbooks_id) == 150
        before = spent(flow)
        look(flow, invoice_id)
        assert spent(flow) == before

    def test_deleted_in_quickbooks_it_is_not_recorded_again(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.work()
        flow.watch_quickbooks()
        flow.realm.delete_payment(flow.realm.payments[0]["Id"])
        flow.work()
        look(flow, invoice_id)
        assert flow.realm.payments == []
        assert "no longer on the invoice" in reason(flow, invoice_id)
        assert paid(flow, invoice_id)["status"] == "unpaid"

    def test_deleted_in_hubspot_it_stays_in_quickbooks(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        payment_id = take(flow, invoice_id, "100")
        flow.work()
        flow.portal.delete("commerce_payments", payment_id)
        flow.work()
        assert len(flow.realm.payments) == 1
        assert "deleted in HubSpot" in reason(flow, invoice_id)

    def test_the_setting_is_off(self, flow: Flow) -> None:
        flow.settings(record_payments=False)
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.work()
        assert flow.realm.payments == []
        assert "turned off" in paid(flow, invoice_id)["unread"]
        assert paid(flow, invoice_id)["status"] == "unpaid"
        flow.settings(record_payments=True)
        look(flow, invoice_id)
        assert paid(flow, invoice_id)["status"] == "paid"

    def test_without_the_scope_invoices_are_synced_and_it_says_so(self, flow: Flow) -> None:
        scopes = [one for one in consent.REQUIRED_SCOPES if "commercepayments" not in one]
        flow.own.renew(
            PORTAL_ID,
            {
                "hubspot": flow.hubspot.grant(PORTAL_ID, scopes),
                "quickbooks": flow.quickbooks.grant(REALM_ID),
            },
        )
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.realm.payments == []
        assert "Connect HubSpot again" in paid(flow, invoice_id)["unread"]
        assert "MISSING_SCOPES" in paid(flow, invoice_id)["unread"]


class TestRefused:
    def test_a_closed_period_until_it_is_open_again(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-03-31")
        take(flow, invoice_id, "300")
        flow.work()
        status = flow.status(invoice_id)
        assert (status["status"], status["failure"]["code"]) == ("failing", "payment_not_recorded")
        explanation = status["failure"]["explanation"]
        assert "300.00 USD of 2026-03-04" in explanation
        assert "closed" in explanation
        assert status["quickbooks"]["id"] == quickbooks_id
        assert states(flow, invoice_id) == [("pending", "300.00")]
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", None)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        assert paid(flow, invoice_id)["status"] == "paid"

    def test_a_new_invoice_stays_although_its_payment_is_refused(self, flow: Flow) -> None:
        flow.settings(deposit_account_id="999")
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        take(flow, invoice_id, "200")
        flow.work()
        assert flow.failure_code(invoice_id) == "payment_not_recorded"
        assert "deposit account" in flow.status(invoice_id)["failure"]["explanation"]
        (ours,) = flow.in_quickbooks(invoice_id)
        assert ours["Balance"] == 300
        flow.settings(deposit_account_id=CHECKING)
        look(flow, invoice_id)
        assert flow.status(invoice_id)["status"] == "synced"
        assert balance(flow, ours["Id"]) == 0
        assert len(flow.realm.payments) == 2

    def test_an_account_that_takes_no_deposits(self, flow: Flow) -> None:
        flow.settings(deposit_account_id="84")
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        flow.work()
        assert flow.failure_code(invoice_id) == "payment_not_recorded"
        assert "Invalid account type" in flow.status(invoice_id)["failure"]["explanation"]

    def test_one_is_refused_the_other_is_recorded(self, flow: Flow) -> None:
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-03-31")
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        take(flow, invoice_id, "200", hs_initiated_date="2026-04-01T12:00:00Z")
        flow.work()
        assert states(flow, invoice_id) == [("pending", "100.00"), ("recorded", "200.00")]
        assert flow.failure_code(invoice_id) == "payment_not_recorded"

    def test_quickbooks_is_busy_for_a_while(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.quickbooks.faults.append(Fault(pays, Answer(503, "busy"), times=3))
        flow.work()
        assert flow.status(invoice_id)["status"] == "pending"
        assert len(flow.in_quickbooks(invoice_id)) == 1
        look(flow, invoice_id, timedelta(minutes=20))
        assert flow.failure_code(invoice_id) == "quickbooks_unavailable"
        flow.quickbooks.faults.clear()
        look(flow, invoice_id, timedelta(minutes=40))
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.realm.payments) == 1

    def test_a_connection_that_ends_between_invoice_and_payment(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        take(flow, invoice_id, "300")
        flow.quickbooks.faults.append(Fault(pays, Answer(401, {}), times=2))
        flow.work()
        assert flow.failure_code(invoice_id) == "reconnect_required"
        grants = {
            "hubspot": flow.hubspot.grant(PORTAL_ID),
            "quickbooks": flow.quickbooks.grant(REALM_ID),
        }
        flow.own.renew(PORTAL_ID, grants)
        look(flow, invoice_id, QUERY_LAG * 2)
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(flow.in_quickbooks(invoice_id)) == len(flow.realm.payments) == 1


class TestPaidInQuickBooks:
    def test_payments_and_credits_show_as_balance(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        invoice_id, quickbooks_id = synced(flow)
        flow.clock.advance(2)
        theirs = flow.realm.receive_payment(quickbooks_id, "120.50")["Id"]
        flow.work()
        assert paid(flow, invoice_id)["balance"] == "179.50"
        assert paid(flow, invoice_id)["status"] == "partly_paid"
        flow.clock.advance(2)
        flow.realm.apply_credit(quickbooks_id, "179.50")
        flow.work()
        assert paid(flow, invoice_id)["status"] == "paid"
        assert flow.status(invoice_id)["status"] == "synced"
        flow.clock.advance(2)
        flow.realm.delete_payment(theirs)
        flow.work()
        assert paid(flow, invoice_id)["balance"] == "120.50"

    def test_a_credit_is_not_taken_for_a_payment(self, flow: Flow) -> None:
        invoice_id, quickbooks_id = synced(flow)
        flow.realm.apply_credit(quickbooks_id, 100)
        take(flow, invoice_id, "100")
        flow.work()
        assert states(flow, invoice_id) == [("recorded", "100.00")]
        assert balance(flow, quickbooks_id) == 100
