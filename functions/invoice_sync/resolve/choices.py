"""What a person may decide about an invoice that is not in step, and what that changes. Pure.

A decision never writes to QuickBooks by itself: it is kept, and the next look acts on it, with the
same guards as ever: a click does not write to a closed period or over a paid invoice either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from invoice_sync.failures import resolutions
from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ItemNotFound, Mismatch, ModifiedOutsideHubSpot
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import Customer, Item, Preferences, QuickBooksInvoice
from invoice_sync.model.record import CustomerChoice, Record
from invoice_sync.plan.compare import digest_as_seen
from invoice_sync.plan.customer import in_currency
from invoice_sync.plan.desired import DOCUMENT_NUMBER_LENGTH
from invoice_sync.plan.lines import earliest_billing_start
from invoice_sync.resolve.request import ResolveRequest

_NUMBERS_TRIED = 20


@dataclass(frozen=True)
class Refusal:
    """Why it cannot be done. `stale`: what was looked at has changed since."""

    words: str
    stale: bool = False


@dataclass(frozen=True)
class Choice:
    """What a decision changes. `words`: what will be done. `customer`: about the invoice's contact.
    `items`: by ("sku" | "name", casefolded value). All but `record` hold for other invoices too."""

    words: str
    record: Record
    customer: CustomerChoice | None = None
    items: Mapping[tuple[str, str], str] = field(default_factory=dict)
    settings: Settings | None = None

    @property
    def for_others_too(self) -> bool:
        return bool(self.customer or self.items or self.settings)


def offered(record: Record) -> tuple[str, ...]:
    """What may be decided about it now."""
    if record.choices.stopped:
        return ("resume_syncing",)
    if record.status == "failing" and record.failure:
        return resolutions.resolutions(record.failure)
    # Whoever chose the wrong one must be able to choose again.
    return ("use_customer",) if record.status == "synced" else ()


# -- the customer -------------------------------------------------------------------------


def use_customer(record: Record, invoice: Invoice, customer: Customer | None) -> Choice | Refusal:
    chosen = _fitting(invoice, customer)
    if isinstance(chosen, Refusal):
        return chosen
    words = (
        f'Invoices of this contact go to the QuickBooks customer "{chosen.display_name}" from now'
        " on, also when an e-mail changes."
    )
    return Choice(words, record, customer=CustomerChoice(customer_id=chosen.id))


def create_customer(record: Record, invoice: Invoice) -> Choice | Refusal:
    if invoice.contact is None:
        return _NO_CONTACT
    words = "A QuickBooks customer is created for this contact."
    return Choice(words, record, customer=CustomerChoice())


def next_free_name(record: Record, invoice: Invoice) -> Choice | Refusal:
    if invoice.contact is None:
        return _NO_CONTACT
    words = "A QuickBooks customer is created for this contact, with a number behind its name."
    return Choice(words, record, customer=CustomerChoice(numbered=True))


def sub_customer(record: Record, invoice: Invoice, parent: Customer | None) -> Choice | Refusal:
    above = _fitting(invoice, parent)
    if isinstance(above, Refusal):
        return above
    words = f'A QuickBooks customer is created for this contact, below "{above.display_name}".'
    choice = CustomerChoice(numbered=True, parent_id=above.id)
    return Choice(words, record, customer=choice)


_NO_CONTACT = Refusal("The invoice has no contact: give it one in HubSpot.")


def _fitting(invoice: Invoice, customer: Customer | None) -> Customer | Refusal:
    if invoice.contact is None:
        return _NO_CONTACT
    if customer is None or not customer.active:
        return Refusal("QuickBooks has no active customer with that id.")
    if not in_currency([customer], invoice.currency):
        return Refusal(
            f"The invoice is in {invoice.currency}, that customer in {customer.currency}."
        )
    return customer


# -- lines --------------------------------------------------------------------------------


def use_item(record: Record, failure: Failure, item: Item | None) -> Choice | Refusal:
    line = failure.detail
    if not isinstance(line, ItemNotFound) or not line.item:
        return Refusal("The line has neither SKU nor name to know it by: give it one in HubSpot.")
    if item is None or not item.usable:
        return Refusal("QuickBooks has no active product or service with that id.")
    kind, shown = ("sku", "SKU") if line.sku else ("name", "name")
    words = f'Lines with the {shown} "{line.item}" get the item "{item.name}".'
    return Choice(words, record, items={(kind, line.item.casefold()): item.id})


def service_date(
    record: Record, invoice: Invoice, settings: Settings, asked: ResolveRequest
) -> Choice | Refusal:
    from_start = asked.resolution == "service_date_from_billing_start"
    start = earliest_billing_start(invoice)
    if from_start and start is None:
        return Refusal("No line of the invoice has a billing start.")
    source = "earliest_billing_start" if from_start else "invoice_date"
    day = start if from_start else invoice.invoice_date
    words = f"Lines without a billing start get the service date {day}."
    changed = _with(record, service_date=source)
    if not asked.always:
        return Choice(words, changed)
    words += " So do all invoices from now on."
    return Choice(words, changed, settings=settings.model_copy(update={"service_date": source}))


# -- numbers, and what is there already ---------------------------------------------------


def numbers_to_try(number: str) -> list[str]:
    """Of which the first free one is taken. Empty when there is no room for a suffix."""
    every = [f"{number}-{suffix}" for suffix in range(1, _NUMBERS_TRIED + 1)] if number else []
    return [one for one in every if len(one) <= DOCUMENT_NUMBER_LENGTH]


def next_free_number(record: Record, number: str, taken: Sequence[str]) -> Choice | Refusal:
    folded = {one.casefold() for one in taken}
    free = next((one for one in numbers_to_try(number) if one.casefold() not in folded), "")
    if not free:
        return Refusal(f'No free number that begins with "{number}" has at most 21 characters.')
    words = f'The invoice gets the number "{free}" in QuickBooks; in HubSpot it keeps its own.'
    return Choice(words, _with(record, number=free, quickbooks_number=False))


def let_quickbooks_number(record: Record) -> Choice:
    words = "QuickBooks gives the invoice its next number; in HubSpot it keeps its own."
    return Choice(words, _with(record, number="", quickbooks_number=True))


def adopt(
    record: Record, posted: QuickBooksInvoice | None, obstacles: Sequence[Mismatch]
) -> Choice | Refusal:
    """`obstacles`: in what it is not the same invoice."""
    if posted is None:
        return Refusal("That QuickBooks invoice is not there any more. Retry.", stale=True)
    if obstacles:
        special = {
            "taken": "it belongs to another HubSpot invoice",
            "voided": "it is voided",
        }
        found = [special.get(str(one), f"it has another {one}") for one in obstacles]
        return Refusal(f"It is not the same invoice: {', '.join(found)}.")
    words = f'The QuickBooks invoice "{posted.number or posted.id}" is this one; it stays as it is.'
    return Choice(words, _with(record, adopt=posted.id))


def create_anyway(record: Record) -> Choice:
    words = "The invoice is created in QuickBooks beside the one that is there."
    return Choice(words, _with(record, create_anyway=True))


# -- changed in QuickBooks ----------------------------------------------------------------


def reapply_hubspot(
    record: Record,
    failure: Failure,
    existing: QuickBooksInvoice | None,
    invoice_date: date | None,
    preferences: Preferences,
) -> Choice | Refusal:
    shown = _as_shown(failure, existing)
    if isinstance(shown, Refusal):
        return shown
    if shown.has_payments:
        return Refusal("QuickBooks has payments on the invoice. We never change what is paid.")
    days = [day for day in (shown.invoice_date, invoice_date) if day]
    closed = preferences.book_close_date
    if closed and any(day <= closed for day in days):
        return Refusal(f"The books are closed up to {closed}. We never write to a closed period.")
    words = "The QuickBooks invoice is written over with what HubSpot says."
    return Choice(words, _with(record, overwrite=digest_as_seen(shown)))


def accept_quickbooks(
    record: Record, failure: Failure, existing: QuickBooksInvoice | None
) -> Choice | Refusal:
    shown = _as_shown(failure, existing)
    if isinstance(shown, Refusal):
        return shown
    words = (
        "The QuickBooks invoice stays as it is and counts as in step, until one of the two changes"
        " again. HubSpot's invoice is not changed."
    )
    return Choice(words, _with(record, accept=digest_as_seen(shown)))


def create_again(
    record: Record, existing: QuickBooksInvoice | None, number: str, taken: Sequence[str]
) -> Choice | Refusal:
    """`number`: what the new one should have."""
    if existing is not None and not existing.voided:
        return Refusal("The QuickBooks invoice is there and not voided. Retry.", stale=True)
    anew: dict[str, object] = {
        "quickbooks_id": "",
        "fingerprint": "",
        "written": None,
        "sent": None,
        "accepted": "",
        "former_ids": (*record.former_ids, record.quickbooks_id),
    }
    begun = record.model_copy(update=anew)
    words = "The invoice is created in QuickBooks once more."
    # A voided invoice keeps its number.
    if existing is None or not number or existing.number.casefold() != number.casefold():
        return Choice(words, begun)
    numbered = next_free_number(begun, number, taken)
    if isinstance(numbered, Refusal):
        return numbered
    return Choice(f"{words} {numbered.words}", numbered.record)


def _as_shown(failure: Failure, existing: QuickBooksInvoice | None) -> QuickBooksInvoice | Refusal:
    """Only of what the person has seen may be decided."""
    detail = failure.detail
    shown = detail.seen_digest if isinstance(detail, ModifiedOutsideHubSpot) else ""
    if existing is None or existing.voided or digest_as_seen(existing) != shown:
        return Refusal(
            "The QuickBooks invoice has changed again since: look at the new differences first.",
            stale=True,
        )
    return existing


# -- whether it is synced at all ----------------------------------------------------------


def stop_syncing(record: Record) -> Choice:
    words = "The invoice is not synced any more, whatever becomes of it in HubSpot or QuickBooks."
    return Choice(words, _with(record, stopped=True))


def resume_syncing(record: Record) -> Choice:
    return Choice("The invoice is synced again.", _with(record, stopped=False))


def _with(record: Record, **choices: object) -> Record:
    return record.model_copy(update={"choices": record.choices.model_copy(update=choices)})
