"""Where a person goes to put a failure right: the pages in both products. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from .hubspot.links import CONTACT, INVOICE, record_link
from .model import Failure, Model, Record
from .quickbooks.links import customer_link, document_link, invoice_link


class Link(Model):
    label: str
    system: Literal["hubspot", "quickbooks"]
    url: str


def links(record: Record, failure: Failure, quickbooks_base_url: str) -> list[Link]:
    """What the failure is about, the HubSpot invoice first."""
    return list(_links(record, failure.detail, quickbooks_base_url))


def _links(record: Record, detail: dict[str, str], base_url: str) -> Iterator[Link]:
    portal_id = record.portal_id
    own = record_link(portal_id, INVOICE, record.invoice_id)
    yield Link(label="The invoice in HubSpot", system="hubspot", url=own)
    if contact_id := detail.get("contactId"):
        url = record_link(portal_id, CONTACT, contact_id)
        yield Link(label="The invoice's contact", system="hubspot", url=url)
    if record.quickbooks_id and detail.get("change") != "deleted":
        url = invoice_link(record.quickbooks_id, base_url)
        yield Link(label="The invoice in QuickBooks", system="quickbooks", url=url)
    if clash_id := detail.get("clashId"):
        kind = detail.get("clashType", "Invoice")
        if url := document_link(kind, clash_id, base_url):
            label = f"The {kind.lower()} that is there already"
            yield Link(label=label, system="quickbooks", url=url)
    for customer_id in f"{detail.get('customerId', '')} {detail.get('ids', '')}".split():
        url = customer_link(customer_id, base_url)
        yield Link(label=f"Customer {customer_id}", system="quickbooks", url=url)
