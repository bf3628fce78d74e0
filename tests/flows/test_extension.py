"""The HubSpot app's project files: what it subscribes to is enough, and it asks for what we use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra import extension
from invoice_sync.connect import consent
from invoice_sync.hubspot.events import OBJECT_TYPES
from invoice_sync.hubspot.parse import PROPERTIES

from .conftest import Flow

APP = extension.SOURCE / "src" / "app"
SINGULAR = {
    "invoices": "invoice",
    "line_items": "line_item",
    "discounts": "discount",
    "fees": "fee",
    "taxes": "tax",
    "contacts": "contact",
    "companies": "company",
    "commerce_payments": "commerce_payment",
}
# Calculated by HubSpot, which does not say whether it tells of such changes.
CALCULATED = {
    ("invoice", "hs_amount_billed"),
    ("invoice", "hs_amount_paid"),
    ("invoice", "hs_balance_due"),
    ("invoice", "hs_createdate"),
    # A merge is an event of its own.
    ("contact", "hs_merged_object_ids"),
}


def read(path: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["config"]
    return config


def subscriptions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(APP / "webhooks" / "webhooks-hsmeta.json")["subscriptions"][
        "crmObjects"
    ]
    return found


@pytest.fixture
def subscribed(flow: Flow) -> Flow:
    flow.hubspot.subscribe(f"{flow.own.gateway.url}/webhooks/hubspot", subscriptions())
    return flow


def test_every_property_that_is_read_is_subscribed_to() -> None:
    wanted = {
        (SINGULAR[object_type], name)
        for object_type in OBJECT_TYPES.values()
        for name in PROPERTIES[object_type]
    }
    got = {
        (one["objectType"], one["propertyName"])
        for one in subscriptions()
        if one["subscriptionType"] == "object.propertyChange"
    }
    # What it writes itself is nobody else's change.
    ours = {("invoice", "qbo_invoice_link")}
    # HubSpot tells of no such change (guide "Webhooks").
    silent = {(kind, "hs_lastmodifieddate") for kind, _ in wanted}
    assert got == wanted - CALCULATED - ours - silent


def test_the_app_asks_for_the_scopes_that_connecting_demands() -> None:
    assert read(APP / "app-hsmeta.json")["auth"]["requiredScopes"] == list(consent.REQUIRED_SCOPES)


def test_with_these_subscriptions_an_invoice_follows_every_change(subscribed: Flow) -> None:
    invoice_id = subscribed.invoice()
    subscribed.work()
    assert [one["TotalAmt"] for one in subscribed.in_quickbooks(invoice_id)] == [300]
    subscribed.set_price(invoice_id, "175")
    subscribed.work()
    assert [one["TotalAmt"] for one in subscribed.in_quickbooks(invoice_id)] == [350]
    line_id = subscribed.portal.create(
        "line_items", {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "50"}
    )
    subscribed.portal.associate("invoices", invoice_id, "line_items", line_id)
    subscribed.work()
    assert [one["TotalAmt"] for one in subscribed.in_quickbooks(invoice_id)] == [400]
    subscribed.portal.delete("line_items", line_id)
    subscribed.work()
    assert [one["TotalAmt"] for one in subscribed.in_quickbooks(invoice_id)] == [350]
    subscribed.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
    subscribed.work()
    assert [one["TotalAmt"] for one in subscribed.in_quickbooks(invoice_id)] == [0]


def test_with_these_subscriptions_a_failure_heals(subscribed: Flow) -> None:
    subscribed.realm.add_customer("Initech", "bills@initech.example")
    contact_id = subscribed.portal.create("contacts", {"email": "typo@initech.example"})
    without = subscribed.invoice(contact_id="")
    wrong = subscribed.invoice(contact_id=contact_id)
    subscribed.work()
    assert subscribed.failure_code(without) == "customer_not_found"
    assert subscribed.failure_code(wrong) == "customer_not_found"
    subscribed.portal.associate("invoices", without, "contacts", subscribed.contact_id)
    subscribed.portal.update("contacts", contact_id, {"email": "bills@initech.example"})
    subscribed.work()
    assert subscribed.failure_code(without) == ""
    assert subscribed.failure_code(wrong) == ""


def test_the_copy_names_this_deployment_and_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extension.write("https://abc.example.com", tmp_path / "copy")
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert not [path for path in files if extension.PLACEHOLDER in path.read_text()]
    address = tmp_path / "copy" / "src" / "app" / "packages" / "shared" / extension.ADDRESS
    assert "'https://abc.example.com'" in address.read_text()
    # HubSpot gets its own project, without our tools and tests.
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["hsproject.json", "src"]
    assert not [path for path in files if "node_modules" in path.parts or "test" in path.name]
    webhooks = read(tmp_path / "copy" / "src" / "app" / "webhooks" / "webhooks-hsmeta.json")
    assert webhooks["settings"]["targetUrl"] == "https://abc.example.com/webhooks/hubspot"
    for wrong in ([], ["http://abc.example.com"], ["https://abc.example.com/path"]):
        assert extension.main(wrong) == 2
    assert "usage" in capsys.readouterr().err
