"""docs/assumptions.md names places that are there, and every switch of the simulators."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from infra.local.hubspot import records
from infra.local.quickbooks import books

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8")
# They only make a test's service slow, or lose an answer: nobody assumes them.
FOR_TESTS = {
    *("lose_first_create_answer", "lose_first_customer_answer", "lose_first_payment_answer"),
    *("lose_exchange_rate", "latency_seconds", "property_events_on_creation"),
    "batch_breaks_off_after",
}


def test_every_file_is_there() -> None:
    named = set(re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", TEXT))
    assert len(named) > 20
    folders = (ROOT / "functions" / "invoice_sync", ROOT)
    missing = {name for name in named if not any((folder / name).exists() for folder in folders)}
    assert missing == set()


def test_every_switch_is_an_assumption_and_every_assumed_one_a_switch() -> None:
    switches = {field.name for kind in (records.Switches, books.Switches) for field in fields(kind)}
    assert switches - FOR_TESTS <= set(re.findall(r"`([a-z_0-9]+)`", TEXT))
    assert switches >= FOR_TESTS


def test_every_entry_can_be_ticked_off_and_says_what_breaks_and_how_to_check_it() -> None:
    entries = re.split(r"\n- \[ \] ", TEXT)[1:]
    assert 40 < len(entries) <= 60
    for entry in entries:
        assert entry.startswith("**"), entry[:60]
        assert re.search(r"\n  - (If not|Harm): ", entry), entry[:60]
        assert all(f"\n  - {part}: " in entry for part in ("Sure", "Check", "Where")), entry[:60]
