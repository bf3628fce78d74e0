"""The codes of failures, and the bases of what a failure knows beyond its code."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from invoice_sync.model.base import Model, cut

FailureCode = Literal[
    "customer_not_found",
    "customer_differs",
    "duplicate_display_name",
    "service_date_required",
    "modified_outside_hubspot",
    "duplicate_document_number",
    "possible_duplicate",
    "opening_unknown",
    "item_not_found",
    "item_ambiguous",
    "inventory_quantity",
    "inventory_not_started",
    "reference_inactive",
    "closed_period",
    "currency_mismatch",
    "total_mismatch",
    "total_below_zero",
    "too_many_digits",
    "document_number_too_long",
    "tax_code_missing",
    "payment_not_recorded",
    "subscription_lapsed",
    "reconnect_required",
    "hubspot_record_gone",
    "record_unreadable",
    "quickbooks_error",
    "quickbooks_unavailable",
    "hubspot_unavailable",
    "rate_limited",
    "unexpected",
]


# Records in question: more than a person can choose from.
_MOST_NAMED = 50


def _in_short(value: Any) -> Any:
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, list | tuple):
        return tuple(_in_short(each) for each in value[:_MOST_NAMED])
    return value


class Detail(Model):
    """The base of all details."""

    code: ClassVar[FailureCode]
    # The fields that a variant cannot do without, as its text names them.
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    variant: str = ""

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, values: Any) -> Any:
        """Cut what people named in HubSpot and QuickBooks: a failure is shown, listed and kept."""
        if not isinstance(values, dict):
            return values
        return {name: _in_short(value) for name, value in values.items()}

    def changed(self, **changes: object) -> Self:
        return type(self)(**{**dict(self), **changes})

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        needed = self.needs.get(self.variant, ())
        missing = [name for name in needed if getattr(self, name) in (None, "", ())]
        if missing:
            raise ValueError(f"{self.code} {self.variant} needs {', '.join(missing)}")
        return self


class ContactDetail(Detail):
    """The base of failures that are about the customer of the invoice's contact."""

    contact_id: str = ""
    # The QuickBooks customers that are in question, and their names in the same order; no names
    # where they are not known.
    customer_ids: tuple[str, ...] = ()
    customer_names: tuple[str, ...] = ()


class ClashDetail(Detail):
    """The base of failures that are about another document in QuickBooks."""

    # Empty when QuickBooks does not name the document.
    clash_id: str = ""
    # The type as QuickBooks writes it, such as "Credit Memo".
    clash_type: str = "Invoice"
    # Its customer's name and its date; empty while the document was not read.
    clash_customer: str = ""
    clash_date: date | None = None


class ItemDetail(Detail):
    """The base of failures that are about the product of a line."""

    sku: str = ""
    name: str = ""

    @property
    def item(self) -> str:
        """The line as people know it: by its SKU or else its name."""
        return self.sku or self.name
