"""Observe, second half: what QuickBooks has, read only as far as it is not remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from invoice_sync.errors import FaultError
from invoice_sync.model.failure import Failure
from invoice_sync.model.quickbooks import Preferences, QuickBooksInvoice, TaxCode
from invoice_sync.plan.ours import is_ours, taken_over
from invoice_sync.plan.plans import ObservedQuickBooks
from invoice_sync.plan.rates import RateKey
from invoice_sync.quickbooks import parse
from invoice_sync.runtime.parallel import together
from invoice_sync.store.items import from_map
from invoice_sync.sync import forgotten, remembered, trouble
from invoice_sync.sync.batch import Batch, Observation, Trouble
from invoice_sync.sync.exchange_rates import key_for, read_rates
from invoice_sync.sync.load_customers import read_customers, with_names, with_successors
from invoice_sync.sync.load_items import read_items

# QuickBooks' queries may lag behind its writes: a creation of unknown outcome that cannot be
# found is not sent again before this.
QUERY_LAG = timedelta(seconds=30)
# One that is given up, or was one of a batch, has no second request with its requestid to meet it,
# should it take effect late. QuickBooks ends every request after two minutes (Intuit's page "API
# call limits and throttles").
_LATE_EFFECT = timedelta(minutes=3)
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class _Realm:
    """The realm's settings, and where they are needed, the tax codes that our settings name."""

    preferences: Preferences
    tax_codes: Mapping[str, TaxCode]


def load(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Read all that is needed to plan these invoices, side by side.

    What QuickBooks refuses to return is an obstacle to the invoices that need it, and to no others.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    written = [each.record.quickbooks_id for each in observations if each.task.must_read]
    realm, matches, items, unanswered, made_before, (existing, refused) = together(
        partial(_read_realm, batch, observations),
        partial(read_customers, batch, observations),
        partial(read_items, batch, observations),
        partial(_look_up_unanswered, batch, observations),
        partial(forgotten.invoices, batch, observations),
        partial(find_invoices, batch, written),
    )
    answers = unanswered | made_before
    rates = _exchange_rates(batch, observations, realm.preferences)
    loaded = []
    for before in observations:
        match = matches[before.task.invoice_id]
        side = ObservedQuickBooks(
            preferences=realm.preferences,
            items=items.ids,
            inventory=items.inventory,
            rivals=items.rivals,
            unusable=items.unusable,
            tax_codes=realm.tax_codes,
            exchange_rate=rates.get(before.task.invoice_id),
            existing=existing.get(before.record.quickbooks_id) or before.task.read,
            existing_was_read=before.task.must_read,
        )
        obstacle = match.unreadable or items.unreadable_for(before)
        observed = replace(before, quickbooks=side, chosen_items=items.chosen, obstacle=obstacle)
        observed = _with_refusal(match.seen(observed), refused)
        loaded.append(_with_answer(observed, answers.get(before.task.invoice_id)))
    return with_successors(batch, with_names(batch, loaded))


def load_existing(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Read the QuickBooks invoices of these, in one call for all. Raises as `load` does."""
    ids = [each.record.quickbooks_id for each in observations]
    existing, refused = find_invoices(batch, ids)
    loaded = [
        _with_refusal(_with_existing(each, existing.get(each.record.quickbooks_id)), refused)
        for each in observations
    ]
    return with_successors(batch, loaded)


def find_invoices(
    batch: Batch, quickbooks_ids: Iterable[str]
) -> tuple[dict[str, QuickBooksInvoice], dict[str, FaultError]]:
    """Return the QuickBooks invoices by id, without those that are gone, and those that QuickBooks
    refuses to return. Raises as `load` does."""
    found = batch.quickbooks.find("Invoice", "Id", {*quickbooks_ids} - {""})
    return {row["Id"]: parse.invoice(row) for row in found.rows}, found.refused


def read_invoices(batch: Batch, quickbooks_ids: Iterable[str]) -> dict[str, QuickBooksInvoice]:
    """Return what `find_invoices` finds. Raises as `load` does, also for a single refusal."""
    invoices, refused = find_invoices(batch, quickbooks_ids)
    for fault in refused.values():
        raise fault
    return invoices


def _with_existing(observation: Observation, existing: QuickBooksInvoice | None) -> Observation:
    side = replace(observation.quickbooks, existing=existing, existing_was_read=True)
    return replace(observation, task=replace(observation.task, must_read=True), quickbooks=side)


def _with_refusal(observation: Observation, refused: Mapping[str, FaultError]) -> Observation:
    """Return the observation with what QuickBooks says instead of its invoice, if it does."""
    quickbooks_id = observation.record.quickbooks_id
    if quickbooks_id not in refused:
        return observation
    obstacle = trouble.of_unreadable(refused[quickbooks_id], "invoice with id", quickbooks_id)
    return replace(observation, obstacle=obstacle)


# -- the realm's settings


def _read_realm(batch: Batch, observations: Sequence[Observation]) -> _Realm:
    recalled = batch.memory.recall([remembered.PREFERENCES, remembered.COUNTRY])
    # A person who clicks on retry has often just changed a setting.
    asked = any(
        each.task.hint.trigger == "retry" and each.task.before.status == "failing"
        for each in observations
    )
    country = recalled.get(remembered.COUNTRY)
    known = None if asked else recalled.get(remembered.PREFERENCES)
    unknown = {"CompanyInfo": country is None, "Preferences": known is None}
    read = batch.quickbooks.settings(*(name for name, is_unknown in unknown.items() if is_unknown))
    if country is None:
        country = parse.country(read["CompanyInfo"])
        batch.memory.keep({remembered.COUNTRY: country}, remembered.COUNTRY_KEPT)
    if known is None:
        preferences = parse.preferences(read["Preferences"])
        data = preferences.model_dump(mode="json", by_alias=True)
        batch.memory.keep({remembered.PREFERENCES: data}, remembered.PREFERENCES_KEPT)
    else:
        preferences = from_map(Preferences, known)
    preferences = preferences.model_copy(update={"country": country})
    if not _needs_tax_codes(preferences, observations):
        return _Realm(preferences, {})
    # Once in a batch is enough.
    already_read = any(each.quickbooks.tax_codes for each in observations)
    return _Realm(preferences, _read_tax_codes(batch, fresh=asked and not already_read))


def _needs_tax_codes(preferences: Preferences, observations: Sequence[Observation]) -> bool:
    """In the US the rates of a code are needed to compare them with HubSpot's tax; automated sales
    tax has its own."""
    if preferences.abroad or not preferences.sales_tax:
        return preferences.sales_tax
    invoices = [each.invoice for each in observations if each.invoice]
    taxed = any(
        invoice.taxes
        or invoice.automated_tax
        or any(line.tax or line.automated_tax for line in invoice.lines)
        for invoice in invoices
    )
    return taxed and not preferences.automated_sales_tax


def _read_tax_codes(batch: Batch, *, fresh: bool) -> dict[str, TaxCode]:
    """Return the tax codes that the settings name, with their rates: two reads a day, and at a
    retry. `fresh`: what is remembered does not count."""
    settings = batch.connection.settings
    named = {settings.tax_code_id, settings.untaxed_code_id, *settings.tax_codes.values()} - {""}
    recalled = {} if fresh else batch.memory.recall(map(remembered.tax_code, named))
    codes = {
        code_id: from_map(TaxCode, recalled[remembered.tax_code(code_id)])
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


def _exchange_rates(
    batch: Batch, observations: Sequence[Observation], preferences: Preferences
) -> dict[str, Decimal]:
    """Return the rate of each invoice in a foreign currency, by invoice id, as far as QuickBooks
    has one. An invoice that keeps its date keeps its rate, and costs no read."""
    rates, keys = {}, dict[str, RateKey]()
    for each in observations:
        invoice, written = each.invoice, each.record.written
        if invoice is None or not preferences.is_foreign(invoice.currency):
            continue
        if key := key_for(invoice, each.record, preferences):
            keys[each.task.invoice_id] = key
        elif written and written.exchange_rate:
            rates[each.task.invoice_id] = written.exchange_rate
    read = read_rates(batch, keys.values(), preferences.home_currency) if keys else {}
    return rates | {invoice_id: read[key] for invoice_id, key in keys.items() if key in read}


# -- creations whose answer was lost


def with_known_outcomes(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Return invoices that are to be left alone with what came of their creations: taken over, or
    without the intent because nothing came of it. Until that is known, there is an obstacle.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    answers = _look_up_unanswered(batch, observations, _LATE_EFFECT)
    known = []
    for each in observations:
        answer = answers.get(each.task.invoice_id)
        nothing = each.record.model_copy(update={"intent": None, "sent": None})
        if answer is None and not each.record.quickbooks_id:
            known.append(replace(each, task=each.task.noted(nothing)))
        else:
            known.append(_with_answer(each, answer))
    return known


def _look_up_unanswered(
    batch: Batch, observations: Sequence[Observation], lag: timedelta = QUERY_LAG
) -> dict[str, QuickBooksInvoice | Failure | Trouble]:
    """Find creations whose answer was lost, but which may have taken effect: by number and our
    marker, or by time and our marker.

    Returns the QuickBooks invoice by invoice id, or the trouble for one that cannot be found and
    was sent less than `lag` ago (in a batch `_LATE_EFFECT`), or the failure of one that cannot be
    read.
    """
    open_intents = {
        each.task.invoice_id: (each, each.record.intent)
        for each in observations
        if each.record.intent and not each.record.quickbooks_id
    }
    answers: dict[str, QuickBooksInvoice | Failure | Trouble] = {}
    numbers = {intent.number for _, intent in open_intents.values()} - {""}
    if numbers:
        found = batch.quickbooks.find("Invoice", "DocNumber", numbers)
        answers |= _ours_among(found.rows, [each for each, _ in open_intents.values()])
        answers |= {
            invoice_id: trouble.of_unreadable(
                found.refused[intent.number], "invoice", intent.number
            )
            for invoice_id, (_, intent) in open_intents.items()
            if intent.number in found.refused and invoice_id not in answers
        }
    missing = [pair for invoice_id, pair in open_intents.items() if invoice_id not in answers]
    if missing:
        since = min(intent.first_sent_at for _, intent in missing)
        found = batch.quickbooks.created("Invoice", since - _CLOCK_SKEW)
        answers |= _ours_among(found.rows, [each for each, _ in missing])
        # Any of them may be the one whose answer was lost.
        unread = next(iter(found.refused.values()), None)
        if unread:
            failure = trouble.of_unreadable(unread, "invoice created since", f"{since:%Y-%m-%d}")
            for each, _ in missing:
                answers.setdefault(each.task.invoice_id, failure)
    for each, intent in missing:
        longest = max(lag, _LATE_EFFECT) if intent.batched else lag
        left = longest - (batch.clock() - intent.last_sent_at)
        if each.task.invoice_id not in answers and left > timedelta():
            fault = each.task.own_fault
            not_yet = Trouble("QuickBooks", seconds=left.total_seconds() + 1, fault=fault)
            answers[each.task.invoice_id] = not_yet
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


def _with_answer(
    observation: Observation, answer: QuickBooksInvoice | Failure | Trouble | None
) -> Observation:
    if answer is None:
        return observation
    if isinstance(answer, Failure | Trouble):
        return replace(observation, obstacle=answer)
    task = observation.task.taken_over(taken_over(observation.record, answer))
    return _with_existing(replace(observation, task=task), answer)
