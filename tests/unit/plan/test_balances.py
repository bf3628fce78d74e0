"""What is still to be paid on both sides, and when it is worth a read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from invoice_sync.model.record import Balances, Missing, PaymentState
from invoice_sync.plan.balances import lower_in_hubspot, needs_quickbooks
from tests.unit import make
from tests.unit.plan.paying import (
    NOW,
    payment,
    posted,
    state,
)


class TestLowerInHubSpot:
    def lower(self, due_there: str | None, *states: PaymentState, **changes: Any) -> Decimal:
        owed = None if due_there is None else Decimal(due_there)
        invoice = make.invoice(total=Decimal(100), balance_due=owed)
        return lower_in_hubspot(invoice, states, posted(**changes))

    def test_a_credit_memo_that_only_hubspot_has(self) -> None:
        assert self.lower("80") == 20
        assert self.lower("40", state(applied=Decimal(40)), balance=Decimal(60)) == 20

    def test_what_says_why(self) -> None:
        assert self.lower("100") == self.lower(None) == 0
        assert self.lower("100", balance=Decimal(60)) == 0
        assert self.lower("60", state(state="pending")) == 0
        missing = Missing(amount=Decimal(40), since=NOW)
        assert self.lower("60", state(state="not_synced", missing=missing)) == 0
        assert self.lower("60", state(applied=Decimal(0))) == 0
        assert self.lower("60", state(on_account=Decimal(40))) == 0
        assert self.lower("-1", balance=Decimal(0)) == 0

    def test_not_while_the_totals_differ(self) -> None:
        assert self.lower("80", total=Decimal(120), balance=Decimal(120)) == 0


class TestNeedsLook:
    def needs(self, *states: PaymentState, asked: bool = False, **changes: Any) -> bool:
        record = make.record(written=posted(payment_ids=("900",)), payments=states)
        invoice = make.invoice(payments=(payment(**changes),))
        return needs_quickbooks(invoice, record, NOW, asked=asked)

    def test_only_for_what_is_to_be_done(self) -> None:
        assert self.needs()
        assert not self.needs(state())
        assert not self.needs(status="failed")
        assert self.needs(state(state="pending", request_id="r-1"))

    def test_a_person_may_know_more(self) -> None:
        kept_back = state(state="not_synced", problem="no_room", quickbooks_id="")
        assert self.needs(kept_back, amount=Decimal(200), asked=True)
        assert not self.needs(kept_back, amount=Decimal(200))
        assert not self.needs(state(), asked=True)

    def test_one_that_waits_for_another_invoice(self) -> None:
        waits = state(state="pending", problem="other_invoice", quickbooks_id="")
        assert not self.needs(waits)
        assert self.needs(waits, asked=True)

    def test_a_balance_that_is_lower_in_hubspot_once(self) -> None:
        invoice = make.invoice(total=Decimal(100), balance_due=Decimal(80))
        record = make.record(written=posted())
        assert needs_quickbooks(invoice, record, NOW, asked=False)
        seen = record.model_copy(update={"balances": Balances(hubspot=Decimal(80))})
        assert not needs_quickbooks(invoice, seen, NOW, asked=False)
