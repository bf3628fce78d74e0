"""Our own vocabulary. Money is Decimal, times are aware UTC, ids are strings."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Status = Literal["pending", "synced", "failing", "skipped"]

# ISO 4217: currencies whose smallest unit is not a hundredth.
_NO_DIGITS = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
    "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_THREE_DIGITS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_MINOR_DIGITS = {**dict.fromkeys(_NO_DIGITS, 0), **dict.fromkeys(_THREE_DIGITS, 3)}


def minor_unit(currency: str) -> Decimal:
    """The smallest unit of an ISO 4217 currency: 0.01 of most."""
    return Decimal(1).scaleb(-_MINOR_DIGITS.get(currency, 2))


def to_minor_unit(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the smallest unit of an ISO 4217 currency."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)


def _canonical(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def digest(values: object) -> str:
    """Of plain values: 175 and 175.00 give the same."""
    text = json.dumps(values, default=_canonical)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Model(BaseModel):
    """Immutable, strict about names; camelCase where it meets JSON."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


# -- HubSpot ------------------------------------------------------------------------------


class Adjustment(Model):
    """An invoice-level discount, fee or tax. `value`: an amount, or a percentage (0 to 100)."""

    id: str
    label: str
    percent: bool
    value: Decimal


class InvoiceLine(Model):
    """`price`, `discount` are per unit; `amount` is HubSpot's own net amount, before tax.

    `tax_rate_id` and `tax_label` name the tax rate of the HubSpot account that made `tax`.
    """

    id: str
    name: str
    description: str = ""
    sku: str = ""
    quantity: Decimal
    price: Decimal
    discount: Decimal = Decimal(0)
    discount_percentage: Decimal = Decimal(0)
    amount: Decimal | None = None
    tax: Decimal = Decimal(0)
    tax_rate_id: str = ""
    tax_label: str = ""
    billing_start: date | None = None


class Address(Model):
    street: str = ""
    street2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


class Contact(Model):
    id: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    phone: str = ""
    address: Address = Address()


class Company(Model):
    id: str
    name: str = ""
    phone: str = ""
    address: Address = Address()


class CommercePayment(Model):
    """Money that HubSpot says it took for an invoice. `paid_on`: in the portal's own time zone.

    `amount` and `paid_on` are None when HubSpot's value cannot be read: one odd payment must not
    keep its invoice from being synced.
    """

    id: str
    amount: Decimal | None
    currency: str = ""
    paid_on: date | None
    status: str = ""
    processor: str = ""
    reference: str = ""
    refunded: Decimal = Decimal(0)


class Invoice(Model):
    """An invoice as HubSpot has it now. Dates are in the portal's own time zone.

    `payments_unread`: why HubSpot's payments are not known; empty when they are.
    """

    id: str
    number: str = ""
    status: str
    source: str = ""
    currency: str
    invoice_date: date
    due_date: date
    total: Decimal | None
    comments: str = ""
    purchase_order_number: str = ""
    lines: tuple[InvoiceLine, ...] = ()
    discounts: tuple[Adjustment, ...] = ()
    fees: tuple[Adjustment, ...] = ()
    taxes: tuple[Adjustment, ...] = ()
    contact: Contact | None = None
    company: Company | None = None
    payments: tuple[CommercePayment, ...] = ()
    payments_unread: str = ""


class InvoiceSummary(Model):
    """What a list of HubSpot's invoices says of one. `amount`, dates: None when unreadable."""

    id: str
    number: str = ""
    status: str = ""
    source: str = ""
    currency: str = ""
    amount: Decimal | None = None
    invoice_date: date | None = None
    created_at: datetime | None = None


def marker(portal_id: str, invoice_id: str) -> str:
    """The words in a QuickBooks private note by which we know an invoice as ours."""
    return f"HubSpot invoice {invoice_id} (portal {portal_id})"


# Such words of any portal; its groups are the invoice and the portal.
MARKER = re.compile(r"HubSpot invoice (\d+) \(portal (\d+)\)")


def payment_marker(portal_id: str, payment_id: str) -> str:
    """The words in a QuickBooks private note by which we know a payment as ours."""
    return f"HubSpot payment {payment_id} (portal {portal_id})"


# -- QuickBooks ---------------------------------------------------------------------------


class Preferences(Model):
    """What we need to know of a realm's settings. `country`: as in CompanyInfo, such as "US".
    `book_close_date`: the last day of the closed period."""

    home_currency: str = ""
    multicurrency: bool = False
    custom_numbers: bool = False
    sales_tax: bool = False
    automated_sales_tax: bool = False
    country: str = ""
    book_close_date: date | None = None

    @property
    def abroad(self) -> bool:
        """Realms outside the US have another model of tax: a code on each line."""
        return self.country not in ("", "US")


class TaxRate(Model):
    id: str
    percent: Decimal


class TaxCode(Model):
    """A tax code of a realm outside the US, with its rates for sales.

    `compound`: one of the rates is a tax on other taxes.
    """

    id: str
    rates: tuple[TaxRate, ...] = ()
    compound: bool = False

    @property
    def percent(self) -> Decimal:
        return sum((rate.percent for rate in self.rates), Decimal(0))


class Customer(Model):
    id: str
    display_name: str
    company_name: str = ""
    email: str = ""
    currency: str = ""
    notes: str = ""
    active: bool = True


class Item(Model):
    """A product or service. `usable`: an invoice's line may have it."""

    id: str
    name: str
    sku: str = ""
    usable: bool = True


class NewCustomer(Model):
    """A customer to be created. `marker` goes into its notes and names the HubSpot contact.

    `numbered`: it gets the next free form of its name where that is taken. `parent_id`: of the
    customer that it goes below.
    """

    marker: str
    numbered: bool = False
    parent_id: str = ""
    display_name: str
    company_name: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    phone: str = ""
    currency: str = ""
    address: Address = Address()


class DocumentLine(Model):
    """`unit_price` is net of the line's discount; without it only `amount` is sent.

    `tax_code`: "TAX" or "NON" in the US, the id of a tax code elsewhere.
    """

    item_id: str
    description: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal
    service_date: date | None = None
    tax_code: str = ""


class TaxLine(Model):
    """The tax of one rate, over all lines. `net`: what it is a tax of."""

    rate_id: str
    percent: Decimal
    net: Decimal
    amount: Decimal


class Document(Model):
    """The QuickBooks invoice that a HubSpot invoice calls for.

    `customer_id` is empty while the customer is still to be created. `marker` goes into the
    private note and names the HubSpot invoice. Without a `number` QuickBooks gives one;
    `ask_for_number`: only when it is asked to. `tax_code_id` and
    `tax_after_discount` are of US invoices, `tax_calculation` (`GlobalTaxCalculation`) and
    `tax_lines` of those of realms elsewhere.
    """

    marker: str
    customer_id: str
    number: str
    ask_for_number: bool = False
    invoice_date: date
    due_date: date
    term_id: str = ""
    currency: str
    send_currency: bool
    email: str = ""
    memo: str = ""
    lines: tuple[DocumentLine, ...]
    discount: Decimal = Decimal(0)
    discount_account_id: str = ""
    tax: Decimal = Decimal(0)
    tax_code_id: str = ""
    tax_after_discount: bool = False
    tax_calculation: Literal["", "TaxExcluded", "NotApplicable"] = ""
    tax_lines: tuple[TaxLine, ...] = ()
    total: Decimal

    def fingerprint(self) -> str:
        """Changes when, and only when, the QuickBooks invoice would have to change.

        The e-mail address is left out: a contact who moves to another address must not
        rewrite the documents of years. 175 and 175.00 are one price.
        """
        return digest(self.model_dump(exclude={"email", "ask_for_number"}))


class PostedLine(Model):
    item_id: str
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal


class Posted(Model):
    """An invoice as QuickBooks has it: what we compare, and what a later write needs.

    `updated_at`: of its last change, in whole seconds. `payment_ids`: of the payments on it.
    """

    id: str
    sync_token: str
    number: str = ""
    customer_id: str
    currency: str = ""
    lines: tuple[PostedLine, ...] = ()
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal
    balance: Decimal
    voided: bool = False
    private_note: str = ""
    invoice_date: date | None = None
    updated_at: datetime | None = None
    payment_ids: tuple[str, ...] = ()

    @property
    def has_payments(self) -> bool:
        return self.balance != self.total

    @property
    def payment_status(self) -> Literal["voided", "paid", "unpaid", "partly_paid"]:
        if self.voided:
            return "voided"
        if self.balance <= 0:
            return "paid"
        return "partly_paid" if self.has_payments else "unpaid"


class Receipt(Model):
    """A payment to be created in QuickBooks, all of it for one invoice.

    `marker` goes into the private note and names the HubSpot payment.
    """

    marker: str
    customer_id: str
    invoice_id: str
    amount: Decimal
    paid_on: date
    currency: str
    send_currency: bool
    reference: str = ""
    deposit_account_id: str = ""


class PostedPayment(Model):
    """A payment as QuickBooks has it. `applied`: the share of each invoice, by its id."""

    id: str
    total: Decimal
    applied: dict[str, Decimal] = Field(default_factory=dict)
    private_note: str = ""
    updated_at: datetime | None = None


# -- what we keep -------------------------------------------------------------------------


class Settings(Model):
    """A connection's settings; ids are those of QuickBooks.

    `service_date`: the line's billing start; where a line has none, with `earliest_billing_start`
    the earliest of the invoice's lines, with `invoice_date` the invoice's date. `terms` maps days
    until due to a term's id. `deposit_account_id`: where payments go; empty: QuickBooks' own
    choice, Undeposited Funds.

    `tax_codes` maps a HubSpot tax to a tax code's id. A tax is named by its label, or, on line
    items, also by the id of its tax rate. `tax_code_id` is for taxes that are not in it. Outside
    the US each line has a tax code: `untaxed_code_id` is for lines without tax.
    """

    create_customers: bool = False
    display_name: Literal["company", "person", "company_person"] = "company"
    on_display_name_clash: Literal["fail", "number"] = "fail"
    document_number: Literal["hubspot", "quickbooks"] = "hubspot"
    service_date: Literal["billing_start", "earliest_billing_start", "invoice_date"] = (
        "billing_start"
    )
    fallback_item_id: str = ""
    fee_item_id: str = ""
    discount_account_id: str = ""
    tax_code_id: str = ""
    untaxed_code_id: str = ""
    tax_codes: dict[str, str] = Field(default_factory=dict)
    terms: dict[str, str] = Field(default_factory=dict)
    record_payments: bool = True
    deposit_account_id: str = ""


class Shown(Model):
    """Whether HubSpot's invoices have our properties. `refused`: why not, as of `asked_at`."""

    ready: bool = False
    refused: str = ""
    asked_at: datetime | None = None


class Connection(Model):
    """A portal and the realm that it is kept in step with."""

    portal_id: str
    realm_id: str
    time_zone: str = "UTC"
    state: Literal["connected", "reconnect_required"] = "connected"
    token_secret_id: str
    settings: Settings = Settings()
    shown: Shown = Shown()


class Difference(Model):
    """One field of an invoice that was changed in QuickBooks after we wrote it."""

    field: str
    hubspot: str
    written: str
    quickbooks: str


class Failure(Model):
    """Why an invoice is not in step now. `code` is one of the catalogue (`failures.py`)."""

    code: str
    message: str = ""
    detail: dict[str, str] = Field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    intuit_tid: str = ""


class Intent(Model):
    """A creation that was sent and may have taken effect: its answer is not known yet.

    It may have been sent several times, always with the same `request_id`.
    """

    request_id: str
    fingerprint: str
    number: str
    first_sent_at: datetime
    last_sent_at: datetime


class PaymentState(Model):
    """What became of one HubSpot payment.

    `recorded`: it is in QuickBooks, with `amount`; a `reason` then says what differs now.
    `pending`: it will be, `not_synced`: it will not be, for this reason. `request_id`: it was
    sent, last at `sent_at`, and no answer is known. `quickbooks_id`: of the payment in
    QuickBooks; with `not_synced`, of somebody else's that it is taken to be.
    """

    id: str
    state: Literal["recorded", "not_synced", "pending"]
    amount: Decimal | None
    currency: str = ""
    paid_on: date | None = None
    reason: str = ""
    quickbooks_id: str = ""
    request_id: str = ""
    sent_at: datetime | None = None


class Choices(Model):
    """What people decided about one invoice.

    `number`: in QuickBooks, HubSpot's with a suffix; with `quickbooks_number` it gives one. What
    follows holds until the invoice is in step. `overwrite`, `accept`: what QuickBooks had
    (`plan.seen`) when somebody chose to write HubSpot's version over it, or to keep it. `adopt`:
    the id of the QuickBooks invoice that it is. `create_anyway`: it is none of those there.
    """

    stopped: bool = False
    service_date: Literal["", "earliest_billing_start", "invoice_date"] = ""
    number: str = ""
    quickbooks_number: bool = False
    overwrite: str = ""
    accept: str = ""
    adopt: str = ""
    create_anyway: bool = False

    def carried_out(self) -> Choices:
        """What is left of them once the invoice is in step."""
        done = {"overwrite": "", "accept": "", "adopt": "", "create_anyway": False}
        return self.model_copy(update=done)


class CustomerChoice(Model):
    """What somebody decided about the customer of a contact: that one, or else a new one, for whose
    `numbered` and `parent_id` see NewCustomer."""

    customer_id: str = ""
    numbered: bool = False
    parent_id: str = ""


class Asked(Model):
    """A resolution that somebody asks for. `always`: of a service date, also for all invoices from
    now on. `preview`: only say what it would do."""

    resolution: str = Field("", max_length=40)
    customer_id: str = Field("", pattern=r"^[0-9]{0,20}$")
    item_id: str = Field("", pattern=r"^[0-9]{0,20}$")
    always: bool = False
    preview: bool = False

    @property
    def arguments(self) -> dict[str, str]:
        found = {
            "customerId": self.customer_id,
            "itemId": self.item_id,
            "always": "true" if self.always else "",
        }
        return {name: value for name, value in found.items() if value}


class Decision(Model):
    """One resolution that somebody chose, for the audit. `by`: their e-mail. `code`: of the failure
    that it was chosen for."""

    at: datetime
    by: str
    resolution: str
    arguments: dict[str, str] = Field(default_factory=dict)
    code: str = ""


class Record(Model):
    """What we know of one invoice. `version` moves with every change of its state.

    `written` is what QuickBooks answered to our last write, `sent` an update whose answer is not
    known: QuickBooks may have either. `waits`: keys of what a failing one waits for (`waits.py`),
    `cause`: the key of what it fails for, where others fail for the same (`causes.py`).
    `accepted`: what QuickBooks has (`plan.seen`) and somebody took for right, though it differs
    from HubSpot. `former_ids`: QuickBooks invoices of ours that were given up.
    """

    portal_id: str
    invoice_id: str
    version: int = 0
    status: Status = "pending"
    reason: str = ""
    number: str = ""
    failure: Failure | None = None
    failing_since: datetime | None = None
    waits: tuple[str, ...] = ()
    cause: str = ""
    pending_since: datetime | None = None
    quickbooks_id: str = ""
    fingerprint: str = ""
    written: Posted | None = None
    intent: Intent | None = None
    sent: Document | None = None
    payments: tuple[PaymentState, ...] = ()
    payments_unread: str = ""
    choices: Choices = Choices()
    accepted: str = ""
    former_ids: tuple[str, ...] = ()
    synced_at: datetime | None = None
    updated_at: datetime | None = None


class Attempt(Model):
    """One look at an invoice that changed something.

    `decided`: the plan in a word, empty when none could be made. `action`: what came of it.
    `duration_ms`, `calls` (to "hubspot" and "quickbooks", and of those "meteredReads"): of the
    whole look, which `invoices` shared. `intuit_tid`: of the call that wrote or was refused.
    """

    at: datetime
    cause: str
    decided: str = ""
    action: str
    status: Status
    code: str = ""
    duration_ms: int
    calls: dict[str, int] = Field(default_factory=dict)
    invoices: int = 1
    intuit_tid: str = ""


class Job(Model):
    """Long work for one portal over the invoices dated `start` to `end`, both days included.
    A retry is over failing invoices, of one `code` or `cause` or all: its days are that of the
    request.

    `position`: where the next step goes on. `totals`, `amounts`: what has been counted so far, in
    the job's own words. `metered_reads`: what running it will cost, once it is planned.
    `unattended`: it runs as soon as it is planned.
    """

    portal_id: str
    kind: Literal["report", "backfill", "retry"]
    start: date
    end: date
    code: str = ""
    cause: str = ""
    state: Literal["planning", "planned", "running", "done", "failed"] = "planning"
    position: str = ""
    window_days: int = 1
    totals: dict[str, int] = Field(default_factory=dict)
    amounts: dict[str, Decimal] = Field(default_factory=dict)
    metered_reads: int = 0
    unattended: bool = False
    why: str = ""
    version: int = 0
    requested_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        """One job of a kind for a period, or for a choice of failures; digits, as all ids of
        hints."""
        if self.kind == "retry":
            chosen = hashlib.sha256(f"{self.code} {self.cause}".encode()).hexdigest()
            return str(int(chosen[:15], 16))
        return f"{self.start:%Y%m%d}{self.end:%Y%m%d}"

    @property
    def active(self) -> bool:
        return self.state in ("planning", "running")
