"""Money that is in no book."""

from datetime import datetime

from pydantic import Field

from invoice_sync.api.schemas.base import Answer
from invoice_sync.api.schemas.names import UnrecordedKindName


class UnrecordedAmount(Answer):
    """An amount that is in no book."""

    kind: UnrecordedKindName = Field(description="What kind of money it is.")
    invoice_id: str = Field(
        description="HubSpot's id of the invoice. For a payment of several invoices it is the id of"
        " one of them.",
        examples=["44446244111"],
    )
    number: str = Field(
        description="The invoice's number in HubSpot; empty when it has none.",
        examples=["INV-2016"],
    )
    hubspot_id: str = Field(
        description="HubSpot's id of the payment; empty with `lowered`.", examples=["88123"]
    )
    amount: str = Field(
        description="The amount; empty when HubSpot's value cannot be read.", examples=["250.00"]
    )
    currency: str = Field(description="The ISO 4217 code of its currency.", examples=["USD"])
    date: str = Field(
        description="The day it was paid, in the portal's time zone, such as `2026-11-20`; empty"
        " when that is not known.",
        examples=["2026-11-20"],
    )
    reason: str = Field(
        description="Why it is in no book, in words for people.",
        examples=["It is recorded once the invoice itself is in QuickBooks."],
    )
    since: datetime = Field(
        description="Since when this app knows of it.", examples=["2026-11-20T09:15:00Z"]
    )


class UnrecordedAnswer(Answer):
    """A page of amounts that are in no book, by invoice, the newest first."""

    amounts: list[UnrecordedAmount] = Field(description="The amounts of this page.")
    cursor: str = Field(
        description="The `cursor` of the next page; empty on the last one.", examples=[""]
    )
