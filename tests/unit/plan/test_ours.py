"""Which QuickBooks invoices are ours, and who has the number that an invoice needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from invoice_sync.model.changes import Changes
from invoice_sync.model.markers import marker
from invoice_sync.model.quickbooks import DesiredInvoice, QuickBooksInvoice
from invoice_sync.model.record import Intent
from invoice_sync.plan.decide import decide
from invoice_sync.plan.numbers import gets_new_number, taken_by, with_number
from invoice_sync.plan.ours import is_ours, obstacles_to_adoption, taken_over
from invoice_sync.plan.plans import Create, Update
from tests.unit import make

NOW = datetime(2026, 2, 3, tzinfo=UTC)
OURS = marker("24680", "512")


def document() -> DesiredInvoice:
    plan = decide(make.invoice(), make.record(), make.observed(), make.connection())
    assert isinstance(plan, Create)
    return plan.desired


def posted(**changes: Any) -> QuickBooksInvoice:
    return make.posted(document(), **{"invoice_date": document().invoice_date, **changes})


class TestOurs:
    def test_by_its_marker(self) -> None:
        assert is_ours(make.record(), posted(private_note=f"x\n{OURS}"))
        assert not is_ours(make.record(), posted(private_note=marker("24680", "51")))
        assert not is_ours(make.record(), posted(private_note=""))

    def test_not_once_it_was_given_up(self) -> None:
        assert not is_ours(make.record(former_ids=("146",)), posted(private_note=OURS))

    def test_taking_it_over_ends_the_intent(self) -> None:
        intent = Intent(
            request_id="r", fingerprint="f", number="INV-1", first_sent_at=NOW, last_sent_at=NOW
        )
        invoice = posted()
        record = taken_over(make.record(intent=intent), invoice)
        assert (record.quickbooks_id, record.fingerprint, record.intent) == ("146", "f", None)
        assert record.written == invoice


class TestAdopting:
    def obstacles(self, invoice: QuickBooksInvoice, **links: Any) -> list[str]:
        preferences = make.PREFERENCES
        return [*obstacles_to_adoption(make.record(), document(), invoice, preferences, **links)]

    def test_its_number_may_differ(self) -> None:
        assert self.obstacles(posted(number="1041", private_note=""), links={}) == []

    def test_what_is_void_or_says_something_else(self) -> None:
        invoice = posted(voided=True, total=0, private_note="")
        assert self.obstacles(invoice, links={}) == ["voided", "total"]

    @pytest.mark.parametrize(
        ("note", "links"),
        [
            ("HubSpot invoice 9 (portal 24680)", {}),
            ("", {"146": ("24680", "9")}),
        ],
    )
    def test_what_belongs_to_another_invoice(
        self, note: str, links: dict[str, tuple[str, str]]
    ) -> None:
        assert self.obstacles(posted(private_note=note), links=links) == ["taken"]


class TestNumbers:
    def test_a_number_is_taken_by_an_invoice_that_is_not_ours(self) -> None:
        theirs, ours = posted(private_note=""), posted(id="147", private_note=OURS)
        assert taken_by(make.record(), "inv-1", [theirs]) == [theirs]
        assert taken_by(make.record(), "INV-1", [theirs, ours]) == []
        assert taken_by(make.record(), "INV-2", [theirs]) == []

    def test_no_number_is_never_taken(self) -> None:
        assert with_number("", [posted(number="")]) == []

    def test_an_invoice_that_has_its_number_gets_none(self) -> None:
        assert gets_new_number(Create(document()))
        assert gets_new_number(Update(document(), posted(), Changes(frozenset({"number"}))))
        assert not gets_new_number(Update(document(), posted(), Changes(frozenset({"memo"}))))
