"""The backfill: the plan that it makes and how far it is."""

from datetime import datetime

from pydantic import Field

from invoice_sync.api.schemas.base import Answer
from invoice_sync.api.schemas.names import FailureCode
from invoice_sync.api.schemas.period import First, JobState, Last


class CodeCount(Answer):
    """How many invoices would fail with a code."""

    title: str = Field(
        description="The title of the code, as in the list of failures.",
        examples=["The accounting period is closed"],
    )
    invoices: int = Field(description="How many invoices.", examples=[4])


class BackfillPlan(Answer):
    """What running the backfill would do, as far as the plan has got."""

    invoices: int = Field(
        description="How many invoices HubSpot has in the period, without drafts.", examples=[120]
    )
    by_outcome: dict[str, int] = Field(
        description="How many would end as `create`, `update`, `void`, `inStep`, `adopt` (in"
        " QuickBooks already: only our record is missing), `synced` (known to be in step), `skip`,"
        " `wait` (in trouble that may pass) and `fail`. What no invoice ends as is left out.",
        examples=[{"create": 96, "adopt": 20, "fail": 4}],
    )
    by_code: dict[FailureCode, CodeCount] = Field(
        description="Why invoices would fail, by failure code.",
        examples=[{"closed_period": {"title": "The accounting period is closed", "invoices": 4}}],
    )
    numbers_taken_by: dict[str, int] = Field(
        description="For invoices whose number another QuickBooks invoice has: how many of these"
        " differ in each field.",
        examples=[{"total": 1}],
    )
    metered_reads: int = Field(
        description="The metered reads that planning made at QuickBooks.", examples=[8]
    )
    run_metered_reads: int = Field(
        description="About how many metered reads running it will make; 0 until it is planned.",
        examples=[8],
    )


class BackfillProgress(Answer):
    """How far a running backfill is."""

    done: int = Field(description="Invoices that it has dealt with.", examples=[120])
    total: int = Field(description="Invoices that it has to deal with.", examples=[120])
    adopted: int = Field(description="Invoices that were in QuickBooks already.", examples=[20])
    sent: int = Field(description="Invoices that were given to the worker.", examples=[96])
    written: int = Field(description="Those of them that are in QuickBooks now.", examples=[96])
    failing: int = Field(
        description="Invoices that fail: the list of failures has them.", examples=[4]
    )
    left: int = Field(
        description="Invoices in trouble that may pass: the worker keeps trying.", examples=[0]
    )


class BackfillAnswer(Answer):
    """The backfill of a period."""

    from_: First
    to: Last
    state: JobState
    why: str = Field(description="What stopped it; empty unless something did.", examples=[""])
    plan: BackfillPlan = Field(description="What it would do.")
    progress: BackfillProgress | None = Field(
        description="How far it is; null until it has been run."
    )
    requested_at: datetime = Field(
        description="When it was asked for.", examples=["2026-11-23T13:00:00Z"]
    )
    updated_at: datetime = Field(
        description="When it last moved.", examples=["2026-11-23T13:04:10Z"]
    )
