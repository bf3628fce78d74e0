"""Settings of a company that decide what it takes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import REALM, Desk, Doc, fault


def test_closed_books_refuse_every_change(desk: Desk) -> None:
    invoice = desk.create(TxnDate="2026-01-15")
    desk.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-01-31")
    error = fault(desk.post("invoice", desk.draft(TxnDate="2026-01-31")), "6210")
    assert error["Message"] == "Account Period Closed"
    assert error["Detail"].startswith("The account period has closed")
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    fault(desk.post("invoice", {**body, "sparse": True, "TxnDate": "2026-02-01"}), "6210")
    fault(desk.post("invoice", body, operation="void"), "6210")
    fault(desk.post("invoice", body, operation="delete"), "6210")
    assert desk.create(TxnDate="2026-02-01")["SyncToken"] == "0"


def test_a_lapsed_subscription_only_reads(desk: Desk) -> None:
    desk.realm.subscription_active = False
    error = fault(desk.post("invoice", desk.draft()), "6190")
    assert error["Message"] == "Invalid Company Status"
    fault(desk.post("customer", {"DisplayName": "New"}), "6190")
    assert desk.get(f"customer/{desk.customer['Id']}").status_code == 200


def test_revenue_recognition_asks_for_a_service_date(desk: Desk) -> None:
    item = desk.realm.add_item("Support plan", revenue_recognition=True)
    assert item["DeferredRevenue"] is True
    error = fault(desk.post("invoice", desk.draft(sales_line(item["Id"], 12))), "6000")
    assert error["Message"].startswith("A business validation error has occurred")
    assert error["Detail"] == (
        "Business Validation Error: Enter a service date for each product or service with a "
        "revenue recognition schedule."
    )
    line = sales_line(item["Id"], 12, ServiceDate="2026-02-01")
    stored = desk.create(line)["Line"][0]["SalesItemLineDetail"]
    assert stored["ServiceDate"] == "2026-02-01"


@pytest.fixture
def abroad(desk: Desk) -> Desk:
    """Works for a company with several currencies and a customer in euros."""
    desk.use(desk.simulator.add_realm("9130000000000003", multicurrency=True))
    desk.realm.exchange_rates["EUR"] = Decimal("1.1")
    desk.customer = desk.realm.add_customer("Müller GmbH", currency="EUR")
    return desk


def test_multicurrency(abroad: Desk) -> None:
    desk = abroad
    fault(desk.post("invoice", desk.draft()), "2020")
    dollars = desk.draft(CurrencyRef={"value": "USD"})
    assert "currency" in fault(desk.post("invoice", dollars), "6000")["Detail"]
    invoice = desk.create(CurrencyRef={"value": "EUR"}, ExchangeRate=1.2)
    assert (invoice["HomeTotalAmt"], invoice["HomeBalance"]) == (120, 120)
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    assert desk.post("invoice", body, operation="void").json()["Invoice"]["HomeTotalAmt"] == 0
    change = {"Id": desk.customer["Id"], "SyncToken": "0", "sparse": True}
    fault(desk.post("customer", {**change, "CurrencyRef": {"value": "USD"}}), "6000")
    fault(desk.post("customer", {"DisplayName": "X", "CurrencyRef": {"value": "eur"}}), "2220")


def test_a_rate_that_is_left_out_is_one(abroad: Desk) -> None:
    desk, euros = abroad, {"CurrencyRef": {"value": "EUR"}}
    invoice = desk.create(**euros)
    assert (invoice["ExchangeRate"], invoice["HomeTotalAmt"], invoice["HomeBalance"]) == (
        1, 100, 100,
    )  # fmt: skip
    linked = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    payment = {
        "CustomerRef": {"value": desk.customer["Id"]},
        "TotalAmt": 40,
        "Line": [{"Amount": 40, "LinkedTxn": linked}],
        **euros,
    }
    assert desk.post("payment", payment).json()["Payment"]["ExchangeRate"] == 1
    rated = desk.post("payment", {**payment, "ExchangeRate": 1.15}).json()["Payment"]
    assert rated["ExchangeRate"] == 1.15
    assert desk.realm.invoice(invoice["Id"])["HomeBalance"] == 20


def test_only_a_sparse_update_keeps_the_rate(abroad: Desk) -> None:
    desk, euros = abroad, {"CurrencyRef": {"value": "EUR"}}
    invoice = desk.create(**euros, ExchangeRate=1.2)
    note = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    sparse = desk.post("invoice", note).json()["Invoice"]
    assert (sparse["ExchangeRate"], sparse["HomeTotalAmt"]) == (1.2, 120)
    full = desk.draft(Id=invoice["Id"], SyncToken="1", **euros)
    changed = desk.post("invoice", full).json()["Invoice"]
    assert (changed["ExchangeRate"], changed["HomeTotalAmt"]) == (1, 100)


def test_the_rates_of_a_company(abroad: Desk) -> None:
    desk = abroad
    desk.realm.set_exchange_rate("EUR", "1.2", "2026-01-10")
    desk.realm.set_exchange_rate("EUR", "1.3", "2026-01-20")

    def rate(code: str, **args: str) -> Doc:
        answer = desk.get("exchangerate", sourcecurrencycode=code, **args).json()
        shown: Doc = answer["ExchangeRate"]
        return shown

    answered = rate("EUR", asofdate="2026-01-19")
    assert answered.pop("MetaData")["LastUpdatedTime"]
    assert answered == {
        "SyncToken": "0", "domain": "QBO", "AsOfDate": "2026-01-19",
        "SourceCurrencyCode": "EUR", "Rate": 1.2, "TargetCurrencyCode": "USD",
    }  # fmt: skip
    assert rate("EUR", asofdate="2026-01-09")["Rate"] == 1.1
    assert rate("EUR")["Rate"] == 1.3
    assert rate("USD")["Rate"] == 1
    assert desk.simulator.metered_reads(desk.realm.realm_id) == 4
    fault(desk.get("exchangerate", sourcecurrencycode="XXX"), "2220")
    fault(desk.get("exchangerate", sourcecurrencycode="EUR", asofdate="soon"), "2060")
    fault(desk.get("exchangerate"), "2020")
    desk.use(desk.simulator.add_realm("9130000000000005"))
    fault(desk.get("exchangerate", sourcecurrencycode="EUR"), "6000")


def test_preferences_and_company(desk: Desk) -> None:
    desk.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", True)
    preferences = desk.get("preferences").json()["Preferences"]
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert preferences["CurrencyPrefs"]["HomeCurrency"] == {"value": "USD"}
    assert desk.query("select * from Preferences")["Preferences"] == [preferences]
    company = desk.get(f"companyinfo/{REALM}").json()["CompanyInfo"]
    assert company["Country"] == "US"
    closed = desk.simulator.add_realm("9130000000000004", book_close_date="2025-12-31")
    assert closed.preference("AccountingInfoPrefs.BookCloseDate") == "2025-12-31"
