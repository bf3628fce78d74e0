"""The answer to a request that was not carried out (RFC 9457)."""

from typing import Literal

from pydantic import Field

from invoice_sync.api.schemas.base import Answer
from invoice_sync.api.schemas.names import ProblemName


class Problem(Answer):
    """Why a request was not carried out. Nothing in it repeats what the caller sent."""

    type: Literal["about:blank"] = Field(
        description="Always `about:blank`: the status says what kind of problem it is."
    )
    code: ProblemName = Field(description="What kind of problem it is.", examples=["not_found"])
    title: str = Field(description="The name of the status.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(
        description="What is wrong and what helps, in a sentence that can be shown to a person.",
        examples=["This portal is not connected to QuickBooks."],
    )
