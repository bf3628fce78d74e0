"""Load what a look needs: HubSpot's records whole, QuickBooks' only as far as not known."""

from __future__ import annotations

from invoice_sync.sync.batch import Task


def contact_email(job: Task) -> str:
    contact = job.invoice.contact if job.invoice else None
    return contact.email.casefold() if contact else ""


def link_key(job: Task) -> str:
    """Of the customer that was made for a contact."""
    if job.invoice is None or job.invoice.contact is None:
        return ""
    return f"CUSTOMER#{job.record.portal_id}#{job.invoice.contact.id}#{job.invoice.currency}"


def choice_key(job: Task) -> str:
    """Of what somebody decided about a contact's customer."""
    return f"CHOICE#{key}" if (key := link_key(job)) else ""


def email_key(job: Task) -> str:
    """Of the customer that was found by the contact's email."""
    email = contact_email(job)
    return f"EMAIL#{email}#{job.invoice.currency}" if job.invoice and email else ""


def tax_code_key(code_id: str) -> str:
    return f"TAXCODE#{code_id}"


def item_key(kind: str, value: str) -> str:
    return f"ITEM#{kind}#{value.casefold()}"


def item_choice_key(kind: str, value: str) -> str:
    """Of the item that somebody chose for lines of that SKU or name."""
    return f"CHOICE#{item_key(kind, value)}"
