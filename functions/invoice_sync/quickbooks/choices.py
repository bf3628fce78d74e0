"""Reads what settings may name: items, accounts, tax codes and terms.

Which types fit: Intuit's reference pages "Invoice" (DiscountAccountRef: an Income account),
"Payment" (DepositToAccountRef: a Bank or Other Current Asset account), "Item" and "TaxCode".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from invoice_sync.model.choices import Choice, ChoiceKind, Choices
from invoice_sync.model.setting_names import SettingName
from invoice_sync.quickbooks import parse, query
from invoice_sync.quickbooks.client import QuickBooks

# A settings page lists no more items: an answer must stay below 1 MB, and QuickBooks takes about a
# second for each thousand.
MOST_ITEMS = 3000
# What the names and descriptions of the listed items may come to, in characters.
_MOST_CHARACTERS = 500_000
_ENTITIES: Mapping[ChoiceKind, str] = {
    "item": "Item",
    "account": "Account",
    "tax_code": "TaxCode",
    "term": "Term",
}
_ITEM_TYPES = {
    "Service": "service",
    "NonInventory": "non-inventory product",
    "Inventory": "inventory product",
    "Group": "bundle",
    "Bundle": "bundle",
    "Category": "category",
}
_INACTIVE = " (deleted)"
_SOLD = "Type in ('Service', 'NonInventory', 'Inventory')"
_DEPOSITS, _DISCOUNTS = ("Bank", "Other Current Asset"), ("Income",)
_OF_ACCOUNTS = f"AccountType in ({', '.join(map(query.quoted, (*_DEPOSITS, *_DISCOUNTS)))})"
_Rates = Mapping[str, Mapping[str, Any]]


def read_all(quickbooks: QuickBooks, now: datetime) -> Choices:
    """Return the active records that fit a setting: at least five metered reads, and one more for
    each further thousand items.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    before = quickbooks.metered_reads

    def rows(entity: str, condition: str = "", most: int = 0) -> list[dict[str, Any]]:
        return quickbooks.find_rows(query.by_name(entity, condition), most).rows

    # Pages overlap: there may be a few more.
    item_rows = rows("Item", _SOLD, MOST_ITEMS)[:MOST_ITEMS]
    rates = {row["Id"]: row for row in rows("TaxRate")}
    items = _sorted(map(_item, item_rows))
    listed = _within(items, _MOST_CHARACTERS)
    is_cut = len(item_rows) >= MOST_ITEMS or len(listed) < len(items)
    return Choices(
        items=listed,
        accounts=_sorted(map(_account, rows("Account", _OF_ACCOUNTS))),
        tax_codes=_sorted(_tax_code(row, rates) for row in rows("TaxCode")),
        terms=_sorted(map(_term, rows("Term"))),
        left_out=_left_out(listed) if is_cut else "",
        read_at=now,
        metered_reads=quickbooks.metered_reads - before,
    )


def read_named(
    quickbooks: QuickBooks, ids: Mapping[ChoiceKind, Iterable[str]]
) -> dict[tuple[ChoiceKind, str], Choice]:
    """Return the records with these ids, inactive ones too: a metered read for each kind, and one
    more for tax codes. Ids that QuickBooks does not have, or cannot read, are left out.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    wanted = {kind: sorted(set(some)) for kind, some in ids.items() if any(some)}
    lookups = [(_ENTITIES[kind], "Id", some, query.ANY_STATE) for kind, some in wanted.items()]
    rows = dict(zip(wanted, quickbooks.find_each(lookups), strict=True)) if lookups else {}
    code_rows = rows["tax_code"].rows if "tax_code" in rows else []
    rate_ids = {rate_id for row in code_rows for rate_id in parse.rate_ids(row)}
    # Inactive rates are left out: a tax code with one cannot be used.
    rates = {row["Id"]: row for row in quickbooks.where_in("TaxRate", "Id", rate_ids)}
    read: Mapping[ChoiceKind, Callable[[Mapping[str, Any]], Choice]] = {
        "item": _item,
        "account": _account,
        "tax_code": lambda row: _tax_code(row, rates),
        "term": _term,
    }
    return {(kind, row["Id"]): read[kind](row) for kind in rows for row in rows[kind].rows}


def _sorted(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    fitting = (choice for choice in choices if choice.fits and choice.active)
    return tuple(sorted(fitting, key=lambda each: (each.name.casefold(), len(each.id), each.id)))


def _within(choices: Sequence[Choice], characters: int) -> tuple[Choice, ...]:
    """Return the first choices, as many as the characters allow."""
    for number, choice in enumerate(choices):
        characters -= len(choice.name) + len(choice.about)
        if characters < 0:
            return tuple(choices[:number])
    return tuple(choices)


def _left_out(listed: Sequence[Choice]) -> str:
    last = listed[-1].name if listed else ""
    return (
        f"QuickBooks may have more products and services than the {len(listed):,} that are listed,"
        f' the last of which is "{last}". Search for one that is not here.'
    )


def _item(row: Mapping[str, Any]) -> Choice:
    item = parse.item(row)
    kind = _ITEM_TYPES.get(item.type, item.type)
    return Choice(
        id=item.id,
        name=_name(row),
        about=f"{kind}, SKU {item.sku}" if item.sku else kind,
        fits=() if item.unusable else ("fallbackItemId", "feeItemId"),
        active=item.active,
    )


def _account(row: Mapping[str, Any]) -> Choice:
    kind, subtype = row.get("AccountType", ""), row.get("AccountSubType", "")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", subtype)
    fits: tuple[SettingName, ...] = ()
    if kind in _DEPOSITS:
        fits = ("depositAccountId",)
    elif kind in _DISCOUNTS:
        fits = ("discountAccountId",)
    return Choice(
        id=row["Id"],
        name=_name(row),
        about=f"{kind}: {words}" if words and words != kind else kind,
        fits=fits,
        active=row.get("Active", True),
    )


def _tax_code(row: Mapping[str, Any], rates: _Rates) -> Choice:
    rate_ids = parse.rate_ids(row)
    choice = Choice(id=row["Id"], name=row.get("Name", ""), active=row.get("Active", True))
    if not rate_ids:
        return choice.model_copy(update={"about": "no rate for sales"})
    if not rates.keys() >= set(rate_ids):
        return choice.model_copy(update={"about": "one of its rates is inactive"})
    code = parse.tax_code(row, rates)
    if code.compound:
        return choice.model_copy(update={"about": "a tax on tax"})
    fits = ("taxCodes", "taxCodeId", *(() if code.percent else ("untaxedCodeId",)))
    return choice.model_copy(update={"about": f"{_plain(code.percent)} %", "fits": fits})


def _term(row: Mapping[str, Any]) -> Choice:
    if row.get("Type") == "DATE_DRIVEN":
        about = f"due on day {_plain(row.get('DayOfMonthDue', 1))} of the month"
    else:
        days = _plain(row.get("DueDays", 0))
        about = {"0": "due at once", "1": "due in 1 day"}.get(days, f"due in {days} days")
    return Choice(
        id=row["Id"],
        name=row.get("Name", ""),
        about=about,
        fits=("terms",),
        active=row.get("Active", True),
    )


def _name(row: Mapping[str, Any]) -> str:
    """Return the name with those above it, and without what QuickBooks adds to an inactive one."""
    name: str = row.get("FullyQualifiedName") or row.get("Name", "")
    return name if row.get("Active", True) else name.removesuffix(_INACTIVE)


def _plain(number: object) -> str:
    return f"{Decimal(str(number)).normalize():f}"
