"""What a person may decide about an invoice that is not in step, and what that changes. Pure.

A decision never writes to QuickBooks by itself. It is kept, and the next sync acts on it with the
same guards as ever: not even a click writes to a closed period or over a paid invoice. There is one
function for each resolution of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from invoice_sync.errors import ProblemCode
from invoice_sync.model.connection import Settings
from invoice_sync.model.detail import ItemDetail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CustomerDiffers,
    DuplicateDisplayName,
    ItemAmbiguous,
    Mismatch,
    ModifiedOutsideHubSpot,
)
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.limits import fits
from invoice_sync.model.money import in_words
from invoice_sync.model.quickbooks import Customer, Item, Preferences, QuickBooksInvoice
from invoice_sync.model.record import CustomerChoice, Record
from invoice_sync.plan.compare import digest_as_seen
from invoice_sync.plan.customer import numbered
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
    # `changed_meanwhile`: the invoice is not as that person saw it.
    code: ProblemCode = "not_possible"


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
        "This invoice, and all invoices of its contact from now on, will go to the QuickBooks"
        f' customer "{chosen.display_name}", even if an email changes.'
    )
    contact_id = invoice.contact.id if invoice.contact else ""
    # If the invoice is written, the choice is a decision about this invoice too.
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
        return Refusal("QuickBooks no longer has that customer. Retry.", code="changed_meanwhile")
    words = f'The invoice will be moved to the QuickBooks customer "{customer.display_name}".'
    return Choice(words, kept_for(record, detail.contact_id, customer.id))


def keep_customer(record: Record) -> Choice:
    detail = record.failure.detail if record.failure else None
    contact_id = detail.contact_id if isinstance(detail, CustomerDiffers) else ""
    words = "The invoice will stay with its QuickBooks customer."
    return Choice(words, kept_for(record, contact_id))


def create_customer(record: Record, invoice: Invoice) -> Choice | Refusal:
    if invoice.contact is None:
        return _NO_CONTACT
    words = "A new customer will be created in QuickBooks for this contact."
    return Choice(words, record, customer=CustomerChoice())


def next_free_name(record: Record, invoice: Invoice) -> Choice | Refusal:
    if invoice.contact is None:
        return _NO_CONTACT
    detail = record.failure.detail if record.failure else None
    if isinstance(detail, DuplicateDisplayName) and detail.name:
        words = (
            f'A new customer "{numbered(detail.name, 2)}" will be created in QuickBooks; if that'
            " name is taken, with the next free number."
        )
    else:
        words = "A new customer with a number after its name will be created in QuickBooks."
    return Choice(words, record, customer=CustomerChoice(numbered=True))


def sub_customer(record: Record, invoice: Invoice, parent: Customer | None) -> Choice | Refusal:
    chosen = _fitting(invoice, parent)
    if isinstance(chosen, Refusal):
        return chosen
    words = (
        "A new customer will be created in QuickBooks for this contact, below"
        f' "{chosen.display_name}".'
    )
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
        words = f'Lines with the SKU "{line.sku}" and the name "{line.name}" will use'
        return Choice(f'{words} the product "{item.name}".', record, items={names[0]: item.id})
    chosen = next(name for name in names if name[0] != "both")
    shown = "SKU" if line.sku else "name"
    words = f'Lines with the {shown} "{line.item}" will use the product "{item.name}".'
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
        return Refusal("No line of the invoice has a billing start date.")
    words = f"Lines without a billing start date will have the service date {day}."
    changed = with_choices(record, service_date=source)
    if not always:
        return Choice(words, changed)
    words += " The same will be done on all invoices from now on."
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
    words = f'The invoice will get the number "{free}" in QuickBooks and keep its own in HubSpot.'
    return Choice(words, with_choices(record, number=free, quickbooks_number=False))


def let_quickbooks_number(record: Record) -> Choice:
    words = "QuickBooks will give the invoice its next number. HubSpot will keep its own number."
    return Choice(words, with_choices(record, number="", quickbooks_number=True))


def adopt(
    record: Record, existing: QuickBooksInvoice | None, obstacles: Sequence[Mismatch]
) -> Choice | Refusal:
    """`obstacles`: the ways in which it is not the same invoice."""
    if existing is None:
        return Refusal("That QuickBooks invoice no longer exists. Retry.", code="changed_meanwhile")
    if obstacles:
        theirs = f"{in_words(existing.total, existing.currency)} {existing.currency}".strip()
        customer = f'"{existing.customer_name}", ' if existing.customer_name else ""
        return Refusal(
            f"These are different invoices: {_obstacle_words(obstacles)}. QuickBooks has {customer}"
            f"{theirs}, dated {existing.invoice_date}."
        )
    name = existing.number or existing.id
    words = f'The QuickBooks invoice "{name}" will be used for this one and will not be changed.'
    return Choice(words, with_choices(record, adopt=existing.id))


_NOT_FIELDS = ("taken", "invoice", "voided")


def _obstacle_words(obstacles: Sequence[Mismatch]) -> str:
    reasons = []
    if "taken" in obstacles or "invoice" in obstacles:
        reasons.append("the one in QuickBooks belongs to a different HubSpot invoice")
    if "voided" in obstacles:
        reasons.append("the one in QuickBooks is voided")
    fields = [str(each) for each in obstacles if each not in _NOT_FIELDS]
    if fields:
        *first, last = fields
        words = f"{', '.join(first)} and {last} don't" if first else f"{last} doesn't"
        reasons.append(f"{words} match")
    return "; ".join(reasons)


def create_anyway(record: Record) -> Choice:
    words = "The invoice will be created in QuickBooks, even if one like it is there."
    return Choice(words, with_choices(record, create_anyway=True))


# -- changed in QuickBooks ----------------------------------------------------------------


def reapply_hubspot(
    record: Record,
    failure: Failure,
    existing: QuickBooksInvoice | None,
    invoice: Invoice,
    preferences: Preferences,
) -> Choice | Refusal:
    shown = _as_shown(failure, existing)
    if isinstance(shown, Refusal):
        return shown
    if shown.has_payments:
        return Refusal(
            "QuickBooks has payments on the invoice. This app never changes what has been paid."
        )
    days = [day for day in (shown.invoice_date, invoice.invoice_date) if day]
    closed = preferences.book_close_date
    if closed and any(day <= closed for day in days):
        return Refusal(
            f"The books are closed up to {closed}. This app never writes to a closed period."
        )
    return Choice(_replacing(shown, invoice), with_choices(record, overwrite=digest_as_seen(shown)))


def _replacing(shown: QuickBooksInvoice, invoice: Invoice) -> str:
    if invoice.status == "voided":
        return "The invoice will be voided in QuickBooks, as it is in HubSpot."
    words = "HubSpot's version will replace the invoice in QuickBooks"
    if invoice.total is None or invoice.total == shown.total:
        return f"{words}."
    before, after = (in_words(each, invoice.currency) for each in (shown.total, invoice.total))
    return f"{words} ({before} becomes {after} {invoice.currency})."


def accept_quickbooks(
    record: Record, failure: Failure, existing: QuickBooksInvoice | None
) -> Choice | Refusal:
    shown = _as_shown(failure, existing)
    if isinstance(shown, Refusal):
        return shown
    words = (
        "Both invoices will stay as they are and will count as in sync, until one of them is"
        " changed again."
    )
    return Choice(words, with_choices(record, accept=digest_as_seen(shown)))


def create_again(
    record: Record, existing: QuickBooksInvoice | None, number: str, taken: Sequence[str]
) -> Choice | Refusal:
    """`number`: the one that the new invoice should have. `taken`: numbers of other invoices."""
    if existing is not None and not existing.voided:
        return Refusal(
            "QuickBooks has the invoice, and it is not voided. Retry.", code="changed_meanwhile"
        )
    start: dict[str, object] = {
        "quickbooks_id": "",
        "fingerprint": "",
        "written": None,
        "sent": None,
        "accepted": "",
        "former_ids": (*record.former_ids, record.quickbooks_id),
    }
    anew = record.model_copy(update=start)
    words = "The invoice will be created in QuickBooks again."
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
            "The QuickBooks invoice has changed again since you looked at it. Check the new"
            " differences first.",
            code="changed_meanwhile",
        )
    return existing


# -- whether it is synced at all ----------------------------------------------------------


def bring_in(record: Record) -> Choice:
    words = (
        "The invoice will be synced from now on, although it is older than this connection, unless"
        " QuickBooks has it already under a different number."
    )
    return Choice(words, with_choices(record, brought_in=True))


def stop_syncing(record: Record) -> Choice:
    if record.is_gone:
        words = "The invoice will not be created in QuickBooks again."
    elif record.was_written:
        words = (
            "QuickBooks will keep the invoice as it is now. Later changes and payments in HubSpot"
            " will not reach it."
        )
    else:
        words = "The invoice will not be created in QuickBooks."
    return Choice(words, with_choices(record, stopped=True))


def resume_syncing(record: Record) -> Choice:
    return Choice("The invoice will be synced again.", with_choices(record, stopped=False))


def with_choices(record: Record, **choices: object) -> Record:
    """Return the record with what was decided."""
    return record.model_copy(update={"choices": record.choices.model_copy(update=choices)})
