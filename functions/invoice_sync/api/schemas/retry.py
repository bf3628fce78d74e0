"""Retries of many failing invoices."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from invoice_sync.api.schemas.base import Answer
from invoice_sync.api.schemas.names import FailureCode


class RetryAnswer(Answer):
    """How far a retry is: that of a cause, of a code, or of all failing invoices."""

    state: Literal["running", "done", "failed", "cancelled"] = Field(
        description="`done`: all of them are on the queue. `failed`: `why` says why. `cancelled`:"
        " somebody stopped it."
    )
    why: str = Field(description="What stopped it; empty unless something did.", examples=[""])
    code: FailureCode | Literal[""] = Field(
        description="The code that it is limited to; empty when it is for all.",
        examples=["customer_not_found"],
    )
    cause: str = Field(
        description="The cause that it is limited to; empty when it is for a code or for all.",
        examples=["customer_not_found.3f0c9a71d2e4b685"],
    )
    total: int = Field(description="How many were failing when it began.", examples=[4000])
    queued: int = Field(description="How many have been put on the queue.", examples=[300])
    requested_at: datetime = Field(
        description="When it was asked for.", examples=["2026-11-23T13:00:00Z"]
    )
    updated_at: datetime = Field(
        description="When it last moved.", examples=["2026-11-23T13:00:01Z"]
    )
