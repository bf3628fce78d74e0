"""The books of one company: its rows, its settings and its counters, without any rules."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from ..wire import Clock
from .faults import RefusalError, missing, not_found, stale
from .fields import Doc, on_wire

# Intuit's servers run on US Pacific time; answers carry that offset. Summer time is left out.
PACIFIC = timezone(timedelta(hours=-8))
CENT = Decimal("0.01")
NAME_LISTS = ("Customer", "Vendor", "Employee", "Item", "Account", "Term", "TaxCode", "TaxRate")
TRANSACTIONS = ("Invoice", "Payment", "CreditMemo")
CURRENCIES = {
    "USD": "United States Dollar",
    "EUR": "Euro",
    "GBP": "British Pound Sterling",
    "CAD": "Canadian Dollar",
    "AUD": "Australian Dollar",
    "JPY": "Japanese Yen",
    "CHF": "Swiss Franc",
}


@dataclass
class Switches:
    """Choices where the facts are disputed, or where a test wants the service at its worst."""

    honour_request_id: bool = True
    replay_faults: bool = True
    lose_first_create_answer: bool = False
    lose_first_customer_answer: bool = False
    lose_first_payment_answer: bool = False
    lose_exchange_rate: bool = False  # foreign documents are booked 1:1
    query_lag_seconds: float = 0.0
    case_sensitive_queries: bool = False
    rate_limits_on: bool = True
    rotate_refresh_token_always: bool = False
    refresh_token_grace_seconds: float = 0.0
    latency_seconds: float = 0.0
    shuffle_batch_answers: bool = True
    batch_members_count: bool = False  # as calls; a sample of Intuit's says so, its limits do not
    batch_breaks_off_after: int = -1  # so many members are carried out, then the request fails
    check_numbers_always: bool = False
    payment_bumps_sync_token: bool = False
    payment_touches_invoice: bool = True
    merge_touches_transactions: bool = False
    inactive_reference_code: str = "2500"
    # Outside the US. Each line is rounded by itself: QuickBooks Community, Canada, thread 306952.
    tax_rounded_per_line: bool = True
    tax_after_discount: bool = True  # outside the US; not documented
    honour_tax_lines: bool = True  # outside the US: the amounts of TxnTaxDetail.TaxLine
    unknown_line_is_refused: bool = True  # reference "Invoice": it is a new line


class Change(NamedTuple):
    """A change that a webhook tells about."""

    entity: str
    id: str
    operation: str  # Create, Update, Delete, Void or Merge
    at: datetime
    merged: str = ""  # after a merge: the id that has gone into this one


@dataclass
class Row:
    kind: str
    id: str
    doc: Doc
    created: datetime
    updated: datetime
    token: int = 0
    # Of an invoice or a credit memo: the amount that each payment applies.
    applied: dict[str, Decimal] = field(default_factory=dict)
    # Of a transaction: the amount that its customer's balance holds for it.
    counted: Decimal = Decimal(0)
    # Of an invoice: the highest Id that one of its lines has ever had.
    last_line: int = 0


def money(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def stamp(at: datetime) -> str:
    return at.astimezone(PACIFIC).isoformat(timespec="seconds")


class Books:
    def __init__(
        self,
        realm_id: str,
        clock: Clock,
        switches: Switches,
        *,
        home_currency: str = "USD",
        multicurrency: bool = False,
        country: str = "US",
        book_close_date: str | None = None,
        subscription_active: bool = True,
        preferences: Mapping[str, Any] | None = None,
        company_name: str = "Simulated Company",
    ) -> None:
        self.realm_id, self.clock, self.switches = realm_id, clock, switches
        self.country, self.home_currency = country, home_currency
        self.subscription_active, self.company_name = subscription_active, company_name
        self.lock = threading.RLock()
        self.rows: dict[str, dict[str, Row]] = {k: {} for k in (*NAME_LISTS, *TRANSACTIONS)}
        # Folded display name -> id of the customer, vendor or employee that holds it.
        self.names: dict[str, str] = {}
        # Category and folded name -> id of the item that holds it.
        self.item_names: dict[str, str] = {}
        # Document number -> ids of the invoices and credit memos that carry it.
        self.numbers: dict[str, list[str]] = {}
        # (entity, id) of rows that spoil each read that would return them.
        self.unreadable: set[tuple[str, str]] = set()
        # (entity, id or number or name): what QuickBooks cannot digest. Always 500, code 10000.
        self.indigestible: set[tuple[str, str]] = set()
        # Currency -> units of the home currency for one of it, always or since a day.
        self.exchange_rates: dict[str, Decimal] = {}
        self.dated_rates: dict[str, dict[date, Decimal]] = {}
        # Where the company is, and, for automated sales tax, per cent by state: a state without a
        # rate has no tax. Without any state the seeded rate holds everywhere.
        self.address: Doc = {"Line1": "1 Market St", "City": "San Francisco"}
        self.address |= {"CountrySubDivisionCode": "CA", "PostalCode": "94105"}
        self.tax_by_state: dict[str, str] = {}
        self.country_spelt = ""  # in CompanyInfo: since 2025 also with ISO's three letters
        self.changes: list[Change] = []
        self._ids = itertools.count(101)
        self._numbers = itertools.count(1001)
        self.founded = clock.now()
        self.preferences = _preferences(home_currency, multicurrency)
        self._preferences_token = 0
        self._preferences_updated = self.founded
        if book_close_date:
            self.preferences["AccountingInfoPrefs"]["BookCloseDate"] = book_close_date
        _seed(self)
        for path, value in (preferences or {}).items():
            self.set_preference(path, value)

    # -- time
    def now(self) -> datetime:
        return self.clock.now()

    def today(self) -> date:
        return self.now().astimezone(PACIFIC).date()

    # -- settings
    def preference(self, path: str) -> Any:
        group, _, name = path.partition(".")
        return self.preferences[group].get(name)

    def set_preference(self, path: str, value: Any) -> None:
        """Change a setting, such as "SalesFormsPrefs.CustomTxnNumbers"; None takes it away."""
        with self.lock:
            group, _, name = path.partition(".")
            if value is None:
                self.preferences[group].pop(name, None)
            else:
                self.preferences[group][name] = value
            self._preferences_token += 1
            self._preferences_updated = self.now()
            self.changes.append(Change("Preferences", "1", "Update", self.now()))

    @property
    def multicurrency(self) -> bool:
        return bool(self.preference("CurrencyPrefs.MultiCurrencyEnabled"))

    def preferences_view(self) -> Doc:
        return {
            **on_wire(self.preferences),
            **self._frame("1", self._preferences_token, self.founded, self._preferences_updated),
        }

    def company_view(self) -> Doc:
        return {
            "CompanyName": self.company_name,
            "LegalName": self.company_name,
            "Country": self.country_spelt or self.country,
            "CompanyAddr": self.address,
            "LegalAddr": self.address,
            "FiscalYearStartMonth": "January",
            "SupportedLanguages": "en",
            "NameValue": [{"Name": "NeoEnabled", "Value": "true"}],
            **self._frame("1", 0, self.founded, self.founded),
        }

    # -- rows
    def new_id(self) -> str:
        return str(next(self._ids))

    def next_number(self) -> str:
        return str(next(self._numbers))

    def find(self, kind: str, row_id: str) -> Row | None:
        return self.rows[kind].get(row_id)

    def add(self, kind: str, doc: Doc, row_id: str | None = None) -> Row:
        now = self.now()
        row = Row(kind, row_id or self.new_id(), doc, now, now)
        self.rows[kind][row.id] = row
        self.changes.append(Change(kind, row.id, "Create", now))
        return row

    def touch(self, row: Row, operation: str | None = "Update", *, bump: bool = True) -> None:
        row.updated = self.now()
        if bump:
            row.token += 1
        if operation:
            self.changes.append(Change(row.kind, row.id, operation, row.updated))

    def remove(self, row: Row) -> None:
        del self.rows[row.kind][row.id]
        self.changes.append(Change(row.kind, row.id, "Delete", self.now()))

    def current(self, kind: str, sent: Doc) -> Row:
        """Return the row that a write is about.

        Raises RefusalError if the writer knows an older state.
        """
        if "Id" not in sent:
            raise missing("Id")
        row = self.find(kind, sent["Id"])
        if row is None:
            if any(c[:3] == (kind, sent["Id"], "Delete") for c in self.changes):
                raise RefusalError(
                    "610", "Object Not Found: Another user has deleted this transaction."
                )
            raise not_found()
        if "SyncToken" not in sent:
            raise missing("SyncToken")
        if sent["SyncToken"] != str(row.token):
            raise stale("Sample User")
        return row

    def view(self, row: Row) -> Doc:
        """Return the row as answers show it."""
        wire: Doc = on_wire(row.doc)
        if "CustomerRef" in wire:
            wire["CustomerRef"] = self.reference("Customer", wire["CustomerRef"]["value"])
        wire.update(self._frame(row.id, row.token, row.created, row.updated))
        return wire

    def reference(self, kind: str, row_id: str) -> Doc:
        row = self.find(kind, row_id)
        return {"value": row_id, "name": name_of(row)} if row else {"value": row_id}

    @staticmethod
    def _frame(row_id: str, token: int, created: datetime, updated: datetime) -> Doc:
        return {
            "domain": "QBO",
            "sparse": False,
            "Id": row_id,
            "SyncToken": str(token),
            "MetaData": {"CreateTime": stamp(created), "LastUpdatedTime": stamp(updated)},
        }


def name_of(row: Row) -> str:
    doc = row.doc
    return str(doc.get("FullyQualifiedName") or doc.get("DisplayName") or doc.get("Name", ""))


def currency(code: str) -> Doc:
    return {"value": code, "name": CURRENCIES.get(code, code)}


def utc(text: str) -> datetime:
    """Read a date or date-time of the wire; without an offset it is Pacific time."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=PACIFIC)).astimezone(UTC)


def _preferences(home_currency: str, multicurrency: bool) -> dict[str, Doc]:
    return {
        "AccountingInfoPrefs": {
            "FirstMonthOfFiscalYear": "January",
            "UseAccountNumbers": False,
            "TrackDepartments": False,
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": False,
            "CustomerTerminology": "Customers",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": False,
        },
        "SalesFormsPrefs": {
            "CustomTxnNumbers": False,
            "AllowDeposit": False,
            "AllowDiscount": True,
            "DefaultDiscountAccount": "86",
            "AllowEstimates": True,
            "ETransactionEnabledStatus": "NotApplicable",
            "ETransactionAttachPDF": False,
            "ETransactionPaymentEnabled": False,
            "IPNSupportEnabled": False,
            "AllowServiceDate": False,
            "AllowShipping": False,
            "AutoApplyCredit": True,
            "AutoApplyPayments": True,
        },
        "EmailMessagesPrefs": {},
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": False},
        "TimeTrackingPrefs": {"UseServices": True, "WorkWeekStartDate": "Monday"},
        "TaxPrefs": {"UsingSalesTax": True, "TaxGroupCodeRef": {"value": "2"}},
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": multicurrency,
            "HomeCurrency": {"value": home_currency},
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [{"Name": "DTXCopyMemo", "Value": "false"}]},
    }


# Id, name, classification, type, subtype
_ACCOUNTS = (
    ("1", "Services", "Revenue", "Income", "ServiceFeeIncome"),
    ("4", "Undeposited Funds", "Asset", "Other Current Asset", "UndepositedFunds"),
    ("35", "Checking", "Asset", "Bank", "Checking"),
    ("33", "Accounts Payable (A/P)", "Liability", "Accounts Payable", "AccountsPayable"),
    ("79", "Sales of Product Income", "Revenue", "Income", "SalesOfProductIncome"),
    ("80", "Cost of Goods Sold", "Expense", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("81", "Inventory Asset", "Asset", "Other Current Asset", "Inventory"),
    ("84", "Accounts Receivable (A/R)", "Asset", "Accounts Receivable", "AccountsReceivable"),
    ("86", "Discounts given", "Revenue", "Income", "DiscountsRefundsGiven"),
)
_TERMS = (("1", "Due on receipt", 0), ("2", "Net 15", 15), ("3", "Net 30", 30), ("4", "Net 60", 60))
# Id of the rate, name, per cent.
_RATES = {
    "US": (("3", "California", "8"),),
    "GB": (("3", "20.0% S", "20"), ("6", "5.0% R", "5"), ("8", "No VAT", "0")),
    "CA": (("3", "GST", "5"), ("6", "HST ON", "13"), ("8", "Exempt", "0"), ("10", "QST", "9.975")),
}
# Id of the code, name, ids of its rates. The US codes of lines, TAX and NON, are no rows.
_CODES = {
    "US": (("2", "California", ("3",)),),
    "GB": (("2", "20.0% S", ("3",)), ("5", "5.0% R", ("6",)), ("7", "No VAT", ("8",))),
    "CA": (
        ("2", "GST", ("3",)),
        ("5", "HST ON", ("6",)),
        ("7", "Exempt", ("8",)),
        ("9", "GST/QST QC", ("3", "10")),
    ),
}


def _seed(books: Books) -> None:
    for row_id, name, classification, kind, subtype in _ACCOUNTS:
        doc = {
            "Name": name,
            "SubAccount": False,
            "FullyQualifiedName": name,
            "Active": True,
            "Classification": classification,
            "AccountType": kind,
            "AccountSubType": subtype,
            "CurrentBalance": 0,
            "CurrentBalanceWithSubAccounts": 0,
            "CurrencyRef": currency(books.home_currency),
        }
        books.add("Account", doc, row_id)
    for row_id, name, days in _TERMS:
        term = {"Name": name, "Active": True, "Type": "STANDARD", "DueDays": days}
        books.add("Term", {**term, "DiscountPercent": 0, "DiscountDays": 0}, row_id)
    names = {}
    for rate_id, name, per_cent in _RATES.get(books.country, _RATES["CA"]):
        names[rate_id] = name
        rate = {"Name": name, "Active": True, "RateValue": Decimal(per_cent)}
        books.add("TaxRate", rate, rate_id)
    for code_id, name, rate_ids in _CODES.get(books.country, _CODES["CA"]):
        details = [
            {
                "TaxRateRef": {"value": rate_id, "name": names[rate_id]},
                "TaxTypeApplicable": "TaxOnAmount",
                "TaxOrder": 0,
            }
            for rate_id in rate_ids
        ]
        code = {
            "Name": name,
            "Description": name,
            "Active": True,
            "Taxable": True,
            "TaxGroup": True,
            "SalesTaxRateList": {"TaxRateDetail": details},
        }
        books.add("TaxCode", code, code_id)
    books.changes.clear()
