"""What the tests of the app's own screens share."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.local.scenario import PORTAL_ID
from infra.local.system import LocalSystem
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ItemNotFound
from invoice_sync.model.record import Summary
from invoice_sync.store.changes import Change

from .conftest import PATIENCE_MS, ROOT

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
AXE = ROOT / "infra" / "local" / "hubspot" / "page" / "node_modules" / "axe-core" / "axe.min.js"


def expect(found: Any) -> Any:
    sync_api.expect.set_options(timeout=PATIENCE_MS)
    return sync_api.expect(found)


def picture(tab: Any, name: str) -> None:
    """Keep a picture of the whole page where SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def is_accessible(tab: Any) -> None:
    """Fail for everything serious that axe finds on the page."""
    tab.evaluate(_axe())
    found = tab.evaluate("async () => (await axe.run()).violations")
    serious = [
        (each["id"], [node["html"][:120] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


def fail(system: LocalSystem, invoices: int) -> None:
    """Store records of invoices that fail, each for a product of its own."""
    store, now = system.store, datetime.now(UTC)
    ids = [str(9_000_000 + number) for number in range(invoices)]
    connection = store.connections.get(PORTAL_ID)
    assert connection
    for first in range(0, invoices, 50):
        claimed = store.records.claim(PORTAL_ID, ids[first : first + 50], "test", now, 60)
        changes = []
        for number, record in enumerate(claimed.values(), start=first):
            assert record
            failing = {
                "version": record.version + 1,
                "status": "failing",
                "number": f"OLD-{number:04}",
                "failure": Failure(detail=ItemNotFound(name=f"Product {number}")),
                "failing_since": now,
                "updated_at": now,
                "summary": Summary(amount=Decimal("19.90"), currency="USD", company="Initech"),
            }
            changes.append(Change(record, record.model_copy(update=failing), None))
        assert store.commit(changes, connection.realm_id, "test") == set()
