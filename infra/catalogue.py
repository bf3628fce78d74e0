"""Writes docs/failures.md from the failure catalogue: `make docs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.catalogue_examples import example, variants
from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.failures.describe import explain, fixed_by, remedy
from invoice_sync.failures.entry import Entry
from invoice_sync.failures.resolutions import RESOLUTIONS
from invoice_sync.failures.variants import VARIANTS
from invoice_sync.model.failure import Failure

PATH = Path(__file__).parents[1] / "docs" / "failures.md"
_INTRO = """# Failures

Why an invoice can be out of step, what a person does about it, and what clears it by itself.
`make docs` makes this page from `functions/invoice_sync/failures/`. The names and amounts here are
examples: the API shows the same for each invoice with its own values, and with links to the records
in both products.

This app also checks every failing invoice once an hour and whenever it changes in HubSpot. Where an
entry says *Retried*, no action is needed.
"""
_PLACES = {"hubspot": "In HubSpot", "quickbooks": "In QuickBooks", "app": "In this app"}
_HOW = """`POST /v1/invoices/{invoiceId}/resolve` takes `{"resolution": "..."}` and the argument, if
the resolution has one. With `"preview": true` nothing is done: the answer says what would be done,
and which values a missing argument can have. Who decided what, and when, is kept for ten years.
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
        own = [name for name in variants(code) if (code, name) not in VARIANTS]
        yield from _entry(entry, [example(code, name) for name in own])
        for (code_of_variant, name), variant in VARIANTS.items():
            if code_of_variant == code:
                yield f"### {code}: {name.replace('_', ' ')}\n"
                yield from _entry(variant, [example(code, name)])


def _entry(entry: Entry, failures: Sequence[Failure]) -> Iterator[str]:
    """`failures`: an example of each variant that the entry is about."""
    yield f"**{entry.title}**\n"
    if entry.also_known_as:
        yield f"Also known as: {'; '.join(f'*{words}*' for words in entry.also_known_as)}\n"
    if len(failures) == 1:
        yield f"{explain(failures[0])}\n"
    else:
        yield "| variant | what it says |"
        yield "| --- | --- |"
        for failure in failures:
            yield f"| `{failure.detail.variant}` | {explain(failure)} |"
        yield ""
    for place, steps in remedy(failures[0]).items():
        for step in steps:
            yield f"- {_PLACES[place]}: {step}"
    yield f"- Who: {fixed_by(failures[0])}."
    if entry.retried:
        yield "- Retried: by itself, until it works."
    yield f"- Clears when: {entry.heals_when}"
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


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
