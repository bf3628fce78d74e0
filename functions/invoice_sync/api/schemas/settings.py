"""How a connection syncs. Ids are those of QuickBooks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from invoice_sync.api.schemas.base import Answer, Request
from invoice_sync.model.connection import PersonName

CreateCustomers = Annotated[
    bool,
    Field(
        description="Create a QuickBooks customer when none has the contact's email.",
        examples=[True],
    ),
]
DisplayName = Annotated[
    Literal["company", "person", "company_person"],
    Field(description="What the display name of a new customer is made of."),
]
OnDisplayNameClash = Annotated[
    Literal["fail", "number"],
    Field(
        description="What to do when the display name is taken: let the invoice fail, or append a"
        ' number, as in "Acme (2)".'
    ),
]
DocumentNumber = Annotated[
    Literal["hubspot", "quickbooks"],
    Field(description="Whose number the QuickBooks invoice gets."),
]
ServiceDate = Annotated[
    Literal["billing_start", "earliest_billing_start", "invoice_date"],
    Field(
        description="The service date of a line that has no billing start: none with"
        " `billing_start`, else the earliest billing start of the invoice's lines, or the"
        " invoice's date. A line that has a billing start always gets it."
    ),
]
FallbackItemId = Annotated[
    str,
    Field(
        description="The item of lines that match no item by SKU or name; empty: they fail.",
        examples=["21"],
    ),
]
FeeItemId = Annotated[
    str,
    Field(
        description="The item of all fees; empty: the item with the fee's name, else the fallback"
        " item.",
        examples=[""],
    ),
]
DiscountAccountId = Annotated[
    str,
    Field(description="The account of the discount line; empty: QuickBooks' own.", examples=[""]),
]
TaxCodeId = Annotated[
    str,
    Field(
        description="The tax code of taxes that `taxCodes` does not name. Companies in the US with"
        " automated sales tax need none.",
        examples=[""],
    ),
]
UntaxedCodeId = Annotated[
    str,
    Field(
        description="Outside the US: the tax code of lines without tax (exempt or zero rated).",
        examples=[""],
    ),
]
TaxCodes = Annotated[
    dict[str, str],
    Field(
        description="HubSpot tax -> id of a QuickBooks tax code. A tax is named by its label, that"
        " of a line item also by the id of its tax rate.",
        examples=[{"VAT": "2"}],
    ),
]
Terms = Annotated[
    dict[str, str],
    Field(
        description="Days until the invoice is due -> id of a QuickBooks term.",
        examples=[{"30": "3"}],
    ),
]
RecordPayments = Annotated[
    bool, Field(description="Record payments that HubSpot took.", examples=[True])
]
DepositAccountId = Annotated[
    str,
    Field(
        description="The account that payments go to; empty: QuickBooks' own choice, Undeposited"
        " Funds.",
        examples=[""],
    ),
]

Sources = Annotated[
    list[str],
    Field(
        description="The values of HubSpot's property `hs_invoice_source`, in any case, of invoices"
        " that are made in HubSpot. Others are skipped with their source as the reason; an invoice"
        " without a source is synced, one that HubSpot copied in (`data_sync`) never is.",
        examples=[["hubspot"]],
    ),
]
NativeSync = Annotated[
    Literal["never", "was_on", "on"],
    Field(
        description="Whether HubSpot's own QuickBooks sync is on for the same accounts. Unless it"
        " never was, QuickBooks is looked through before an invoice is first created, and one of"
        " the same customer, date and total is asked about: a metered read for each batch."
    ),
]
MayAct = Annotated[
    list[PersonName],
    Field(
        description="The emails or HubSpot user ids of the people who may decide, retry and change"
        " settings, or `everyone`. Who connected the portal last always may. Empty: only they, or"
        " everyone while it is not known who that is.",
        examples=[["pat@example.com"]],
    ),
]


class SettingsAnswer(Answer):
    """The settings of the connection."""

    create_customers: CreateCustomers
    display_name: DisplayName
    on_display_name_clash: OnDisplayNameClash
    document_number: DocumentNumber
    service_date: ServiceDate
    fallback_item_id: FallbackItemId
    fee_item_id: FeeItemId
    discount_account_id: DiscountAccountId
    tax_code_id: TaxCodeId
    untaxed_code_id: UntaxedCodeId
    tax_codes: TaxCodes
    terms: Terms
    record_payments: RecordPayments
    deposit_account_id: DepositAccountId
    sources: Sources
    native_sync: NativeSync
    may_act: MayAct


class SettingsRequest(Request):
    """All settings of the connection. What is left out goes back to its default."""

    create_customers: CreateCustomers = False
    display_name: DisplayName = "company"
    on_display_name_clash: OnDisplayNameClash = "fail"
    document_number: DocumentNumber = "hubspot"
    service_date: ServiceDate = "billing_start"
    fallback_item_id: FallbackItemId = ""
    fee_item_id: FeeItemId = ""
    discount_account_id: DiscountAccountId = ""
    tax_code_id: TaxCodeId = ""
    untaxed_code_id: UntaxedCodeId = ""
    tax_codes: TaxCodes = {}
    terms: Terms = {}
    record_payments: RecordPayments = True
    deposit_account_id: DepositAccountId = ""
    sources: Sources = ["hubspot"]
    native_sync: NativeSync = "never"
    may_act: MayAct = []
