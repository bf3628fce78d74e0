"""Exchange rates: the company's own, and those of its documents."""

from __future__ import annotations

import pytest

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import Desk, Doc, fault

EUR = {"value": "EUR"}
REALM = "9130000000000003"


@pytest.fixture
def abroad(desk: Desk) -> Desk:
    """A company at home in dollars, with a customer in Germany."""
    desk.use(desk.simulator.add_realm(REALM, multicurrency=True))
    desk.realm.set_rate("EUR", "1.1")
    desk.customer = desk.realm.add_customer("M\u00fcller GmbH", currency="EUR")
    return desk


def rate(desk: Desk, currency: str, day: str | None = None) -> Doc:
    asked = {"sourcecurrencycode": currency} | ({"asofdate": day} if day else {})
    answer = desk.get("exchangerate", **asked)
    assert answer.status_code == 200, answer.text
    found: Doc = answer.json()["ExchangeRate"]
    return found


def test_a_rate_that_is_not_sent_is_one(abroad: Desk) -> None:
    invoice = abroad.create(CurrencyRef=EUR)
    assert (invoice["ExchangeRate"], invoice["HomeTotalAmt"]) == (1, 100)
    payment = {"CustomerRef": {"value": abroad.customer["Id"]}, "TotalAmt": 10, "CurrencyRef": EUR}
    assert abroad.post("payment", payment).json()["Payment"]["ExchangeRate"] == 1
    payment["ExchangeRate"] = 1.2
    assert abroad.post("payment", payment).json()["Payment"]["ExchangeRate"] == 1.2


def test_the_home_amounts_follow_the_rate_that_was_sent(abroad: Desk) -> None:
    invoice = abroad.create(CurrencyRef=EUR, ExchangeRate=1.2345)
    assert (invoice["HomeTotalAmt"], invoice["HomeBalance"]) == (123.45, 123.45)
    abroad.realm.receive_payment(invoice["Id"], 40)
    invoice = abroad.realm.invoice(invoice["Id"])
    assert (invoice["HomeTotalAmt"], invoice["HomeBalance"]) == (123.45, 74.07)


def test_a_sparse_update_keeps_the_rate_and_a_full_one_forgets_it(abroad: Desk) -> None:
    invoice = abroad.create(CurrencyRef=EUR, ExchangeRate=1.2)
    known = {"Id": invoice["Id"], "SyncToken": "0"}
    change = {**known, "sparse": True, "Line": [sales_line(abroad.item["Id"], 50)]}
    changed = abroad.post("invoice", change).json()["Invoice"]
    assert (changed["ExchangeRate"], changed["HomeTotalAmt"]) == (1.2, 60)
    change |= {"SyncToken": "1", "ExchangeRate": 1.3}
    assert abroad.post("invoice", change).json()["Invoice"]["HomeTotalAmt"] == 65
    full = abroad.draft(Id=invoice["Id"], SyncToken="2", CurrencyRef=EUR)
    assert abroad.post("invoice", full).json()["Invoice"]["ExchangeRate"] == 1


def test_the_screens_fill_in_the_rate_of_the_day(abroad: Desk) -> None:
    abroad.realm.set_rate("EUR", "1.15", since="2026-02-01")
    line = sales_line(abroad.item["Id"], 100)
    early = abroad.realm.add_invoice(abroad.customer["Id"], [line], TxnDate="2026-01-31")
    late = abroad.realm.add_invoice(abroad.customer["Id"], [line], TxnDate="2026-02-01")
    assert (early["HomeTotalAmt"], late["HomeTotalAmt"]) == (110, 115)
    assert abroad.realm.edit_invoice(early["Id"], PrivateNote="x")["ExchangeRate"] == 1.1
    paid = abroad.realm.receive_payment(late["Id"], 10)
    assert paid["ExchangeRate"] == rate(abroad, "EUR")["Rate"]


def test_the_company_tells_its_rates_by_date(abroad: Desk) -> None:
    reads = abroad.simulator.metered_reads(REALM)
    found = rate(abroad, "EUR", "2026-02-03")
    assert abroad.simulator.metered_reads(REALM) == reads + 1
    assert (found["SourceCurrencyCode"], found["TargetCurrencyCode"]) == ("EUR", "USD")
    assert (found["Rate"], found["AsOfDate"]) == (1.1, "2026-02-03")
    assert not {"Id", "SyncToken"} & set(found)
    abroad.realm.set_rate("EUR", "1.15", since="2026-02-01")
    abroad.realm.set_rate("EUR", "1.3", since="2026-03-01")
    days = ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01", "2027-01-01")
    assert [rate(abroad, "EUR", day)["Rate"] for day in days] == [1.1, 1.15, 1.15, 1.3, 1.3]
    assert rate(abroad, "EUR", "2026-02-28")["AsOfDate"] == "2026-02-01"  # when it was set
    assert rate(abroad, "USD", "2026-02-03")["Rate"] == 1
    assert rate(abroad, "EUR")["Rate"] > 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"asofdate": "2026-02-03"}, "2020"),
        ({"sourcecurrencycode": "XXX", "asofdate": "2026-02-03"}, "2220"),
        ({"sourcecurrencycode": "eur", "asofdate": "2026-02-03"}, "2220"),
        ({"sourcecurrencycode": "EUR", "asofdate": "3.2.2026"}, "2060"),
        ({"sourcecurrencycode": "EUR", "asofdate": "2026-02-30"}, "2070"),
    ],
)
def test_questions_for_a_rate_that_are_refused(abroad: Desk, asked: Doc, code: str) -> None:
    fault(abroad.get("exchangerate", **asked), code)


def test_without_multicurrency_there_is_only_the_home_currency(desk: Desk) -> None:
    assert rate(desk, "USD", "2026-02-03")["Rate"] == 1
    error = fault(desk.get("exchangerate", sourcecurrencycode="EUR"), "6000")
    assert "multicurrency" in error["Detail"]
