"""Addresses of HubSpot's own pages.

Not documented: the form is that of the pages themselves. HubSpot sends accounts outside North
America on to their own host.
"""

from __future__ import annotations

from invoice_sync.hubspot.events import CONTACT_TYPE_ID, INVOICE_TYPE_ID

INVOICE, CONTACT = INVOICE_TYPE_ID, CONTACT_TYPE_ID


def record_link(portal_id: str, object_type_id: str, record_id: str) -> str:
    """Return the address of a record's page."""
    return f"https://app.hubspot.com/contacts/{portal_id}/record/{object_type_id}/{record_id}"
