"""Writes docs/settings.md from the settings of the API: `make docs`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from invoice_sync.api.schemas.settings import SettingsRequest
from invoice_sync.model.connection import Settings
from invoice_sync.model.setting_names import LABELS, SettingName

PATH = Path(__file__).parents[1] / "docs" / "settings.md"
_INTRO = """# Settings

Each connection of a HubSpot account with a QuickBooks company has its own. Change them in HubSpot
(Settings > Integrations > Connected apps > the app), or
[by the API](guide/change-settings.md#by-the-api). `make docs` makes this page from the API's own
descriptions. The names in code are those of the API.

Ids are those of QuickBooks. You need not look for them: the settings page lists the records by
name, and `GET /v1/settings/choices` has their ids.
"""
_CHOICES = "`GET /v1/settings/choices`, "
# Where a person finds the value of a setting that is no choice among words.
FOUND: Mapping[SettingName, str] = {
    "fallbackItemId": f"{_CHOICES}`items`; in QuickBooks: Products and services",
    "feeItemId": f"{_CHOICES}`items`; in QuickBooks: Products and services",
    "discountAccountId": f"{_CHOICES}`accounts`; in QuickBooks: Chart of accounts, type Income",
    "taxCodeId": f"{_CHOICES}`taxCodes`; in QuickBooks: Taxes",
    "untaxedCodeId": f"{_CHOICES}`taxCodes`, one for sales of 0 %; in QuickBooks: Taxes",
    "taxCodes": f"the tax's label on the HubSpot invoice; {_CHOICES}`taxCodes`",
    "terms": f"{_CHOICES}`terms`; in QuickBooks: All lists, Terms",
    "depositAccountId": f"{_CHOICES}`accounts`; in QuickBooks: Chart of accounts, type Bank or"
    " Other Current Asset",
    "sources": 'the property "Invoice source" of a HubSpot invoice',
    "mayAct": "HubSpot: Settings, Users and teams",
}


def page() -> str:
    """Return the whole page."""
    return "\n".join([_INTRO, *_contents(), *_settings()]).rstrip() + "\n"


def _contents() -> Iterator[str]:
    yield "| setting | in HubSpot | default |"
    yield "| --- | --- | --- |"
    for name, value in Settings().by_name.items():
        yield f"| [`{name}`](#{name.lower()}) | {LABELS[name]} | {_shown(value)} |"
    yield ""


def _settings() -> Iterator[str]:
    described = SettingsRequest.model_json_schema(by_alias=True)["properties"]
    for name, value in Settings().by_name.items():
        schema = described[name]
        yield f"## {name}\n"
        yield f"**{LABELS[name]}.** {schema['description']}\n"
        if "enum" in schema:
            yield f"- Values: {', '.join(f'`{each}`' for each in schema['enum'])}"
        yield f"- Default: {_shown(value)}"
        for example in schema.get("examples", []):
            if example not in ("", value):
                yield f"- Example: `{json.dumps(example)}`"
        if name in FOUND:
            yield f"- Where to find it: {FOUND[name]}"
        yield ""


def _shown(value: object) -> str:
    return f"`{json.dumps(value)}`" if value or value is False else "empty"


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
