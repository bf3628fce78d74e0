"""The app's own screens, as people meet them in HubSpot, against the whole system."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageSequence

from infra.local import animation
from infra.local.hubspot.page import Files

from .acting import expect, fail, is_accessible, picture
from .conftest import ROOT, Played

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def files(build_extension: Callable[[Path], Files]) -> Files:
    """The app's own extensions in place of the tests' one."""
    return build_extension(ROOT / "extension")


def test_the_card_is_small(files: Files) -> None:
    assert (files.bundles / "invoice_sync_card_tab.js").stat().st_size < 30_000


def card_of(tab: Any) -> Any:
    return tab.locator("[data-extension=invoice_sync_card_tab]")


def status_on(card: Any) -> Any:
    return card.locator(".status-tag").first


def test_the_banner_opens_the_panel_and_a_group_is_decided(settled: Played, tab: Any) -> None:
    tab.goto(f"{settled.url}/app")
    expect(tab.get_by_text("4 invoices failing to sync")).to_be_visible()
    picture(tab, "overview")
    is_accessible(tab)
    tab.get_by_role("button", name="View failing invoices").click()
    panel = tab.get_by_role("dialog", name="Failing to sync")
    row = panel.get_by_role("row", name="Umbrella Labs")
    expect(row).to_be_visible()
    picture(tab, "panel")
    is_accessible(tab)
    row.get_by_role("button", name="Details").click()
    picture(tab, "panel-cause")
    is_accessible(tab)
    panel.get_by_role("button", name="Use the next free name").click()
    dialog = tab.get_by_role("dialog", name="Use the next free name")
    expect(dialog).to_contain_text("Umbrella Labs (2)")
    picture(tab, "decision")
    dialog.get_by_role("button", name="Do it").click()
    expect(dialog).to_be_hidden()
    expect(panel.get_by_role("row", name="Umbrella Labs")).to_have_count(0)
    panel.get_by_role("button", name="Close").click()
    expect(tab.get_by_text("3 invoices failing to sync")).to_be_visible()


def test_a_duplicate_number_is_decided_on_the_card(settled: Played, tab: Any) -> None:
    tab.goto(settled.invoice("INV-2017"))
    card = card_of(tab)
    expect(status_on(card)).to_have_text("Failing to sync")
    expect(card.get_by_role("alert").first).to_contain_text("Duplicate Document Number")
    picture(tab, "card-failing")
    is_accessible(tab)
    card.get_by_role("button", name="Use the next free number").click()
    dialog = tab.get_by_role("dialog", name="Use the next free number")
    expect(dialog).to_contain_text("INV-2017-1")
    dialog.get_by_role("button", name="Do it").click()
    expect(status_on(card)).to_have_text("Synced")
    expect(card.get_by_role("link", name="INV-2017-1")).to_be_visible()
    picture(tab, "card-synced")
    is_accessible(tab)


def test_a_failure_clears_once_its_cause_is_gone(settled: Played, tab: Any) -> None:
    tab.goto(settled.invoice("INV-2014"))
    expect(status_on(card_of(tab))).to_have_text("Failing to sync")
    tab.get_by_role("button", name="Add contact").click()
    tab.get_by_label("The contact's email").fill("billing@globex.example")
    tab.get_by_role("button", name="Do it in HubSpot").click()
    # Nobody polls for what nobody clicked: the person loads the page again.
    beside = tab.get_by_role("complementary", name="About this record")
    expect(beside.get_by_text("synced", exact=True)).to_be_visible()
    tab.reload()
    expect(status_on(card_of(tab))).to_have_text("Synced")


def test_a_setting_is_changed_after_its_consequences_are_seen(settled: Played, tab: Any) -> None:
    tab.goto(f"{settled.url}/settings")
    tab.get_by_label("Service date of lines without a billing start").select_option(
        label="The date of the invoice"
    )
    picture(tab, "settings")
    is_accessible(tab)
    tab.get_by_role("button", name="Save changes").click()
    dialog = tab.get_by_role("dialog", name="Save these changes?")
    expect(dialog).to_contain_text("will be tried again")
    picture(tab, "settings-dialog")
    is_accessible(tab)
    dialog.get_by_role("button", name="Save changes").click()
    expect(tab.get_by_role("button", name="Nothing changed")).to_be_visible()
    tab.goto(settled.invoice("INV-2016"))
    expect(status_on(card_of(tab))).to_have_text("Synced")


def fill_period(tab: Any) -> None:
    today = datetime.now(UTC).date()
    tab.get_by_label("First day").fill(str(today - timedelta(days=60)))
    tab.get_by_label("Last day").fill(str(today + timedelta(days=1)))


def test_a_report_is_planned_run_and_opened_as_a_file(settled: Played, tab: Any) -> None:
    tab.goto(f"{settled.url}/app/report")
    fill_period(tab)
    tab.get_by_role("button", name="Plan").click()
    tab.get_by_role("button", name="Compare").click()
    expect(tab.get_by_role("cell", name="Both agree").first).to_be_visible()
    picture(tab, "report")
    is_accessible(tab)
    tab.get_by_role("button", name="Make CSV files").click()
    with tab.expect_download() as started:
        tab.get_by_role("link", name="Download: Invoices (CSV)").click()
    text = Path(started.value.path()).read_text(encoding="utf-8-sig")
    numbers = {row["Number"] for row in csv.DictReader(io.StringIO(text))}
    assert {"INV-2001", "INV-2017"} <= numbers


def test_old_invoices_are_planned_and_brought_in(settled: Played, tab: Any) -> None:
    tab.goto(f"{settled.url}/app/backfill")
    fill_period(tab)
    tab.get_by_role("button", name="Plan").click()
    run = tab.get_by_role("button", name="Bring them in")
    expect(run).to_be_visible()
    picture(tab, "backfill")
    is_accessible(tab)
    run.click()
    expect(tab.get_by_text("In QuickBooks now")).to_be_visible()


def test_who_may_only_look_sees_all_and_changes_nothing(settled: Played, tab: Any) -> None:
    tab.goto(settled.invoice("INV-2017"))
    expect(card_of(tab).get_by_role("button", name="Use the next free number")).to_be_enabled()
    tab.get_by_label("You are").select_option(label="Sam Lund (may only look)")
    expect(card_of(tab).get_by_role("button", name="Use the next free number")).to_be_disabled()
    expect(card_of(tab).get_by_text("You may look, but not change this")).to_be_visible()
    picture(tab, "card-no-permission")
    tab.goto(f"{settled.url}/settings")
    expect(tab.get_by_text("You may look at the settings.")).to_be_visible()
    expect(tab.get_by_role("button", name="Save changes")).to_have_count(0)


def test_a_service_that_is_down_is_said_with_a_way_on(settled: Played, tab: Any) -> None:
    settled.system.gateway.stop()
    for path in ("/app", "/settings", "/app/connection"):
        tab.goto(f"{settled.url}{path}")
        expect(tab.get_by_role("button", name="Try again").first).to_be_visible()
    picture(tab, "service-down")
    is_accessible(tab)


def test_a_thousand_failing_invoices_are_searched_and_paged(settled: Played, tab: Any) -> None:
    fail(settled.system, 1000)
    tab.goto(f"{settled.url}/app/failing")
    tab.get_by_role("tab", name="All invoices").click()
    table = tab.get_by_role("tabpanel")
    expect(table.get_by_role("row")).to_have_count(26)
    table.get_by_role("button", name="Page 2").click()
    expect(table.get_by_role("button", name="Page 3")).to_be_visible()
    table.get_by_label("Search by number").fill("old-0777")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table.get_by_role("row", name="OLD-0777")).to_contain_text("Initech")
    picture(tab, "failing-list")
    is_accessible(tab)


@pytest.mark.parametrize("path", ["payments", "audit", "connection", "nowhere"])
def test_the_other_pages(settled: Played, tab: Any, path: str) -> None:
    tab.goto(f"{settled.url}/app/{path}")
    expect(tab.get_by_role("main")).to_contain_text("Invoices in QuickBooks")
    expect(tab.get_by_text("Loading", exact=True)).to_have_count(0)
    picture(tab, f"page-{path}")
    is_accessible(tab)


def test_the_two_are_disconnected(settled: Played, tab: Any) -> None:
    tab.goto(f"{settled.url}/app/connection")
    tab.get_by_role("button", name="Disconnect").click()
    dialog = tab.get_by_role("dialog", name="Disconnect HubSpot and QuickBooks?")
    expect(dialog).to_contain_text("What is in QuickBooks stays as it is.")
    picture(tab, "disconnect")
    is_accessible(tab)
    dialog.get_by_role("button", name="Disconnect them").click()
    expect(tab.get_by_text("Not connected", exact=True)).to_be_visible()
    expect(tab.get_by_role("link", name="Connect QuickBooks")).to_be_visible()
    picture(tab, "disconnected")
    assert not settled.system.quickbooks.tokens.grants_of(settled.scenario.realm.realm_id)


def test_the_readme_s_film_can_be_made_again(settled: Played, tab: Any) -> None:
    tab.set_viewport_size({"width": animation.WIDTH, "height": animation.HEIGHT})
    frames = animation.play(tab, f"{settled.url}/", expect)
    with Image.open(animation.PATH) as film:
        assert len(frames) == len(list(ImageSequence.Iterator(film)))


def test_the_invoices_of_a_company(settled: Played, tab: Any) -> None:
    tab.goto(settled.invoice("INV-2009"))
    expect(status_on(card_of(tab))).to_have_text("Synced")
    tab.get_by_role("link", name="Acme Industrial").click()
    related = tab.locator("[data-extension=invoice_sync_related_card]")
    expect(related.get_by_role("row", name="INV-2010")).to_contain_text("Synced")
    picture(tab, "company")
    is_accessible(tab)
