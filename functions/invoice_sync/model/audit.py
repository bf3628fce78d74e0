"""What people did with the app."""

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator

from invoice_sync.model.base import Model, cut

Action = Literal[
    "decision",
    "retry",
    "retry_many",
    "settings",
    "backfill",
    "report",
    "connect",
    "reconnect",
    "disconnect",
    "deletion",
]


class AuditEntry(Model):
    """One thing that a person did. `says`: what, in a sentence. `invoice_id` and `number` are empty
    where it is not about one invoice, `number` also where it is not known."""

    at: datetime
    who: str
    action: Action
    says: Annotated[str, AfterValidator(partial(cut, most=2000))]
    invoice_id: str = ""
    number: str = ""
