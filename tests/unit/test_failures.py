"""The catalogue: whole, in step with its page, and honest about what can be done."""

from __future__ import annotations

import pytest

from infra import catalogue
from invoice_sync.api.links import Hosts, links
from invoice_sync.failures.catalogue import CATALOGUE, Entry
from invoice_sync.failures.describe import explain, remedy
from invoice_sync.failures.resolutions import RESOLUTIONS, resolutions
from invoice_sync.failures.variants import VARIANTS, entry
from invoice_sync.model.failure import Failure
from invoice_sync.model.record import Record

EVERY = [
    *CATALOGUE.items(),
    *((f"{code} {change}", one) for (code, change), one in VARIANTS.items()),
]
RECORD = Record(portal_id="24680", invoice_id="512", quickbooks_id="146")
START = "service_date_from_billing_start"
OWN = "https://own.example"
API = "https://quickbooks.api.intuit.com"


def test_the_page_is_current() -> None:
    assert catalogue.PATH.read_text(encoding="utf-8") == catalogue.page(), "run make docs"


@pytest.mark.parametrize(("name", "found"), EVERY)
def test_every_entry_says_what_to_do(name: str, found: Entry) -> None:
    assert found.title
    assert found.explanation
    assert found.heals_when
    assert found.fixed_by
    assert found.retried or found.in_hubspot or found.in_quickbooks
    assert set(found.resolutions) <= RESOLUTIONS.keys()


def test_no_resolution_is_idle() -> None:
    offered = {one for _, found in EVERY for one in found.resolutions}
    assert offered == RESOLUTIONS.keys() - {"resume_syncing"}


def test_what_a_failure_lacks_keeps_nothing_from_being_shown() -> None:
    failure = Failure(code="duplicate_document_number")
    assert "?" in explain(failure)
    assert remedy(failure)["quickbooks"]


def test_a_variant_is_told_by_what_happened() -> None:
    voided = Failure(code="modified_outside_hubspot", detail={"change": "voided"})
    assert entry(voided).title == "The invoice was voided in QuickBooks"
    strange = Failure(code="modified_outside_hubspot", detail={"change": "edited"})
    assert entry(strange) == CATALOGUE["modified_outside_hubspot"]


@pytest.mark.parametrize(
    ("code", "detail", "name", "offered"),
    [
        ("service_date_required", {}, START, False),
        ("service_date_required", {"billingStart": "2026-01-01"}, START, True),
        ("service_date_required", {}, "service_date_from_invoice_date", True),
        ("duplicate_document_number", {"clash": "x"}, "adopt", False),
        ("duplicate_document_number", {"clashType": "Invoice", "clashId": "7"}, "adopt", True),
        ("duplicate_document_number", {"clashType": "Credit Memo", "clashId": "7"}, "adopt", False),
        ("possible_duplicate", {"clashId": "7"}, "adopt", True),
        ("duplicate_display_name", {}, "sub_customer", False),
        ("duplicate_display_name", {"customerId": "58"}, "sub_customer", True),
        ("customer_not_found", {"change": "no_contact"}, "create_customer", False),
        ("customer_not_found", {"change": "several"}, "create_customer", False),
    ],
)  # fmt: skip
def test_only_what_makes_sense_is_offered(
    code: str, detail: dict[str, str], name: str, offered: bool
) -> None:
    assert (name in resolutions(Failure(code=code, detail=detail))) == offered


class TestLinks:
    def urls(self, base_url: str = API, **detail: str) -> list[str]:
        failure = Failure(code="unexpected", detail=detail)
        return [one.url for one in links(RECORD, failure, Hosts(base_url, OWN))]

    def test_the_invoice_on_both_sides(self) -> None:
        assert self.urls() == [
            "https://app.hubspot.com/contacts/24680/record/0-53/512",
            "https://app.qbo.intuit.com/app/invoice?txnId=146",
        ]

    def test_where_to_connect_again(self) -> None:
        for failure in (
            Failure(code="reconnect_required", detail={"service": "HubSpot"}),
            Failure(code="unexpected", detail={"change": "hubspot"}),
        ):
            found = [one.url for one in links(RECORD, failure, Hosts(API, OWN))]
            assert f"{OWN}/connect/hubspot" in found
            assert len(links(RECORD, failure, Hosts(API))) == len(found) - 1

    def test_not_what_is_deleted(self) -> None:
        assert len(self.urls(change="deleted")) == 1

    def test_the_contact_and_its_customers(self) -> None:
        assert self.urls(contactId="301", ids="58 59")[1:] == [
            "https://app.hubspot.com/contacts/24680/record/0-1/301",
            "https://app.qbo.intuit.com/app/invoice?txnId=146",
            "https://app.qbo.intuit.com/app/customerdetail?nameId=58",
            "https://app.qbo.intuit.com/app/customerdetail?nameId=59",
        ]

    @pytest.mark.parametrize(
        ("kind", "page"), [("Invoice", "invoice"), ("Credit Memo", "creditmemo"), ("Bill", "")]
    )
    def test_the_document_that_has_the_number(self, kind: str, page: str) -> None:
        found = self.urls(clashType=kind, clashId="77", base_url="https://sandbox-x")[2:]
        host = "https://app.sandbox.qbo.intuit.com/app"
        assert found == ([f"{host}/{page}?txnId=77"] if page else [])
