"""One resolution of one invoice: reads what it needs from QuickBooks, and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from invoice_sync.failures.entry import ResolutionName
from invoice_sync.model.connection import Connection
from invoice_sync.model.detail import ClashDetail, ContactDetail, ItemDetail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CustomerDiffers,
    DuplicateDisplayName,
    ItemAmbiguous,
    Unexpected,
)
from invoice_sync.model.hubspot import Company, Contact, Invoice
from invoice_sync.model.quickbooks import Customer, Item, QuickBooksInvoice
from invoice_sync.model.record import Record
from invoice_sync.plan.ours import obstacles_to_adoption
from invoice_sync.plan.payer import in_currency
from invoice_sync.preview.dry_run import Foreseen
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.resolve import candidates, choices, money_choices
from invoice_sync.resolve.candidates import Candidate
from invoice_sync.resolve.choices import Choice, Refusal
from invoice_sync.resolve.request import ResolveRequest
from invoice_sync.store.store import Store

# A search for rows that have a text in a field: entity, field, text.
_Search = tuple[str, str, str]


@dataclass(frozen=True)
class MissingArgument:
    """The request lacks an argument."""

    record: Record
    # The values that it may have, the likeliest first.
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Question:
    """What a person asks to be done about an invoice, and what both systems have of it."""

    connection: Connection
    record: Record
    invoice: Invoice
    foreseen: Foreseen
    request: ResolveRequest
    quickbooks: QuickBooks
    store: Store

    def answer(self) -> Choice | MissingArgument | Refusal:
        """Return what the resolution changes, or why it cannot be carried out.

        Raises UnavailableError, ReconnectRequiredError, FaultError.
        """
        request = self.request
        if request.resolution in ("use_customer", "sub_customer") and not request.customer_id:
            return MissingArgument(self.record, tuple(self._customer_candidates()))
        if request.resolution == "use_item" and not request.item_id:
            return MissingArgument(self.record, tuple(self._item_candidates()))
        return _AFTER_READING[request.resolution](self)

    # -- the resolutions

    def _use_customer(self) -> Choice | Refusal:
        return choices.use_customer(self.record, self.invoice, self._chosen_customer())

    def _move_to_customer(self) -> Choice | Refusal:
        detail = self._failure.detail
        named_id = detail.named_id if isinstance(detail, CustomerDiffers) else ""
        return choices.move_to_customer(self.record, self._failure, self._customer(named_id))

    def _create_customer(self) -> Choice | Refusal:
        return choices.create_customer(self.record, self.invoice)

    def _next_free_name(self) -> Choice | Refusal:
        return choices.next_free_name(self.record, self.invoice)

    def _sub_customer(self) -> Choice | Refusal:
        return choices.sub_customer(self.record, self.invoice, self._chosen_customer())

    def _use_item(self) -> Choice | Refusal:
        rows = self.quickbooks.where_in("Item", "Id", [self.request.item_id])
        item: Item | None = parse.item(rows[0]) if rows else None
        return choices.use_item(self.record, self._failure, item)

    def _service_date(self) -> Choice | Refusal:
        from_start = self.request.resolution == "service_date_from_billing_start"
        return choices.service_date(
            self.record,
            self.invoice,
            self.connection.settings,
            "earliest_billing_start" if from_start else "invoice_date",
            always=self.request.always,
        )

    def _next_free_number(self) -> Choice | Refusal:
        return choices.next_free_number(self.record, self.invoice.number, self._taken_numbers())

    def _adopt(self) -> Choice | Refusal:
        desired = self.foreseen.desired
        if desired is None or desired.failures or desired.customer:
            return Refusal("Fix the invoice's other problems first.")
        clash = self._failure.detail
        existing = self._existing(clash.clash_id if isinstance(clash, ClashDetail) else "")
        if existing is None:
            return choices.adopt(self.record, None, ())
        links = self.store.realm.links(self.connection.realm_id, [existing.id])
        preferences = self.foreseen.observation.quickbooks.preferences
        obstacles = obstacles_to_adoption(
            self.record, desired.invoice, existing, preferences, links
        )
        return choices.adopt(self.record, existing, obstacles)

    def _reapply_hubspot(self) -> Choice | Refusal:
        observation = self.foreseen.observation
        return choices.reapply_hubspot(
            self.record,
            self._failure,
            observation.existing,
            self.invoice,
            observation.quickbooks.preferences,
        )

    def _accept_quickbooks(self) -> Choice | Refusal:
        existing = self.foreseen.observation.existing
        return choices.accept_quickbooks(self.record, self._failure, existing)

    def _create_again(self) -> Choice | Refusal:
        existing = self.foreseen.observation.existing
        taken = self._taken_numbers() if existing else []
        return choices.create_again(self.record, existing, self.invoice.number, taken)

    # -- what they read

    @property
    def _failure(self) -> Failure:
        return self.record.failure or Failure(detail=Unexpected())

    def _chosen_customer(self) -> Customer | None:
        return self._customer(self.request.customer_id)

    def _customer(self, customer_id: str) -> Customer | None:
        rows = self.quickbooks.where_in("Customer", "Id", {customer_id} - {""})
        return parse.customer(rows[0]) if rows else None

    def _existing(self, quickbooks_id: str) -> QuickBooksInvoice | None:
        rows = self.quickbooks.where_in("Invoice", "Id", [quickbooks_id])
        return parse.invoice(rows[0]) if rows else None

    def _taken_numbers(self) -> list[str]:
        """Return those of the numbers to try that QuickBooks' invoices have."""
        numbers = choices.numbers_to_try(self.invoice.number)
        rows = self.quickbooks.where_in("Invoice", "DocNumber", numbers)
        return [parse.invoice(row).number for row in rows]

    # -- candidates for a missing argument

    def _customer_candidates(self) -> list[Candidate]:
        contacts = [self.invoice.contact] if self.invoice.contact else [*self.invoice.payers]
        company = self.invoice.company
        if not contacts:
            return []
        detail = self._failure.detail
        ids = detail.customer_ids if isinstance(detail, ContactDetail) else ()
        namesakes = ids if isinstance(detail, DuplicateDisplayName) else ()
        searches = [each for contact in contacts for each in _customer_searches(contact, company)]
        rows = self.quickbooks.where_in("Customer", "Id", ids)
        for attempt in (searches, _respelled(searches)):
            rows += _flat(self.quickbooks.resembling(attempt))
            customers = [parse.customer(row) for row in rows]
            fitting = in_currency(customers, self.invoice.currency)
            active = [customer for customer in fitting if customer.active]
            likely = {
                each.id: each
                for contact in contacts
                for each in candidates.rank_customers(contact, company, active, namesakes)
            }
            if likely:
                return sorted(likely.values(), key=lambda each: -each.score)
        return []

    def _item_candidates(self) -> list[Candidate]:
        line = self._failure.detail
        if not isinstance(line, ItemDetail):
            return []
        ids = line.item_ids if isinstance(line, ItemAmbiguous) else ()
        known = [parse.item(row) for row in self.quickbooks.where_in("Item", "Id", ids)]
        searches = _item_searches(line.sku, line.name)
        for attempt in (searches, _respelled(searches)):
            items = known + [parse.item(row) for row in _flat(self.quickbooks.resembling(attempt))]
            usable = [item for item in items if item.usable]
            likely = candidates.rank_items(line.sku, line.name, usable)
            if likely:
                return likely
        return []


# The resolutions that need nothing from either system.
WITHOUT_READING: Mapping[ResolutionName, Callable[[Record], Choice]] = {
    "bring_in": choices.bring_in,
    "stop_syncing": choices.stop_syncing,
    "resume_syncing": choices.resume_syncing,
    "let_quickbooks_number": choices.let_quickbooks_number,
    "create_anyway": choices.create_anyway,
    "rate_is_one": money_choices.rate_is_one,
    "settle_payment": money_choices.settle_payment,
    "record_payment": money_choices.record_payment,
    "keep_customer": choices.keep_customer,
}
_AFTER_READING: Mapping[ResolutionName, Callable[[Question], Choice | Refusal]] = {
    "use_customer": Question._use_customer,
    "move_to_customer": Question._move_to_customer,
    "create_customer": Question._create_customer,
    "next_free_name": Question._next_free_name,
    "sub_customer": Question._sub_customer,
    "use_item": Question._use_item,
    "service_date_from_billing_start": Question._service_date,
    "service_date_from_invoice_date": Question._service_date,
    "next_free_number": Question._next_free_number,
    "adopt": Question._adopt,
    "reapply_hubspot": Question._reapply_hubspot,
    "accept_quickbooks": Question._accept_quickbooks,
    "create_again": Question._create_again,
}


def _customer_searches(contact: Contact, company: Company | None) -> list[_Search]:
    company_name = company.name if company else contact.company_name
    company_parts = candidates.telling_parts(company_name)
    person_parts = candidates.telling_parts(contact.last_name)
    domain = candidates.company_domain(contact.email)
    email = f"@{domain}" if domain else contact.email
    searches = [("Customer", "PrimaryEmailAddr", email)] if email else []
    searches += [("Customer", "DisplayName", part) for part in (*company_parts, *person_parts)]
    searches += [("Customer", "CompanyName", part) for part in company_parts]
    return searches


def _item_searches(sku: str, name: str) -> list[_Search]:
    searches = [("Item", "Name", part) for part in candidates.telling_parts(name)]
    if len(sku) > 1:
        searches.append(("Item", "Sku", sku[:4]))
    return searches


def _respelled(searches: Iterable[_Search]) -> list[_Search]:
    return [
        (entity, field, spelling)
        for entity, field, text in searches
        for spelling in candidates.spellings(text)
    ]


def _flat(groups: Iterable[list[dict[str, object]]]) -> list[dict[str, object]]:
    return [row for group in groups for row in group]
