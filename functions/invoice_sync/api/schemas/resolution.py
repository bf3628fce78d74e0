"""What a look would do, and what a person decides."""

from typing import Any, Literal

from pydantic import Field

from invoice_sync.api.schemas.base import Answer, Request
from invoice_sync.api.schemas.failure import ExplainedFailure, FieldDifference
from invoice_sync.api.schemas.names import ResolutionName
from invoice_sync.failures import entry


class PreviewAnswer(Answer):
    """What the next check of an invoice would do."""

    invoice_id: str = Field(description="HubSpot's id of the invoice.", examples=["44446244111"])
    outcome: Literal["create", "update", "void", "inStep", "adopt", "skip", "wait", "fail"] = Field(
        description="`create`, `update` or `void` the invoice in QuickBooks. `inStep`: nothing to"
        " do. `adopt`: take the QuickBooks invoice that is there for this one. `skip`, `wait`:"
        " `reason` says why. `fail`: `failures` says why."
    )
    reason: str = Field(
        description="Why it would be skipped or has to wait; empty otherwise.", examples=[""]
    )
    customer: str = Field(
        description="The name of the QuickBooks customer that the invoice would have, also of a new"
        " one; empty when it is not known.",
        examples=["Acme Inc."],
    )
    payload: dict[str, Any] | None = Field(
        description="The exact body that QuickBooks would get; null when it would get none.",
        examples=[{"DocNumber": "INV-2016", "CustomerRef": {"value": "58"}}],
    )
    new_customer: dict[str, Any] | None = Field(
        description="The body that would create the customer first; null when none would be"
        " created. `payload` then lacks the customer's id.",
        examples=[None],
    )
    differences: list[FieldDifference] = Field(
        description="The fields in which the QuickBooks invoice differs from what HubSpot says, as"
        " far as it was read.",
        examples=[[]],
    )
    failures: list[ExplainedFailure] = Field(
        description="Every failure that the check would meet, not only the first.", examples=[[]]
    )
    metered_reads: int = Field(
        description="The metered reads that the preview itself made at QuickBooks.", examples=[1]
    )


class ResolutionRequest(Request):
    """A decision about an invoice."""

    resolution: entry.ResolutionName = Field(
        description="One of the `resolutions` of the invoice: those of its failure; `bring_in` for"
        " one that is skipped because it is from before the start; `resume_syncing` for one that"
        " somebody stopped; `stop_syncing` for any that fails for a reason of its own;"
        " `use_customer` and `stop_syncing` also for one that is in step.",
        examples=["use_customer"],
    )
    customer_id: str = Field(
        "",
        pattern=r"^[0-9]{0,20}$",
        description="The QuickBooks customer, for `use_customer` and `sub_customer`.",
        examples=["58"],
    )
    item_id: str = Field(
        "",
        pattern=r"^[0-9]{0,20}$",
        description="The QuickBooks product or service, for `use_item`.",
        examples=[""],
    )
    always: bool = Field(
        False,
        description="For the service date: make it the connection's setting, so that it also"
        " holds for all invoices from now on.",
    )
    preview: bool = Field(
        False, description="Do nothing: only say what the decision would come to."
    )


class RankedCandidate(Answer):
    """A value that the missing argument may have."""

    id: str = Field(description="QuickBooks' id: the value of the argument.", examples=["58"])
    name: str = Field(description="The name of the customer or item.", examples=["Acme Inc."])
    about: str = Field(
        description="The email of a customer, the SKU of an item.",
        examples=["billing@acme.example"],
    )
    reasons: list[str] = Field(
        description="Why it may be the one, the strongest reason first.",
        examples=[["same company name", "same email domain, acme.example"]],
    )


class CandidatesAnswer(Answer):
    """What a search found."""

    candidates: list[RankedCandidate] = Field(description="What was found, the likeliest first.")
    metered_reads: int = Field(
        description="The metered reads that the search made at QuickBooks.", examples=[3]
    )


class ResolutionAnswer(Answer):
    """What a decision did, or would do."""

    resolution: ResolutionName = Field(description="The decision.", examples=["use_customer"])
    done: bool = Field(
        description="True when the decision is kept and the invoice will be checked; false for a"
        " preview.",
        examples=[True],
    )
    says: str = Field(
        description="What will be done, or would be, in a sentence for the person who decides;"
        " empty while an argument is missing.",
        examples=[
            "This invoice, and all invoices of its contact from now on, will go to the QuickBooks"
            ' customer "Acme Inc.", even if an email changes.'
        ],
    )
    candidates: list[RankedCandidate] = Field(
        description="The values that the missing argument may have, the likeliest first. Only in a"
        " preview that lacks the argument.",
        examples=[[]],
    )
    preview: PreviewAnswer | None = Field(
        description="What the next check would do after the decision; null when it is done or an"
        " argument is missing.",
        examples=[None],
    )
    affects: int = Field(
        description="How many invoices the decision concerns, this one included: the others fail"
        " for the same root cause. They are checked as soon as it is made.",
        examples=[12],
    )
