"""What people did with this app."""

from datetime import datetime

from pydantic import Field

from invoice_sync.api.schemas.base import Answer
from invoice_sync.api.schemas.names import ActionName


class RecordedAction(Answer):
    """One thing that a person did."""

    at: datetime = Field(description="When it was done.", examples=["2026-11-20T09:15:02Z"])
    who: str = Field(
        description="The email of the person who did it, else the HubSpot user id in words; empty"
        " when HubSpot named nobody.",
        examples=["pat@example.com"],
    )
    action: ActionName = Field(description="What kind of thing it was.")
    invoice_id: str = Field(
        description="HubSpot's id of the invoice that it is about; empty for others.",
        examples=["44446244111"],
    )
    number: str = Field(
        description="The invoice's number in HubSpot; empty when not known.", examples=["INV-2016"]
    )
    says: str = Field(
        description="What was done, in sentences for a person.",
        examples=["Tried this invoice again."],
    )


class AuditAnswer(Answer):
    """A page of what people did, the newest first."""

    entries: list[RecordedAction] = Field(description="What people did, the newest first.")
    cursor: str = Field(
        description="The `cursor` of the next page; empty on the last one.", examples=[""]
    )
