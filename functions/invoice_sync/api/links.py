"""Where a person goes to put a failure right: the pages in both products. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from invoice_sync.hubspot.pages import CONTACT, INVOICE, record_link
from invoice_sync.model.base import Model
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    ClashDetail,
    ContactDetail,
    ModifiedOutsideHubSpot,
    ReconnectRequired,
    Unexpected,
)
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
    refused = isinstance(detail, Unexpected) and detail.variant == "hubspot"
    if hosts.own and (refused or isinstance(detail, ReconnectRequired)):
        url = f"{hosts.own}/connect/hubspot"
        yield Link(label="Connect again", system="hubspot", url=url)
    if isinstance(detail, ContactDetail) and detail.contact_id:
        url = record_link(portal_id, CONTACT, detail.contact_id)
        yield Link(label="The invoice's contact", system="hubspot", url=url)
    deleted = isinstance(detail, ModifiedOutsideHubSpot) and detail.variant == "deleted"
    if record.quickbooks_id and not deleted:
        url = invoice_link(record.quickbooks_id, base_url)
        yield Link(label="The invoice in QuickBooks", system="quickbooks", url=url)
    clash = detail if isinstance(detail, ClashDetail) and detail.clash_id else None
    if clash and (url := document_link(clash.clash_type, clash.clash_id, base_url)):
        label = f"The {clash.clash_type.lower()} that is there already"
        yield Link(label=label, system="quickbooks", url=url)
    for customer_id in detail.customer_ids if isinstance(detail, ContactDetail) else ():
        url = customer_link(customer_id, base_url)
        yield Link(label=f"Customer {customer_id}", system="quickbooks", url=url)
