"""One payment of several invoices is one payment in QuickBooks, with a line for each.

Sources: HubSpot knowledge base "Manage invoices" (a payment that exists already can be recorded on
another invoice), HubSpot community "Accept partial payments on invoices", SplashSync/Dolibarr pull
request 32 (one movement of money was booked several times by a sync).
"""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from typing import Any

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault
from invoice_sync.plan.payments import WAIT_FOR_OTHERS
from invoice_sync.sync.load_quickbooks import QUERY_LAG

from .acting import FOR_EVER, KilledError, killed, refusing_to_read
from .conftest import PORTAL_ID, REALM_ID, Flow
from .paying import balance, cash, look, paid, unrecorded

PAYMENT = {
    "hs_currency_code": "USD",
    "hs_initiated_date": "2026-03-04T17:30:00Z",
    "hs_latest_status": "succeeded",
    "hs_processor_type": "none",
}


def pay(flow: Flow, amount: str, *invoice_ids: str, **properties: str) -> str:
    """Take one payment in HubSpot for all these invoices."""
    values = {**PAYMENT, "hs_initial_amount": amount, **properties}
    ends = [("invoices", invoice_id) for invoice_id in invoice_ids]
    return str(flow.portal.create("commerce_payments", values, ends))


def in_both(flow: Flow, **options: Any) -> str:
    invoice_id = flow.invoice(**options)
    flow.work()
    return invoice_id


def quickbooks_id(flow: Flow, invoice_id: str) -> str:
    (posted,) = flow.in_quickbooks(invoice_id)
    return str(posted["Id"])


def lines(flow: Flow) -> dict[str, Any]:
    """What the one payment gives to which invoice, by QuickBooks' id."""
    (payment,) = flow.realm.payments
    return {line["LinkedTxn"][0]["TxnId"]: line["Amount"] for line in payment["Line"]}


class TestSplit:
    @pytest.mark.parametrize(
        ("amount", "first", "second"),
        [("600", 300, 300), ("400", 300, 100), ("300", 300, None), ("0.01", 0.01, None)],
    )
    def test_the_invoices_are_filled_one_after_the_other(
        self, flow: Flow, amount: str, first: float, second: float | None
    ) -> None:
        ids = [in_both(flow), in_both(flow)]
        payment_id = pay(flow, amount, *ids)
        flow.work()
        one, other = (quickbooks_id(flow, each) for each in ids)
        assert lines(flow) == {one: first, **({other: second} if second else {})}
        assert flow.realm.payments[0]["PrivateNote"] == (
            f"HubSpot payment {payment_id} (portal {PORTAL_ID})"
        )
        assert {flow.status(each)["status"] for each in ids} == {"synced"}
        assert unrecorded(flow) == []
        shown = [paid(flow, each)["payments"][0] for each in ids]
        assert [each["state"] for each in shown] == ["recorded"] * 2
        assert [float(each["applied"]) for each in shown] == [first, second or 0]

    def test_what_hubspot_says_was_paid_of_each_tells_the_split(self, flow: Flow) -> None:
        ids = [in_both(flow), in_both(flow)]
        pay(flow, "300", *ids)
        for invoice_id, amount in zip(ids, ("100", "200"), strict=True):
            flow.portal.update("invoices", invoice_id, {"hs_amount_paid": amount})
        flow.work()
        assert [*lines(flow).values()] == [100, 200]

    def test_more_than_both_stays_on_account(self, flow: Flow) -> None:
        ids = [in_both(flow), in_both(flow)]
        pay(flow, "650", *ids)
        flow.work()
        (payment,) = flow.realm.payments
        assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (650, 50)
        assert unrecorded(flow) == []

    def test_an_invoice_that_is_not_synced_takes_nothing(self, flow: Flow) -> None:
        open_, draft = in_both(flow), in_both(flow, status="draft")
        pay(flow, "600", open_, draft)
        flow.work()
        (payment,) = flow.realm.payments
        assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (600, 300)
        assert flow.status(open_)["status"] == "synced"

    def test_it_costs_no_more_reads_than_a_payment_of_one(self, flow: Flow) -> None:
        ids = [in_both(flow), in_both(flow)]
        pay(flow, "600", *ids)
        flow.hubspot.webhooks.discard()
        before = flow.quickbooks.metered_reads(REALM_ID)
        look(flow, ids[0])
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 2
        look(flow, ids[1])
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 2

    def test_invoices_and_their_payment_in_one_delivery(self, flow: Flow) -> None:
        ids = [flow.invoice(), flow.invoice()]
        pay(flow, "600", *ids)
        flow.work()
        assert [*lines(flow).values()] == [300, 300]
        assert {flow.status(each)["status"] for each in ids} == {"synced"}

    def test_payments_that_overlap(self, flow: Flow) -> None:
        first, second, third = (in_both(flow) for _ in range(3))
        pay(flow, "400", first, second)
        pay(flow, "500", second, third)
        flow.work()
        given = [[line["Amount"] for line in each["Line"]] for each in flow.realm.payments]
        assert given == [[300, 100], [200, 300]]
        assert {paid(flow, each)["balance"] for each in (first, second, third)} == {"0.00"}

    def test_a_long_chain_of_payments(self, flow: Flow) -> None:
        """Each invoice leads to the next one, by more steps than one look takes."""
        ids = [in_both(flow) for _ in range(7)]
        for each, following in itertools.pairwise(ids):
            pay(flow, "350", each, following)
        flow.hubspot.webhooks.discard()
        for invoice_id in (ids[0], *ids):
            flow.clock.advance(10)  # HubSpot's limit of calls
            look(flow, invoice_id)
        payments = [(each["TotalAmt"], each["UnappliedAmt"]) for each in flow.realm.payments]
        assert payments == [(350, 0)] * 6
        assert {paid(flow, each)["status"] for each in ids} == {"paid"}

    def test_hubspot_fails_while_the_others_are_read(self, flow: Flow) -> None:
        first, second = in_both(flow), in_both(flow)
        pay(flow, "600", first, second)
        flow.hubspot.webhooks.discard()

        def match(request: Request) -> bool:
            return request.path.endswith("batch/read") and second.encode() in request.get_data()

        flow.hubspot.faults.append(Fault(match, Answer(502, {}), times=FOR_EVER))
        look(flow, first)
        flow.hubspot.faults.clear()
        # Nobody has the second one now.
        look(flow, second)
        assert [*lines(flow).values()] == [300, 300]

    def test_an_invoice_that_is_added_once_it_is_recorded_is_only_shown(self, flow: Flow) -> None:
        first, second = in_both(flow), in_both(flow)
        payment_id = pay(flow, "600", first)
        flow.work()
        flow.portal.associate("commerce_payments", payment_id, "invoices", second)
        flow.work()
        look(flow, second)
        assert [each["TotalAmt"] for each in flow.realm.payments] == [600]
        (shown,) = paid(flow, second)["payments"]
        assert (shown["state"], shown["applied"]) == ("recorded", "0.00")
        assert "not on this invoice" in shown["reason"]


class TestNotAllThere:
    def test_it_waits_for_an_invoice_that_fails(self, flow: Flow) -> None:
        there, failing = in_both(flow), in_both(flow, contact_id="")
        payment_id = pay(flow, "600", there, failing)
        flow.work()
        assert flow.realm.payments == []
        assert flow.failure_code(there) == "payment_not_recorded"
        (listed,) = unrecorded(flow)
        assert (listed["kind"], listed["amount"], listed["hubspotId"]) == (
            "payment", "600.00", payment_id,
        )  # fmt: skip
        assert "not in QuickBooks" in listed["reason"]
        assert flow.get("/v1/failures/count")["unrecorded"]["payments"] == 1
        flow.portal.associate("invoices", failing, "contacts", flow.contact_id)
        flow.work()
        assert [*lines(flow).values()] == [300, 300]
        assert {flow.status(each)["status"] for each in (there, failing)} == {"synced"}
        assert unrecorded(flow) == []

    def test_trouble_of_the_other_that_passes_is_no_failure(self, flow: Flow) -> None:
        first, second = in_both(flow), flow.invoice(number="INV-NEW")
        pay(flow, "600", first, second)

        def match(request: Request) -> bool:
            return request.path.endswith("/invoice") and b"INV-NEW" in request.get_data()

        flow.quickbooks.faults.append(Fault(match, Answer(503, "busy"), times=FOR_EVER))
        flow.work()
        assert {flow.status(each)["status"] for each in (first, second)} == {"pending"}
        assert [each["amount"] for each in unrecorded(flow)] == ["600.00"]
        flow.quickbooks.faults.clear()
        look(flow, second, QUERY_LAG * 3)
        assert [*lines(flow).values()] == [300, 300]
        assert {flow.status(each)["status"] for each in (first, second)} == {"synced"}

    def test_after_a_day_what_can_be_is_recorded(self, flow: Flow) -> None:
        there, failing = in_both(flow), in_both(flow, contact_id="")
        pay(flow, "600", there, failing)
        flow.work()
        look(flow, there, WAIT_FOR_OTHERS + timedelta(minutes=1))
        (payment,) = flow.realm.payments
        assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (600, 300)
        assert flow.status(there)["status"] == "synced"
        assert flow.failure_code(failing) == "customer_not_found"
        assert unrecorded(flow) == []

    def test_it_waits_for_an_invoice_that_cannot_be_read(self, flow: Flow) -> None:
        first, second = in_both(flow), in_both(flow)
        refusing_to_read(flow, second)
        pay(flow, "600", first, second)
        flow.work()
        assert flow.realm.payments == []
        assert [each["amount"] for each in unrecorded(flow)] == ["600.00"]
        flow.hubspot.faults.clear()
        look(flow, second)
        assert [*lines(flow).values()] == [300, 300]
        assert {flow.status(each)["status"] for each in (first, second)} == {"synced"}

    def test_different_customers_are_shown_and_not_split(self, flow: Flow) -> None:
        flow.realm.add_customer("Initech", "ap@initech.example")
        other = flow.portal.create("contacts", {"email": "ap@initech.example"})
        ids = [in_both(flow), in_both(flow, contact_id=other)]
        pay(flow, "600", *ids)
        flow.work()
        assert flow.realm.payments == []
        assert {flow.failure_code(each) for each in ids} == {"payment_not_recorded"}
        assert "different customers" in flow.status(ids[0])["failure"]["explanation"]
        assert [each["amount"] for each in unrecorded(flow)] == ["600.00"]


class TestOnce:
    @pytest.mark.parametrize("honoured", [True, False], ids=["requestid honoured", "and ignored"])
    def test_the_answer_is_lost(self, flow: Flow, honoured: bool) -> None:
        flow.quickbooks.switches.honour_request_id = honoured
        flow.quickbooks.switches.lose_first_payment_answer = True
        ids = [in_both(flow), in_both(flow)]
        pay(flow, "600", *ids)
        flow.work()
        for _ in range(3):
            flow.work_later()
        assert [*lines(flow).values()] == [300, 300]
        assert {flow.status(each)["status"] for each in ids} == {"synced"}

    @pytest.mark.parametrize("honoured", [True, False], ids=["requestid honoured", "and ignored"])
    @pytest.mark.parametrize("amount", ["600", "700"])
    def test_two_workers_at_once(self, flow: Flow, honoured: bool, amount: str) -> None:
        flow.quickbooks.switches.honour_request_id = honoured
        ids = [in_both(flow), in_both(flow)]
        pay(flow, amount, *ids)
        flow.hubspot.webhooks.discard()
        moment = flow.clock.now()
        for _ in range(3):
            workers = [
                threading.Thread(target=flow.sync_at(moment).run, args=([flow.hint(each)],))
                for each in ids
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            moment += timedelta(minutes=3)
        look(flow, ids[0], timedelta(minutes=20))
        assert [each["TotalAmt"] for each in flow.realm.payments] == [float(amount)]
        assert {flow.status(each)["status"] for each in ids} == {"synced"}

    def test_another_worker_has_one_of_the_invoices(self, flow: Flow) -> None:
        ids = [in_both(flow), in_both(flow)]
        pay(flow, "600", *ids)
        flow.hubspot.webhooks.discard()
        now = flow.clock.now()
        assert flow.own.store.records.claim(PORTAL_ID, [ids[1]], "another", now, 60)[ids[1]]
        look(flow, ids[0])
        assert flow.realm.payments == []
        assert [each["amount"] for each in unrecorded(flow)] == ["600.00"]
        look(flow, ids[0], timedelta(minutes=5))
        assert [*lines(flow).values()] == [300, 300]

    @pytest.mark.parametrize("forgotten", ["INVOICE", "PAYMENT", "both"])
    @pytest.mark.parametrize("amount", ["600", "650"])
    def test_what_we_know_is_restored_to_an_earlier_day(
        self, flow: Flow, forgotten: str, amount: str
    ) -> None:
        flow.quickbooks.switches.honour_request_id = False
        ids = [in_both(flow), in_both(flow)]
        flow.clock.advance(60)
        earlier = flow.table()
        pay(flow, amount, *ids)
        flow.work()
        kinds = ("INVOICE", "PAYMENT") if forgotten == "both" else (forgotten,)
        restore(flow, earlier, kinds)
        for invoice_id in ids:
            look(flow, invoice_id, QUERY_LAG * 3)
        assert [each["TotalAmt"] for each in flow.realm.payments] == [float(amount)]
        assert {paid(flow, each)["payments"][0]["state"] for each in ids} == {"recorded"}

    def test_money_on_account_alone_is_found_again(self, flow: Flow) -> None:
        """Nothing of it is on an invoice that could lead to it."""
        flow.quickbooks.switches.honour_request_id = False
        invoice_id = in_both(flow)
        flow.realm.apply_credit(quickbooks_id(flow, invoice_id), "300")
        earlier = flow.table()
        pay(flow, "300", invoice_id)
        flow.work()
        (payment,) = cash(flow)
        assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (300, 300)
        restore(flow, earlier, ("INVOICE", "PAYMENT"))
        look(flow, invoice_id, QUERY_LAG * 3)
        assert cash(flow) == [payment]

    def test_the_worker_dies_after_the_payment(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flow.quickbooks.switches.honour_request_id = False
        ids = [in_both(flow), in_both(flow)]
        pay(flow, "600", *ids)
        flow.hubspot.webhooks.discard()
        dying = flow.sync_at(flow.clock.now())
        with monkeypatch.context() as patch:
            patch.setattr(dying._store, "commit", killed)
            with pytest.raises(KilledError):
                dying.run([flow.hint(ids[0])])
        look(flow, ids[1], timedelta(minutes=5))
        assert [*lines(flow).values()] == [300, 300]
        assert {flow.status(each)["status"] for each in ids} == {"synced"}

    def test_a_refused_one_is_one_failure_on_each_invoice(self, flow: Flow) -> None:
        ids = [in_both(flow), in_both(flow)]
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-03-31")
        pay(flow, "600", *ids)
        flow.work()
        assert {flow.failure_code(each) for each in ids} == {"payment_not_recorded"}
        assert [each["amount"] for each in unrecorded(flow)] == ["600.00"]
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", None)
        look(flow, ids[1])
        assert {flow.status(each)["status"] for each in ids} == {"synced"}
        assert balance(flow, quickbooks_id(flow, ids[0])) == 0


def restore(flow: Flow, earlier: list[dict[str, Any]], kinds: tuple[str, ...]) -> None:
    """Put the items of these kinds back as they were."""
    client, name = flow.own.aws.client("dynamodb"), flow.own.aws.environment["TABLE_NAME"]
    before = {(item["pk"]["S"], item["sk"]["S"]): item for item in earlier}
    for item in flow.table():
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        if (
            not sk.startswith(kinds)
            or "#ATTEMPT#" in sk
            or pk.startswith("REALM#") != ("PAYMENT" in sk)
        ):
            continue
        if (pk, sk) in before:
            client.put_item(TableName=name, Item=before[pk, sk])
        else:
            client.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
