"""Names that the API shares with the rest of the system, each an enumeration of its own in the
OpenAPI document."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field
from typing_extensions import TypeAliasType

from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.failures.resolutions import RESOLUTIONS
from invoice_sync.hints import Trigger
from invoice_sync.model.audit import Action
from invoice_sync.model.unrecorded import UnrecordedKind

FailureCode = TypeAliasType(
    "FailureCode",
    Annotated[
        str,
        Field(
            description="A code of the failure catalogue (docs/failures.md).",
            json_schema_extra={"enum": list(CATALOGUE)},
        ),
    ],
)
ResolutionName = TypeAliasType(
    "ResolutionName",
    Annotated[
        str,
        Field(
            description="What a person can decide about an invoice (docs/failures.md).",
            json_schema_extra={"enum": list(RESOLUTIONS)},
        ),
    ],
)
UnrecordedKindName = TypeAliasType(
    "UnrecordedKindName",
    Annotated[
        UnrecordedKind,
        Field(
            description="`payment`: money that came in. `refund`: money that went back to the"
            " customer, or that was lost in a dispute. `lowered`: HubSpot says that less is owed"
            " than QuickBooks does, such as after a credit memo."
        ),
    ],
)
TriggerName = TypeAliasType(
    "TriggerName",
    Annotated[
        str,
        Field(
            description="What made the system look at an invoice. `status`: only the properties"
            " on HubSpot's invoice were to be written again.",
            json_schema_extra={"enum": list(get_args(Trigger))},
        ),
    ],
)
ActionName = TypeAliasType(
    "ActionName",
    Annotated[
        Action,
        Field(
            description="What kind of thing a person did. `decision` and `retry` are about one"
            " invoice; `retry_many` is a retry of a code, of a cause or of all."
        ),
    ],
)
