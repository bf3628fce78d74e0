"""One invoice: its status, what has been done about it, and that it is to be looked at again."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from invoice_sync.api.schemas.base import Answer, Request
from invoice_sync.api.schemas.failure import ExplainedFailure, OfferedResolution
from invoice_sync.api.schemas.known_invoice import KnownInvoice
from invoice_sync.api.schemas.names import FailureCode, ResolutionName, TriggerName

InvoiceStatus = Literal["unknown", "pending", "synced", "failing", "skipped"]


class QuickBooksReference(Answer):
    """The invoice in QuickBooks."""

    id: str = Field(description="QuickBooks' id of the invoice.", examples=["146"])
    number: str = Field(
        description="Its number in QuickBooks; empty when it has none.", examples=["INV-2016"]
    )
    link: str = Field(
        description="Its page in QuickBooks.",
        examples=["https://app.qbo.intuit.com/app/invoice?txnId=146"],
    )


class HubSpotPayment(Answer):
    """A payment that was taken in HubSpot, and what became of it."""

    hubspot_id: str = Field(description="HubSpot's id of the payment.", examples=["88123"])
    state: Literal["recorded", "not_synced", "pending"] = Field(
        description="`recorded`: it is in QuickBooks. `pending`: it will be recorded."
        " `not_synced`: it will not be, and `reason` says why."
    )
    amount: str = Field(
        description="The amount; empty when HubSpot's value cannot be read.", examples=["250.00"]
    )
    applied: str = Field(
        description="The part that is on this invoice in QuickBooks; empty while it is not"
        " recorded. The rest is on other invoices, or on the customer's account.",
        examples=["250.00"],
    )
    currency: str = Field(description="The ISO 4217 code of its currency.", examples=["USD"])
    date: str = Field(
        description="The day it was paid, in the portal's time zone, such as `2026-11-20`; empty"
        " when HubSpot's value cannot be read.",
        examples=["2026-11-20"],
    )
    reason: str = Field(
        description="Why it is not in QuickBooks, or what differs there; empty when nothing does.",
        examples=[""],
    )
    quickbooks_id: str = Field(
        description="QuickBooks' id of the payment that it is, or that it is taken to be; empty"
        " when there is none.",
        examples=["151"],
    )


class PaymentStatus(Answer):
    """What has been paid in QuickBooks, however it was paid, and what became of the payments that
    HubSpot took. Balances are as they were read last, also while the invoice is failing."""

    status: Literal["unknown", "unpaid", "partly_paid", "paid", "voided"] = Field(
        description="`unknown` while the invoice is not in QuickBooks: amounts and currency are"
        " empty then.",
        examples=["partly_paid"],
    )
    total: str = Field(description="The invoice's total in QuickBooks.", examples=["1200.00"])
    balance: str = Field(description="What is still to be paid of it.", examples=["950.00"])
    currency: str = Field(description="The ISO 4217 code of all amounts.", examples=["USD"])
    quickbooks_read_at: datetime | None = Field(
        description="When total and balance were read or written last; null before that.",
        examples=["2026-11-20T09:15:02Z"],
    )
    hubspot_balance: str = Field(
        description="What is still to be paid in HubSpot; empty when it does not say.",
        examples=["950.00"],
    )
    hubspot_read_at: datetime | None = Field(
        description="When that was read; null before the first time.",
        examples=["2026-11-20T09:15:02Z"],
    )
    difference: str = Field(
        description="What the balances differ by, in words for people; empty when they agree or"
        " cannot be compared.",
        examples=[""],
    )
    exchange_rate: str | None = Field(
        description="What one unit of the currency is worth in the home currency of the QuickBooks"
        " company, as QuickBooks booked it; null where the company has one currency only.",
        examples=[None],
    )
    home_total: str | None = Field(
        description="The total in that home currency; null when QuickBooks gives none.",
        examples=[None],
    )
    payments: list[HubSpotPayment] = Field(
        description="The payments that HubSpot took for the invoice."
    )
    unread: str = Field(
        description="Why HubSpot's payments could not be read; empty when they could.",
        examples=[""],
    )


class LeftOutValue(Answer):
    """A value of HubSpot's that QuickBooks would refuse: the invoice is there without it."""

    field: Literal["email"] = Field(
        description="`email`: the address of the invoice's contact.", examples=["email"]
    )
    reason: str = Field(
        description="Why QuickBooks does not take it.",
        examples=["The email address has more than the 100 characters that QuickBooks takes."],
    )


class ServiceCalls(Answer):
    """How many calls a check made."""

    hubspot: int = Field(description="Calls to HubSpot.", examples=[11])
    quickbooks: int = Field(description="Calls to QuickBooks.", examples=[1])
    metered_reads: int = Field(
        description="The calls to QuickBooks that Intuit meters.", examples=[0]
    )


class SyncAttempt(Answer):
    """A check of the invoice that changed something."""

    at: datetime = Field(description="When it ended.", examples=["2026-11-20T09:15:02Z"])
    trigger: TriggerName = Field(description="What made the system check it.")
    event: str = Field(
        description="The sender's name of the event, such as a webhook's subscription type or a"
        " resolution; empty when there is none.",
        examples=["object.creation"],
    )
    decided: str = Field(
        description="What was to be done: `create`, `update`, `void`, `inStep`, `skip`, `fail`;"
        " empty when nothing could be decided.",
        examples=["create"],
    )
    action: str = Field(
        description="What came of it, such as `created`, `updated`, `adopted`, `payment recorded`"
        " or `failed`.",
        examples=["created"],
    )
    status: Literal["pending", "synced", "failing", "skipped"] = Field(
        description="The status of the invoice afterwards.", examples=["synced"]
    )
    code: FailureCode | Literal[""] = Field(
        description="The failure that the invoice has afterwards; empty when it has none.",
        examples=[""],
    )
    duration_ms: int = Field(
        description="How long the whole check took, in milliseconds.", examples=[1240]
    )
    calls: ServiceCalls | None = Field(
        description="The calls that the whole check made; null when nobody counted them."
    )
    invoices: int = Field(
        description="How many invoices shared the check: duration and calls are of all of them.",
        examples=[1],
    )
    intuit_tid: str = Field(
        description="Intuit's id of the call that wrote or was refused, for its support; empty"
        " when there was none.",
        examples=["1-6741ac2e-0f3d5a7b1c9e4d8f2a6b"],
    )


class RecordedDecision(Answer):
    """A decision that a person made about the invoice."""

    at: datetime = Field(description="When it was made.", examples=["2026-11-20T10:02:11Z"])
    by: str = Field(description="The email of the HubSpot user.", examples=["pat@example.com"])
    resolution: ResolutionName = Field(description="What was chosen.")
    arguments: dict[str, str] = Field(
        description="The arguments that it was chosen with, by the name they have in the request.",
        examples=[{"customerId": "58"}],
    )
    code: FailureCode | Literal[""] = Field(
        description="The failure that it was chosen for; empty when the invoice was not failing."
    )


class SyncStatusAnswer(KnownInvoice):
    """How an invoice stands, and how it came to that."""

    status: InvoiceStatus = Field(
        description="`pending`: being worked on, or in trouble that may pass, for at most 15"
        " minutes. `synced`: in step. `failing`: `failure` says why; only these are counted."
        " `skipped`: `reason` says why. `unknown`: this app has not heard of the invoice yet.",
        examples=["synced"],
    )
    reason: str = Field(
        description="Why the invoice is skipped; empty otherwise.",
        examples=[""],
    )
    synced_at: datetime | None = Field(
        description="When the invoice was last found or brought in step; null before that.",
        examples=["2026-11-20T09:15:02Z"],
    )
    quickbooks: QuickBooksReference | None = Field(
        description="The invoice in QuickBooks; null when it is not there."
    )
    payment: PaymentStatus | None = Field(
        description="What has been paid; null when the status is `unknown`."
    )
    left_out: list[LeftOutValue] = Field(
        description="What the invoice in QuickBooks lacks because QuickBooks does not take it.",
        examples=[[]],
    )
    failure: ExplainedFailure | None = Field(
        description="Why the invoice is failing; null when it is not.", examples=[None]
    )
    resolutions: list[OfferedResolution] = Field(
        description="What a person can decide about the invoice now, be it failing or not:"
        " `bring_in` for one that is skipped because it is from before the start, `resume_syncing`"
        " for one that somebody stopped."
    )
    attempts: list[SyncAttempt] = Field(
        description="The last checks of the invoice that changed something, newest first. They are"
        " kept for a limited time."
    )
    decisions: list[RecordedDecision] = Field(
        description="What people decided about the invoice, newest first. Decisions are kept for"
        " ten years.",
        examples=[[]],
    )
    stopped: bool = Field(
        description="True when somebody stopped syncing the invoice; the resolution"
        " `resume_syncing` undoes that."
    )
    not_shown: str = Field(
        description="Why the properties on HubSpot's own invoice do not show the status; empty"
        " when they do.",
        examples=[""],
    )
    may_act: bool = Field(
        description="Whether the user who asks may decide and retry.", examples=[True]
    )
    connected: bool = Field(
        description="Whether both systems are connected. If not, the invoice is shown as it was at"
        " the last look, and later changes have not reached QuickBooks.",
        examples=[True],
    )


class QueuedAnswer(Answer):
    """How many invoices were queued. They are checked within seconds."""

    queued: int = Field(description="How many invoices were put on the queue.", examples=[1])


class InvoiceStanding(KnownInvoice):
    """How an invoice stands, in a line."""

    status: InvoiceStatus = Field(
        description="As in the sync status. With `unknown`, all other fields are empty.",
        examples=["synced"],
    )
    failure_code: FailureCode | Literal[""] = Field(
        description="What it fails with; empty unless it is failing.", examples=[""]
    )
    failure_title: str = Field(description="The same in words.", examples=[""])
    since: datetime | None = Field(
        description="Since when it has been failing; null unless it is.", examples=[None]
    )


class InvoicesAnswer(Answer):
    """How some invoices stand."""

    invoices: list[InvoiceStanding] = Field(
        description="One for each id that was asked for, in that order."
    )


class RetryInvoicesRequest(Request):
    """Some invoices to check again."""

    invoice_ids: list[Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]] = Field(
        min_length=1,
        max_length=100,
        description="HubSpot's ids of the invoices, at most 100.",
        examples=[["44446244111"]],
    )
