"""Settings of a company that decide what it takes."""

from __future__ import annotations

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import REALM, Desk, fault


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


def test_multicurrency(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000003", multicurrency=True))
    desk.realm.set_rate("EUR", "1.1")
    desk.customer = desk.realm.add_customer("Müller GmbH", currency="EUR")
    fault(desk.post("invoice", desk.draft()), "2020")
    dollars = desk.draft(CurrencyRef={"value": "USD"})
    assert "currency" in fault(desk.post("invoice", dollars), "6000")["Detail"]
    invoice = desk.create(CurrencyRef={"value": "EUR"})
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    assert desk.post("invoice", body, operation="void").json()["Invoice"]["HomeTotalAmt"] == 0
    change = {"Id": desk.customer["Id"], "SyncToken": "0", "sparse": True}
    fault(desk.post("customer", {**change, "CurrencyRef": {"value": "USD"}}), "6000")
    fault(desk.post("customer", {"DisplayName": "X", "CurrencyRef": {"value": "eur"}}), "2220")


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
