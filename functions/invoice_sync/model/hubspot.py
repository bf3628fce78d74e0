"""A HubSpot invoice and what belongs to it, as types. Dates are in the portal's time zone."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import Field

from invoice_sync.model import normal_forms
from invoice_sync.model.base import Model


class Adjustment(Model):
    """An invoice-level discount, fee or tax. `value`: an amount, or a percentage (0 to 100)."""

    id: str
    label: str
    percent: bool
    value: Decimal


class InvoiceLine(Model):
    """`price`, `discount` are per unit; `amount` is HubSpot's own net amount, before tax.

    `automated_tax`: of HubSpot's automated sales tax; whether `tax` contains it, HubSpot does not
    say. `tax_rate_id` and `tax_label` name the tax rate of the HubSpot account that made `tax`.
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
    automated_tax: Decimal = Decimal(0)
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

    @property
    def is_place(self) -> bool:
        """Whether it names more than a country."""
        return any((self.street, self.street2, self.city, self.region, self.postal_code))


class Contact(Model):
    """`additional_emails`: those that HubSpot keeps beside the main one, such as of contacts that
    were merged into this one, whose ids are the `former_ids`."""

    id: str
    email: str = ""
    additional_emails: tuple[str, ...] = ()
    former_ids: tuple[str, ...] = ()
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    phone: str = ""
    address: Address = Field(default_factory=Address)

    @property
    def emails(self) -> tuple[str, ...]:
        """The addresses in the form in which they are compared, the main one first."""
        main = normal_forms.emails(self.email)
        return tuple(dict.fromkeys((*main, *self.additional_emails)))

    @property
    def person_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Company(Model):
    id: str
    name: str = ""
    phone: str = ""
    address: Address = Field(default_factory=Address)


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


class StatusChange(Model):
    """One entry of the history of an invoice's status."""

    status: str
    at: datetime


class Invoice(Model):
    """An invoice as HubSpot has it now. Dates are in the portal's own time zone.

    `payments_unread`: why HubSpot's payments are not known; empty when they are. `billable`: False
    for a record of what another system bills. `balance_due`, `amount_paid`: HubSpot's own, None
    when it gives none that can be read. `recipient`, `recipient_company`: addresses that the
    invoice itself names. `automated_tax`: the lines' together. `status_history`: oldest first;
    empty when it was not read, or cannot be. `is_held_natively`: HubSpot's own data sync app holds
    it. `payers`, `companies`: those that may pay, as far as HubSpot tells; `contact`, `company`:
    the one that does, None while that is not decided. `link`: our own property, with the page of
    its QuickBooks invoice.
    """

    id: str
    number: str = ""
    link: str = ""
    status: str
    source: str = ""
    billable: bool = True
    created_at: datetime | None = None
    status_history: tuple[StatusChange, ...] = ()
    is_held_natively: bool = False
    currency: str
    invoice_date: date
    due_date: date
    total: Decimal | None
    balance_due: Decimal | None = None
    amount_paid: Decimal | None = None
    automated_tax: Decimal = Decimal(0)
    recipient: Address = Field(default_factory=Address)
    recipient_company: Address = Field(default_factory=Address)
    comments: str = ""
    purchase_order_number: str = ""
    lines: tuple[InvoiceLine, ...] = ()
    discounts: tuple[Adjustment, ...] = ()
    fees: tuple[Adjustment, ...] = ()
    taxes: tuple[Adjustment, ...] = ()
    payers: tuple[Contact, ...] = ()
    companies: tuple[Company, ...] = ()
    contact: Contact | None = None
    company: Company | None = None
    payments: tuple[CommercePayment, ...] = ()
    payments_unread: str = ""


class InvoiceSummary(Model):
    """What a list of HubSpot's invoices says of one. `amount` and the dates are None when they
    cannot be read. The other fields mean what they do in Invoice."""

    id: str
    number: str = ""
    status: str = ""
    source: str = ""
    billable: bool = True
    created_at: datetime | None = None
    status_history: tuple[StatusChange, ...] = ()
    currency: str = ""
    amount: Decimal | None = None
    balance_due: Decimal | None = None
    invoice_date: date | None = None
    due_date: date | None = None
