"""Invoices and payments in foreign currencies: the rate of their own day, or a visible failure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .conftest import REALM_ID, Flow
from .deciding import click, offered
from .taxing import MANY, in_realm, line, refused, the_invoice

EMAIL = "pay-{}@initech.example"


def contact(flow: Flow, currency: str = "EUR") -> str:
    """Return a HubSpot contact whose QuickBooks customer has that currency."""
    email = EMAIL.format(currency.lower())
    flow.realm.add_customer(f"Initech {currency}", email, currency)
    return str(flow.portal.create("contacts", {"email": email}))


def euro_invoice(flow: Flow, **options: Any) -> str:
    return flow.invoice(contact_id=contact(flow), currency="EUR", **options)


def pay(flow: Flow, invoice_id: str, day: str, amount: str = "300", currency: str = "EUR") -> str:
    payment = {
        "hs_initial_amount": amount,
        "hs_currency_code": currency,
        "hs_initiated_date": f"{day}T17:30:00Z",
        "hs_latest_status": "succeeded",
        "hs_processor_type": "hs_payments",
    }
    return str(flow.portal.create("commerce_payments", payment, [("invoices", invoice_id)]))


def booked(flow: Flow, invoice_id: str) -> tuple[Any, Any]:
    invoice = the_invoice(flow, invoice_id)
    return invoice["ExchangeRate"], invoice["HomeTotalAmt"]


@in_realm(**MANY)
def test_the_rate_of_the_invoice_and_of_its_payment(flow: Flow) -> None:
    """Euros were booked 1:1 as dollars: WordPress/wordcamp.org, issue 1250 and pull request 1325.
    The payment of another day has the rate of that day."""
    flow.realm.set_rate("EUR", "1.1")
    flow.realm.set_rate("EUR", "1.2", since="2026-03-01")
    invoice_id = euro_invoice(flow, hs_invoice_date="2026-02-10", hs_due_date="2026-03-10")
    flow.work()
    assert booked(flow, invoice_id) == (1.1, 330)
    pay(flow, invoice_id, "2026-03-04")
    flow.work()
    (paid,) = flow.realm.payments
    assert (paid["ExchangeRate"], paid["CurrencyRef"]["value"]) == (1.2, "EUR")
    shown = flow.status(invoice_id)["payment"]
    assert (shown["exchangeRate"], shown["homeTotal"]) == ("1.1", "330")
    assert shown["status"] == "paid"


@in_realm(**MANY)
def test_one_read_for_each_currency_and_day(flow: Flow) -> None:
    flow.realm.set_rate("EUR", "1.1")
    flow.realm.set_rate("EUR", "1.2", since="2026-02-11")
    flow.realm.set_rate("JPY", "0.0066")
    euro, yen = contact(flow), contact(flow, "JPY")
    warm = [
        flow.invoice(contact_id=euro, currency="EUR"),
        flow.invoice(contact_id=yen, currency="JPY"),
    ]
    flow.invoice()
    flow.work()
    before = flow.quickbooks.metered_reads(REALM_ID)
    days = ("2026-01-09", "2026-01-10", "2026-01-10", "2026-02-12")
    more = [flow.invoice(contact_id=euro, currency="EUR", hs_invoice_date=day) for day in days]
    more.append(flow.invoice(contact_id=yen, currency="JPY", hs_invoice_date="2026-01-10"))
    more.append(flow.invoice(hs_invoice_date="2026-01-10"))  # at home it costs nothing
    flow.work()
    assert flow.quickbooks.metered_reads(REALM_ID) == before + 4
    rates = [booked(flow, invoice_id)[0] for invoice_id in more]
    assert rates == [1.1, 1.1, 1.1, 1.2, 0.0066, 1]
    again = flow.invoice(contact_id=euro, currency="EUR", hs_invoice_date="2026-01-10")
    flow.set_price(warm[0], "175")
    flow.work()
    assert booked(flow, again) == (1.1, 330)
    assert booked(flow, warm[0])[1] == 420  # of today
    assert flow.quickbooks.metered_reads(REALM_ID) == before + 5  # the invoice that was changed


@in_realm(**MANY)
@pytest.mark.parametrize("currency", ["EUR", "SEK"])
def test_without_a_rate_nothing_is_posted_until_there_is_one(flow: Flow, currency: str) -> None:
    """QuickBooks has a rate of 0 for the first currency, and refuses to tell one of the second."""
    if currency == "EUR":
        flow.realm.set_rate(currency, 0)
    invoice_id = flow.invoice(contact_id=contact(flow, currency), currency=currency)
    other = flow.invoice()
    flow.work()
    the_invoice(flow, other)
    words = refused(flow, invoice_id, "currency_mismatch")
    assert "gives no rate" in words
    foreseen = flow.get(f"/v1/invoices/{invoice_id}/preview")
    assert [each["code"] for each in foreseen["failures"]] == ["currency_mismatch"]
    flow.clock.advance(2)  # the calls count for QuickBooks' limit of ten a second
    flow.realm.set_rate(currency, "1.25")
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    assert booked(flow, invoice_id) == (1.25, 375)


@in_realm(**MANY)
def test_a_payment_without_a_rate_waits_and_the_invoice_says_so(flow: Flow) -> None:
    flow.realm.set_rate("EUR", "1.1")
    flow.realm.set_rate("EUR", 0, since="2026-03-01")
    invoice_id = euro_invoice(flow, hs_invoice_date="2026-02-10")
    flow.work()
    pay(flow, invoice_id, "2026-03-04")
    flow.work()
    assert flow.failure_code(invoice_id) == "payment_not_recorded"
    assert flow.realm.payments == []
    flow.realm.set_rate("EUR", "1.3", since="2026-03-01")
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    assert flow.failure_code(invoice_id) == ""
    assert [paid["ExchangeRate"] for paid in flow.realm.payments] == [1.3]


class TestARateOfOne:
    """QuickBooks has it where nobody entered a rate, so nobody knows whether it is meant."""

    @in_realm(**MANY)
    def test_nothing_is_posted_until_somebody_enters_the_rate(self, flow: Flow) -> None:
        invoice_id = euro_invoice(flow, hs_invoice_date="2026-02-10")
        flow.work()
        words = refused(flow, invoice_id, "currency_mismatch")
        assert "or the rate 1" in words
        flow.clock.advance(2)
        flow.realm.set_rate("EUR", "1.1")
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert booked(flow, invoice_id) == (1.1, 330)

    @in_realm(**MANY)
    def test_somebody_says_that_it_is_right_for_all_of_that_day(self, flow: Flow) -> None:
        payer = contact(flow)
        days = ("2026-02-10", "2026-02-10", "2026-02-11")
        first, second, other = (
            flow.invoice(contact_id=payer, currency="EUR", hs_invoice_date=day) for day in days
        )
        flow.work()
        assert offered(flow.status(first)) == ["rate_is_one", "stop_syncing"]
        flow.clock.advance(2)
        done = click(flow, first, "rate_is_one")
        assert done["says"].startswith("On 2026-02-10, 1 EUR will be booked as 1")
        assert booked(flow, first) == booked(flow, second) == (1, 300)
        assert flow.failure_code(other) == "currency_mismatch"
        flow.clock.advance(2)
        flow.set_price(first, "100")
        flow.work()
        assert booked(flow, first) == (1, 200)

    @in_realm(**MANY)
    def test_of_a_payment(self, flow: Flow) -> None:
        flow.realm.set_rate("EUR", "1.1", since="2026-02-01")
        flow.realm.set_rate("EUR", "1", since="2026-03-01")
        invoice_id = euro_invoice(flow, hs_invoice_date="2026-02-10")
        flow.work()
        pay(flow, invoice_id, "2026-03-04")
        flow.work()
        assert flow.failure_code(invoice_id) == "payment_not_recorded"
        assert flow.realm.payments == []
        assert "rate_is_one" in offered(flow.status(invoice_id))
        flow.clock.advance(2)
        click(flow, invoice_id, "rate_is_one")
        assert [paid["ExchangeRate"] for paid in flow.realm.payments] == [1]
        assert flow.failure_code(invoice_id) == ""

    @pytest.mark.parametrize(
        ("flow", "currency"),
        [
            ({**MANY, "home_currency": "BSD"}, "USD"),
            ({**MANY, "home_currency": "PAB"}, "USD"),
            ({**MANY, "home_currency": "NAD"}, "ZAR"),
            ({**MANY, "home_currency": "XOF"}, "XAF"),
        ],
        indirect=["flow"],
    )
    def test_currencies_that_are_worth_the_same_by_law(self, flow: Flow, currency: str) -> None:
        flow.realm.set_rate(currency, "1")
        invoice_id = flow.invoice(contact_id=contact(flow, currency), currency=currency)
        flow.work()
        assert booked(flow, invoice_id) == (1, 300)


class TestUpdates:
    @in_realm(**MANY)
    def test_another_price_keeps_the_rate_another_date_brings_its_own(self, flow: Flow) -> None:
        flow.realm.set_rate("EUR", "1.1")
        flow.realm.set_rate("EUR", "1.2", since="2026-02-11")
        invoice_id = euro_invoice(flow, hs_invoice_date="2026-02-10")
        flow.work()
        flow.realm.set_rate("EUR", "1.15")
        flow.set_price(invoice_id, "100")
        flow.work()
        assert booked(flow, invoice_id) == (1.1, 220)
        flow.portal.update("invoices", invoice_id, {"hs_invoice_date": "2026-02-11"})
        flow.work()
        assert booked(flow, invoice_id) == (1.2, 240)

    @in_realm(**MANY)
    def test_a_rate_that_a_person_entered_stays(self, flow: Flow) -> None:
        flow.realm.set_rate("EUR", "1.1")
        flow.realm.set_rate("EUR", "1.2", since="2026-02-11")
        invoice_id = euro_invoice(flow, hs_invoice_date="2026-02-10")
        flow.work()
        flow.realm.edit_invoice(the_invoice(flow, invoice_id)["Id"], ExchangeRate=1.17)
        for day in ("2026-02-11", "2026-02-12"):
            flow.portal.update("invoices", invoice_id, {"hs_invoice_date": day})
            flow.work()
            assert booked(flow, invoice_id) == (1.17, 351)
        flow.set_price(invoice_id, "100")
        flow.work()
        assert booked(flow, invoice_id) == (1.17, 234)


@pytest.mark.parametrize(
    ("flow", "currency", "price", "rate", "home"),
    [
        ({**MANY, "home_currency": "JPY"}, "USD", "10.01", "149.235", 2987.68),
        (MANY, "JPY", "1501", "0.006701", 20.12),
        (MANY, "KWD", "1.23", "3.2511", 8.00),
        (MANY, "EUR", "0.01", "1.0949999", 0.02),
    ],
    indirect=["flow"],
)
def test_small_units_and_many_digits(
    flow: Flow, currency: str, price: str, rate: str, home: float
) -> None:
    flow.realm.set_rate(currency, rate)
    lines = [line(price, "2")]
    invoice_id = flow.invoice(contact_id=contact(flow, currency), currency=currency, lines=lines)
    flow.work()
    assert booked(flow, invoice_id) == (float(rate), home)


@in_realm(**MANY)
def test_yesterdays_rate_is_kept_todays_for_hours(flow: Flow) -> None:
    flow.realm.set_rate("EUR", "1.1")
    payer = contact(flow)
    today = flow.clock.now().date()
    days = [today.isoformat(), (today - timedelta(days=30)).isoformat()]

    def both() -> list[float]:
        made = [flow.invoice(contact_id=payer, currency="EUR", hs_invoice_date=day) for day in days]
        flow.work()
        return [booked(flow, invoice_id)[0] for invoice_id in made]

    assert both() == [1.1, 1.1]
    flow.realm.set_rate("EUR", "1.4")
    flow.clock.advance(5 * 3600)
    assert both() == [1.4, 1.1]
