"""A failure: why an invoice is not in step now."""

import json
from functools import partial
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from invoice_sync.model.base import Model, Words, cut
from invoice_sync.model.detail import Detail, FailureCode
from invoice_sync.model.failure_details import DETAILS, ModifiedOutsideHubSpot, Unexpected

_NEWER = 'A newer version of this app found that it fails as "{code}". Retry the invoice.'

# Whole sentences of a service.
_MOST_DIFFERENCES = 50
_Sentences = Annotated[str, AfterValidator(partial(cut, most=1000))]


class Difference(Model):
    """One field of an invoice that was changed in QuickBooks after we wrote it."""

    field: Words
    hubspot: Words
    written: Words
    quickbooks: Words


def _first(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    return differences[:_MOST_DIFFERENCES]


class Failure(Model):
    """Why an invoice is not in step now.

    Its code is that of the detail's model, so the two cannot disagree. JSON has the code beside the
    detail, and reads the detail by it.
    """

    detail: SerializeAsAny[Detail]
    # What the service said, word for word; empty when we found it out ourselves.
    message: _Sentences = ""
    # QuickBooks' code for its fault, such as "6240".
    fault: str = ""
    differences: Annotated[tuple[Difference, ...], AfterValidator(_first)] = ()
    intuit_tid: str = ""
    # What a newer version of this app stored, in JSON, where this one cannot read it.
    newer: str = ""

    @property
    def code(self) -> FailureCode:
        return self.detail.code

    @property
    def is_deletion(self) -> bool:
        """Whether somebody deleted the invoice in QuickBooks."""
        return isinstance(self.detail, ModifiedOutsideHubSpot) and self.detail.variant == "deleted"

    @property
    def counted_as(self) -> str:
        """The code by which the table counts it: that of a newer version, if it is one's."""
        return str(json.loads(self.newer)["code"]) if self.newer else self.code

    @model_validator(mode="before")
    @classmethod
    def _from_json(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "code" not in data:
            return data
        values = dict(data)
        code = values.pop("code")
        try:
            values["detail"] = DETAILS[code].model_validate(values.get("detail", {}))
        except (KeyError, ValidationError):
            message = str(values.get("message") or _NEWER.format(code=code))
            return {
                "detail": Unexpected(),
                "message": message,
                "newer": json.dumps(data, default=str),
            }
        return values

    @model_serializer(mode="wrap")
    def _to_json(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        if self.newer:
            kept: dict[str, Any] = json.loads(self.newer)
            return kept
        return {"code": self.code, **handler(self)}
