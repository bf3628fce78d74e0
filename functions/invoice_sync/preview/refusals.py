"""What QuickBooks would refuse, foreseen from what it has. Pure.

A sync learns that a name or number is taken when its write is refused; a preview has to look for
whoever has it. The rules are those of the sync: `plan.names`, `plan.numbers` and `plan.ours`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    ClosedPeriod,
    DuplicateDocumentNumber,
    Mismatch,
)
from invoice_sync.model.markers import MARKER
from invoice_sync.model.quickbooks import (
    Customer,
    DesiredInvoice,
    NewCustomer,
    Preferences,
    QuickBooksInvoice,
)
from invoice_sync.model.record import Record
from invoice_sync.plan.compare import number_taken
from invoice_sync.plan.doubles import is_native, possible_duplicate
from invoice_sync.plan.names import folded_name, names_to_try, settle_taken_name
from invoice_sync.plan.numbers import (
    folded_number,
    gets_new_number,
    taken_by,
    with_number,
)
from invoice_sync.plan.ours import is_linked_to_another, is_ours, mismatches
from invoice_sync.plan.plans import Adopt, Create, Plan, Update
from invoice_sync.sync.batch import Trouble
from invoice_sync.sync.doubles import OF_CUSTOMER

# What QuickBooks may have and cannot read, as a failure says it: the key of the first three is a
# display name, then comes a number, and then the id of a customer.
_NAMED = ("customer named", "vendor named", "employee named")
_NUMBERED = "invoice"
UNREADABLE_KINDS = (*_NAMED, _NUMBERED, OF_CUSTOMER)


@dataclass(frozen=True)
class NameHolder:
    """A customer, vendor or employee whose display name a new customer would need."""

    kind: Literal["customer", "vendor", "employee"]
    holder: Customer


@dataclass(frozen=True)
class Seen:
    """What QuickBooks has that the planned writes may collide with."""

    # Invoices that have one of their numbers.
    numbered: Sequence[QuickBooksInvoice] = ()
    # Invoices of their customers, of their days.
    beside: Sequence[QuickBooksInvoice] = ()
    people: Sequence[NameHolder] = ()
    # The portal and the HubSpot invoice that those invoices belong to, by their ids.
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    # Failures for what QuickBooks cannot read, by kind and key (UNREADABLE_KINDS).
    unreadable: Mapping[tuple[str, str], Failure] = field(default_factory=dict)


class Judge:
    """Judges planned writes one after the other: an earlier one takes its number and its name."""

    def __init__(self, preferences: Preferences, seen: Seen) -> None:
        self._preferences, self._seen = preferences, seen
        self._by_customer: dict[str, list[QuickBooksInvoice]] = {}
        for invoice in seen.beside:
            self._by_customer.setdefault(invoice.customer_id, []).append(invoice)
        self._by_number: dict[str, list[QuickBooksInvoice]] = {}
        for invoice in seen.numbered:
            self._by_number.setdefault(folded_number(invoice.number), []).append(invoice)
        self._planned_numbers: set[str] = set()
        self._planned_names: dict[str, NewCustomer] = {}
        self._adopted: set[str] = set()

    def adoption(self, record: Record, planned: Create) -> Adopt | None:
        """Return the adoption of the QuickBooks invoice that is this very one: ours, or else the
        only one that says the same."""
        if record.intent:
            return None  # a creation of unknown outcome: the sync settles that
        document = planned.desired
        same = [
            invoice
            for invoice in self._same_number(document)
            if self._is_the_same(record, document, invoice)
        ]
        if ours := self.adoption_of_ours(record, document):
            return ours
        if len(same) != 1:
            return None
        self._adopted.add(same[0].id)
        return Adopt(document, same[0], agrees=True)

    def adoption_of_ours(self, record: Record, document: DesiredInvoice) -> Adopt | None:
        """Return the adoption of an invoice that we made, whatever it says."""
        near = (
            *self._same_number(document),
            *self._by_customer.get(document.customer_id, ()),
        )
        for invoice in near:
            if is_ours(record, invoice) and self._is_free(record, invoice):
                self._adopted.add(invoice.id)
                return Adopt(document, invoice, not self._mismatches(document, invoice))
        return None

    def refusals(self, record: Record, plan: Plan | Failure | Trouble) -> tuple[Failure, ...]:
        """Return what QuickBooks would refuse the write for, in its order."""
        if not isinstance(plan, Create | Update):
            return ()
        document = plan.desired
        refusals = (
            self._name_refusal(plan.customer),
            self._period_refusal(document),
            self._number_refusal(record, document) if gets_new_number(plan) else None,
            self._possible_duplicate(record, plan) if isinstance(plan, Create) else None,
            *self._unreadable(plan),
        )
        failures = tuple(refusal for refusal in refusals if refusal)
        if not failures:
            self._planned_numbers.add(folded_number(document.number))
            if plan.customer:
                self._planned_names[folded_name(plan.customer.display_name)] = plan.customer
        return failures

    def _unreadable(self, plan: Create | Update) -> Iterator[Failure]:
        """Yield a failure for each record that may stand against the write and cannot be read."""
        document, customer = plan.desired, plan.customer
        keys = (
            [(kind, name) for name in names_to_try(customer) for kind in _NAMED] if customer else []
        )
        if gets_new_number(plan):
            keys.append((_NUMBERED, document.number))
        if customer is None:
            keys.append((OF_CUSTOMER, document.customer_id))
        yield from (self._seen.unreadable[key] for key in keys if key in self._seen.unreadable)

    def _mismatches(self, document: DesiredInvoice, invoice: QuickBooksInvoice) -> list[Mismatch]:
        return mismatches(document, invoice, self._preferences.home_currency)

    def _same_number(self, document: DesiredInvoice) -> list[QuickBooksInvoice]:
        candidates = self._by_number.get(folded_number(document.number), [])
        return with_number(document.number, candidates)

    def _is_free(self, record: Record, invoice: QuickBooksInvoice) -> bool:
        """Tell whether no other record holds the invoice."""
        linked = is_linked_to_another(record, invoice, self._seen.links)
        return invoice.id not in self._adopted and not linked

    def _is_the_same(
        self, record: Record, document: DesiredInvoice, invoice: QuickBooksInvoice
    ) -> bool:
        """Tell whether the invoice says the same, and was not made for another HubSpot invoice."""
        return (
            not self._mismatches(document, invoice)
            and self._is_free(record, invoice)
            and not MARKER.search(invoice.private_note)
        )

    def _name_refusal(self, customer: NewCustomer | None) -> Failure | None:
        if customer is None or customer.numbered:
            return None
        name = folded_name(customer.display_name)
        holders = [
            person
            for person in self._seen.people
            if folded_name(person.holder.display_name) == name
        ]
        if not holders and self._planned_names.get(name, customer) == customer:
            return None
        customers = [person.holder for person in holders if person.kind == "customer"]
        settled = settle_taken_name(customer, customers)
        return settled if isinstance(settled, Failure) else None

    def _period_refusal(self, document: DesiredInvoice) -> Failure | None:
        closed = self._preferences.book_close_date
        if closed is None or document.invoice_date > closed:
            return None
        return Failure(detail=ClosedPeriod(closed_until=closed))

    def _number_refusal(self, record: Record, document: DesiredInvoice) -> Failure | None:
        holders = taken_by(record, document.number, self._same_number(document))
        if holders:
            # The one that comes closest says most.
            closest = min(holders, key=lambda holder: len(self._mismatches(document, holder)))
            differs = self._mismatches(document, closest) or ["invoice"]
            return number_taken(document, closest, differs)
        if not document.number or folded_number(document.number) not in self._planned_numbers:
            return None
        detail = DuplicateDocumentNumber(
            variant="planned", number=document.number, differs=("invoice",)
        )
        return Failure(detail=detail)

    def _possible_duplicate(self, record: Record, planned: Create) -> Failure | None:
        """Somebody, or HubSpot's own sync, may have entered the invoice under another number."""
        document = planned.desired
        near = [] if planned.customer else self._by_customer.get(document.customer_id, [])
        free = [invoice for invoice in near if invoice.id not in self._adopted]
        refused = not is_native(planned.suspicion) and self._same_number(document)
        if record.choices.create_anyway or refused:
            return None
        return possible_duplicate(
            record,
            document,
            planned.suspicion,
            free,
            self._preferences.home_currency,
            self._seen.links,
        )
