"""Whether the API runs."""

from typing import Literal

from pydantic import Field

from invoice_sync.api.schemas.base import Answer


class HealthAnswer(Answer):
    """The function runs and has its environment."""

    status: Literal["ok"] = Field(description="Always `ok`: without it there is no answer.")
    version: str = Field(description="The version that is deployed.")
