"""Writes docs/failures.md from the failure catalogue: `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.failures.entry import Entry
from invoice_sync.failures.resolutions import RESOLUTIONS
from invoice_sync.failures.variants import VARIANTS

PATH = Path(__file__).parents[1] / "docs" / "failures.md"
_INTRO = """# Failures

Why an invoice can be out of step, what a person does about it, and what clears it by itself.
`make docs` makes this page from `functions/invoice_sync/failures/`. The API shows the same for each
invoice, with its own values and with links to the records in both products.

Every failing invoice is also looked at once an hour and whenever it changes in HubSpot. Where an
entry says *Retried*, nobody needs to do anything.
"""
_HOW = """`POST /v1/invoices/{invoiceId}/resolve` takes `{"resolution": "..."}` and the argument, if
the resolution has one. With `"preview": true` nothing is done: the answer says what would be done,
and which values a missing argument can have. Who decided what, and when, is kept for good.
"""


def page() -> str:
    """Return the whole page."""
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
        for (code_of_variant, name), variant in VARIANTS.items():
            if code_of_variant == code:
                yield f"### {code}: {name.replace('_', ' ')}\n"
                yield from _entry(variant)


def _entry(entry: Entry) -> Iterator[str]:
    yield f"**{entry.title}**\n"
    if entry.also_known_as:
        yield f"Also known as: {'; '.join(f'*{words}*' for words in entry.also_known_as)}\n"
    yield f"{_bracketed(entry.explanation)}\n"
    if entry.reasons:
        yield "| variant | reason |"
        yield "| --- | --- |"
        for name, reason in entry.reasons.items():
            yield f"| `{name}` | {_bracketed(reason)} |"
        yield ""
    for step in entry.in_hubspot:
        yield f"- In HubSpot: {_bracketed(step)}"
    for step in entry.in_quickbooks:
        yield f"- In QuickBooks: {_bracketed(step)}"
    yield f"- Who: {_bracketed(entry.fixed_by)}."
    if entry.retried:
        yield "- Retried: by itself, until it works."
    yield f"- Clears when: {_bracketed(entry.heals_when)}"
    if entry.resolutions:
        names = ", ".join(f"[`{name}`](#resolutions)" for name in entry.resolutions)
        yield f"- One click: {names}"
    yield ""


def _resolutions() -> Iterator[str]:
    yield "## Resolutions\n"
    yield _HOW
    yield "| resolution | button | what a click does | argument |"
    yield "| --- | --- | --- | --- |"
    for name, resolution in RESOLUTIONS.items():
        arguments = filter(None, (resolution.argument, "always" if resolution.always else ""))
        yield f"| `{name}` | {resolution.label} | {resolution.sentence} | {', '.join(arguments)} |"


def _bracketed(text: str) -> str:
    """Put what differs from invoice to invoice in brackets."""
    text = text.replace("{reason}", "[One of these reasons.]")
    text = text.replace("{message}", "[The words of QuickBooks or HubSpot.]")
    return re.sub(r"\{(\w+)\}", r"[\1]", text)


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
