"""Where a person goes to fix a failure."""

from __future__ import annotations

import pytest

from invoice_sync.api.links import Hosts, links
from invoice_sync.model.detail import ClashDetail, Detail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CustomerNotFound,
    ModifiedOutsideHubSpot,
    ReconnectRequired,
    Unexpected,
)
from invoice_sync.model.record import Record

RECORD = Record(portal_id="24680", invoice_id="512", quickbooks_id="146")
APP = "https://sync.example"
QUICKBOOKS = "https://quickbooks.api.intuit.com"


def urls(detail: Detail, quickbooks: str = QUICKBOOKS, app: str = APP) -> list[str]:
    pages = links(RECORD, Failure(detail=detail), Hosts(quickbooks, app))
    return [link.url for link in pages]


def test_the_invoice_on_both_sides() -> None:
    assert urls(Unexpected()) == [
        "https://app.hubspot.com/contacts/24680/record/0-53/512",
        "https://app.qbo.intuit.com/app/invoice?txnId=146",
    ]


@pytest.mark.parametrize(
    "detail", [ReconnectRequired(service="HubSpot"), Unexpected(variant="hubspot")]
)
def test_where_to_connect_again(detail: Detail) -> None:
    assert f"{APP}/connect/hubspot" in urls(detail)
    assert len(urls(detail, app="")) == len(urls(detail)) - 1


def test_not_what_is_deleted() -> None:
    assert len(urls(ModifiedOutsideHubSpot(variant="deleted", currency="USD"))) == 1


def test_the_contact_and_its_customers() -> None:
    detail = CustomerNotFound(variant="several", contact_id="301", customer_ids=("58", "59"))
    assert urls(detail)[1:] == [
        "https://app.hubspot.com/contacts/24680/record/0-1/301",
        "https://app.qbo.intuit.com/app/invoice?txnId=146",
        "https://app.qbo.intuit.com/app/customerdetail?nameId=58",
        "https://app.qbo.intuit.com/app/customerdetail?nameId=59",
    ]


@pytest.mark.parametrize(
    ("kind", "page"), [("Invoice", "invoice"), ("Credit Memo", "creditmemo"), ("Bill", "")]
)
def test_the_document_that_has_the_number(kind: str, page: str) -> None:
    pages = urls(ClashDetail(clash_type=kind, clash_id="77"), quickbooks="https://sandbox-x")[2:]
    host = "https://app.sandbox.qbo.intuit.com/app"
    assert pages == ([f"{host}/{page}?txnId=77"] if page else [])


def test_this_app_is_where_it_was_asked() -> None:
    event = {
        "headers": {"x-forwarded-proto": "http"},
        "requestContext": {"domainName": "127.0.0.1:8080"},
    }
    assert Hosts.of_request(event, QUICKBOOKS) == Hosts(QUICKBOOKS, "http://127.0.0.1:8080")
