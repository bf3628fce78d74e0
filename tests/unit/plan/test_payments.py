from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from invoice_sync.failures.describe import reason
from invoice_sync.hubspot import parse as hubspot_mapping
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ClosedPeriod, Unexpected
from invoice_sync.model.hubspot import CommercePayment
from invoice_sync.model.markers import payment_marker
from invoice_sync.model.quickbooks import QuickBooksInvoice, QuickBooksPayment
from invoice_sync.model.record import PaymentState
from invoice_sync.plan.payments import (
    PaymentPlan,
    needs_quickbooks,
    new_payment,
    payment_failure,
    plan_payments,
    recognise,
)
from invoice_sync.quickbooks import render
from tests.unit import make


def payment(payment_id: str = "77", **changes: Any) -> CommercePayment:
    whole: dict[str, Any] = {
        "id": payment_id,
        "amount": Decimal("40"),
        "currency": "USD",
        "paid_on": date(2026, 2, 10),
        "status": "succeeded",
        **changes,
    }
    return CommercePayment(**whole)


def state(payment_id: str = "77", **changes: Any) -> PaymentState:
    whole: dict[str, Any] = {
        "id": payment_id,
        "state": "recorded",
        "amount": Decimal("40"),
        "currency": "USD",
        "quickbooks_id": "900",
        **changes,
    }
    return PaymentState(**whole)


def posted(**changes: Any) -> QuickBooksInvoice:
    whole: dict[str, Any] = {
        "id": "146",
        "sync_token": "0",
        "customer_id": "58",
        "currency": "USD",
        "total": Decimal(100),
        "balance": Decimal(100),
        **changes,
    }
    return QuickBooksInvoice(**whole)


def theirs(amount: str, **changes: Any) -> QuickBooksPayment:
    whole: dict[str, Any] = {
        "id": "900",
        "total": Decimal(amount),
        "applied": {"146": Decimal(amount)},
        **changes,
    }
    return QuickBooksPayment(**whole)


def due(*taken: CommercePayment, balance: str = "100", **more: Any) -> list[str]:
    invoice = make.invoice(payments=taken)
    found = plan_payments(invoice, (), posted(balance=Decimal(balance)), **more)
    return [one.id for one in found.due]


class TestDecide:
    def test_in_the_order_in_which_the_money_came(self) -> None:
        first = payment("100", paid_on=date(2026, 1, 1))
        assert due(payment("9"), payment("8"), first, balance="200") == ["100", "8", "9"]

    def test_until_nothing_is_left_to_pay(self) -> None:
        assert due(payment("1"), payment("2"), payment("3")) == ["1", "2"]
        assert due(payment(amount=Decimal("100.01"))) == []
        assert due(payment(), balance="0") == []

    def test_a_dispute_that_was_won_is_money_that_came_in(self) -> None:
        assert due(payment(status="disputed_won")) == ["77"]

    def test_an_invoice_may_have_no_currency_on_its_payment(self) -> None:
        assert due(payment(currency="")) == ["77"]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"amount": None}, "no amount"),
            ({"paid_on": None}, "no date"),
            ({"amount": Decimal("-5")}, "-5 is not an amount"),
            ({"amount": Decimal("1.005")}, "1.005 is not an amount"),
            ({"currency": "EUR"}, "in EUR, the invoice in USD"),
            ({"status": "processing_refund"}, "It was refunded in HubSpot."),
            ({"refunded": Decimal("1.5")}, "1.50 USD of 40.00 USD was refunded"),
            ({"status": "disputed_awaiting_decision"}, "in dispute"),
            ({"status": "new_word"}, '"new_word"'),
            ({"status": ""}, "not synced"),
            ({"processor": "quickbooks"}, "QuickBooks took this payment itself"),
        ],
    )
    def test_why_not(self, changes: dict[str, Any], words: str) -> None:
        invoice = make.invoice(payments=(payment(**changes),))
        (found,) = plan_payments(invoice, (), posted()).states
        assert found.state == "not_synced"
        assert words in found.reason

    def test_a_void_invoice_takes_none(self) -> None:
        invoice = make.invoice(payments=(payment(),))
        void = posted(total=Decimal(0), balance=Decimal(0), voided=True)
        assert "void" in plan_payments(invoice, (), void).states[0].reason

    def test_recorded_once(self) -> None:
        invoice = make.invoice(payments=(payment(),))
        found = plan_payments(
            invoice, (state(),), posted(balance=Decimal(60), payment_ids=("900",))
        )
        assert found == PaymentPlan((state(),))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"status": "refunded"}, "the refund is not synced"),
            ({"status": "disputed_lost"}, "lost in a dispute"),
            ({"amount": Decimal(45)}, "40.00 USD, but now HubSpot says 45.00 USD"),
        ],
    )
    def test_what_changed_after_it_was_recorded(self, changes: dict[str, Any], words: str) -> None:
        invoice = make.invoice(payments=(payment(**changes),))
        (found,) = plan_payments(invoice, (state(),), posted(payment_ids=("900",))).states
        assert (found.state, found.amount) == ("recorded", Decimal(40))
        assert words in found.reason

    def test_somebody_elses_payment_stands_for_one_of_the_same_amount_only(self) -> None:
        one, two = payment("1"), payment("2")
        assert due(one, two, strangers=[theirs("40")]) == ["2"]
        assert due(one, two, strangers=[theirs("30")]) == ["1", "2"]
        elsewhere = theirs("40", applied={"147": Decimal(40)})
        assert due(one, strangers=[elsewhere]) == ["1"]

    def test_that_is_known_without_reading_it_again_until_it_is_gone(self) -> None:
        invoice = make.invoice(payments=(payment(),))
        known = (state(state="not_synced"),)
        assert plan_payments(invoice, known, posted(payment_ids=("900",))).due == ()
        assert plan_payments(invoice, known, posted()).due == (payment(),)

    def test_not_known_to_hubspot_any_more(self) -> None:
        waits = state("78", state="pending", quickbooks_id="")
        (found,) = plan_payments(make.invoice(), (state(), waits), posted()).states
        assert (found.id, found.state) == ("77", "recorded")
        assert "deleted in HubSpot" in found.reason

    def test_nothing_is_decided_blindly(self) -> None:
        blind = make.invoice(payments_unread="off")
        assert plan_payments(blind, (state(),), posted()).states == (state(),)


class TestNeedsLook:
    def needs(self, *states: PaymentState, asked: bool = False, **changes: Any) -> bool:
        record = make.record(written=posted(payment_ids=("900",)), payments=states)
        invoice = make.invoice(payments=(payment(**changes),))
        return needs_quickbooks(invoice, record, asked=asked)

    def test_only_for_what_is_to_be_done(self) -> None:
        assert self.needs()
        assert not self.needs(state())
        assert not self.needs(status="failed")
        assert self.needs(state(state="pending", request_id="r-1"))

    def test_a_person_may_know_more(self) -> None:
        assert self.needs(amount=Decimal(200), asked=True)
        assert not self.needs(amount=Decimal(200))
        assert not self.needs(state(), asked=True)


class TestAdopt:
    def test_by_the_marker_of_this_very_payment(self) -> None:
        invoice = make.invoice(payments=(payment("7"), payment("77")))
        own = theirs("40", private_note=f"{payment_marker('24680', '77')} - seen by Jo")
        other = theirs("40", id="901", private_note=payment_marker("24681", "7"))
        states, strangers = recognise("24680", invoice, (), [own, other], "146")
        assert [(one.id, one.state, one.quickbooks_id) for one in states] == [
            ("77", "recorded", "900")
        ]
        assert strangers == [other]

    def test_a_copy_that_somebody_made_is_a_stranger(self) -> None:
        invoice = make.invoice(payments=(payment(),))
        copy = theirs("40", id="901", private_note=payment_marker("24680", "77"))
        assert recognise("24680", invoice, (state(),), [copy], "146") == ((state(),), [copy])


def test_one_odd_payment_of_hubspot_does_not_hide_its_invoice() -> None:
    found = hubspot_mapping.invoice(
        "512",
        {"hs_invoice_date": "2026-02-03", "hs_currency": "USD"},
        time_zone=ZoneInfo("America/New_York"),
        lines={},
        discounts={},
        fees={},
        taxes={},
        payers=(),
        companies=(),
        payments={
            "10": {"hs_initial_amount": "12.50", "hs_initiated_date": "2026-03-05T02:00:00Z"},
            "9": {"hs_initial_amount": "a lot", "hs_initiated_date": "soon"},
        },
    )
    assert [(one.id, one.amount, one.paid_on) for one in found.payments] == [
        ("9", None, None),
        ("10", Decimal("12.50"), date(2026, 3, 4)),
    ]


def test_the_payload() -> None:
    sent = new_payment(
        payment(amount=Decimal("40.50"), reference="check " + "9" * 30),
        posted(),
        make.invoice(),
        make.connection(deposit_account_id="35"),
        send_currency=True,
    )
    assert render.payment(sent) == {
        "CustomerRef": {"value": "58"},
        "TotalAmt": 40.5,
        "TxnDate": "2026-02-10",
        "CurrencyRef": {"value": "USD"},
        "PaymentRefNum": "check 999999999999999",
        # A part of the reference would be another one.
        "PrivateNote": "HubSpot payment 77 (portal 24680)\nReference: check " + "9" * 30,
        "DepositToAccountRef": {"value": "35"},
        "Line": [{"Amount": 40.5, "LinkedTxn": [{"TxnId": "146", "TxnType": "Invoice"}]}],
    }


def test_a_refusal_says_which_payment_and_why() -> None:
    closed = payment_failure(payment(), Failure(detail=ClosedPeriod(), fault="6210"), "USD")
    assert closed.fault == "6210"
    assert reason(closed) == (
        "The payment of 40.00 USD of 2026-02-10 is not: its date is in a period that is closed in"
        " QuickBooks."
    )
    other = payment_failure(payment(), Failure(detail=Unexpected(), message="No way."), "USD")
    assert reason(other).endswith("is not: No way.")
