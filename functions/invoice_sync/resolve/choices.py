"""What a person may decide about an invoice that is not in step, and what that changes. Pure.

A decision never writes to QuickBooks by itself. It is kept, and the next sync acts on it with the
same guards as ever: not even a click writes to a closed period or over a paid invoice. There is one
function for each resolution of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from invoice_sync.model.connection import Settings
from invoice_sync.model.detail import ItemDetail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CurrencyMismatch,
    CustomerDiffers,
    ItemAmbiguous,
    Mismatch,
    ModifiedOutsideHubSpot,
    PaymentNotRecorded,
)
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.limits import fits
from invoice_sync.model.quickbooks import Customer, Item, Preferences, QuickBooksInvoice
from invoice_sync.model.record import CustomerChoice, Record
from invoice_sync.plan.compare import digest_as_seen
from invoice_sync.plan.identity import kept_for
from invoice_sync.plan.lines import earliest_billing_start, item_names
from invoice_sync.plan.numbers import folded_number, with_number
from invoice_sync.plan.payer import in_currency
from invoice_sync.plan.rates import RateKey

_NUMBERS_TRIED = 20


@dataclass(frozen=True)
class Refusal:
    """A decision that cannot be carried out."""

    # Why not, for the person who asked.
    words: str
    # The invoice has changed since that person looked at it.
    stale: bool = False


@dataclass(frozen=True)
class Choice:
    """What a decision changes. All but `record` holds for other invoices too."""

    # What will be done, for the person who decides.
    words: str
    record: Record
    # The customer of the invoice's contact.
    customer: CustomerChoice | None = None
    # Item ids by ("sku" | "name", casefolded value).
    items: Mapping[tuple[str, str], str] = field(default_factory=dict)
    settings: Settings | None = None
    # The currencies and days for which the exchange rate of 1 is right.
    at_par: frozenset[RateKey] = frozenset()

    @property
    def for_others_too(self) -> bool:
        return bool(self.customer or self.items or self.settings or self.at_par)


# -- the customer -------------------------------------------------------------------------


def use_customer(record: Record, invoice: Invoice, customer: Customer | None) -> Choice | Refusal:
    chosen = _fitting(invoice, customer)
    if isinstance(chosen, Refusal):
        return chosen
    words = (
        f'Invoices of this contact go to the QuickBooks customer "{chosen.display_name}" from now'
        " on, even if an email changes."
    )
    contact_id = invoice.contact.id if invoice.contact else ""
    # Of an invoice that is written, the choice is a decision about that one too.
    moved = (
        kept_for(record, contact_id, chosen.id)
        if record.quickbooks_id or record.identity
        else record
    )
    return Choice(words, moved, customer=CustomerChoice(customer_id=chosen.id))


def move_to_customer(
    record: Record, failure: Failure, customer: Customer | None
) -> Choice | Refusal:
    detail = failure.detail
    if not isinstance(detail, CustomerDiffers) or customer is None or not customer.active:
        return Refusal("QuickBooks no longer has that customer. Retry.", stale=True)
    words = f'The invoice moves to the QuickBooks customer "{customer.display_name}".'
    return Choice(words, kept_for(record, detail.contact_id, customer.id))


def keep_customer(record: Record) -> Choice:
    detail = record.failure.detail if record.failure else None
    contact_id = detail.contact_id if isinstance(detail, CustomerDiffers) else ""
    words = "The invoice stays with its QuickBooks customer."
    return Choice(words, kept_for(record, contact_id))


def create_customer(record: Record, invoice: Invoice) -> Choice | Refusal:
    if invoice.contact is None:
        return _NO_CONTACT
    words = "A QuickBooks customer is created for this contact."
    return Choice(words, record, customer=CustomerChoice())


def next_free_name(record: Record, invoice: Invoice) -> Choice | Refusal:
    if invoice.contact is None:
        return _NO_CONTACT
    words = "A QuickBooks customer is created for this contact, with a number after its name."
    return Choice(words, record, customer=CustomerChoice(numbered=True))


def sub_customer(record: Record, invoice: Invoice, parent: Customer | None) -> Choice | Refusal:
    chosen = _fitting(invoice, parent)
    if isinstance(chosen, Refusal):
        return chosen
    words = f'A QuickBooks customer is created for this contact, below "{chosen.display_name}".'
    choice = CustomerChoice(numbered=True, parent_id=chosen.id)
    return Choice(words, record, customer=choice)


_NO_CONTACT = Refusal("The invoice has no contact: give it one in HubSpot.")


def _fitting(invoice: Invoice, customer: Customer | None) -> Customer | Refusal:
    """Return the customer, if the invoice can go to it."""
    if invoice.contact is None and not invoice.payers:
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
    if not isinstance(line, ItemDetail) or not line.item:
        return Refusal("The line has no SKU and no name: give it one in HubSpot.")
    if item is None or not item.usable:
        return Refusal("QuickBooks has no active product or service with that id.")
    names = item_names(line.sku, line.name)
    if isinstance(line, ItemAmbiguous) and names[0][0] == "both":
        words = f'Lines with the SKU "{line.sku}" and the name "{line.name}" get the item'
        return Choice(f'{words} "{item.name}".', record, items={names[0]: item.id})
    chosen = next(name for name in names if name[0] != "both")
    shown = "SKU" if line.sku else "name"
    words = f'Lines with the {shown} "{line.item}" get the item "{item.name}".'
    return Choice(words, record, items={chosen: item.id})


def service_date(
    record: Record,
    invoice: Invoice,
    settings: Settings,
    source: Literal["earliest_billing_start", "invoice_date"],
    *,
    always: bool,
) -> Choice | Refusal:
    """`always`: make it the connection's setting."""
    from_start = source == "earliest_billing_start"
    day = earliest_billing_start(invoice) if from_start else invoice.invoice_date
    if day is None:
        return Refusal("No line of the invoice has a billing start.")
    words = f"Lines without a billing start get the service date {day}."
    changed = _with(record, service_date=source)
    if not always:
        return Choice(words, changed)
    words += " All invoices do so from now on."
    return Choice(words, changed, settings=settings.model_copy(update={"service_date": source}))


# -- numbers, and what is there already ---------------------------------------------------


def numbers_to_try(number: str) -> list[str]:
    """Return the numbers of which the first free one is taken; none if there is no room for a
    suffix."""
    if not number:
        return []
    numbers = [f"{number}-{suffix}" for suffix in range(1, _NUMBERS_TRIED + 1)]
    return [numbered for numbered in numbers if fits(numbered, "Invoice.DocNumber")]


def next_free_number(record: Record, number: str, taken: Sequence[str]) -> Choice | Refusal:
    folded = {folded_number(other) for other in taken}
    numbers = numbers_to_try(number)
    free = next((other for other in numbers if folded_number(other) not in folded), "")
    if not free:
        return Refusal(f'No free number that begins with "{number}" has at most 21 characters.')
    words = f'The invoice gets the number "{free}" in QuickBooks; in HubSpot it keeps its own.'
    return Choice(words, _with(record, number=free, quickbooks_number=False))


def let_quickbooks_number(record: Record) -> Choice:
    words = "QuickBooks gives the invoice its next number; in HubSpot it keeps its own."
    return Choice(words, _with(record, number="", quickbooks_number=True))


def adopt(
    record: Record, existing: QuickBooksInvoice | None, obstacles: Sequence[Mismatch]
) -> Choice | Refusal:
    """`obstacles`: the ways in which it is not the same invoice."""
    if existing is None:
        return Refusal("That QuickBooks invoice no longer exists. Retry.", stale=True)
    if obstacles:
        reasons = ", ".join(_obstacle_words(obstacle) for obstacle in obstacles)
        return Refusal(f"It is not the same invoice: {reasons}.")
    name = existing.number or existing.id
    words = f'The QuickBooks invoice "{name}" is taken for this one, and stays as it is.'
    return Choice(words, _with(record, adopt=existing.id))


def _obstacle_words(obstacle: Mismatch) -> str:
    match obstacle:
        case "taken" | "invoice":
            return "it belongs to another HubSpot invoice"
        case "voided":
            return "it is voided"
    return f"it has another {obstacle}"


def create_anyway(record: Record) -> Choice:
    words = "The invoice is created in QuickBooks beside the existing one."
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
        return Refusal(
            "QuickBooks has payments on the invoice. This app never changes what has been paid."
        )
    days = [day for day in (shown.invoice_date, invoice_date) if day]
    closed = preferences.book_close_date
    if closed and any(day <= closed for day in days):
        return Refusal(
            f"The books are closed up to {closed}. This app never writes to a closed period."
        )
    words = "HubSpot's version replaces what was changed in QuickBooks."
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
    """`number`: the one that the new invoice should have. `taken`: numbers of other invoices."""
    if existing is not None and not existing.voided:
        return Refusal("QuickBooks has the invoice, and it is not voided. Retry.", stale=True)
    start: dict[str, object] = {
        "quickbooks_id": "",
        "fingerprint": "",
        "written": None,
        "sent": None,
        "accepted": "",
        "former_ids": (*record.former_ids, record.quickbooks_id),
    }
    anew = record.model_copy(update=start)
    words = "The invoice is created in QuickBooks again."
    # A voided invoice keeps its number.
    if existing is None or not with_number(number, [existing]):
        return Choice(words, anew)
    numbered = next_free_number(anew, number, taken)
    if isinstance(numbered, Refusal):
        return numbered
    return Choice(f"{words} {numbered.words}", numbered.record)


def _as_shown(failure: Failure, existing: QuickBooksInvoice | None) -> QuickBooksInvoice | Refusal:
    """Return the QuickBooks invoice, if it still is as the person saw it."""
    detail = failure.detail
    seen = detail.seen_digest if isinstance(detail, ModifiedOutsideHubSpot) else ""
    if existing is None or existing.voided or digest_as_seen(existing) != seen:
        return Refusal(
            "The QuickBooks invoice has changed again since you looked at it. Look at the new"
            " differences first.",
            stale=True,
        )
    return existing


# -- exchange rates -----------------------------------------------------------------------


def rate_is_one(record: Record) -> Choice:
    match record.failure and record.failure.detail:
        case CurrencyMismatch(currency=currency, day=date() as day):
            pass
        case PaymentNotRecorded(currency=currency, paid_on=date() as day):
            pass
        case _:
            raise ValueError("the resolution is on offer only for a day without a rate")
    words = f"On {day.isoformat()}, 1 {currency} is booked as 1 of QuickBooks' home currency."
    return Choice(words, record, at_par=frozenset({(currency, day)}))


# -- payments -----------------------------------------------------------------------------


def settle_payment(record: Record) -> Choice:
    settled = (*record.choices.settled_payments, *_payment_in_question(record))
    words = "The payment counts as recorded. Nothing is changed in QuickBooks or HubSpot."
    if record.choices.stopped:
        words = words.replace("The payment counts", "All payments of the invoice count")
    return Choice(words, _with(record, settled_payments=settled))


def record_payment(record: Record) -> Choice:
    insisted = (*record.choices.insisted_payments, *_payment_in_question(record))
    words = (
        "The payment is recorded in QuickBooks. What does not fit on its invoices stays on the"
        " customer's account."
    )
    return Choice(words, _with(record, insisted_payments=insisted))


def _payment_in_question(record: Record) -> tuple[str, ...]:
    """Return the id of the HubSpot payment that the record fails for, or of all that are listed
    for an invoice that somebody stopped."""
    if record.choices.stopped:
        return tuple(state.id for state in record.payments if state.missing)
    detail = record.failure.detail if record.failure else None
    return (detail.payment_id,) if isinstance(detail, PaymentNotRecorded) else ()


# -- whether it is synced at all ----------------------------------------------------------


def bring_in(record: Record) -> Choice:
    words = (
        "The invoice is synced from now on, though it is from before the connection began, unless"
        " QuickBooks has it already under another number."
    )
    return Choice(words, _with(record, brought_in=True))


def stop_syncing(record: Record) -> Choice:
    words = "The invoice is no longer synced, whatever happens to it in HubSpot or QuickBooks."
    return Choice(words, _with(record, stopped=True))


def resume_syncing(record: Record) -> Choice:
    return Choice("The invoice is synced again.", _with(record, stopped=False))


def _with(record: Record, **choices: object) -> Record:
    return record.model_copy(update={"choices": record.choices.model_copy(update=choices)})
