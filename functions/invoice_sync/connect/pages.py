"""The answers to the owner's browser: redirects and HTML pages, their headers and the cookie."""

from __future__ import annotations

from html import escape
from typing import Any

from invoice_sync.connect.state import LIFETIME
from invoice_sync.model.connection import NativeSync

# The prefix makes browsers take it only from this host, for the whole host and over TLS: no
# neighbour's page can plant one (RFC 6265bis, "__Host-").
COOKIE = "__Host-invoice-sync-connect"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'",
}
_LOOKS = (
    "before this app creates an invoice, it looks whether QuickBooks has one of the same customer,"
    " date and total, and asks you if it has"
)
# By the value of the setting: the text of the link, and what it means.
_ANSWERS: dict[NativeSync, tuple[str, str]] = {
    "never": (
        "No, it never was",
        "invoices are created without that look; one that HubSpot's own sync holds is still asked"
        " about.",
    ),
    "was_on": ("It was, and is off now", f"{_LOOKS}."),
    "on": (
        "Yes, it is on",
        f"{_LOOKS}. HubSpot's own sync may still add a second one later: turn its invoices off as"
        " soon as you can.",
    ),
}
# What numbering means, by whether QuickBooks' custom transaction numbers are on. The advice is
# HubSpot's own, for the fault "Duplicate Document Number Error".
_NUMBERING = {
    True: (
        "Custom transaction numbers are on in this QuickBooks company. QuickBooks then counts on"
        " from the last number, HubSpot's prefix included: an invoice that somebody makes there may"
        " take the number of your next HubSpot invoice, and that one then fails with 'Duplicate"
        " Document Number Error'. Give the latest invoice in QuickBooks a number of a series of"
        " your own, save it, then turn custom transaction numbers off (Account and settings, Sales,"
        " Sales form content)."
    ),
    False: (
        "Custom transaction numbers are off in this QuickBooks company, as HubSpot advises."
        " QuickBooks numbers what people make there by itself. Invoices that this app makes keep"
        " their HubSpot number; it looks first whether the number is free."
    ),
}
_BEGIN_AGAIN = '<p><a href="/connect/hubspot">Begin again</a></p>'


def redirect(url: str, nonce: str) -> dict[str, Any]:
    """Send the browser on, and make the nonce its own for another ten minutes."""
    return {
        "statusCode": 302,
        "headers": {"Location": url, **_HEADERS},
        "cookies": [_cookie(nonce, int(LIFETIME.total_seconds()))],
    }


def question() -> dict[str, Any]:
    """Ask whether HubSpot's own QuickBooks sync is on: two syncs would bill everything twice."""
    text = (
        "HubSpot has a QuickBooks sync of its own (data sync). If it also syncs invoices to the"
        " company that you connect, each of them ends up in QuickBooks twice. Turn its invoices off"
        " before you go on. Is HubSpot's own sync on for this QuickBooks company?"
    )
    answers = "".join(
        f'<li><a href="/connect/hubspot?nativeSync={value}">{label}</a>: {escape(meaning)}</li>'
        for value, (label, meaning) in _ANSWERS.items()
    )
    return _page(200, "Connect HubSpot and QuickBooks", text, f"<ul>{answers}</ul>")


def trouble(status: int, title: str, text: str) -> dict[str, Any]:
    """Show why connecting ended, and a link to its beginning."""
    return _page(status, title, text, _BEGIN_AGAIN)


def connected(
    portal_id: str, realm_id: str, *, custom_numbers: bool | None = None
) -> dict[str, Any]:
    """Show that two accounts are connected, and remove the cookie. `custom_numbers`: whether
    QuickBooks has them on; None says nothing about numbers."""
    text = (
        f"HubSpot account {portal_id} and QuickBooks company {realm_id} are connected. You can"
        " close this page."
    )
    about_numbers = "" if custom_numbers is None else f"<p>{escape(_NUMBERING[custom_numbers])}</p>"
    return {**_page(200, "Connected", text, about_numbers), "cookies": [_cookie("", 0)]}


def _page(status: int, title: str, text: str, more: str = "") -> dict[str, Any]:
    """`more` is HTML; title and text are escaped."""
    body = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head>\n<body><h1>{escape(title)}</h1>"
        f"<p>{escape(text)}</p>{more}</body></html>\n"
    )
    return {
        "statusCode": status,
        "headers": {"Content-Type": "text/html; charset=utf-8", **_HEADERS},
        "body": body,
    }


def _cookie(value: str, max_age: int) -> str:
    return f"{COOKIE}={value}; Max-Age={max_age}; Path=/; Secure; HttpOnly; SameSite=Lax"
