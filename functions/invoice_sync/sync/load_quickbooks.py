"""Observe, second half: what QuickBooks has, read only as far as it is not remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import Customer, Preferences, QuickBooksInvoice, TaxCode
from invoice_sync.model.record import CustomerChoice, Intent
from invoice_sync.plan.customer import in_currency
from invoice_sync.plan.ours import is_ours, taken_over
from invoice_sync.plan.plans import ObservedQuickBooks
from invoice_sync.quickbooks import parse
from invoice_sync.runtime.parallel import together
from invoice_sync.sync import remembered
from invoice_sync.sync.batch import Batch, Observation, Trouble
from invoice_sync.sync.remembered import ItemName, RememberedKey

# QuickBooks' queries may lag behind its writes: a creation of unknown outcome that cannot be
# found is not sent again before this.
QUERY_LAG = timedelta(seconds=30)
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class _Realm:
    """The realm's settings, and where it is abroad, the tax codes that our settings name."""

    preferences: Preferences
    tax_codes: Mapping[str, TaxCode]


@dataclass(frozen=True)
class CustomerMatch:
    """The QuickBooks customers that match a contact, and what a person decided about them."""

    customers: tuple[Customer, ...] = ()
    choice: CustomerChoice | None = None


@dataclass(frozen=True)
class _Items:
    """The ids of items by name, and of those the ones that a person chose."""

    ids: Mapping[ItemName, str]
    chosen: Mapping[ItemName, str]


def load(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Read all that is needed to plan these invoices, side by side.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    written = [each.record.quickbooks_id for each in observations if each.task.must_read]
    realm, matches, items, unanswered, existing = together(
        partial(_read_realm, batch, observations),
        partial(_read_customers, batch, observations),
        partial(_read_items, batch, observations),
        partial(_look_up_unanswered, batch, observations),
        partial(read_invoices, batch, written),
    )
    loaded = []
    for before in observations:
        match = matches[before.task.invoice_id]
        side = ObservedQuickBooks(
            preferences=realm.preferences,
            customers=match.customers,
            choice=match.choice,
            items=items.ids,
            tax_codes=realm.tax_codes,
            existing=existing.get(before.record.quickbooks_id),
            existing_was_read=before.task.must_read,
        )
        observed = replace(before, quickbooks=side, chosen_items=items.chosen)
        loaded.append(_with_answer(observed, unanswered.get(before.task.invoice_id)))
    return loaded


def load_existing(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Read the QuickBooks invoices of these, in one call for all. Raises as `load` does."""
    existing = read_invoices(batch, [each.record.quickbooks_id for each in observations])
    return [_with_existing(each, existing.get(each.record.quickbooks_id)) for each in observations]


def read_invoices(batch: Batch, quickbooks_ids: Iterable[str]) -> dict[str, QuickBooksInvoice]:
    """Return the QuickBooks invoices by id, without those that are gone. Raises as `load` does."""
    rows = batch.quickbooks.where_in("Invoice", "Id", {*quickbooks_ids} - {""})
    return {row["Id"]: parse.invoice(row) for row in rows}


def _with_existing(observation: Observation, existing: QuickBooksInvoice | None) -> Observation:
    side = replace(observation.quickbooks, existing=existing, existing_was_read=True)
    return replace(observation, task=replace(observation.task, must_read=True), quickbooks=side)


# -- the realm's settings


def _read_realm(batch: Batch, observations: Sequence[Observation]) -> _Realm:
    recalled = batch.memory.recall([remembered.PREFERENCES, remembered.COUNTRY])
    # Whoever clicks on retry has often just changed a setting.
    asked = any(
        each.task.hint.trigger == "retry" and each.task.before.status == "failing"
        for each in observations
    )
    country = recalled.get(remembered.COUNTRY)
    if country is None:
        country = parse.country(batch.quickbooks.company_info())
        batch.memory.keep({remembered.COUNTRY: country}, remembered.COUNTRY_KEPT)
    if remembered.PREFERENCES in recalled and not asked:
        preferences = Preferences.model_validate(recalled[remembered.PREFERENCES])
    else:
        preferences = parse.preferences(batch.quickbooks.preferences())
        data = preferences.model_dump(mode="json", by_alias=True)
        batch.memory.keep({remembered.PREFERENCES: data}, remembered.PREFERENCES_KEPT)
    preferences = preferences.model_copy(update={"country": country})
    if not (preferences.abroad and preferences.sales_tax):
        return _Realm(preferences, {})
    # Once in a batch is enough.
    already_read = any(each.quickbooks.tax_codes for each in observations)
    return _Realm(preferences, _read_tax_codes(batch, fresh=asked and not already_read))


def _read_tax_codes(batch: Batch, *, fresh: bool) -> dict[str, TaxCode]:
    """Return the tax codes that the settings name, with their rates: two reads a day, and at a
    retry. `fresh`: what is remembered does not count."""
    settings = batch.connection.settings
    named = {settings.tax_code_id, settings.untaxed_code_id, *settings.tax_codes.values()} - {""}
    recalled = {} if fresh else batch.memory.recall(map(remembered.tax_code, named))
    codes = {
        code_id: TaxCode.model_validate(recalled[remembered.tax_code(code_id)])
        for code_id in named
        if remembered.tax_code(code_id) in recalled
    }
    rows = batch.quickbooks.where_in("TaxCode", "Id", named - codes.keys())
    rate_ids = {rate_id for row in rows for rate_id in parse.rate_ids(row)}
    rates = {row["Id"]: row for row in batch.quickbooks.where_in("TaxRate", "Id", rate_ids)}
    read = [parse.tax_code(row, rates) for row in rows if rates.keys() >= set(parse.rate_ids(row))]
    data = {
        remembered.tax_code(code.id): code.model_dump(mode="json", by_alias=True) for code in read
    }
    batch.memory.keep(data, remembered.TAX_CODES_KEPT)
    return codes | {code.id: code for code in read}


# -- customers


def _read_customers(batch: Batch, observations: Sequence[Observation]) -> dict[str, CustomerMatch]:
    """Return the match of each invoice's contact, by invoice id: as a person chose, else by saved
    link, else by email. All are remembered, so a known customer costs no read."""
    portal_id = batch.connection.portal_id
    keys: list[RememberedKey | None] = []
    invoices = {each.task.invoice_id: each.invoice for each in observations if each.invoice}
    for invoice in invoices.values():
        keys += [
            remembered.customer_choice(portal_id, invoice),
            remembered.customer_link(portal_id, invoice),
            remembered.customer_email(invoice),
        ]
    recalled = batch.memory.recall(dict.fromkeys(key for key in keys if key))
    choices = {
        invoice_id: _choice(batch, invoice, recalled) for invoice_id, invoice in invoices.items()
    }
    ids = {
        invoice_id: _known_customer_id(portal_id, invoice, choices[invoice_id], recalled)
        for invoice_id, invoice in invoices.items()
    }
    unknown = [invoice for invoice_id, invoice in invoices.items() if not ids[invoice_id]]
    by_email = _customers_by_email(batch, unknown)
    matches = {}
    for invoice_id, invoice in invoices.items():
        customers = by_email.get(remembered.contact_email(invoice), ())
        if customer_id := ids[invoice_id]:
            # It was matched, or made, for this currency: both keys name it.
            customers = (Customer(id=customer_id, display_name="", currency=invoice.currency),)
        matches[invoice_id] = CustomerMatch(customers, choices[invoice_id])
    return matches


def _choice(batch: Batch, invoice: Invoice, recalled: Mapping[str, Any]) -> CustomerChoice | None:
    key = remembered.customer_choice(batch.connection.portal_id, invoice)
    if batch.assumptions.customer or key is None or key not in recalled:
        return batch.assumptions.customer
    return CustomerChoice.model_validate(recalled[key])


def _known_customer_id(
    portal_id: str,
    invoice: Invoice,
    choice: CustomerChoice | None,
    recalled: Mapping[str, Any],
) -> str:
    """Return the customer's id if no read is needed for it; else empty."""
    if choice and choice.customer_id:
        return choice.customer_id
    keys = [remembered.customer_link(portal_id, invoice), remembered.customer_email(invoice)]
    return next((str(recalled[key]) for key in keys if key and key in recalled), "")


def _customers_by_email(
    batch: Batch, invoices: Iterable[Invoice]
) -> dict[str, tuple[Customer, ...]]:
    """Return the customers with the email of an invoice's contact, by that email, casefolded."""
    emails = {remembered.contact_email(invoice) for invoice in invoices} - {""}
    rows = batch.quickbooks.where_in("Customer", "PrimaryEmailAddr", emails) if emails else []
    customers: dict[str, tuple[Customer, ...]] = {}
    for row in rows:
        customer = parse.customer(row)
        email = customer.email.casefold()
        customers[email] = (*customers.get(email, ()), customer)
    # Only unambiguous ones: who shares an email with another has to be told apart.
    unambiguous = {
        key: fitting[0].id
        for invoice in invoices
        if (key := remembered.customer_email(invoice))
        and len(
            fitting := in_currency(
                customers.get(remembered.contact_email(invoice), ()), invoice.currency
            )
        )
        == 1
    }
    batch.memory.keep(unambiguous, remembered.EMAILS_KEPT)
    return customers


# -- items


def _read_items(batch: Batch, observations: Sequence[Observation]) -> _Items:
    """Return the items of all lines and fees: by SKU, and by name where there is no SKU to find
    the item by."""
    keys = {remembered.item(name): name for name in _item_names(observations)}
    choice_keys = {remembered.item_choice(name): name for name in keys.values()}
    recalled = batch.memory.recall([*keys, *choice_keys])
    chosen = {choice_keys[key]: recalled[key] for key in choice_keys.keys() & recalled.keys()}
    chosen |= batch.assumptions.items
    ids = {keys[key]: recalled[key] for key in keys.keys() & recalled.keys()} | chosen
    fresh: dict[ItemName, str] = {}
    for field, values in _items_to_read(batch, observations, ids).items():
        kind = field.lower()
        names = {*ids, *fresh}
        missing = {value for value in values if (kind, value.casefold()) not in names}
        for row in batch.quickbooks.where_in("Item", field, missing):
            if parse.item(row).usable:
                fresh[kind, str(row.get(field, "")).casefold()] = row["Id"]
    batch.memory.keep(
        {remembered.item(name): item_id for name, item_id in fresh.items()}, remembered.ITEMS_KEPT
    )
    return _Items(ids | fresh, chosen)


def _item_names(observations: Sequence[Observation]) -> set[ItemName]:
    """Return all names that lines and fees have for their items."""
    invoices = [each.invoice for each in observations if each.invoice]
    lines = [line for invoice in invoices for line in invoice.lines]
    labels = {fee.label for invoice in invoices for fee in invoice.fees}
    by_sku = {("sku", line.sku.casefold()) for line in lines if line.sku}
    by_name = {line.name for line in lines} | labels
    return by_sku | {("name", name.casefold()) for name in by_name if name}


def _items_to_read(
    batch: Batch, observations: Sequence[Observation], ids: Mapping[ItemName, str]
) -> dict[str, set[str]]:
    """Return the values to look for, by QuickBooks' field. A name is needed for a line whose SKU
    is not known yet, and for a fee unless the settings name an item for fees."""
    invoices = [each.invoice for each in observations if each.invoice]
    lines = [line for invoice in invoices for line in invoice.lines]
    unknown = [line for line in lines if ("sku", line.sku.casefold()) not in ids]
    labels = {fee.label for invoice in invoices for fee in invoice.fees}
    if batch.connection.settings.fee_item_id:
        labels = set()
    return {
        "Sku": {line.sku for line in unknown if line.sku},
        "Name": ({line.name for line in unknown} | labels) - {""},
    }


# -- creations whose answer was lost


def _look_up_unanswered(
    batch: Batch, observations: Sequence[Observation]
) -> dict[str, QuickBooksInvoice | Trouble]:
    """Find creations whose answer was lost, but which may have taken effect: by number and our
    marker, or by time and our marker.

    Returns the QuickBooks invoice by invoice id, or the trouble for one that cannot be found yet.
    """
    open_intents = {
        each.task.invoice_id: (each, each.record.intent)
        for each in observations
        if each.record.intent and not each.record.quickbooks_id
    }
    answers: dict[str, QuickBooksInvoice | Trouble] = {}
    numbers = {intent.number for _, intent in open_intents.values()} - {""}
    if numbers:
        rows = batch.quickbooks.where_in("Invoice", "DocNumber", numbers)
        answers |= _ours_among(rows, [each for each, _ in open_intents.values()])
    missing = [pair for invoice_id, pair in open_intents.items() if invoice_id not in answers]
    if missing:
        since = min(intent.first_sent_at for _, intent in missing)
        rows = batch.quickbooks.invoices_created_since(since - _CLOCK_SKEW)
        answers |= _ours_among(rows, [each for each, _ in missing])
    for each, intent in missing:
        left = _lag_left(intent, batch.clock())
        if each.task.invoice_id not in answers and left > timedelta():
            trouble = Trouble("QuickBooks", seconds=left.total_seconds() + 1)
            answers[each.task.invoice_id] = trouble
    return answers


def _ours_among(
    rows: Iterable[Mapping[str, Any]], observations: Sequence[Observation]
) -> dict[str, QuickBooksInvoice]:
    invoices = [parse.invoice(row) for row in rows]
    ours = {}
    for each in observations:
        match = next((invoice for invoice in invoices if is_ours(each.record, invoice)), None)
        if match is not None:
            ours[each.task.invoice_id] = match
    return ours


def _lag_left(intent: Intent, now: datetime) -> timedelta:
    """Return the time for which a query may not show what the intent has made."""
    return QUERY_LAG - (now - intent.last_sent_at)


def _with_answer(
    observation: Observation, answer: QuickBooksInvoice | Trouble | None
) -> Observation:
    if answer is None:
        return observation
    if isinstance(answer, Trouble):
        return replace(observation, obstacle=answer)
    task = observation.task.taken_over(taken_over(observation.record, answer))
    return _with_existing(replace(observation, task=task), answer)
