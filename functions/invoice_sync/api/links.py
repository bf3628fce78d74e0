"""Where a person goes to fix a failure: the pages in both products. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from invoice_sync.api.schemas.failure import Link
from invoice_sync.hubspot.pages import CONTACT, INVOICE, record_link
from invoice_sync.model.detail import ClashDetail, ContactDetail
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ModifiedOutsideHubSpot, ReconnectRequired, Unexpected
from invoice_sync.model.record import Record
from invoice_sync.quickbooks.pages import customer_link, document_link, invoice_link


@dataclass(frozen=True)
class Hosts:
    """Addresses that links are made of."""

    # The address of QuickBooks' API: it tells a sandbox from production.
    quickbooks: str
    # The address of this app, with its connect page; empty when it is not known.
    app: str = ""

    @property
    def connect_page(self) -> str:
        """Where a person connects HubSpot and QuickBooks; empty when it is not known."""
        return f"{self.app}/connect/hubspot" if self.app else ""

    @classmethod
    def of_request(cls, event: Mapping[str, Any], quickbooks: str) -> Hosts:
        """Take this app's address from the request: it is the one that was asked."""
        scheme = event.get("headers", {}).get("x-forwarded-proto", "https")
        return cls(quickbooks, f"{scheme}://{event['requestContext']['domainName']}")


def links(record: Record, failure: Failure, hosts: Hosts) -> list[Link]:
    """Return the pages that the failure is about, the HubSpot invoice first."""
    return list(_links(record, failure, hosts))


def _links(record: Record, failure: Failure, hosts: Hosts) -> Iterator[Link]:
    portal_id, detail, base_url = record.portal_id, failure.detail, hosts.quickbooks
    url = record_link(portal_id, INVOICE, record.invoice_id)
    yield Link(label="The invoice in HubSpot", system="hubspot", url=url)
    refused = isinstance(detail, Unexpected) and detail.variant == "hubspot"
    if hosts.app and (refused or isinstance(detail, ReconnectRequired)):
        yield Link(label="Connect again", system="hubspot", url=hosts.connect_page)
    if isinstance(detail, ContactDetail) and detail.contact_id:
        url = record_link(portal_id, CONTACT, detail.contact_id)
        yield Link(label="The invoice's contact", system="hubspot", url=url)
    deleted = isinstance(detail, ModifiedOutsideHubSpot) and detail.variant == "deleted"
    if record.quickbooks_id and not deleted:
        url = invoice_link(record.quickbooks_id, base_url)
        yield Link(label="The invoice in QuickBooks", system="quickbooks", url=url)
    clash = detail if isinstance(detail, ClashDetail) and detail.clash_id else None
    if clash and (url := document_link(clash.clash_type, clash.clash_id, base_url)):
        label = f"The {clash.clash_type.lower()} that QuickBooks already has"
        yield Link(label=label, system="quickbooks", url=url)
    if isinstance(detail, ContactDetail):
        names = detail.customer_names or detail.customer_ids
        for customer_id, name in zip(detail.customer_ids, names, strict=False):
            url = customer_link(customer_id, base_url)
            yield Link(label=f"Customer {name}", system="quickbooks", url=url)
