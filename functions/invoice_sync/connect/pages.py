"""The answers to the owner's browser: redirects and HTML pages, their headers and the cookie."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from invoice_sync.connect.state import LIFETIME
from invoice_sync.model.connection import EVERYONE, Connection, NativeSync

# The prefix makes browsers take it only from this host, for the whole host and over TLS: no
# neighbour's page can plant one (RFC 6265bis, "__Host-").
COOKIE = "__Host-invoice-sync-connect"
_PRODUCT = "Invoice sync"
_STYLE = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas;
  background: color-mix(in srgb, Canvas 94%, CanvasText); color: CanvasText; }
main { box-sizing: border-box; width: min(40rem, 100% - 2rem); margin: 2rem 1rem; padding: 2rem;
  background: Canvas; border-radius: 12px;
  border: 1px solid color-mix(in srgb, Canvas 80%, CanvasText); }
header { font-weight: 600; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0 1rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p, ul { margin: 0 0 1rem; }
ul { padding-left: 1.25rem; }
li { margin-bottom: .75rem; }
.step, .small { color: color-mix(in srgb, Canvas 35%, CanvasText); }
.step { margin: 1rem 0 0; }
.small { font-size: .875rem; margin: 1.5rem 0 0; }
a { color: LinkText; }
a.go { display: inline-block; padding: .5rem 1.25rem; border-radius: 6px; text-decoration: none;
  background: #0b5cab; color: #fff; }
"""
# Only this style may apply, and nothing else: no script, no form, no frame (CSP level 3).
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_SEARCHES = (
    "before this app creates an invoice, it searches QuickBooks for one with the same customer,"
    " date and total. If there is one, it asks you"
)
# By the value of the setting: the text of the link, and what it means.
_ANSWERS: dict[NativeSync, tuple[str, str]] = {
    "never": (
        "No, it never was",
        "new invoices are created without a search. If HubSpot's own sync turns out to hold one,"
        " this app asks you before it creates it.",
    ),
    "was_on": ("It was, and is off now", f"{_SEARCHES}."),
    "on": (
        "Yes, it is on",
        f"{_SEARCHES}. HubSpot's own sync may still add a second one later: turn its invoices off"
        " as soon as you can.",
    ),
}
# What numbering means, by whether QuickBooks' custom transaction numbers are on. The advice is
# HubSpot's own, for the fault "Duplicate Document Number Error".
_NUMBERING = {
    True: (
        "Custom transaction numbers are on in this QuickBooks company. QuickBooks then counts on"
        " from the last number, HubSpot's prefix included: an invoice that is made there may"
        " take the number of your next HubSpot invoice, and that one then fails with 'Duplicate"
        " Document Number Error'. Give the latest invoice in QuickBooks a number of a series of"
        " your own, save it, then turn custom transaction numbers off (Account and settings, Sales,"
        " Sales form content)."
    ),
    False: (
        "Custom transaction numbers are off in this QuickBooks company, as HubSpot advises."
        " QuickBooks numbers what people make there by itself. Invoices that this app makes keep"
        " their HubSpot number; it checks first that the number is free."
    ),
}
# How far it is.
_FIRST, _SECOND = "Step 1 of 2: HubSpot → QuickBooks", "Step 2 of 2: HubSpot ✓ → QuickBooks"
_DONE = "HubSpot ✓ → QuickBooks ✓"
_START_AGAIN = '<p><a class="go" href="/connect/hubspot">Start again</a></p>'


def account(hub_domain: str, portal_id: str) -> str:
    """Return the words for a HubSpot account: its domain, if that is known, and its id."""
    if not hub_domain:
        return f"HubSpot account {portal_id}"
    return f"the HubSpot account {hub_domain} ({portal_id})"


def company(connection: Connection) -> str:
    """Return the words for the QuickBooks company: its name, else its id."""
    name = connection.company.name
    return (
        f'the QuickBooks company "{name}"' if name else f"QuickBooks company {connection.realm_id}"
    )


def redirect(url: str, nonce: str) -> dict[str, Any]:
    """Send the browser on, and make the nonce its own for another ten minutes."""
    return {
        "statusCode": 302,
        "headers": {"Location": url},
        "cookies": [_cookie(nonce, int(LIFETIME.total_seconds()))],
    }


def question() -> dict[str, Any]:
    """Ask whether HubSpot's own QuickBooks sync is on: two syncs would bill everything twice."""
    text = (
        "HubSpot has a QuickBooks sync of its own (data sync). If it also syncs invoices to the"
        " company that you connect, each of them ends up in QuickBooks twice. Turn its invoices off"
        " before you go on."
    )
    answers = "".join(
        f'<li><a href="/connect/hubspot?nativeSync={value}">{label}</a>: {escape(meaning)}</li>'
        for value, (label, meaning) in _ANSWERS.items()
    )
    more = (
        "<h2>Is HubSpot's own sync on for this QuickBooks company?</h2>"
        f"<ul>{answers}</ul>"
        '<p class="small">Next, HubSpot asks for your consent, then QuickBooks does. Choose the'
        " HubSpot account with your invoices and the QuickBooks company with your books.</p>"
    )
    return _page(200, "Connect HubSpot and QuickBooks", text, more, step=_FIRST)


def second_step(url: str, account: str, nonce: str) -> dict[str, Any]:
    """Say which HubSpot account it is, and lead to QuickBooks. The browser keeps the nonce."""
    text = (
        f"You gave access to {account}. QuickBooks now asks you to choose the company with your"
        " books, and for your consent."
    )
    more = (
        f'<p><a class="go" href="{escape(url)}">Go on to QuickBooks</a></p>'
        '<p class="small">Is this the wrong HubSpot account?'
        ' <a href="/connect/hubspot">Start again</a> and choose the right one.</p>'
    )
    page = _page(200, "HubSpot is ready", text, more, step=_SECOND)
    return {**page, "cookies": [_cookie(nonce, int(LIFETIME.total_seconds()))]}


def trouble(status: int, title: str, text: str, request_id: str) -> dict[str, Any]:
    """Show why connecting ended, and a link to its beginning. `request_id` finds it in the log."""
    found_by = (
        f'<p class="small">If this happens again, give this number to whoever installed the app:'
        f" {escape(request_id)}</p>"
    )
    return _page(status, title, text, _START_AGAIN + (found_by if request_id else ""))


def connected(
    connection: Connection, account: str, *, again: bool, custom_numbers: bool | None
) -> dict[str, Any]:
    """Show that two accounts are connected and what happens next, and remove the cookie.

    `again`: they were connected before. `custom_numbers`: whether QuickBooks has them on; None says
    nothing about numbers.
    """
    names = f"{account} and {company(connection)}"
    text = f"{names[0].upper()}{names[1:]} are connected. You can close this page."
    items = "".join(f"<li>{escape(each)}</li>" for each in _what_next(connection, again=again))
    about_numbers = (
        ""
        if custom_numbers is None
        else f"<h2>Invoice numbers</h2><p>{escape(_NUMBERING[custom_numbers])}</p>"
    )
    more = f"<h2>What happens next</h2><ul>{items}</ul>{about_numbers}"
    return {**_page(200, "Connected", text, more, step=_DONE), "cookies": [_cookie("", 0)]}


def disconnected() -> dict[str, Any]:
    """Say what it means that a person ended the access in QuickBooks."""
    text = (
        "Once its access to QuickBooks has ended, this app stops syncing and gives back its access"
        " to HubSpot too. Invoices in both stay as they are. You can close this page."
    )
    more = (
        '<p class="small">Was it a mistake? <a href="/connect/hubspot">Connect again</a>: syncing'
        " goes on where it stopped.</p>"
    )
    return _page(200, "Disconnected from QuickBooks", text, more)


def _what_next(connection: Connection, *, again: bool) -> Iterator[str]:
    start = connection.started_at
    day = f"{start.astimezone(ZoneInfo(connection.time_zone)):%d %B %Y, %H:%M %Z}" if start else ""
    if again:
        since = f" since {day}" if day else ""
        yield f"Invoices that were opened{since} are synced, as before."
        yield "Invoices that failed because the connection had ended are tried again now."
    else:
        yield f"Invoices opened from now on are synced. The start is {day}."
        yield (
            "Older invoices are left alone. To bring in those of a period, use the backfill on the"
            " page of this app in HubSpot."
        )
    yield (
        "Check the settings: in HubSpot, open Settings, Integrations, Connected Apps, this app."
        " They say, for example, which product and which tax code is used where none matches."
    )
    yield (
        'Where to look in HubSpot: each invoice has the tab "Integrations sync" and the property'
        ' "QuickBooks sync status". The page of this app, in the Marketplace menu, lists the'
        " invoices that fail, and why."
    )
    yield _who_may_act(connection)


def _who_may_act(connection: Connection) -> str:
    rule = "decide about failing invoices, try them again and change settings"
    person = connection.connected_by
    if person and EVERYONE not in connection.settings.may_act:
        own = {person.email.casefold(), person.user_id}
        others = {name.casefold() for name in connection.settings.may_act} - own
        also = " and those whom the settings name" if others else ""
        return f"You ({person.name}){also} may {rule}. Name others in the settings."
    why = "" if person else " HubSpot did not say who you are."
    return f"Every user of this HubSpot account may {rule}.{why} The settings can limit this."


def _page(status: int, title: str, text: str, more: str = "", step: str = "") -> dict[str, Any]:
    """`more` is HTML; title, text and step are escaped."""
    shown_step = f'<p class="step">{escape(step)}</p>' if step else ""
    body = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} - {_PRODUCT}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><header>{_PRODUCT}</header>"
        f"{shown_step}<h1>{escape(title)}</h1><p>{escape(text)}</p>{more}</main></body></html>\n"
    )
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": _POLICY,
        },
        "body": body,
    }


def _cookie(value: str, max_age: int) -> str:
    return f"{COOKIE}={value}; Max-Age={max_age}; Path=/; Secure; HttpOnly; SameSite=Lax"
