"""A failure in words: the catalogue's texts, filled in with the failure's own values. Pure."""

from __future__ import annotations

from decimal import Decimal

from invoice_sync.failures.variants import entry
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import TaxCodeMissing
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.setting_names import LABELS

# Names that people gave; in a text they stand in quotes.
_QUOTED = ("name", "item", "tax", "line", "clash_number", "decided_name", "named_name")
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
        if name == "setting":
            setting = getattr(detail, name)
            return LABELS[setting] if setting else ""
        if name == "taxes" and isinstance(detail, TaxCodeMissing):
            return _words(name, _taxes(detail))
        return _words(name, getattr(detail, name), getattr(detail, "currency", ""))


def _taxes(detail: TaxCodeMissing) -> tuple[str, ...]:
    return tuple(
        f"{label or _WORDS_FOR_EMPTY['tax']} (tax code {code_id})"
        for label, code_id in zip(detail.taxes, detail.tax_code_ids, strict=True)
    )


def _words(name: str, value: object, currency: str = "") -> str:
    """Write a value as people read it."""
    if isinstance(value, Decimal):
        return str(to_minor_unit(value, currency))
    if isinstance(value, tuple):
        *first, last = (str(part) for part in value)
        return f"{', '.join(first)} and {last}" if first else last
    if not value:
        return _WORDS_FOR_EMPTY.get(name, str(value))
    if name == "clash_type":
        return str(value).lower()
    return f'"{value}"' if name in _QUOTED else str(value)
