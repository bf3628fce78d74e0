"""The page plays HubSpot to an extension: it runs it, draws it, and lets people act beside it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import PATIENCE_MS, Played

pytestmark = pytest.mark.xdist_group("browser")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


def expect(found: Any) -> Any:
    sync_api.expect.set_options(timeout=PATIENCE_MS)
    return sync_api.expect(found)


def test_the_list_shows_what_the_app_writes_on_the_invoices(played: Played, tab: Any) -> None:
    tab.goto(played.url)
    expect(tab.get_by_role("row", name="INV-2017").get_by_text("failing")).to_be_visible()
    expect(tab.get_by_text("4 failing to sync")).to_be_visible()
    expect(tab.get_by_role("row", name="INV-2001").get_by_text("synced")).to_be_visible()
    tab.get_by_role("row", name="INV-2001").get_by_role("link", name="Open").click()
    expect(tab.get_by_role("heading", name="Invoice INV-2001")).to_be_visible()
    expect(tab.get_by_text("1,200.00 USD").first).to_be_visible()


def test_a_card_reads_the_api_and_a_person_decides(settled: Played, tab: Any) -> None:
    tab.goto(settled.invoice("INV-2017"))
    card = tab.get_by_role("main").locator("[data-extension=played_card]")
    expect(card.get_by_role("alert").first).to_contain_text("Duplicate Document Number")
    expect(card.get_by_text("For Pat")).to_be_visible()
    card.get_by_role("button", name="Decide").click()
    modal = tab.get_by_role("dialog", name="Decide")
    modal.get_by_role("button", name="Do it").click()
    expect(tab.get_by_text("It is decided.")).to_be_visible()
    expect(modal).to_be_hidden()
    expect(card.get_by_text("synced", exact=True)).to_be_visible()
    # The record beside the card is HubSpot's: the app has written its status there.
    beside = tab.get_by_role("complementary", name="About this record")
    expect(beside.get_by_text("synced", exact=True)).to_be_visible()
    # Components that the page does not have say so.
    expect(card.get_by_text("CrmReport")).to_be_visible()


def test_the_proxy_asks_permitted_addresses_alone(played: Played, tab: Any) -> None:
    tab.goto(played.invoice("INV-2017"))
    tab.get_by_role("button", name="Ask elsewhere").click()
    expect(tab.get_by_text("is not in permittedUrls")).to_be_visible()


def test_somebody_who_may_only_look_is_another_user(played: Played, tab: Any) -> None:
    tab.goto(played.invoice("INV-2017"))
    expect(tab.get_by_role("button", name="Decide")).to_be_visible()
    tab.get_by_label("You are").select_option(label="Sam Lund (may only look)")
    expect(tab.get_by_text("For Sam")).to_be_visible()
    expect(tab.get_by_role("button", name="Decide")).to_have_count(0)


def test_an_act_beside_the_app_reaches_it_by_webhook(settled: Played, tab: Any) -> None:
    tab.goto(settled.invoice("INV-2014"))
    card = tab.locator("[data-extension=played_card]")
    expect(card.get_by_text("failing", exact=True)).to_be_visible()
    tab.get_by_role("button", name="Add contact").click()
    tab.get_by_label("The contact's email").fill("billing@globex.example")
    tab.get_by_role("button", name="Do it in HubSpot").click()
    expect(card.get_by_text("synced", exact=True)).to_be_visible()


def test_the_fields_tell_what_people_enter(played: Played, tab: Any) -> None:
    tab.goto(f"{played.url}/settings")
    told = tab.get_by_test_id("told")
    tab.get_by_label("Words").fill("two")
    tab.get_by_label("Number").fill("12")
    tab.get_by_label("Number").press("Enter")
    expect(told).to_contain_text('"words":"two"')
    expect(told).to_contain_text('"submitted":"two"')
    expect(told).to_contain_text('"number":12')
    tab.get_by_label("Day").fill("2026-03-05")
    expect(told).to_contain_text('"day":{"year":2026,"month":2,"date":5')
    tab.get_by_label("Letter", exact=True).select_option(label="Gamma")
    expect(told).to_contain_text('"letter":"gamma"')
    tab.get_by_role("group", name="One of them").get_by_label("Beta").check()
    expect(told).to_contain_text('"one":"beta"')
    some = tab.get_by_role("group", name="Some of them")
    some.get_by_label("Alpha").check()
    some.get_by_label("Gamma").check()
    expect(told).to_contain_text('"some":["alpha","gamma"]')
    tab.get_by_role("switch", name="On or off").click()
    expect(told).to_contain_text('"on":true')
    expect(tab.get_by_role("switch", name="On or off")).to_have_attribute("aria-checked", "true")
    tab.get_by_label("Wrong").focus()
    expect(tab.get_by_label("Wrong")).to_have_attribute("aria-invalid", "true")


def test_an_app_page_has_tabs_tables_panels_and_routes(played: Played, tab: Any) -> None:
    tab.goto(f"{played.url}/app")
    all_rows = tab.get_by_role("tab", name="All (0)")
    expect(all_rows).to_have_attribute("aria-selected", "true")
    tab.get_by_role("tabpanel").get_by_role("button", name="Page 3").click()
    expect(tab.get_by_role("tabpanel").get_by_text("Row 1 of page 3, none")).to_be_visible()
    tab.get_by_role("button", name="Invoice").click()
    expect(tab.get_by_role("columnheader", name="Invoice")).to_have_attribute(
        "aria-sort", "ascending"
    )
    all_rows.press("ArrowLeft")
    expect(tab.get_by_role("tab", name="By cause")).to_be_focused()
    expect(tab.get_by_role("table", name="Failing by cause")).to_contain_text("item_not_found")
    tab.get_by_role("button", name="Open the panel").click()
    panel = tab.get_by_role("dialog", name="A panel")
    expect(panel.get_by_text("In the panel")).to_be_visible()
    panel.get_by_role("button", name="Close it").click()
    expect(panel).to_be_hidden()
    # The title told the panel's opening, though nothing but the worker knows of it.
    expect(tab.get_by_role("tab", name="All (1)")).to_be_visible()
    tab.get_by_role("button", name="Open the panel").click()
    tab.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(tab.get_by_role("button", name="Open the panel")).to_be_focused()
    tab.get_by_role("button", name="More").press("Enter")
    for _ in range(2):
        tab.keyboard.press("ArrowDown")
    expect(tab.get_by_role("menuitem", name="Go")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("/second from menu")).to_be_visible()
    assert tab.url == f"{played.url}/app/second?from=menu"
    tab.go_back()
    expect(tab.get_by_role("heading", name="All components")).to_be_visible()


def test_the_small_card_is_on_the_other_records(played: Played, tab: Any) -> None:
    tab.goto(played.invoice("INV-2009"))
    tab.get_by_role("link", name="Acme Industrial").click()
    expect(tab.get_by_text("Small card of 0-2: Acme Industrial")).to_be_visible()
    # Its tooltip has the invoices that belong to the company.
    tip = tab.get_by_role("tooltip", include_hidden=True)
    expect(tip).to_have_text("INV-2009 INV-2010")
    expect(tip).to_be_hidden()
    tab.locator("[data-extension=played_small_card]").get_by_text("Invoices").hover()
    expect(tip).to_be_visible()


def test_an_extension_that_breaks_says_so_and_leaves_the_rest(played: Played, browser: Any) -> None:
    deal_id = played.scenario.portal.create("deals", {"dealname": "Large"})
    # Not in `tab`: the error stands in the console, as it must.
    page = browser.new_page()
    page.goto(f"{played.url}/deal/{deal_id}")
    page.get_by_role("button", name="Break").click()
    expect(page.get_by_text("The extension Broken card stopped")).to_be_visible()
    expect(page.get_by_text("Small card of 0-3")).to_be_visible()
    page.close()


def test_a_lost_webhook_is_found_by_the_sweep(settled: Played, tab: Any) -> None:
    tab.goto(settled.invoice("INV-2008"))
    balance = tab.locator("div", has=tab.get_by_text("QuickBooks balance", exact=True)).last
    expect(balance).to_contain_text("$150.00")
    tab.get_by_role("button", name="Next webhook is lost").click()
    tab.get_by_role("button", name="Edit price").click()
    tab.get_by_label("Price of the first line").fill("175")
    tab.get_by_role("button", name="Do it in HubSpot").click()
    expect(tab.get_by_text("Its webhooks are lost")).to_be_visible()
    settled.system.hubspot.deliver()
    expect(balance).to_contain_text("$150.00")
    tab.get_by_role("button", name="Run the sweep now").click()
    expect(balance).to_contain_text("$175.00")
