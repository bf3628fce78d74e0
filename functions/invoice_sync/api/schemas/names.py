"""Names that the API shares with the rest of the system, each an enumeration of its own in the
OpenAPI document."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field
from typing_extensions import TypeAliasType

from invoice_sync.errors import ProblemCode
from invoice_sync.failures.catalogue import CATALOGUE
from invoice_sync.failures.resolutions import RESOLUTIONS
from invoice_sync.hints import Trigger
from invoice_sync.model.audit import Action
from invoice_sync.model.setting_names import LABELS
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
ProblemName = TypeAliasType(
    "ProblemName",
    Annotated[
        ProblemCode,
        Field(
            description="What kind of problem it is, for a program. `invalid`: the request itself"
            " is wrong. `setting_invalid`: the value of a setting is wrong. `signature`: HubSpot"
            " did not sign it. `not_allowed`: only other people may do this. `not_found`: there is"
            " no such thing, or no such route. `not_connected`: the portal is not connected."
            " `not_offered`: the invoice does not offer the resolution now. `argument_missing`: the"
            " resolution needs a customer or an item. `not_possible`: it cannot be done, and"
            " `detail` says why. `changed_meanwhile`: the invoice is not as it was shown: show it"
            " again. `busy`: try again in a moment. `reconnect_required`: HubSpot or QuickBooks"
            " must be connected again. `service_refused`: HubSpot or QuickBooks refused it."
            " `unavailable`: HubSpot or QuickBooks does not answer. `internal`: an error in this"
            " app."
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
            description="What made the system check an invoice. `status`: only the properties"
            " on HubSpot's invoice were to be written again.",
            json_schema_extra={"enum": list(get_args(Trigger))},
        ),
    ],
)
SettingName = TypeAliasType(
    "SettingName",
    Annotated[
        str,
        Field(
            description="A setting of the connection, by its name in JSON.",
            json_schema_extra={"enum": list(LABELS)},
        ),
    ],
)
ActionName = TypeAliasType(
    "ActionName",
    Annotated[
        Action,
        Field(
            description="What kind of thing a person did. `decision` and `retry` are about one"
            " invoice; `retry_many` is a retry of several, of a code, of a cause or of all."
        ),
    ],
)
