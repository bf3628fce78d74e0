"""The reconciliation report: both systems side by side."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from invoice_sync.api.schemas.base import Answer
from invoice_sync.api.schemas.names import FailureCode
from invoice_sync.api.schemas.period import First, JobState, Last

Finding = Literal[
    "matched",
    "missing_in_quickbooks",
    "missing_in_hubspot",
    "only_in_quickbooks",
    "amounts_differ",
    "status_differs",
    "duplicate_suspected",
    "unreadable",
    "skipped",
    "not_due",
]
ReportFinding = TypeAliasType(
    "ReportFinding",
    Annotated[
        Finding,
        Field(
            description="`matched`: same amount and state. `missing_in_quickbooks`: due in HubSpot"
            " and not in QuickBooks. `missing_in_hubspot`: made by this app, and HubSpot no longer"
            " has it. `only_in_quickbooks`: somebody entered it in QuickBooks. `amounts_differ`:"
            " another total or currency. `status_differs`: open, paid or voided on one side only."
            " `duplicate_suspected`: not linked, but same number and amount; or twice in QuickBooks"
            " for one invoice. `unreadable`: one of the two services refuses to return the record,"
            " and `reason` says with which words; where it has no id, not even that can be read."
            " `skipped`: not ours to sync, and `reason` says why, such as from before the start,"
            " copied in by HubSpot, or stopped by somebody. `not_due`:"
            " drafts, and invoices voided before they arrived."
        ),
    ],
)


class ReportWhole(Answer):
    """What all rows of one currency come to."""

    currency: str = Field(
        description="The ISO 4217 code of the currency; empty when it is not known.",
        examples=["USD"],
    )
    invoices: int = Field(description="How many rows.", examples=[12])
    hubspot: str = Field(
        description="What HubSpot bills for them. Drafts and voided invoices bill nothing.",
        examples=["9336.73"],
    )
    quickbooks: str = Field(description="Their amount in QuickBooks.", examples=["9336.73"])
    difference: str = Field(description="QuickBooks' amount less HubSpot's.", examples=["0.00"])


class ReportTotal(ReportWhole):
    """What the rows with one finding and one currency come to."""

    finding: ReportFinding = Field(description="What the comparison found.")


class ReportPlan(Answer):
    """What the report will compare and what that costs."""

    invoices_in_hubspot: int = Field(
        description="Invoices dated in the period in HubSpot.", examples=[20]
    )
    invoices_in_quickbooks: int = Field(
        description="Invoices dated in the period in QuickBooks.", examples=[17]
    )
    metered_reads: int = Field(
        description="About how many metered reads running it makes at QuickBooks.", examples=[1]
    )


class ReportRow(Answer):
    """An invoice, or a pair that belongs together. What a side does not have is null or empty."""

    finding: ReportFinding = Field(description="What the comparison found.")
    reason: str = Field(
        description="Why the invoice is not synced or could not be compared, where the finding is"
        " `skipped`, `not_due` or `unreadable`; else the title of its failure, or empty.",
        examples=[""],
    )
    hubspot_id: str = Field(description="HubSpot's id.", examples=["44446244111"])
    hubspot_number: str = Field(description="The number in HubSpot.", examples=["INV-2016"])
    hubspot_date: date | None = Field(
        description="The invoice date in HubSpot.", examples=["2026-01-12"]
    )
    hubspot_status: str = Field(
        description="The status in HubSpot, in its own words.", examples=["open"]
    )
    hubspot_amount: str | None = Field(
        description="What HubSpot bills: its total, or 0 for a draft and a voided invoice. So rows"
        " add up to the totals.",
        examples=["300.00"],
    )
    hubspot_balance: str | None = Field(
        description="What is still to be paid in HubSpot.", examples=["300.00"]
    )
    currency: str = Field(description="The ISO 4217 code of the row's amounts.", examples=["USD"])
    customer: str = Field(
        description="The customer's name in QuickBooks, else that of the company or contact in"
        " HubSpot; empty when neither is known.",
        examples=["Acme Inc."],
    )
    due_date: date | None = Field(
        description="When it is due by HubSpot, else by QuickBooks.", examples=["2026-02-11"]
    )
    quickbooks_id: str = Field(description="QuickBooks' id.", examples=["146"])
    quickbooks_number: str = Field(description="The number in QuickBooks.", examples=["INV-2016"])
    quickbooks_date: date | None = Field(
        description="The invoice date in QuickBooks.", examples=["2026-01-12"]
    )
    quickbooks_amount: str | None = Field(
        description="The total in QuickBooks.", examples=["300.00"]
    )
    quickbooks_balance: str | None = Field(
        description="What is still to be paid in QuickBooks.", examples=["300.00"]
    )
    exchange_rate: str | None = Field(
        description="The exchange rate at which QuickBooks booked it; null where the company has"
        " one currency only.",
        examples=[None],
    )
    quickbooks_home_amount: str | None = Field(
        description="The total in the home currency of the QuickBooks company.", examples=[None]
    )
    sync_status: str = Field(
        description="The status of our record: `pending`, `synced`, `failing`, `skipped`; empty"
        " when there is none.",
        examples=["synced"],
    )
    failure_code: FailureCode | Literal[""] = Field(
        description="The failure of our record; empty when it has none.", examples=[""]
    )


class ReportAnswer(Answer):
    """The report of a period, or a page of it."""

    from_: First
    to: Last
    state: JobState
    why: str = Field(description="What stopped it; empty unless something did.", examples=[""])
    totals: list[ReportTotal] = Field(
        description="Sums by finding and currency, of all rows compared so far."
    )
    wholes: list[ReportWhole] = Field(description="Sums by currency, of all findings.")
    plan: ReportPlan | None = Field(description="What it will cost; null until it is planned.")
    done_to: str = Field(
        description="The last day that has been compared, such as `2026-01-31`; empty before the"
        " first.",
        examples=["2026-01-31"],
    )
    rows: list[ReportRow] = Field(description="The rows of this page.")
    cursor: str = Field(
        description="The `cursor` of the next page; empty on the last one.", examples=[""]
    )
    requested_at: datetime = Field(
        description="When it was asked for.", examples=["2026-11-23T13:00:00Z"]
    )
    updated_at: datetime = Field(
        description="When it last moved.", examples=["2026-11-23T13:00:40Z"]
    )


class ReportFileLink(Answer):
    """A link to a file of a report."""

    label: str = Field(description="What the file has.", examples=["Totals"])
    url: str = Field(
        description="The address, for a browser.",
        examples=[
            "https://abc123.execute-api.us-east-1.amazonaws.com/files/reconciliation?ticket=W10"
        ],
    )


class ReportFilesAnswer(Answer):
    """The files of a report, as CSV."""

    files: list[ReportFileLink] = Field(
        description="The totals, then the invoices, in several files where there are very many."
    )
    expires_at: datetime = Field(
        description="When the links end.", examples=["2026-11-23T13:05:00Z"]
    )
