"""What a rehearsal foresees, from what QuickBooks was seen to have. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

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
from invoice_sync.plan.compare import mismatched_fields
from invoice_sync.plan.decide import decide
from invoice_sync.plan.plans import Adopt, Create, Update
from invoice_sync.preview.dry_run import Rehearsed, judged
from invoice_sync.preview.refusals import NameHolder, Seen
from invoice_sync.sync.batch import Observation, Planned, Task
from tests.unit import make

NOW = datetime(2026, 2, 3, tzinfo=UTC)
Kind = Literal["customer", "vendor", "employee"]


@dataclass(frozen=True)
class Write:
    """A planned write, before it is judged."""

    observation: Observation
    plan: Create | Update


def planned(
    settings: dict[str, Any] | None = None,
    side: dict[str, Any] | None = None,
    record: dict[str, Any] | None = None,
    **invoice: Any,
) -> Write:
    observed = make.invoice(**invoice)
    before = Record(portal_id="24680", invoice_id=observed.id, **(record or {}))
    quickbooks = make.observed(**(side or {}))
    plan = decide(observed, before, quickbooks, make.connection(**(settings or {})))
    assert isinstance(plan, Create | Update)
    task = Task(Hint("24680", observed.id, "backfill", NOW, NOW), before, before)
    return Write(Observation(task, observed, quickbooks), plan)


def rehearsed(*writes: Write, closed: date | None = None, **seen: Any) -> list[Rehearsed]:
    preferences = make.PREFERENCES.model_copy(update={"book_close_date": closed})
    plans = []
    for write in writes:
        quickbooks = replace(write.observation.quickbooks, preferences=preferences)
        plans.append(Planned(replace(write.observation, quickbooks=quickbooks), write.plan))
    return judged(plans, Seen(**seen))


def rehearse(write: Write, **seen: Any) -> Rehearsed:
    (only,) = rehearsed(write, **seen)
    return only


def by_hand(write: Write, **changes: Any) -> QuickBooksInvoice:
    document = write.plan.desired
    whole = {"private_note": "", "invoice_date": document.invoice_date, **changes}
    return make.posted(document, **whole)


class TestAdopting:
    def test_what_agrees_is_adopted_though_its_lines_differ(self) -> None:
        write = planned()
        there = by_hand(write, lines=())
        found = rehearse(write, numbered=[there], beside=[there])
        assert found.decided == Adopt(write.plan.desired, there, agrees=True)
        assert (found.outcome, found.refusals) == ("adopt", ())

    def test_in_a_closed_period_too_since_nothing_is_written(self) -> None:
        write = planned()
        found = rehearse(write, numbered=[by_hand(write)], closed=date(2026, 12, 31))
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
        write = planned()
        there = by_hand(write, **changes)
        found = rehearse(write, numbered=[there])
        assert found.failure
        assert isinstance(found.failure.detail, DuplicateDocumentNumber)
        assert found.failure.detail.clash_id == there.id
        assert found.failure.detail.differs == (differs,)
        assert mismatched_fields(write.plan.desired, there, "USD") == [differs]

    def test_a_voided_one_is_none(self) -> None:
        write = planned()
        zero = Decimal(0)
        found = rehearse(write, numbered=[by_hand(write, voided=True, total=zero, balance=zero)])
        assert found.failure
        assert isinstance(found.failure.detail, DuplicateDocumentNumber)
        assert found.failure.detail.differs == ("voided", "total")

    def test_nor_one_that_another_record_holds_or_that_was_made_for_another(self) -> None:
        write = planned()
        there = by_hand(write)
        held = rehearse(write, numbered=[there], links={there.id: ("24680", "513")})
        marked = by_hand(write, private_note="x HubSpot invoice 9 (portal 24680)")
        for found in (held, rehearse(write, numbered=[marked])):
            assert found.failure
            assert isinstance(found.failure.detail, DuplicateDocumentNumber)
            assert found.failure.detail.differs == ("invoice",)
        assert (
            rehearse(write, numbered=[there], links={there.id: ("24680", "512")}).outcome == "adopt"
        )

    def test_two_that_agree_are_one_too_many(self) -> None:
        write = planned()
        both = [by_hand(write), by_hand(write, id="147")]
        assert rehearse(write, numbered=both).outcome == "fail"

    def test_one_quickbooks_invoice_is_adopted_once(self) -> None:
        writes = planned(), planned(id="513")
        there = by_hand(writes[0])
        first, second = rehearsed(*writes, numbered=[there])
        assert (first.outcome, second.outcome) == ("adopt", "fail")

    def test_ours_by_its_marker_whatever_became_of_it(self) -> None:
        write = planned()
        same, moved = make.posted(write.plan.desired), by_hand(write)
        found = rehearse(
            write, beside=[same.model_copy(update={"invoice_date": moved.invoice_date})]
        )
        assert isinstance(found.decided, Adopt)
        assert found.decided.agrees
        changed = same.model_copy(update={"number": "OLD", "total": Decimal(7)})
        found = rehearse(write, beside=[changed])
        assert isinstance(found.decided, Adopt)
        assert not found.decided.agrees

    def test_an_unanswered_creation_is_left_to_a_look(self) -> None:
        intent = Intent(
            request_id="r", fingerprint="f", number="INV-1", first_sent_at=NOW, last_sent_at=NOW
        )
        write = planned(record={"intent": intent})
        assert rehearse(write, numbered=[by_hand(write)]).outcome != "adopt"


class TestPossiblyThere:
    @pytest.mark.parametrize("setting", ["hubspot", "quickbooks"])
    def test_the_same_but_for_its_number_is_not_created(self, setting: str) -> None:
        write = planned({"document_number": setting})
        found = rehearse(write, beside=[by_hand(write, number="1041")])
        assert found.failure
        assert isinstance(found.failure.detail, PossibleDuplicate)
        assert found.failure.detail.clash_number == "1041"

    def test_unless_it_is_another_invoices(self) -> None:
        write = planned()
        there = by_hand(write, number="1041")
        assert rehearse(write, beside=[there], links={there.id: ("24680", "9")}).outcome == "create"
        marked = by_hand(write, number="2", private_note="HubSpot invoice 9 (portal 24680)")
        assert rehearse(write, beside=[marked]).outcome == "create"
        assert (
            rehearse(write, beside=[by_hand(write, number="3", customer_id="9")]).outcome
            == "create"
        )

    def test_nor_when_a_later_one_is_the_one_that_is_there(self) -> None:
        writes = planned(), planned(id="513", number="INV-2")
        there = by_hand(writes[1])
        first, second = rehearsed(*writes, numbered=[there], beside=[there])
        assert (first.outcome, second.outcome) == ("create", "adopt")


class TestRefusals:
    def test_the_closed_period_ends_with_its_last_day(self) -> None:
        found = rehearse(planned(), closed=date(2026, 2, 3))
        assert found.failure
        assert found.failure.code == "closed_period"
        assert rehearse(planned(), closed=date(2026, 2, 2)).outcome == "create"

    def test_every_refusal_is_told_in_quickbooks_order(self) -> None:
        write = planned({"create_customers": True}, {"customers": ()})
        assert write.plan.customer
        vendor = Customer(id="7", display_name=write.plan.customer.display_name.upper())
        found = rehearse(
            write,
            people=[NameHolder("vendor", vendor)],
            numbered=[by_hand(write, customer_id="9")],
            closed=date(2026, 3, 1),
        )
        codes = [failure.code for failure in found.refusals]
        assert codes == ["duplicate_display_name", "closed_period", "duplicate_document_number"]

    def test_a_customer_of_that_name_is_ours_by_email_or_marker_only(self) -> None:
        write = planned({"create_customers": True}, {"customers": ()})
        wanted = write.plan.customer
        assert wanted

        def with_(kind: Kind = "customer", **holder: Any) -> str:
            own = Customer(**{"id": "7", "display_name": wanted.display_name, **holder})
            return rehearse(write, people=[NameHolder(kind, own)]).outcome

        assert with_(email="other@acme.example") == "fail"
        assert with_(email=wanted.email) == "create"
        assert with_(notes=f"x {wanted.marker}") == "create"
        assert with_(email=wanted.email, active=False) == "fail"
        assert with_("vendor", email=wanted.email) == "fail"

    def test_a_customer_of_that_name_in_another_currency_is_a_mismatch(self) -> None:
        preferences = make.PREFERENCES.model_copy(update={"multicurrency": True})
        write = planned({"create_customers": True}, {"customers": (), "preferences": preferences})
        customer = write.plan.customer
        assert customer
        same = Customer(
            id="7", display_name=customer.display_name, email=customer.email, currency="EUR"
        )
        theirs = NameHolder("customer", same)
        failure = rehearse(write, people=[theirs]).failure
        assert failure
        assert failure.code == "currency_mismatch"

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
        written = make.posted(created.plan.desired)
        update = planned(
            record={"quickbooks_id": written.id, "written": written, "fingerprint": "old"},
            side={"existing": written, "existing_was_read": True},
            comments="new",
        )
        assert isinstance(update.plan, Update)
        twin = by_hand(created, id="900", total=Decimal(1))
        assert rehearse(update, numbered=[twin]).outcome == "update"

    def test_what_was_decided_otherwise_stays(self) -> None:
        write = planned()
        failure = Failure(detail=ItemNotFound())
        (found,) = judged([Planned(write.observation, failure)], Seen())
        assert found.failure == failure
        assert found.outcome == "fail"
