"""The connection of a portal, as the API shows it."""

from __future__ import annotations

from datetime import datetime

from invoice_sync.api.auth import Caller
from invoice_sync.api.links import Hosts
from invoice_sync.api.schemas.connection import ConnectionAnswer, ConnectionTrouble, You
from invoice_sync.model.connection import Connection, LastTrouble
from invoice_sync.quickbooks.pages import home_link


def not_connected(caller: Caller, hosts: Hosts) -> ConnectionAnswer:
    return ConnectionAnswer(
        state="not_connected",
        service="",
        company_name="",
        realm_id="",
        country="",
        home_currency="",
        quickbooks_url="",
        connected_at=None,
        connected_by="",
        started_at=None,
        last_sweep_at=None,
        last_trouble=None,
        connect_url=hosts.connect_page,
        you=You(email=caller.email, may_act=True),
    )


def connection(
    connection: Connection, swept_at: datetime | None, caller: Caller, hosts: Hosts
) -> ConnectionAnswer:
    """`swept_at`: when a sweep of the connection was last carried out whole."""
    company, person = connection.company, connection.connected_by
    return ConnectionAnswer(
        state=connection.state,
        service=connection.broken or "",
        company_name=company.name,
        realm_id=connection.realm_id,
        country=company.country,
        home_currency=company.home_currency,
        quickbooks_url=home_link(hosts.quickbooks),
        connected_at=connection.connected_at,
        connected_by=person.name if person else "",
        started_at=connection.started_at,
        last_sweep_at=swept_at,
        last_trouble=_trouble(connection.trouble) if connection.trouble else None,
        connect_url=hosts.connect_page,
        you=You(email=caller.email, may_act=connection.allows(caller.user_id, caller.email)),
    )


def _trouble(trouble: LastTrouble) -> ConnectionTrouble:
    return ConnectionTrouble(at=trouble.at, words=trouble.words)
