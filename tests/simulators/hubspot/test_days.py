"""What changes by itself from day to day, and when a value became what it is."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from infra.local.hubspot import HubSpotSimulator, Portal
from infra.local.wire import Clock
from tests.simulators.hubspot.client import LINES, PORTAL, Api, Receiver, invalid

DAY = 86_400


@pytest.fixture
def api(hubspot: HubSpotSimulator, portal: Portal, connect: Callable[[str | None], Api]) -> Api:
    """A client whose token outlives the days that pass."""
    return connect(hubspot.static_token(PORTAL))


def overdue(api: Api, invoice: str) -> tuple[str | None, str]:
    (record,) = api.read("invoices", [invoice], "hs_days_overdue").json()["results"]
    return record["properties"]["hs_days_overdue"], record["updatedAt"]


@pytest.mark.parametrize("moves", [True, False])
def test_days_overdue_pass(
    api: Api, portal: Portal, hubspot: HubSpotSimulator, clock: Clock, moves: bool
) -> None:
    hubspot.switches.touch_by_clock = moves
    invoice = portal.create_invoice(lines=LINES, hs_due_date="2026-11-24T12:00:00Z")
    assert overdue(api, invoice)[0] is None
    clock.advance(DAY)
    _, before = overdue(api, invoice)
    for days in range(1, 4):
        clock.advance(DAY)
        shown, changed = overdue(api, invoice)
        assert shown == str(days)
        assert (changed > before) is moves
        before = changed


def test_the_day_is_that_of_the_account(api: Api, portal: Portal, clock: Clock) -> None:
    """The clock stands at noon in UTC; New York's next day begins seventeen hours later."""
    invoice = portal.create_invoice(lines=LINES, hs_due_date="2026-11-23T12:00:00Z")
    clock.advance(16.9 * 3600)
    assert overdue(api, invoice)[0] is None
    clock.advance(0.2 * 3600)
    assert overdue(api, invoice)[0] == "1"


@pytest.mark.parametrize("status", ["paid", "voided", "draft"])
def test_only_open_invoices_are_overdue(
    api: Api, portal: Portal, clock: Clock, status: str
) -> None:
    invoice = portal.create_invoice(lines=LINES, hs_due_date="2026-11-01", status=status)
    _, before = overdue(api, invoice)
    clock.advance(3 * DAY)
    assert overdue(api, invoice) == (None, before)


def test_a_payment_ends_it(api: Api, portal: Portal) -> None:
    invoice = portal.create_invoice(lines=LINES, hs_due_date="2026-11-20T12:00:00Z")
    assert overdue(api, invoice)[0] == "3"
    portal.update("invoices", invoice, {"hs_invoice_status": "paid"})
    assert overdue(api, invoice)[0] is None


@pytest.mark.parametrize("told", [True, False])
def test_webhooks_tell_it_if_they_tell_calculations(
    portal: Portal, hubspot: HubSpotSimulator, receiver: Receiver, clock: Clock, told: bool
) -> None:
    portal.create_invoice(lines=LINES, hs_due_date="2026-11-23T12:00:00Z")
    hubspot.subscribe(receiver.url)
    hubspot.switches.calculated_events = told
    clock.advance(DAY)
    hubspot.deliver()
    assert [event["propertyName"] for event in receiver.events] == ["hs_days_overdue"] * told


class TestHistory:
    def test_when_it_became_open(self, api: Api, portal: Portal, clock: Clock) -> None:
        invoice = portal.create_invoice(lines=LINES, status="draft")
        clock.advance(60)
        portal.update("invoices", invoice, {"hs_invoice_status": "open"})
        clock.advance(60)
        payment = {
            "hs_initial_amount": 26,
            "hs_initiated_date": "2026-11-23",
            "hs_latest_status": "succeeded",
        }
        portal.create("commerce_payments", payment, [("invoices", invoice)])
        body = {"inputs": [{"id": invoice}], "propertiesWithHistory": ["hs_invoice_status"]}
        answer = api("POST", "/crm/v3/objects/invoices/batch/read", body).json()
        history = answer["results"][0]["propertiesWithHistory"]["hs_invoice_status"]
        assert [(each["value"], each["timestamp"], each["sourceType"]) for each in history] == [
            ("paid", "2026-11-23T12:02:00.000Z", "PAYMENTS"),
            ("open", "2026-11-23T12:01:00.000Z", "CRM_UI"),
            ("draft", "2026-11-23T12:00:00.000Z", "CRM_UI"),
        ]

    def test_fifty_at_most(self, api: Api, portal: Portal) -> None:
        invoices = [portal.create_invoice() for _ in range(51)]

        def read(ids: list[str]) -> httpx.Response:
            inputs = [{"id": each} for each in ids]
            body = {"inputs": inputs, "propertiesWithHistory": ["hs_invoice_status"]}
            return api("POST", "/crm/v3/objects/invoices/batch/read", body)

        invalid(read(invoices))
        assert len(read(invoices[:50]).json()["results"]) == 50
        assert len(api.read("invoices", invoices, "hs_number").json()["results"]) == 51


def test_the_source_of_invoices_may_have_another_word(
    portal: Portal, hubspot: HubSpotSimulator
) -> None:
    for word in ("hubspot", "HUBSPOT", None):
        hubspot.switches.native_source = word
        invoice = portal.record("invoices", portal.create_invoice())
        assert invoice.properties.get("hs_invoice_source") == word
