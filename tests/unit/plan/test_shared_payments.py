"""One payment of several invoices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.model.hubspot import CommercePayment
from invoice_sync.model.record import Missing
from invoice_sync.plan.ledgers import DuePayment, Ledger, PaymentPlan
from invoice_sync.plan.payments import WAIT_FOR_OTHERS, plan_payments
from tests.unit import make
from tests.unit.plan.paying import (
    NOW,
    payment,
    posted,
    state,
    theirs,
)


def member(invoice_id: str, *taken: CommercePayment, **more: Any) -> Ledger:
    """An invoice of several that share payments; its QuickBooks id is HubSpot's with 9 before."""
    changes = {"amount_paid": more.pop("amount_paid", None)}
    existing = more.pop("existing", posted(id=f"9{invoice_id}", customer_id="58"))
    invoice = make.invoice(id=invoice_id, payments=taken, **changes)
    return Ledger(invoice, more.pop("states", ()), existing, **more)


class TestSeveralInvoices:
    whole = payment(amount=Decimal(150))
    hung_on = {"77": ("1", "2")}

    def plan(self, *ledgers: Ledger, **more: Any) -> PaymentPlan:
        return plan_payments(ledgers, NOW, more.pop("hung_on", self.hung_on), **more)

    def shares(self, *ledgers: Ledger) -> dict[str, Decimal]:
        (one,) = self.plan(*ledgers).due
        assert isinstance(one, DuePayment)
        return dict(one.shares)

    def test_filled_in_the_order_of_their_ids(self) -> None:
        first, second = member("1", self.whole), member("2", self.whole)
        assert self.shares(second, first) == {"91": Decimal(100), "92": Decimal(50)}

    def test_split_as_hubspot_tells(self) -> None:
        first = member("1", self.whole, amount_paid=Decimal(60))
        second = member("2", self.whole, amount_paid=Decimal(90))
        assert self.shares(first, second) == {"91": Decimal(60), "92": Decimal(90)}
        other = payment("5", amount=Decimal(10), paid_on=date(2026, 1, 1), processor="quickbooks")
        with_other = member("2", self.whole, other, amount_paid=Decimal(100))
        assert self.shares(first, with_other) == {"91": Decimal(60), "92": Decimal(90)}

    @pytest.mark.parametrize("told", [("150", "150"), ("140", "10"), ("-10", "160"), ("1", "2")])
    def test_not_as_hubspot_tells_where_that_cannot_be(self, told: tuple[str, str]) -> None:
        first, second = (
            member(invoice_id, self.whole, amount_paid=Decimal(amount))
            for invoice_id, amount in zip("12", told, strict=True)
        )
        assert self.shares(first, second) == {"91": Decimal(100), "92": Decimal(50)}

    def test_one_invoice_keeps_the_money_that_is_in_no_book(self) -> None:
        plan = self.plan(member("1", self.whole), member("2", self.whole, existing=None))
        kept = [[state.missing for state in states] for states in plan.states.values()]
        assert kept == [[Missing(amount=Decimal(150), since=NOW)], [None]]
        assert [*plan.failures] == ["1", "2"]
        assert plan.due == ()

    def test_it_does_not_wait_for_ever(self) -> None:
        since = NOW - WAIT_FOR_OTHERS
        known = state(state="pending", missing=Missing(amount=Decimal(150), since=since))
        there = member("1", self.whole, states=(known,))
        assert self.shares(there, member("2", self.whole, existing=None)) == {"91": Decimal(100)}

    def test_one_that_waited_meanwhile_then_names_it_too(self) -> None:
        """Without a name it would be asked for by an empty id, which QuickBooks refuses."""
        recorded = state(state="recorded", quickbooks_id="900", applied=Decimal(100))
        waited = state(state="pending", quickbooks_id="", reason="It waits.")
        first = member("1", self.whole, states=(recorded,))
        plan = self.plan(first, member("2", self.whole, states=(waited,)))
        named = [[each.quickbooks_id for each in states] for states in plan.states.values()]
        assert named == [["900"], ["900"]]
        assert [states[0].applied for states in plan.states.values()] == [Decimal(100), 0]

    def test_a_busy_one_is_waited_for_however_long(self) -> None:
        plan = self.plan(member("1", self.whole), busy=("2",))
        assert plan.due == ()
        assert plan.busy == {"1"}
        assert not plan.failures

    def test_customers_differ(self) -> None:
        other = member("2", self.whole, existing=posted(id="92", customer_id="59"))
        plan = self.plan(member("1", self.whole), other)
        assert plan.due == ()
        assert {failure.code for failure in plan.failures.values()} == {"payment_not_recorded"}

    def test_somebody_entered_it_for_both(self) -> None:
        entered = theirs("150", applied={"91": Decimal(100), "92": Decimal(50)})
        members = [member(each, self.whole, strangers=(entered,)) for each in "12"]
        plan = self.plan(*members)
        assert (plan.due, plan.failures) == ((), {})
        assert plan.states["1"][0].quickbooks_id == "900"
