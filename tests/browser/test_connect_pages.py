"""Connecting two accounts in a real browser: both steps, what comes next, a way on from errors."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.system import LocalSystem

from .acting import expect, is_accessible, picture
from .conftest import Played

pytestmark = pytest.mark.xdist_group("browser")

PORTAL, REALM = "13579", "9130000000000017"


@pytest.fixture
def system(played: Played) -> LocalSystem:
    """The local system, with one more account in both services whose owner consents to all."""
    system = played.system
    system.hubspot.add_portal(PORTAL, time_zone="US/Pacific")
    system.quickbooks.add_realm(REALM)
    system.hubspot.consent(PORTAL)
    system.quickbooks.consent(REALM)
    return system


def test_two_accounts_are_connected_in_two_steps(system: LocalSystem, tab: Any) -> None:
    tab.goto(f"{system.gateway.url}/connect/hubspot")
    expect(tab.get_by_role("heading", name="Connect HubSpot and QuickBooks")).to_be_visible()
    expect(tab.get_by_text("Step 1 of 2: HubSpot")).to_be_visible()
    picture(tab, "connect-1")
    is_accessible(tab)
    # The one style sheet is let in by its hash.
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background != "rgba(0, 0, 0, 0)"
    tab.get_by_role("link", name="No, it never was").click()
    expect(tab.get_by_text("Step 2 of 2: HubSpot ✓ → QuickBooks")).to_be_visible()
    expect(tab.get_by_text(f"portal-{PORTAL}.example.com")).to_be_visible()
    picture(tab, "connect-2")
    is_accessible(tab)
    tab.get_by_role("link", name="Go on to QuickBooks").click()
    expect(tab.get_by_role("heading", name="Connected")).to_be_visible()
    expect(tab.get_by_text("Simulated Company")).to_be_visible()
    expect(tab.get_by_text("Invoices opened from now on are synced.")).to_be_visible()
    picture(tab, "connect-done")
    is_accessible(tab)
    assert system.store.connections.get(PORTAL)


def test_a_link_that_has_expired_leads_back_to_the_beginning(system: LocalSystem, tab: Any) -> None:
    tab.goto(f"{system.gateway.url}/connect/quickbooks?state=old")
    expect(tab.get_by_text("Please start again.")).to_be_visible()
    picture(tab, "connect-expired")
    is_accessible(tab)
    tab.get_by_role("link", name="Start again").click()
    expect(tab.get_by_text("Step 1 of 2: HubSpot")).to_be_visible()
