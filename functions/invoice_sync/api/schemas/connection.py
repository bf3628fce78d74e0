"""The connection of a portal and a QuickBooks company."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from invoice_sync.api.schemas.base import Answer


class ConnectionTrouble(Answer):
    """What went wrong with the connection."""

    at: datetime = Field(description="When it was noticed.", examples=["2026-11-20T09:15:02Z"])
    words: str = Field(
        description="What it was, in a sentence for a person.",
        examples=["QuickBooks did not answer. This app tries again every five minutes."],
    )


class You(Answer):
    """The user who asks."""

    email: str = Field(
        description="The signed email; empty when HubSpot sent none.", examples=["pat@example.com"]
    )
    may_act: bool = Field(
        description="Whether the user may decide, retry and change settings. True without a"
        " connection: there is nothing to act on.",
        examples=[True],
    )


class ConnectionAnswer(Answer):
    """How the portal is connected. Some fields of a connection that an earlier version of this app
    made are not known until it is connected again."""

    state: Literal["not_connected", "connected", "reconnect_required"] = Field(
        description="`reconnect_required`: a service no longer accepts this app's access, and a"
        " person has to connect again.",
        examples=["connected"],
    )
    service: Literal["", "hubspot", "quickbooks"] = Field(
        description="With `reconnect_required`: which of the two it is; empty when that is not"
        " known. Empty otherwise.",
        examples=[""],
    )
    company_name: str = Field(
        description="The name of the QuickBooks company when it was connected; empty while not"
        " known.",
        examples=["Globex Inc."],
    )
    realm_id: str = Field(
        description="QuickBooks' id of the company; empty when not connected.",
        examples=["9130357849536436"],
    )
    country: str = Field(
        description="The country of the company; empty while not known.", examples=["US"]
    )
    home_currency: str = Field(
        description="The home currency of the company; empty while not known.", examples=["USD"]
    )
    quickbooks_url: str = Field(
        description="Where QuickBooks opens; empty when not connected.",
        examples=["https://app.qbo.intuit.com/app/homepage"],
    )
    connected_at: datetime | None = Field(
        description="When the two were connected last; null while not known.",
        examples=["2026-11-20T09:15:02Z"],
    )
    connected_by: str = Field(
        description="The email of the person who did that, else the HubSpot user id in words; empty"
        " while not known.",
        examples=["pat@example.com"],
    )
    started_at: datetime | None = Field(
        description="The start: invoices that were opened before it are left alone. Null when not"
        " connected.",
        examples=["2026-11-20T09:15:02Z"],
    )
    last_sweep_at: datetime | None = Field(
        description="When the sweep last ran without trouble; it runs every five minutes. It looks"
        " for missed changes in both systems, only once an hour where nothing happens. Null before"
        " the first time.",
        examples=["2026-11-20T09:15:02Z"],
    )
    last_trouble: ConnectionTrouble | None = Field(
        description="What last went wrong in a sweep; it may be over. Null when nothing did."
    )
    connect_url: str = Field(
        description="Where a person connects the two, for the first time or again.",
        examples=["https://sync.example.com/connect/hubspot"],
    )
    you: You = Field(description="Who asks, and whether they may act.")


class DisconnectAnswer(Answer):
    """How far the end of a connection has come."""

    access_ended: bool = Field(
        description="Whether HubSpot and QuickBooks have confirmed that this app has no access any"
        " more. If not, it goes on asking them every hour.",
        examples=[True],
    )
    deleting: bool = Field(
        description="Whether what this app keeps for the account is being deleted.",
        examples=[False],
    )
