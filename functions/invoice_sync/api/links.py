"""Where a person goes to put a failure right: the pages in both products. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from invoice_sync.hubspot.pages import CONTACT, INVOICE, record_link
from invoice_sync.model.base import Model
from invoice_sync.model.failure import Failure
from invoice_sync.model.record import Record
from invoice_sync.quickbooks.pages import customer_link, document_link, invoice_link


class Link(Model):
    label: str
    system: Literal["hubspot", "quickbooks"]
    url: str


@dataclass(frozen=True)
class Hosts:
    """`quickbooks`: of its API, which tells a sandbox. `own`: of ours; empty when not known."""

    quickbooks: str
    own: str = ""


def links(record: Record, failure: Failure, hosts: Hosts) -> list[Link]:
    """What the failure is about, the HubSpot invoice first."""
    return list(_links(record, failure, hosts))


def _links(record: Record, failure: Failure, hosts: Hosts) -> Iterator[Link]:
    portal_id, detail, base_url = record.portal_id, failure.detail, hosts.quickbooks
    own = record_link(portal_id, INVOICE, record.invoice_id)
    yield Link(label="The invoice in HubSpot", system="hubspot", url=own)
    refused = detail.get("change") == "hubspot"
    if hosts.own and (refused or failure.code == "reconnect_required"):
        url = f"{hosts.own}/connect/hubspot"
        yield Link(label="Connect again", system="hubspot", url=url)
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
