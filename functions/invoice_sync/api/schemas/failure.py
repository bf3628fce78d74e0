"""Failures: how many there are, which invoices fail, and what for."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from invoice_sync.api.schemas.base import Answer
from invoice_sync.api.schemas.known_invoice import KnownInvoice
from invoice_sync.api.schemas.names import (
    FailureCode,
    ResolutionName,
    SettingName,
    UnrecordedKindName,
)


class UnrecordedSum(Answer):
    """What amounts of one kind and currency come to."""

    kind: UnrecordedKindName = Field(description="What kind of money it is.")
    currency: str = Field(description="The ISO 4217 code of its currency.", examples=["USD"])
    amount: str = Field(description="The sum.", examples=["1250.00"])


class UnrecordedCount(Answer):
    """How much money of the portal's invoices is in no book; `GET /v1/payments/unrecorded` lists
    it."""

    payments: int = Field(description="How many payments came in and are in no book.", examples=[2])
    refunds: int = Field(
        description="How many refunds, or payments that were lost later, are in no book.",
        examples=[1],
    )
    lowered: int = Field(
        description="For how many invoices HubSpot says that less is owed than QuickBooks does,"
        " while no payment says why.",
        examples=[0],
    )
    sums: list[UnrecordedSum] = Field(
        description="Their sums by kind and currency, without amounts that cannot be read or that"
        " must be a mistake."
    )


class AmountAtStake(Answer):
    """What the failing invoices of one currency bill."""

    currency: str = Field(description="The ISO 4217 code of the currency.", examples=["USD"])
    amount: str = Field(description="The sum.", examples=["4230.00"])
    invoices: int = Field(description="How many of them there are.", examples=[3])


class FailureCountAnswer(Answer):
    """How many invoices of the portal are failing."""

    failing: int = Field(description="How many invoices are failing now.", examples=[3])
    by_code: dict[FailureCode, int] = Field(
        description="The same by failure code. Codes that no invoice fails with are left out.",
        examples=[{"customer_not_found": 2, "closed_period": 1}],
    )
    oldest_failed_at: datetime | None = Field(
        description="When the invoice that has been failing longest began to fail; null when none"
        " is failing.",
        examples=["2026-11-20T09:15:00Z"],
    )
    at_stake: list[AmountAtStake] = Field(
        description="What the failing invoices bill, by currency. Invoices whose amount could not"
        " be read, or must be a mistake, are not counted here."
    )
    unrecorded: UnrecordedCount = Field(description="Money that is in no book.")


class Remedy(Answer):
    """What a person can do about a failure, step by step."""

    hubspot: list[str] = Field(
        description="Steps in HubSpot.",
        examples=[["Correct the contact's email."]],
    )
    quickbooks: list[str] = Field(
        description="Steps in QuickBooks.",
        examples=[["Give the customer the email of the HubSpot contact."]],
    )
    app: list[str] = Field(
        description="Steps in this app: with its settings, its connect page, or a resolution.",
        examples=[["Choose the customer, or have it created."]],
    )


class Link(Answer):
    """A page in one of the products where a person can look or act."""

    label: str = Field(description="The text of the link.", examples=["The invoice in HubSpot"])
    system: Literal["hubspot", "quickbooks"] = Field(description="The product it belongs to.")
    url: str = Field(
        description="The address of the page.",
        examples=["https://app.hubspot.com/contacts/24680/record/0-53/44446244111"],
    )


class FieldDifference(Answer):
    """A field in which the invoice in QuickBooks is not what it should be. Amounts and lines are
    text, written the same way for both systems, with the names of customers and products."""

    field: str = Field(
        description="The field: `customer`, `lines`, `discount`, `tax`, `total`, `number` or"
        " `date`.",
        examples=["total"],
    )
    hubspot: str = Field(description="What HubSpot says.", examples=["300.00"])
    written: str = Field(
        description="What we wrote to QuickBooks last; empty in a preview.", examples=["300.00"]
    )
    quickbooks: str = Field(description="What QuickBooks has.", examples=["280.00"])


class OfferedResolution(Answer):
    """What a person can decide about an invoice with one click."""

    name: ResolutionName = Field(
        description="The value of `resolution` that `POST /v1/invoices/{invoiceId}/resolve` takes.",
        examples=["use_customer"],
    )
    label: str = Field(
        description="The text of its button, of two to five words.", examples=["Choose a customer"]
    )
    sentence: str = Field(
        description="What one click does, to be read before it.",
        examples=[
            "This invoice, and all invoices of its contact from now on, will go to the QuickBooks"
            " customer that you choose, even if an email changes. Neither the contact nor the"
            " customer will be changed."
        ],
    )
    argument: Literal["", "customerId", "itemId"] = Field(
        description="The argument that it needs; empty when it needs none. A preview without the"
        " argument names the likely values, and a search finds others.",
        examples=["customerId"],
    )


class FailureSetting(Answer):
    """The setting that a failure has to do with."""

    name: SettingName = Field(
        description="Its name in `PATCH /v1/settings`.", examples=["createCustomers"]
    )
    label: str = Field(description="What people call it.", examples=["Create missing customers"])


class ExplainedFailure(Answer):
    """Why an invoice is not in step, and what can be done about it."""

    code: FailureCode = Field(description="What kind of failure it is.")
    title: str = Field(
        description="One line for a list. For the failures that HubSpot's own sync knows, the words"
        " that it shows.",
        examples=[
            "An invoice should have an associated customer. Make sure the associated customer is"
            " present in both HubSpot & QuickBooks Online to sync this invoice"
        ],
    )
    explanation: str = Field(
        description="What happened, with the values of this invoice.",
        examples=["No QuickBooks customer has the email of the contact."],
    )
    remedy: Remedy = Field(description="What a person can do about it.")
    fixed_by: str = Field(description="Who can do it.", examples=["Anyone who may edit the record"])
    heals_when: str = Field(
        description="What clears the failure by itself.",
        examples=["The contact's email changes, or a QuickBooks customer with it appears."],
    )
    resolutions: list[OfferedResolution] = Field(description="What can be decided with one click.")
    setting: FailureSetting | None = Field(
        description="The setting that causes the failure or could heal it; null when none does."
    )
    links: list[Link] = Field(
        description="The pages in both products that the failure is about, the HubSpot invoice"
        " first. Empty in a preview."
    )
    retried: bool = Field(
        description="True when this app keeps trying by itself, so that no action is needed."
    )
    detail: dict[str, str | int | list[str]] = Field(
        description="The values of this failure, by name; those that are not known are left out."
        " Which names there are depends on the code. Where a code can have several reasons,"
        " `variant` names the reason.",
        examples=[{"variant": "no_match", "contactId": "301"}],
    )
    fault: str = Field(
        description="QuickBooks' code for its fault; empty when QuickBooks did not refuse"
        " anything.",
        examples=[""],
    )
    differences: list[FieldDifference] = Field(
        description="The fields that somebody changed in QuickBooks; only with"
        " `modified_outside_hubspot`."
    )
    since: datetime | None = Field(
        description="Since when the invoice has been failing; null in a preview.",
        examples=["2026-11-20T09:15:00Z"],
    )
    intuit_tid: str = Field(
        description="Intuit's id of the call that QuickBooks refused, for its support; empty when"
        " there was none.",
        examples=["1-6741ac2e-0f3d5a7b1c9e4d8f2a6b"],
    )


class FailingInvoice(KnownInvoice):
    """An invoice in the list of failures."""

    failure: ExplainedFailure = Field(description="Why it is failing.")


class FailuresAnswer(Answer):
    """A page of failing invoices, newest failure first."""

    failures: list[FailingInvoice] = Field(description="The invoices of this page.")
    cursor: str = Field(
        description="The `cursor` of the next page; empty on the last one.", examples=[""]
    )


class FailureCause(Answer):
    """A root cause that several invoices can share, such as a customer that QuickBooks lacks."""

    cause: str = Field(
        description="The key of the cause, as the parameter `cause` takes it.",
        examples=["customer_not_found.3f0c9a71d2e4b685"],
    )
    code: FailureCode = Field(description="The failure code that its invoices have.")
    invoices: int = Field(description="How many invoices fail for it.", examples=[200])
    newest_at: datetime = Field(
        description="When the latest of them began to fail.", examples=["2026-11-22T16:40:00Z"]
    )
    example_invoice_id: str = Field(
        description="HubSpot's id of one of them; empty when that one is in step again.",
        examples=["44446244111"],
    )
    failure: ExplainedFailure = Field(description="The failure of the example.")
    at_stake: list[AmountAtStake] = Field(description="What its invoices bill, by currency.")


class CausesAnswer(Answer):
    """A page of root causes, the one with the most invoices first."""

    causes: list[FailureCause] = Field(description="The causes of this page.")
    single: dict[FailureCode, int] = Field(
        description="By code, how many invoices fail for a reason of their own.",
        examples=[{"total_mismatch": 2}],
    )
    cursor: str = Field(
        description="The `cursor` of the next page; empty on the last one.", examples=[""]
    )
    more: bool = Field(
        description="True when there are more than 5,000 causes: the invoices of the others are"
        " counted in `single`."
    )
