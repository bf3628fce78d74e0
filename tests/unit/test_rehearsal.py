"""What a rehearsal foresees, from what QuickBooks was seen to have. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.hints import Hint
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    DuplicateDocumentNumber,
    ItemNotFound,
    PossibleDuplicate,
)
from invoice_sync.model.quickbooks import Customer, QuickBooksInvoice
from invoice_sync.model.record import Intent, Record
from invoice_sync.plan.compare import disagreements
from invoice_sync.plan.decide import decide
from invoice_sync.plan.plans import Adopt, Create, Update
from invoice_sync.preview.dry_run import Rehearsed, judged
from invoice_sync.preview.refusals import Seen
from invoice_sync.sync.batch import Task

from . import make

NOW = datetime(2026, 2, 3, tzinfo=UTC)
REALM = "USD"


def planned(
    settings: dict[str, Any] | None = None,
    side: dict[str, Any] | None = None,
    record: dict[str, Any] | None = None,
    **invoice: Any,
) -> tuple[Task, Create | Update]:
    found = make.invoice(**invoice)
    known = Record(portal_id="24680", invoice_id=found.id, **(record or {}))
    hint = Hint("24680", found.id, "backfill", NOW, NOW)
    decided = decide(found, known, make.side(**(side or {})), make.connection(**(settings or {})))
    assert isinstance(decided, Create | Update)
    return Task(hint=hint, before=known, record=known, invoice=found), decided


def rehearsed(
    *each: tuple[Task, Create | Update], closed: date | None = None, **seen: Any
) -> list[Rehearsed]:
    preferences = make.PREFERENCES.model_copy(update={"book_close_date": closed})
    return judged(each, preferences, Seen(**seen))


def one(pair: tuple[Task, Create | Update], **seen: Any) -> Rehearsed:
    (found,) = rehearsed(pair, **seen)
    return found


def by_hand(pair: tuple[Task, Create | Update], **changes: Any) -> QuickBooksInvoice:
    document = pair[1].document
    whole = {"private_note": "", "invoice_date": document.invoice_date, **changes}
    return make.posted(document, **whole)


class TestAdopting:
    def test_what_agrees_is_adopted_though_its_lines_differ(self) -> None:
        pair = planned()
        there = by_hand(pair, lines=())
        found = one(pair, numbered=[there], beside=[there])
        assert found.decided == Adopt(pair[1].document, there, agrees=True)
        assert (found.outcome, found.refusals) == ("adopt", ())

    def test_in_a_closed_period_too_since_nothing_is_written(self) -> None:
        pair = planned()
        found = one(pair, numbered=[by_hand(pair)], closed=date(2026, 12, 31))
        assert found.outcome == "adopt"

    @pytest.mark.parametrize(
        ("differs", "changes"),
        [
            ("customer", {"customer_id": "59"}),
            ("currency", {"currency": "EUR"}),
            ("total", {"total": Decimal("99.99")}),
            ("date", {"invoice_date": date(2026, 2, 4)}),
            ("number", {"number": "inv-1"}),
            ("date", {"invoice_date": None}),
        ],
    )
    def test_what_agrees_in_part_is_a_number_that_is_taken(
        self, differs: str, changes: dict[str, Any]
    ) -> None:
        pair = planned()
        there = by_hand(pair, **changes)
        found = one(pair, numbered=[there])
        assert found.failure
        assert isinstance(found.failure.detail, DuplicateDocumentNumber)
        assert found.failure.detail.clash_id == there.id
        assert found.failure.detail.differs == (differs,)
        assert disagreements(pair[1].document, there, "USD") == [differs]

    def test_a_voided_one_is_none(self) -> None:
        pair = planned()
        zero = Decimal(0)
        found = one(pair, numbered=[by_hand(pair, voided=True, total=zero, balance=zero)])
        assert found.failure
        assert isinstance(found.failure.detail, DuplicateDocumentNumber)
        assert found.failure.detail.differs == ("voided", "total")

    def test_nor_one_that_another_record_holds_or_that_was_made_for_another(self) -> None:
        pair = planned()
        there = by_hand(pair)
        held = one(pair, numbered=[there], links={there.id: ("24680", "513")})
        marked = by_hand(pair, private_note="x HubSpot invoice 9 (portal 24680)")
        for found in (held, one(pair, numbered=[marked])):
            assert found.failure
            assert isinstance(found.failure.detail, DuplicateDocumentNumber)
            assert found.failure.detail.differs == ("invoice",)
        assert one(pair, numbered=[there], links={there.id: ("24680", "512")}).outcome == "adopt"

    def test_two_that_agree_are_one_too_many(self) -> None:
        pair = planned()
        both = [by_hand(pair), by_hand(pair, id="147")]
        assert one(pair, numbered=both).outcome == "fail"

    def test_one_quickbooks_invoice_is_adopted_once(self) -> None:
        pairs = planned(), planned(id="513")
        there = by_hand(pairs[0])
        first, second = rehearsed(*pairs, numbered=[there])
        assert (first.outcome, second.outcome) == ("adopt", "fail")

    def test_ours_by_its_marker_whatever_became_of_it(self) -> None:
        pair = planned()
        same, moved = make.posted(pair[1].document), by_hand(pair)
        found = one(pair, beside=[same.model_copy(update={"invoice_date": moved.invoice_date})])
        assert isinstance(found.decided, Adopt)
        assert found.decided.agrees
        changed = same.model_copy(update={"number": "OLD", "total": Decimal(7)})
        found = one(pair, beside=[changed])
        assert isinstance(found.decided, Adopt)
        assert not found.decided.agrees

    def test_an_unanswered_creation_is_left_to_a_look(self) -> None:
        intent = Intent(
            request_id="r", fingerprint="f", number="INV-1", first_sent_at=NOW, last_sent_at=NOW
        )
        pair = planned(record={"intent": intent})
        assert one(pair, numbered=[by_hand(pair)]).outcome != "adopt"


class TestPossiblyThere:
    @pytest.mark.parametrize("setting", ["hubspot", "quickbooks"])
    def test_the_same_but_for_its_number_is_not_created(self, setting: str) -> None:
        pair = planned({"document_number": setting})
        found = one(pair, beside=[by_hand(pair, number="1041")])
        assert found.failure
        assert isinstance(found.failure.detail, PossibleDuplicate)
        assert found.failure.detail.clash_number == "1041"

    def test_unless_it_is_another_invoices(self) -> None:
        pair = planned()
        there = by_hand(pair, number="1041")
        assert one(pair, beside=[there], links={there.id: ("24680", "9")}).outcome == "create"
        marked = by_hand(pair, number="2", private_note="HubSpot invoice 9 (portal 24680)")
        assert one(pair, beside=[marked]).outcome == "create"
        assert one(pair, beside=[by_hand(pair, number="3", customer_id="9")]).outcome == "create"

    def test_nor_when_a_later_one_is_the_one_that_is_there(self) -> None:
        pairs = planned(), planned(id="513", number="INV-2")
        there = by_hand(pairs[1])
        first, second = rehearsed(*pairs, numbered=[there], beside=[there])
        assert (first.outcome, second.outcome) == ("create", "adopt")


class TestRefusals:
    def test_the_closed_period_ends_with_its_last_day(self) -> None:
        found = one(planned(), closed=date(2026, 2, 3))
        assert found.failure
        assert found.failure.code == "closed_period"
        assert one(planned(), closed=date(2026, 2, 2)).outcome == "create"

    def test_every_refusal_is_told_in_quickbooks_order(self) -> None:
        pair = planned({"create_customers": True}, {"customers": ()})
        assert pair[1].customer
        vendor = Customer(id="7", display_name=pair[1].customer.display_name.upper())
        found = one(
            pair,
            people=[("vendor", vendor)],
            numbered=[by_hand(pair, customer_id="9")],
            closed=date(2026, 3, 1),
        )
        codes = [failure.code for failure in found.refusals]
        assert codes == ["duplicate_display_name", "closed_period", "duplicate_document_number"]

    def test_a_customer_of_that_name_is_ours_by_email_or_marker_only(self) -> None:
        pair = planned({"create_customers": True}, {"customers": ()})
        wanted = pair[1].customer
        assert wanted

        def with_(kind: str = "customer", **holder: Any) -> str:
            own = Customer(**{"id": "7", "display_name": wanted.display_name, **holder})
            return one(pair, people=[(kind, own)]).outcome

        assert with_(email="other@acme.example") == "fail"
        assert with_(email=wanted.email) == "create"
        assert with_(notes=f"x {wanted.marker}") == "create"
        assert with_(email=wanted.email, active=False) == "fail"
        assert with_("vendor", email=wanted.email) == "fail"

    def test_an_earlier_one_takes_the_number_and_the_name(self) -> None:
        settings, nobody = {"create_customers": True}, {"customers": ()}
        ada = planned(settings, nobody)
        same = planned(settings, nobody, id="513", number="INV-2")
        contact = make.CONTACT.model_copy(update={"id": "302", "email": "b@acme.example"})
        other = planned(settings, nobody, id="514", number="inv-1", contact=contact)
        found = rehearsed(ada, same, other)
        assert [one.outcome for one in found] == ["create", "create", "fail"]
        codes = [failure.code for failure in found[2].refusals]
        assert codes == ["duplicate_display_name", "duplicate_document_number"]

    def test_an_update_that_keeps_its_number_is_not_stopped_by_it(self) -> None:
        created = planned()
        written = make.posted(created[1].document)
        update = planned(
            record={"quickbooks_id": written.id, "written": written, "fingerprint": "old"},
            side={"existing": written, "looked": True},
            comments="new",
        )
        assert isinstance(update[1], Update)
        twin = by_hand(created, id="900", total=Decimal(1))
        assert one(update, numbered=[twin]).outcome == "update"

    def test_what_was_decided_otherwise_stays(self) -> None:
        pair = planned()
        failure = Failure(detail=ItemNotFound())
        (found,) = judged([(pair[0], failure)], make.PREFERENCES, Seen())
        assert found.failure == failure
        assert found.outcome == "fail"
