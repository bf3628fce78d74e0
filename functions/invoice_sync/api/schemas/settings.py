"""How a connection syncs. Ids are those of QuickBooks."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from invoice_sync.api.schemas.base import Answer, Request
from invoice_sync.api.schemas.names import SettingName
from invoice_sync.model.connection import PersonName

# All settings together are at most some 200 KB: an item of DynamoDB has at most 400 KB.
RecordId = Annotated[str, Field(max_length=50)]
TaxName = Annotated[str, Field(max_length=200)]
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
    RecordId,
    Field(
        description="The item of lines that match no item by SKU or name; empty: they fail.",
        examples=["21"],
    ),
]
FeeItemId = Annotated[
    RecordId,
    Field(
        description="The item of all fees; empty: the item with the fee's name, else the fallback"
        " item.",
        examples=[""],
    ),
]
DiscountAccountId = Annotated[
    RecordId,
    Field(description="The account of the discount line; empty: QuickBooks' own.", examples=[""]),
]
TaxCodeId = Annotated[
    RecordId,
    Field(
        description="The tax code of taxes that `taxCodes` does not name. Companies in the US with"
        " automated sales tax need none.",
        examples=[""],
    ),
]
UntaxedCodeId = Annotated[
    RecordId,
    Field(
        description="Outside the US: the tax code of lines without tax (exempt or zero rated).",
        examples=[""],
    ),
]
TaxCodes = Annotated[
    dict[TaxName, RecordId],
    Field(
        max_length=500,
        description="HubSpot tax -> id of a QuickBooks tax code. A tax is named by its label, that"
        " of a line item also by the id of its tax rate.",
        examples=[{"VAT": "2"}],
    ),
]
Terms = Annotated[
    dict[Annotated[str, Field(max_length=20)], RecordId],
    Field(
        max_length=366,
        description="Days until the invoice is due, from 0 to 365 -> id of a QuickBooks term.",
        examples=[{"30": "3"}],
    ),
]
RecordPayments = Annotated[
    bool, Field(description="Record payments that HubSpot took.", examples=[True])
]
DepositAccountId = Annotated[
    RecordId,
    Field(
        description="The account that payments go to; empty: QuickBooks' own choice, Undeposited"
        " Funds.",
        examples=[""],
    ),
]

Sources = Annotated[
    list[Annotated[str, Field(max_length=1000)]],
    Field(
        max_length=50,
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
        max_length=200,
        description="The emails or HubSpot user ids of the people who may decide, retry and change"
        " settings, or `everyone`. Whoever connected the portal last always may. Empty: only that"
        " person, or everyone while nobody knows who that is.",
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


def _describe_null(schema: dict[str, Any]) -> None:
    """Give a setting that may be null the description that it has otherwise."""
    for field in schema["properties"].values():
        for setting in field.get("anyOf", [])[:1]:
            field |= {
                name: setting.pop(name) for name in ("description", "examples") if name in setting
            }


class SettingsChangeRequest(Request):
    """The settings to change. One that is left out, or null, stays as it is. A map or a list is
    replaced as a whole."""

    model_config = ConfigDict(json_schema_extra=_describe_null)

    preview: bool = Field(
        default=False,
        description="Change nothing; answer with what would change.",
        examples=[True],
    )
    create_customers: CreateCustomers | None = None
    display_name: DisplayName | None = None
    on_display_name_clash: OnDisplayNameClash | None = None
    document_number: DocumentNumber | None = None
    service_date: ServiceDate | None = None
    fallback_item_id: FallbackItemId | None = None
    fee_item_id: FeeItemId | None = None
    discount_account_id: DiscountAccountId | None = None
    tax_code_id: TaxCodeId | None = None
    untaxed_code_id: UntaxedCodeId | None = None
    tax_codes: TaxCodes | None = None
    terms: Terms | None = None
    record_payments: RecordPayments | None = None
    deposit_account_id: DepositAccountId | None = None
    sources: Sources | None = None
    native_sync: NativeSync | None = None
    may_act: MayAct | None = None


class SettingChange(Answer):
    """What a change does to one setting, in words."""

    setting: SettingName = Field(description="The setting.", examples=["fallbackItemId"])
    label: str = Field(
        description="What people call it.", examples=["Item for lines that match none"]
    )
    before: str = Field(
        description="What it was: records of QuickBooks by their names. Empty: nothing was set.",
        examples=[""],
    )
    after: str = Field(description="What it is then, in the same words.", examples=["Consulting"])


class SettingsChangeAnswer(Answer):
    """What was changed, or would be."""

    settings: SettingsAnswer = Field(description="All settings after the change.")
    changes: list[SettingChange] = Field(
        description="The settings that differ; those that had the value before are left out."
    )
    retries: int = Field(
        description="How many failing invoices are tried again, because they may have failed for"
        " what is changed.",
        examples=[12],
    )
    done: bool = Field(description="False in a preview: nothing was changed.")


class SettingChoice(Answer):
    """A record of QuickBooks that a setting can name."""

    id: str = Field(description="What the setting gets.", examples=["21"])
    name: str = Field(
        description="Its name, with the categories or accounts above it.", examples=["Consulting"]
    )
    about: str = Field(
        description="Its type, SKU, rate or days, in words.", examples=["service, SKU CON-HOUR"]
    )
    fits: list[SettingName] = Field(
        description="The settings that can have it.", examples=[["fallbackItemId", "feeItemId"]]
    )


class ChoicesAnswer(Answer):
    """What the settings can name. All lists are sorted by name and have active records only."""

    items: list[SettingChoice] = Field(description="Products and services that can be sold.")
    accounts: list[SettingChoice] = Field(
        description="Accounts for payments (of the type Bank or Other Current Asset) and for"
        " discounts (Income)."
    )
    tax_codes: list[SettingChoice] = Field(description="Tax codes for sales.")
    terms: list[SettingChoice] = Field(description="Payment terms.")
    left_out: str = Field(
        description="What is missing in the lists, in a sentence: at most 3,000 products and"
        " services are listed. Empty: nothing.",
        examples=[""],
    )
    read_at: datetime = Field(
        description="When they were read from QuickBooks.", examples=["2026-11-22T16:40:00Z"]
    )
    metered_reads: int = Field(
        description="How many reads that Intuit meters this answer cost: 0 when it was kept.",
        examples=[5],
    )
    cached: bool = Field(description="True when they were read within the last hour, and kept.")
