"""QuickBooks' invoices, customers, items, taxes and payments, as they are and as we want them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from invoice_sync.model.base import Model, digest
from invoice_sync.model.hubspot import Address


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
        """Whether the realm is outside the US, where tax works in another way: a code on each
        line."""
        return self.country not in ("", "US")

    def is_foreign(self, currency: str) -> bool:
        """Whether documents in that currency have an exchange rate."""
        return self.multicurrency and currency != self.home_currency


class TaxRate(Model):
    id: str
    percent: Decimal


class TaxCode(Model):
    """A tax code, with its rates for sales.

    `compound`: one of the rates is a tax on other taxes.
    """

    id: str
    name: str = ""
    rates: tuple[TaxRate, ...] = ()
    compound: bool = False

    @property
    def percent(self) -> Decimal:
        return sum((rate.percent for rate in self.rates), Decimal(0))


class Customer(Model):
    """`parent_id`: of the customer whose project or sub-customer it is. `is_person`: it has a
    person's name beside its display name."""

    id: str
    display_name: str
    parent_id: str = ""
    is_person: bool = False
    company_name: str = ""
    email: str = ""
    currency: str = ""
    notes: str = ""
    active: bool = True


# An item as a line names it: by "sku", by "name", or by "both", each in its normal form
# (`plan.lines.item_names`).
ItemName = tuple[str, str]
# A kind of item that cannot stand on a line.
Unusable = Literal["bundle", "category"]


class Item(Model):
    """A product or service. `type`: as QuickBooks writes it, such as "Service" or "Inventory".
    `full_name`: with its categories, such as "Plans:Gold"."""

    id: str
    name: str
    full_name: str = ""
    sku: str = ""
    type: str = ""
    active: bool = True

    @property
    def unusable(self) -> Unusable | None:
        """Why no line can have it: it is a bundle or a category. None when a line can."""
        if self.type == "Category":
            return "category"
        return "bundle" if self.type in ("Group", "Bundle") else None

    @property
    def usable(self) -> bool:
        """Whether an invoice's line may have it."""
        return self.active and self.unusable is None

    @property
    def is_inventory(self) -> bool:
        """Whether QuickBooks keeps its stock, so that a line with it needs a quantity."""
        return self.type == "Inventory"


class NewCustomer(Model):
    """A customer to be created for a HubSpot contact, which `marker` names in its notes.

    `numbered`: it gets the next free form of its name where that is taken. `parent_id`: of the
    customer that it goes below.
    """

    contact_id: str
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
    address: Address = Field(default_factory=Address)


class DesiredLine(Model):
    """`unit_price` is net of the line's discount; without it only `amount` is sent.

    `tax_code`: "TAX" or "NON" in the US, the id of a tax code elsewhere. `source_id`: of the line
    item or the fee in HubSpot that it comes from. `source_name`: by which its item was found.
    `product`: what people call it in HubSpot.
    """

    source_id: str = ""
    source_name: str = ""
    product: str = ""
    item_id: str
    description: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal
    service_date: date | None = None
    tax_code: str = ""


class TaxLine(Model):
    """The tax of one rate, over all lines. `net`: the amount on which it is calculated."""

    rate_id: str
    percent: Decimal
    net: Decimal
    amount: Decimal


class DesiredInvoice(Model):
    """The QuickBooks invoice that a HubSpot invoice calls for.

    `customer_id` is empty while the customer is still to be created. `contact_id`: of the HubSpot
    contact that the customer was decided for. `marker` goes into the private note and names the
    HubSpot invoice. Without a `number` QuickBooks gives one; `ask_for_number`: it does so only when
    it is asked to. `tax_code_id` and `tax_after_discount` are for US invoices, `tax_calculation`
    (`GlobalTaxCalculation`) and `tax_lines` for those of realms elsewhere.
    """

    marker: str
    contact_id: str = ""
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
    lines: tuple[DesiredLine, ...]
    discount: Decimal = Decimal(0)
    discount_account_id: str = ""
    tax: Decimal = Decimal(0)
    tax_code_id: str = ""
    tax_after_discount: bool = False
    tax_calculation: Literal["", "TaxExcluded", "NotApplicable"] = ""
    tax_lines: tuple[TaxLine, ...] = ()
    total: Decimal
    # Of `currency` in the home currency; None in the home currency, and where it is not known.
    exchange_rate: Decimal | None = None
    home_currency: str = ""
    # Whom and where it is for. Without an address of the invoice itself (`names_place`) the company
    # or the contact gives a place to ship to; only a new invoice gets that.
    ship_to: Address = Field(default_factory=Address)
    bill_to: Address = Field(default_factory=Address)
    names_place: bool = False

    def fingerprint(self) -> str:
        """Changes when, and only when, the QuickBooks invoice would have to change.

        The email address is left out: a contact with a new address must not cause years of
        documents to be rewritten. The exchange rate comes with the date. 175 and 175.00 are one
        price.
        """
        return digest(
            self.model_dump(
                exclude={
                    "email": True,
                    "ask_for_number": True,
                    "contact_id": True,
                    "exchange_rate": True,
                    "home_currency": True,
                    "names_place": True,
                    **({} if self.names_place else {"ship_to": True, "bill_to": True}),
                    "lines": {"__all__": {"source_id", "source_name", "product"}},
                }
            )
        )


def _not_stored(default: Any) -> Any:
    """Return a field that the table does not keep: only an invoice that was just read has it."""
    return Field(default=default, exclude=True, repr=False)


class QuickBooksLine(Model):
    id: str = _not_stored("")
    item_id: str
    item_name: str = _not_stored("")
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal
    description: str = _not_stored("")
    service_date: date | None = _not_stored(None)
    tax_code: str = _not_stored("")


# The version of a record that nobody has changed since it was made.
FIRST_VERSION = 0


def version_of(sync_token: str) -> int:
    """Return how often a record was changed since it was made: QuickBooks counts in its
    SyncToken."""
    return int(sync_token) if sync_token.isdecimal() else FIRST_VERSION


class QuickBooksInvoice(Model):
    """An invoice as QuickBooks has it: what we compare, and what a later write needs.

    `updated_at`: of its last change, in whole seconds. `payment_ids`: of the payments on it.
    `home_total`: `total` in the home currency, as QuickBooks gives it where it has several.
    `ship_to`, `bill_to`: the words of these addresses.
    `raw_lines`: QuickBooks' JSON of all lines, so that an update carries over what we do not know.
    """

    due_date: date | None = _not_stored(None)
    customer_name: str = _not_stored("")
    term_id: str = _not_stored("")
    memo: str = _not_stored("")
    email: str = _not_stored("")
    ship_to: str = _not_stored("")
    bill_to: str = _not_stored("")
    raw_lines: tuple[dict[str, Any], ...] = _not_stored(())

    id: str
    sync_token: str
    number: str = ""
    customer_id: str
    currency: str = ""
    lines: tuple[QuickBooksLine, ...] = ()
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal
    balance: Decimal
    exchange_rate: Decimal | None = None
    home_total: Decimal | None = None
    voided: bool = False
    private_note: str = ""
    invoice_date: date | None = None
    updated_at: datetime | None = None
    payment_ids: tuple[str, ...] = ()

    @property
    def has_payments(self) -> bool:
        return self.balance != self.total

    @property
    def version(self) -> int:
        return version_of(self.sync_token)


def payment_status(
    total: Decimal, balance: Decimal, *, is_void: bool
) -> Literal["voided", "paid", "unpaid", "partly_paid"]:
    """Return how an invoice of that total and open balance stands. Nothing to pay is paid."""
    if is_void:
        return "voided"
    if balance <= 0:
        return "paid"
    return "partly_paid" if balance != total else "unpaid"


class NewPayment(Model):
    """A payment to be created in QuickBooks. `shares`: what goes to each invoice, by its id; the
    rest of `amount` stays on the customer's account.

    `marker` goes into the private note and names the HubSpot payment.
    """

    marker: str
    customer_id: str
    shares: dict[str, Decimal]
    amount: Decimal
    paid_on: date
    currency: str
    send_currency: bool
    reference: str = ""
    deposit_account_id: str = ""
    # Of its own date; None in the home currency.
    exchange_rate: Decimal | None = None


class QuickBooksPayment(Model):
    """A payment as QuickBooks has it. `applied`: the share of each invoice, by its id."""

    id: str
    total: Decimal
    applied: dict[str, Decimal] = Field(default_factory=dict)
    private_note: str = ""
    updated_at: datetime | None = None

    @property
    def on_account(self) -> Decimal:
        """The part of it that is on no invoice."""
        return max(self.total - sum(self.applied.values()), Decimal(0))

    @property
    def is_void(self) -> bool:
        """Whether somebody voided it: QuickBooks then sets its amounts to 0 (reference "Payment").
        One that applies a credit has lines."""
        return not self.total and not any(self.applied.values())
