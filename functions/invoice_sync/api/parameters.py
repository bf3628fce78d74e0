"""The parameters in paths and queries, with what they mean."""

from __future__ import annotations

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from invoice_sync.api.schemas.period import Day
from invoice_sync.api.schemas.report import Finding
from invoice_sync.failures.catalogue import CATALOGUE

InvoiceId = Annotated[
    str,
    Path(
        alias="invoiceId",
        pattern=r"^[0-9]{1,20}$",
        description="HubSpot's id of the invoice.",
        examples=["44446244111"],
    ),
]
MOST_IDS = 100
InvoiceIds = Annotated[
    str,
    Query(
        pattern=r"^[0-9]{1,20}(,[0-9]{1,20})*$",
        max_length=2200,
        description=f"HubSpot's ids of the invoices, with commas between, at most {MOST_IDS}.",
        examples=["44446244111,44446244112"],
    ),
]
Code = Annotated[
    str,
    Query(
        description="Only failures with this code of the failure catalogue. Left out: all.",
        json_schema_extra={"enum": ["", *CATALOGUE]},
        examples=["customer_not_found"],
    ),
]
Cause = Annotated[
    str,
    Query(
        pattern=r"^([a-z_]+(\.[0-9a-f]{16})?)?$",
        max_length=100,
        description="Only failures with this cause, as the list grouped by cause names it. Left"
        " out: all.",
        examples=["customer_not_found.3f0c9a71d2e4b685"],
    ),
]
Search = Annotated[
    str,
    Query(
        min_length=2,
        max_length=100,
        description="What the name, the email or the SKU contains. White space stands for anything"
        " between two words.",
        examples=["acme"],
    ),
]
Currency = Annotated[
    str,
    Query(
        pattern=r"^([A-Z]{3})?$",
        description="Only invoices in this currency (ISO 4217). Left out: all.",
        examples=["USD"],
    ),
]
TextInList = Annotated[
    str,
    Query(
        max_length=100,
        description="Only invoices with this text in their number, or in the name of their"
        " customer or company. Upper and lower case are the same. Left out: all.",
        examples=["acme"],
    ),
]
GroupBy = Annotated[
    Literal["", "cause"],
    Query(
        alias="groupBy",
        description="`cause`: answer with the root causes instead of the invoices. It can be"
        " combined with `code` only.",
    ),
]
Cursor = Annotated[
    str,
    Query(
        max_length=1000,
        description="The `cursor` of the page before; left out for the first page.",
    ),
]
Limit = Annotated[
    int, Query(ge=1, le=100, description="At most this many on a page.", examples=[50])
]
RowLimit = Annotated[
    # Some 600 bytes each: hubspot.fetch takes an answer of 1 MB at most.
    int,
    Query(ge=1, le=1000, description="At most this many rows on a page.", examples=[500]),
]
FirstDay = Annotated[
    Day | None,
    Query(
        alias="from",
        description="The first day of the period. Left out together with `to`: the period that was"
        " asked for last.",
        examples=["2026-01-01"],
    ),
]
LastDay = Annotated[
    Day | None,
    Query(alias="to", description="The last day of the period.", examples=["2026-01-31"]),
]
OnlyFinding = Annotated[
    Literal["", Finding],
    Query(alias="finding", description="Only rows with this finding. Left out: all."),
]
Ticket = Annotated[
    str, Query(max_length=1000, description="The ticket in the link, as this app made it.")
]
DeleteData = Annotated[
    bool,
    Query(
        alias="deleteData",
        description="Also delete all that this app keeps for the account: records, histories,"
        " settings, what people did. It begins after ten minutes and cannot be undone. Then the"
        " account can be connected to any company, and begins anew.",
        examples=[False],
    ),
]
Refresh = Annotated[
    bool,
    Query(description="Read from QuickBooks now, whatever is kept.", examples=[False]),
]
