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
from invoice_sync.model.markers import payment_marker
from invoice_sync.model.quickbooks import QuickBooksPayment
from invoice_sync.model.record import Missing
from invoice_sync.plan.booking import new_payment, payment_failure, recognise
from invoice_sync.plan.ledgers import DuePayment, PaymentPlan
from invoice_sync.quickbooks import render
from tests.unit import make
from tests.unit.plan.paying import (
    NOW,
    due,
    ledger,
    payment,
    planned,
    posted,
    state,
    states_of,
    theirs,
)


class TestDecide:
    def test_in_the_order_in_which_the_money_came(self) -> None:
        first = payment("100", paid_on=date(2026, 1, 1))
        assert due(payment("9"), payment("8"), first, balance="200") == ["100", "8", "9"]

    def test_what_does_not_fit_stays_on_account(self) -> None:
        plan = planned(ledger(payment("1"), payment("2"), payment("3"), payment("4")))
        assert [dict(one.shares) for one in plan.due] == [
            {"146": Decimal(40)}, {"146": Decimal(40)}, {"146": Decimal(20)}, {},
        ]  # fmt: skip

    def test_but_not_beside_what_people_entered(self) -> None:
        left = posted(balance=Decimal(30), payment_ids=("900",))
        one = ledger(payment(), existing=left, strangers=(theirs("70"),), is_fresh=True)
        plan = planned(one)
        (found,) = plan.states["512"]
        assert (found.problem, found.missing) == ("no_room", Missing(amount=Decimal(40), since=NOW))
        assert "only 30.00 USD is left to pay" in found.reason
        assert plan.failures["512"].code == "payment_not_recorded"
        # It is not read for again.
        assert planned(ledger(payment(), existing=left, states=(found,))).due == ()
        insisted = ledger(
            payment(), existing=left, states=(found,), insisted=frozenset({"77"}),
            strangers=(theirs("70"),),
        )  # fmt: skip
        assert [dict(each.shares) for each in planned(insisted).due] == [{"146": Decimal(30)}]
        settled = planned(ledger(payment(), existing=left, settled=frozenset({"77"})))
        assert (settled.due, settled.failures) == ((), {})
        assert settled.states["512"][0].missing is None

    def test_a_dispute_that_was_won_is_money_that_came_in(self) -> None:
        assert due(payment(status="disputed_won")) == ["77"]

    def test_an_invoice_may_have_no_currency_on_its_payment(self) -> None:
        assert due(payment(currency="")) == ["77"]

    @pytest.mark.parametrize(
        ("changes", "state", "words", "missing", "fails"),
        [
            ({"status": "processing"}, "pending", "being processed", None, False),
            ({"status": "failed"}, "not_synced", "failed", None, False),
            ({"status": "disputed_lost"}, "not_synced", "dispute", None, False),
            ({"status": "disputed_awaiting_decision"}, "pending", "in dispute", None, False),
            ({"processor": "quickbooks"}, "not_synced", "QuickBooks took this", None, False),
            ({"amount": Decimal(0)}, "not_synced", "payment of nothing", None, False),
            ({"status": "processing_refund"}, "pending", "refund of it is being", "40", False),
            ({"status": "refunded"}, "not_synced", "refunded before", "40", False),
            ({"refunded": Decimal(40)}, "not_synced", "refunded before", "40", False),
            ({"amount": None}, "not_synced", "no amount", "", True),
            ({"paid_on": None}, "not_synced", "no date", "40", True),
            ({"amount": Decimal("-5")}, "not_synced", "-5 is not an amount", "-5", True),
            ({"amount": Decimal("1.005")}, "not_synced", "1.005 is not an", "1.005", True),
            ({"currency": "EUR"}, "not_synced", "in EUR, the invoice in USD", "40", True),
            ({"status": "new_word"}, "not_synced", '"new_word"', "40", True),
            ({"status": ""}, "not_synced", "not synced", "40", True),
        ],
    )
    def test_why_not(
        self, changes: dict[str, Any], state: str, words: str, missing: str | None, fails: bool
    ) -> None:
        plan = planned(ledger(payment(**changes)))
        (found,) = plan.states["512"]
        assert (found.state, plan.due) == (state, ())
        assert words in found.reason
        amounts = [str(found.missing.amount or "")] if found.missing else [None]
        assert amounts == [missing]
        assert bool(plan.failures) == fails

    @pytest.mark.parametrize("refunded", ["0", "1.5"])
    def test_one_of_which_a_part_went_back_is_recorded_whole(self, refunded: str) -> None:
        partly = payment(status="partially_refunded", refunded=Decimal(refunded))
        plan = planned(ledger(partly))
        assert [dict(each.shares) for each in plan.due] == [{"146": Decimal(40)}]
        (found,) = plan.states["512"]
        assert found.refund == Missing(amount=Decimal(refunded) or None, since=NOW)

    def test_a_void_invoice_takes_none(self) -> None:
        void = posted(total=Decimal(0), balance=Decimal(0), voided=True)
        plan = planned(ledger(payment(), existing=void))
        assert "void" in plan.states["512"][0].reason
        assert plan.failures

    def test_recorded_once(self) -> None:
        there = posted(balance=Decimal(60), payment_ids=("900",))
        one = ledger(payment(), states=(state(),), existing=there)
        assert planned(one) == PaymentPlan({"512": (state(),)})

    def test_changed_by_a_person_in_quickbooks(self) -> None:
        there = posted(balance=Decimal(75), payment_ids=("900",))
        one = ledger(payment(), states=(state(),), existing=there, reread={"900": theirs("25")})
        plan = planned(one)
        (found,) = plan.states["512"]
        assert found.state == "recorded"
        assert found.amount == found.applied == 25
        assert "In QuickBooks it is 25.00 USD, but HubSpot says 40.00 USD." in found.reason
        assert found.missing == Missing(amount=Decimal(15), since=NOW)
        assert (plan.due, plan.failures) == ((), {})

    @pytest.mark.parametrize("now", [None, theirs("0", applied={})], ids=["deleted", "voided"])
    def test_removed_by_a_person_in_quickbooks(self, now: QuickBooksPayment | None) -> None:
        plan = planned(ledger(payment(), states=(state(),), reread={"900": now}))
        (found,) = plan.states["512"]
        assert (found.state, found.problem) == ("not_synced", "removed")
        assert (plan.due, [*plan.failures]) == ((), ["512"])
        later = planned(ledger(payment(), states=(found,)))
        assert (later.due, later.states["512"]) == ((), (found,))

    def test_moved_by_a_person_in_quickbooks(self) -> None:
        elsewhere = theirs("40", applied={"147": Decimal(40)})
        plan = planned(ledger(payment(), states=(state(),), reread={"900": elsewhere}))
        (found,) = plan.states["512"]
        assert found.state == "recorded"
        assert found.applied == 0
        assert found.missing is None
        assert "not on this invoice" in found.reason
        assert plan.failures == {}

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"status": "refunded"}, "the refund is not synced"),
            ({"status": "disputed_lost"}, "lost in a dispute"),
            ({"amount": Decimal(45)}, "40.00 USD, but HubSpot says 45.00 USD"),
        ],
    )
    def test_what_changed_after_it_was_recorded(self, changes: dict[str, Any], words: str) -> None:
        there = posted(payment_ids=("900",))
        (found,) = states_of(payment(**changes), states=(state(),), existing=there)
        assert (found.state, found.amount) == ("recorded", Decimal(40))
        assert words in found.reason

    def test_somebody_elses_payment_stands_for_one_of_the_same_amount_only(self) -> None:
        one, two = payment("1"), payment("2")
        assert due(one, two, strangers=(theirs("40"),)) == ["2"]
        assert due(one, two, strangers=(theirs("30"),)) == ["1", "2"]
        elsewhere = theirs("40", applied={"147": Decimal(40)})
        assert due(one, strangers=(elsewhere,)) == ["1"]

    def test_that_is_known_without_reading_it_again_until_it_is_gone(self) -> None:
        known = (state(state="not_synced"),)
        there = posted(payment_ids=("900",))
        assert planned(ledger(payment(), states=known, existing=there)).due == ()
        assert due(payment(), states=known) == ["77"]

    def test_not_known_to_hubspot_any_more(self) -> None:
        waits = state("78", state="pending", quickbooks_id="")
        (found,) = states_of(states=(state(), waits))
        assert (found.id, found.state) == ("77", "recorded")
        assert "deleted in HubSpot" in found.reason


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
    whole = payment(amount=Decimal("40.50"), reference="check " + "9" * 30)
    shares = {"146": Decimal("40.25"), "147": Decimal("0.10")}
    one = DuePayment(whole, ("1", "2"), shares, customer_id="58", currency="USD", again=False)
    sent = new_payment(
        one,
        make.connection(deposit_account_id="35"),
        send_currency=True,
        exchange_rate=Decimal("1.1"),
    )
    assert render.payment(sent) == {
        "CustomerRef": {"value": "58"},
        "TotalAmt": 40.5,
        "TxnDate": "2026-02-10",
        "CurrencyRef": {"value": "USD"},
        "ExchangeRate": 1.1,
        "PaymentRefNum": "check 999999999999999",
        # A part of the reference would be another one.
        "PrivateNote": "HubSpot payment 77 (portal 24680)\nReference: check " + "9" * 30,
        "DepositToAccountRef": {"value": "35"},
        "Line": [
            {"Amount": 40.25, "LinkedTxn": [{"TxnId": "146", "TxnType": "Invoice"}]},
            {"Amount": 0.1, "LinkedTxn": [{"TxnId": "147", "TxnType": "Invoice"}]},
        ],
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


def test_a_payment_that_is_on_no_invoice_has_no_lines() -> None:
    one = DuePayment(payment(), ("1",), {}, customer_id="58", currency="USD", again=False)
    assert "Line" not in render.payment(new_payment(one, make.connection(), send_currency=False))
