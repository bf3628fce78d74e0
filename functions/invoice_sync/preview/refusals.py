"""What would become of invoices: the real decision, and what otherwise only a write would reveal.

Nothing is written, in neither system nor in our records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    ClosedPeriod,
    DuplicateDisplayName,
    DuplicateDocumentNumber,
    Mismatch,
    PossibleDuplicate,
)
from invoice_sync.model.markers import MARKER
from invoice_sync.model.quickbooks import (
    Customer,
    DesiredInvoice,
    NewCustomer,
    Preferences,
    QuickBooksInvoice,
)
from invoice_sync.plan.compare import disagreements, number_taken
from invoice_sync.plan.plans import Adopt, Create, Plan, Update
from invoice_sync.sync.apply import renumbers
from invoice_sync.sync.batch import Task, Waiting
from invoice_sync.sync.load_quickbooks import is_own


@dataclass(frozen=True)
class Seen:
    """What QuickBooks has of what the planned writes would need for themselves.

    `numbered`: invoices with one of their numbers. `beside`: invoices of their customers and days.
    `people`: customers, vendors and employees with one of their names, by the kind. `links`: whose
    the invoices are, by their ids: portal and HubSpot invoice.
    """

    numbered: Sequence[QuickBooksInvoice] = ()
    beside: Sequence[QuickBooksInvoice] = ()
    people: Sequence[tuple[str, Customer]] = ()
    links: Mapping[str, tuple[str, str]] = field(default_factory=dict)


class Judge:
    """One planned write after the other: an earlier one takes its number and its name."""

    def __init__(self, preferences: Preferences, seen: Seen) -> None:
        self._preferences, self._seen = preferences, seen
        self._by_number: dict[str, list[QuickBooksInvoice]] = {}
        for one in seen.numbered:
            self._by_number.setdefault(one.number.casefold(), []).append(one)
        self._by_customer: dict[str, list[QuickBooksInvoice]] = {}
        for one in seen.beside:
            self._by_customer.setdefault(one.customer_id, []).append(one)
        self._numbers: set[str] = set()
        self._names: dict[str, NewCustomer] = {}
        self._adopted: set[str] = set()

    def found(self, job: Task, planned: Create) -> Adopt | None:
        """The QuickBooks invoice that is this very one, if there is one and only one."""
        if job.record.intent:
            return None  # a creation of unknown outcome: a look settles that
        document = planned.document
        exact = [one for one in self._same_number(document) if self._stands_for(job, document, one)]
        if own := self.own(job, document):
            return own
        if len(exact) != 1:
            return None
        self._adopted.add(exact[0].id)
        return Adopt(document, exact[0], agrees=True)

    def own(self, job: Task, document: DesiredInvoice) -> Adopt | None:
        """One that we made."""
        near = (
            *self._same_number(document),
            *self._by_customer.get(document.customer_id, ()),
        )
        for one in near:
            if is_own(job, one) and self._free(job, one):
                self._adopted.add(one.id)
                return Adopt(document, one, not self._differs(document, one))
        return None

    def refusals(self, job: Task, planned: Plan | Failure | Waiting) -> tuple[Failure, ...]:
        if not isinstance(planned, Create | Update):
            return ()
        each = (
            self._name(planned.customer),
            self._period(planned.document),
            self._number(planned.document) if renumbers(job, planned.document) else None,
            self._twice(job, planned) if isinstance(planned, Create) else None,
        )
        failures = tuple(one for one in each if one)
        if not failures:
            self._numbers.add(planned.document.number.casefold())
            if planned.customer:
                self._names[folded(planned.customer.display_name)] = planned.customer
        return failures

    def _differs(self, document: DesiredInvoice, posted: QuickBooksInvoice) -> list[Mismatch]:
        found = disagreements(document, posted, self._preferences.home_currency)
        return ["voided", *found] if posted.voided else found

    def _same_number(self, document: DesiredInvoice) -> list[QuickBooksInvoice]:
        return self._by_number.get(document.number.casefold(), []) if document.number else []

    def _free(self, job: Task, posted: QuickBooksInvoice) -> bool:
        """No other record holds it."""
        own = (job.record.portal_id, job.record.invoice_id)
        return posted.id not in self._adopted and self._seen.links.get(posted.id, own) == own

    def _stands_for(self, job: Task, document: DesiredInvoice, posted: QuickBooksInvoice) -> bool:
        """It says the same, and was not made for another HubSpot invoice."""
        return (
            not self._differs(document, posted)
            and self._free(job, posted)
            and not MARKER.search(posted.private_note)
        )

    def _name(self, customer: NewCustomer | None) -> Failure | None:
        """As a creation does it: a customer of that name is only ours with our e-mail or marker."""
        if customer is None or customer.numbered:
            return None
        name = folded(customer.display_name)
        holders = [
            (kind, one) for kind, one in self._seen.people if folded(one.display_name) == name
        ]
        for kind, one in holders:
            same_email = one.email.casefold() == customer.email.casefold() != ""
            ours = same_email or customer.marker in one.notes
            if kind == "customer" and one.active and ours:
                return None
        if not holders and self._names.get(name, customer) == customer:
            return None
        ids = tuple(one.id for kind, one in holders if kind == "customer")
        return Failure(detail=DuplicateDisplayName(name=customer.display_name, customer_ids=ids))

    def _period(self, document: DesiredInvoice) -> Failure | None:
        closed = self._preferences.book_close_date
        if closed is None or document.invoice_date > closed:
            return None
        return Failure(detail=ClosedPeriod(closed_until=closed))

    def _number(self, document: DesiredInvoice) -> Failure | None:
        if not document.number:
            return None
        holders = self._same_number(document)
        if holders:
            # The one that comes closest says most.
            closest = min(holders, key=lambda one: len(self._differs(document, one)))
            differs = self._differs(document, closest) or ["invoice"]
            return number_taken(document, closest.id, differs)
        if document.number.casefold() in self._numbers:
            detail = DuplicateDocumentNumber(
                variant="planned", number=document.number, differs=("invoice",)
            )
            return Failure(detail=detail)
        return None

    def _twice(self, job: Task, planned: Create) -> Failure | None:
        """Somebody may have entered it by hand, under another number."""
        document = planned.document.model_copy(update={"number": ""})
        if planned.customer or self._same_number(planned.document):
            return None
        for one in self._by_customer.get(document.customer_id, ()):
            if self._stands_for(job, document, one):
                return Failure(detail=PossibleDuplicate(clash_id=one.id, clash_number=one.number))
        return None


def folded(name: str) -> str:
    return " ".join(name.split()).casefold()
