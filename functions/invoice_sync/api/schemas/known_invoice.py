"""What people know an invoice by, wherever one is listed or shown."""

from datetime import datetime

from pydantic import Field

from invoice_sync.api.schemas.base import Answer


class KnownInvoice(Answer):
    """An invoice as HubSpot had it at the last check. What is not known is empty."""

    invoice_id: str = Field(description="HubSpot's id of the invoice.", examples=["44446244111"])
    number: str = Field(
        description="The invoice's number in HubSpot; empty when it has not been read yet.",
        examples=["INV-2016"],
    )
    amount: str = Field(
        description="What HubSpot bills; empty when it must be a mistake.", examples=["1200.00"]
    )
    currency: str = Field(
        description="The ISO 4217 code of the amount's currency.", examples=["USD"]
    )
    date: str = Field(description="The invoice's date.", examples=["2026-11-20"])
    due_date: str = Field(description="When it is due.", examples=["2026-12-20"])
    customer: str = Field(description="The name of the contact who pays.", examples=["Nora Wind"])
    company: str = Field(description="The name of the company in HubSpot.", examples=["Acme Inc."])
    queued_at: datetime | None = Field(
        description="When somebody retried it or decided about it, while it waits for the check"
        " that follows; else null.",
        examples=[None],
    )
