"""The demo's scenarios are whole: what they name exists, for any number of invoices."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.local import scenario_data
from infra.local.hubspot import HubSpotSimulator
from infra.local.quickbooks import QuickBooksSimulator
from infra.local.scenario import Scenario
from infra.local.scenario_data import Data, Stage
from infra.local.wire import Clock

SIZES = [1, 2, 3, 7, 13, 50, 199, 200]
GENERATED_OUTCOMES = {
    "synced",
    "skipped",
    "customer_not_found",
    "duplicate_display_name",
    "service_date_required",
    "item_not_found",
    "duplicate_document_number",
}
OUTCOMES = GENERATED_OUTCOMES | {"modified_outside_hubspot"}


def check(data: Data) -> None:
    company = data["company"]
    contacts = {contact["key"] for contact in company["contacts"]}
    customers = {customer["name"] for customer in company["customers"]}
    items = {item["name"] for item in company["items"]}
    numbers = [invoice["number"] for invoice in data["invoices"]]
    assert len(set(numbers)) == len(numbers)
    for invoice in data["invoices"]:
        assert invoice["contact"] in contacts
        assert invoice.get("company", "Umbrella Labs") in company["companies"]
        assert invoice["expect"] in OUTCOMES
    for document in company["documents"]:
        assert document["customer"] in customers
        assert document["item"] in items
        assert document["number"] in numbers
    for steps in data["steps"].values():
        for step in steps:
            assert step["number"] in numbers
            assert step["expect"] in OUTCOMES
            assert step.get("contact", "globex") in contacts


def test_the_embedded_scenario() -> None:
    data = scenario_data.embedded()
    check(data)
    assert len(data["invoices"]) == 20
    assert set(data["steps"]) == {"later", "fixes", "inQuickBooks", "lost", "clicks"}


@pytest.mark.parametrize("size", SIZES)
def test_a_generated_scenario_of_any_size(size: int) -> None:
    data = scenario_data.generated(size)
    check(data)
    assert len(data["invoices"]) == size
    assert data == scenario_data.generated(size)
    assert data["steps"] == {}


def test_many_invoices_meet_every_fate() -> None:
    expected = {invoice["expect"] for invoice in scenario_data.generated(200)["invoices"]}
    assert expected == GENERATED_OUTCOMES


@pytest.mark.parametrize("size", [1, 3, 13, 200])
def test_the_simulators_take_a_generated_scenario(size: int) -> None:
    clock = Clock().stand_still(datetime(2026, 11, 23, 12, tzinfo=UTC))
    scenario = Scenario(scenario_data.generated(size))
    hubspot, quickbooks = HubSpotSimulator(clock).start(), QuickBooksSimulator(clock).start()
    scenario.fill(hubspot, quickbooks)
    scenario.create_invoices()
    stages: tuple[Stage, ...] = ("later", "fixes", "inQuickBooks", "lost", "clicks")
    for stage in stages:
        assert scenario.steps(stage) == []
        assert scenario.act(stage) == []
    assert len(scenario.portal.ids("invoices")) == len(scenario.expected) == size
    hubspot.stop()
    quickbooks.stop()
