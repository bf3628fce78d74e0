"""Addresses of HubSpot's own pages. The form that its pages have; accounts elsewhere than in North
America are sent on to their own host."""

from __future__ import annotations

INVOICE, CONTACT = "0-53", "0-1"


def record_link(portal_id: str, object_type_id: str, record_id: str) -> str:
    return f"https://app.hubspot.com/contacts/{portal_id}/record/{object_type_id}/{record_id}"
