"""A failure in words: the catalogue's texts, filled in with the failure's own values. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from invoice_sync.failures.variants import entry
from invoice_sync.model.detail import ClashDetail, ContactDetail, Detail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    PossibleDuplicate,
    ReferenceInactive,
    TaxCodeMissing,
)
from invoice_sync.model.money import in_words
from invoice_sync.model.setting_names import LABELS

# Names that people gave; in a text they stand in quotes.
_QUOTED = {
    *("name", "item", "tax", "line", "clash_number", "decided_name", "named_name"),
    *("item_names", "companies", "contacts"),
}
# The words for a value that is empty.
_WORDS_FOR_EMPTY = {
    "name": "like the new one",
    "item": "a line without a name",
    "tax": "a tax without a label",
    "line": "without a name",
    "clash_number": "none",
    "number": "of this invoice",
    "quickbooks_number": "without a number",
    "key": "in question",
    "message": "No reason was given.",
    "amount": "an unknown amount",
    "paid_on": "an unknown day",
}


def explain(failure: Failure) -> str:
    """Say what is wrong."""
    return _filled(entry(failure).explanation, failure, reason=reason(failure))


def reason(failure: Failure) -> str:
    """Say why, where failures of its code can have several reasons; empty where they have one."""
    return _filled(entry(failure).reasons.get(failure.detail.variant, ""), failure)


def fixed_by(failure: Failure) -> str:
    """Say who can do something about it."""
    return _filled(entry(failure).fixed_by, failure)


def remedy(failure: Failure) -> dict[str, list[str]]:
    """Say what a person does about it in each product."""
    steps = entry(failure)
    return {
        "hubspot": [_filled(step, failure) for step in steps.in_hubspot],
        "quickbooks": [_filled(step, failure) for step in steps.in_quickbooks],
        "app": [_filled(step, failure) for step in steps.in_app],
    }


def _filled(text: str, failure: Failure, **more: str) -> str:
    return text.format_map(_Values(failure, more)) if "{" in text else text


class _Values(dict[str, str]):
    """The words for each name in braces."""

    def __init__(self, failure: Failure, more: dict[str, str]) -> None:
        super().__init__(more)
        self._failure = failure

    def __missing__(self, name: str) -> str:
        detail = self._failure.detail
        if name == "message":
            return _words(name, self._failure.message)
        composed = _composed(name, detail)
        if composed is not None:
            return composed
        return _words(name, getattr(detail, name), getattr(detail, "currency", ""))


# -- words that are made of several values of a detail

COMPOSED = frozenset(
    {"taxes", "tax_code", "customers", "other_customers", "clash", "used", "setting_label"}
)


def _composed(name: str, detail: Detail) -> str | None:
    match name, detail:
        case "taxes", TaxCodeMissing():
            return _taxes(detail)
        case "tax_code", TaxCodeMissing():
            return f'"{detail.tax_code_name}"' if detail.tax_code_name else detail.tax_code_id
        case "customers", ContactDetail():
            return _customers(detail)
        case "other_customers", ContactDetail():
            return _customers(detail, without_first=True)
        case "clash", ClashDetail():
            return _clash(detail)
        case "setting_label", ReferenceInactive(setting=setting) if setting:
            return LABELS[setting]
        case "used", ReferenceInactive():
            return _used(detail)
    return None


def _taxes(detail: TaxCodeMissing) -> str:
    names = detail.tax_code_names or detail.tax_code_ids
    return _listed(
        f"{label or _WORDS_FOR_EMPTY['tax']} (tax code {name})"
        for label, name in zip(detail.taxes, names, strict=True)
    )


def _customers(detail: ContactDetail, *, without_first: bool = False) -> str:
    named = [f'"{name}"' for name in detail.customer_names]
    words = named or [f"the one with id {each}" for each in detail.customer_ids]
    return _listed(words[1:] if without_first else words) or "one of its contact"


def _clash(detail: ClashDetail) -> str:
    """Name the other document: by number and customer, or else by its id."""
    number = detail.clash_number if isinstance(detail, PossibleDuplicate) else ""
    words = f"the {detail.clash_type.lower()}"
    words += f' "{number}"' if number else ""
    words += f' of "{detail.clash_customer}"' if detail.clash_customer else ""
    words += f" dated {detail.clash_date}" if detail.clash_date else ""
    return words if number or detail.clash_customer else f"{words} with id {detail.clash_id}"


def _used(detail: ReferenceInactive) -> str:
    """Name the customer and the products in question, after the sentence that leaves it open which
    of them it is."""
    words = f" Its customer is {_customers(detail)}." if detail.customer_names else ""
    products = _listed(f'"{name}"' for name in detail.products)
    return words + (f" Its products are {products}." if products else "")


def _listed(parts: Iterable[str]) -> str:
    *first, last = [*parts] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _words(name: str, value: object, currency: str = "") -> str:
    """Write a value as people read it."""
    if isinstance(value, Decimal):
        return in_words(value, currency)
    if isinstance(value, tuple):
        return _listed(f'"{part}"' if name in _QUOTED else str(part) for part in value)
    if not value:
        return _WORDS_FOR_EMPTY.get(name, str(value))
    if name == "clash_type":
        return str(value).lower()
    return f'"{value}"' if name in _QUOTED else str(value)
