"""Writes docs/failures.md from the failure catalogue: `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from invoice_sync.failures.catalogue import CATALOGUE, Entry
from invoice_sync.failures.resolutions import RESOLUTIONS
from invoice_sync.failures.variants import VARIANTS

PATH = Path(__file__).parents[1] / "docs" / "failures.md"
_INTRO = """# Failures

Why an invoice may not be in step, what a person does about it, and what clears it by itself.
This page is made from `functions/invoice_sync/failures.py` by `make docs`. The API shows the same,
filled in for the one invoice, with links to the records in both products.

Every failing invoice is also looked at once an hour, and whenever it changes in HubSpot, whatever
else is said here. *Retried* ones need nobody.
"""
_HOW = """`POST /v1/invoices/{invoiceId}/resolve` with `{"resolution": "..."}` and, where one is
named, the argument. With `"preview": true` nothing is done: the answer says what would be, and
which values a missing argument may have. Who decided what, and when, is kept.
"""


def page() -> str:
    return "\n".join([_INTRO, *_contents(), *_codes(), *_resolutions()]) + "\n"


def _contents() -> Iterator[str]:
    yield "| code | title |"
    yield "| --- | --- |"
    for code, entry in CATALOGUE.items():
        yield f"| [`{code}`](#{code}) | {entry.title} |"
    yield ""


def _codes() -> Iterator[str]:
    for code, entry in CATALOGUE.items():
        yield f"## {code}\n"
        yield from _entry(entry)
        for (of, change), variant in VARIANTS.items():
            if of == code:
                yield f"### {code}: {change.replace('_', ' ')}\n"
                yield from _entry(variant)


def _entry(entry: Entry) -> Iterator[str]:
    yield f"**{entry.title}**\n"
    yield f"{_shown(entry.explanation)}\n"
    for where, steps in (("In HubSpot", entry.in_hubspot), ("In QuickBooks", entry.in_quickbooks)):
        for step in steps:
            yield f"- {where}: {_shown(step)}"
    yield f"- Who: {_shown(entry.fixed_by)}."
    if entry.retried:
        yield "- Retried: by itself, until it works."
    yield f"- Clears when: {_shown(entry.heals_when)}"
    if entry.resolutions:
        names = ", ".join(f"[`{one}`](#resolutions)" for one in entry.resolutions)
        yield f"- One click: {names}"
    yield ""


def _resolutions() -> Iterator[str]:
    yield "## Resolutions\n"
    yield _HOW
    yield "| resolution | button | what it does | takes |"
    yield "| --- | --- | --- | --- |"
    for name, one in RESOLUTIONS.items():
        takes = ", ".join(filter(None, (one.takes, "always" if one.always else "")))
        yield f"| `{name}` | {one.label} | {one.does} | {takes} |"


def _shown(text: str) -> str:
    """What differs from invoice to invoice stands in brackets."""
    text = text.replace("{why}", "[The reason, case by case.]")
    text = text.replace("{message}", "[The words of QuickBooks or HubSpot.]")
    return re.sub(r"\{(\w+)\}", r"[\1]", text)


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
