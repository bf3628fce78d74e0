"""A period of days, for long work over the invoices dated in it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from invoice_sync.api.schemas.base import Request


def _day(value: object) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("must be a day such as 2026-01-31")


# pydantic alone would also take a time, or seconds since 1970.
Day = Annotated[date, BeforeValidator(_day)]

JobState = Annotated[
    Literal["planning", "planned", "running", "done", "failed", "cancelled"],
    Field(
        description="How far it is. `planned`: it waits to be run. `failed`: `why` says why."
        " `cancelled`: somebody stopped it.",
        examples=["done"],
    ),
]
First = Annotated[date, Field(description="The first day.", examples=["2026-01-01"])]
Last = Annotated[date, Field(description="The last day.", examples=["2026-01-31"])]


class CancelRequest(Request):
    """The period of the work that is to be stopped."""

    from_: Day = Field(
        description="The first day, by the invoice date in the portal's time zone.",
        examples=["2026-01-01"],
    )
    to: Day = Field(
        description="The last day, which is included. A period has at most 366 days, and lies"
        " between 2000-01-01 and a year from today.",
        examples=["2026-01-31"],
    )


class PeriodRequest(CancelRequest):
    """A period, and what is to be done about it: plan, run what is planned, or plan anew."""

    run: bool = Field(False, description="Run what is planned.", examples=[True])
    again: bool = Field(
        False, description="Plan anew what has been planned or run. Not together with `run`."
    )
