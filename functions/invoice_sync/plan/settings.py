"""Settings: which records of QuickBooks they name, and whether they can be changed so. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from invoice_sync.model.choices import KINDS, ChoiceKind, Named
from invoice_sync.model.connection import Settings
from invoice_sync.model.quickbooks import DesiredInvoice
from invoice_sync.model.setting_names import LABELS, SettingName

# An id of a map is named by its key, any other by an empty text.
_Entry = tuple[str, str]
_LONGEST_TERM = 365
# Entries of a setting, and characters of an entry: all settings are kept in one item.
_MOST_ENTRIES, _LONGEST_ENTRY = 100, 255
_ID = re.compile("[0-9]{1,20}")
_DAYS = re.compile("0|[1-9][0-9]{0,2}")
_KINDS: Mapping[ChoiceKind, str] = {
    "item": "product or service",
    "account": "account",
    "tax_code": "tax code",
    "term": "term",
}
# What a setting takes, for somebody who named something else.
_NEEDS: Mapping[SettingName, str] = {
    "fallbackItemId": "A line needs a service or a product. Bundles and categories cannot be sold.",
    "feeItemId": "A fee needs a service or a product. Bundles and categories cannot be sold.",
    "discountAccountId": "Discounts need an account of the type Income.",
    "depositAccountId": "Payments need an account of the type Bank or Other Current Asset.",
    "taxCodeId": "It needs a tax code for sales with active rates and without a tax on tax.",
    "taxCodes": "It needs a tax code for sales with active rates and without a tax on tax.",
    "untaxedCodeId": "Lines without tax need a tax code for sales of 0 %.",
}


def ids_named(
    settings: Iterable[Settings], names: Iterable[SettingName]
) -> dict[ChoiceKind, set[str]]:
    """Return the ids that these settings name, by kind, as far as they are ids."""
    ids: dict[ChoiceKind, set[str]] = {}
    for each in settings:
        values = each.by_name
        for name in names:
            if name in KINDS:
                some = (record_id for _, record_id in _entries(values[name]))
                ids.setdefault(KINDS[name], set()).update(filter(_ID.fullmatch, some))
    return ids


def used_by(document: DesiredInvoice, settings: Settings) -> dict[SettingName, str]:
    """Return the ids of the records that an invoice has because of a setting."""
    items = {line.item_id for line in document.lines}
    used: dict[SettingName, str] = {
        "fallbackItemId": settings.fallback_item_id if settings.fallback_item_id in items else "",
        "feeItemId": settings.fee_item_id if settings.fee_item_id in items else "",
        "discountAccountId": document.discount_account_id,
        "terms": document.term_id,
    }
    return {name: record_id for name, record_id in used.items() if record_id}


def problems(before: Settings, after: Settings, named: Named) -> Iterator[str]:
    """Yield what is wrong with a change, a sentence each. Only what the change brings in is looked
    at: what was there before fails where it is used.

    `named`: the records that the change names, as far as QuickBooks has them.
    """
    old, new = before.by_name, after.by_name
    for name in after.changed_from(before):
        yield from _too_much(name, new[name])
        if name == "sources":
            yield from _sources(after.sources)
        if name == "taxCodes":
            yield from _same_taxes(after)
        if name not in KINDS:
            continue
        kept = set(_entries(old[name]))
        for key, record_id in _entries(new[name]):
            if (key, record_id) in kept:
                continue
            if problem := _problem(name, key, record_id, named):
                yield f"{_of(name, key)}: {problem}"


def _problem(name: SettingName, key: str, record_id: str, named: Named) -> str:
    """Return what is wrong with one entry of a setting; empty for a good one."""
    if name == "terms" and (not _DAYS.fullmatch(key) or int(key) > _LONGEST_TERM):
        return f"the days until an invoice is due must be a whole number from 0 to {_LONGEST_TERM}."
    if name == "taxCodes" and not key.strip():
        return "the label of a HubSpot tax must not be empty."
    kind = _KINDS[KINDS[name]]
    if not record_id:
        return f"the {kind} is missing. Leave the entry out to remove it."
    if not _ID.fullmatch(record_id):
        return f"the id of a {kind} is a number, such as 21."
    choice = named.get((KINDS[name], record_id))
    if choice is None:
        return f"QuickBooks has no {kind} with the id {record_id}."
    if not choice.active:
        return f'"{choice.name}" is inactive in QuickBooks. Make it active there or choose another.'
    if name not in choice.fits:
        return f'"{choice.name}" ({choice.about}) does not fit. {_NEEDS.get(name, "")}'.strip()
    return ""


def _too_much(name: SettingName, value: object) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        if len(value) > _MOST_ENTRIES:
            yield f"{LABELS[name]}: it can have at most {_MOST_ENTRIES} entries."
        if any(len(each) > _LONGEST_ENTRY for each in value):
            yield f"{LABELS[name]}: an entry can have at most {_LONGEST_ENTRY} characters."


def _sources(sources: Sequence[str]) -> Iterator[str]:
    if not sources:
        yield f"{LABELS['sources']}: name at least one, or no invoice would be synced any more."
    elif not all(source.strip() for source in sources):
        yield f"{LABELS['sources']}: a source must not be empty."


def _same_taxes(settings: Settings) -> Iterator[str]:
    seen: set[str] = set()
    for label in settings.tax_codes:
        folded = label.strip().casefold()
        if folded in seen:
            yield f"{_of('taxCodes', label)}: the tax is named twice. Upper case does not matter."
        seen.add(folded)


def _entries(value: object) -> list[_Entry]:
    if isinstance(value, Mapping):
        return [(str(key), str(record_id)) for key, record_id in value.items()]
    return [("", str(value))] if value else []


def _of(name: SettingName, key: str) -> str:
    if not key:
        return LABELS[name]
    return f"{LABELS[name]}, {f'{key} days' if _DAYS.fullmatch(key) else quoted(key)}"


def quoted(text: str) -> str:
    return f'"{text}"'
