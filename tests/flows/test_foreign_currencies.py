"""Invoices in foreign currencies: both totals agree, in the report and in a backfill too."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from infra.local.wire import Answer, Fault

from .acting import FOR_EVER
from .backfilling import add_old, install, plan
from .backfilling import run as run_backfill
from .conftest import Flow
from .paying import look
from .taxing import MANY, in_realm
from .test_exchange_rates import booked, contact, euro_invoice, pay
from .test_report import TODAY, run

DAY = "2026-02-10"


class TestTheHomeTotal:
    """The total agrees in the invoice's currency, but not in the company's."""

    @in_realm(**MANY)
    def test_nothing_is_left_in_quickbooks(self, flow: Flow) -> None:
        flow.realm.set_rate("EUR", "1.1")
        flow.quickbooks.switches.lose_exchange_rate = True
        invoice_id = euro_invoice(flow, hs_invoice_date=DAY)
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "total_mismatch"
        assert "330.00 USD were due" in failure["explanation"]
        assert "came to 300" in failure["explanation"]
        assert "Nothing was left" in failure["explanation"]
        assert flow.in_quickbooks(invoice_id) == []
        flow.quickbooks.switches.lose_exchange_rate = False
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert booked(flow, invoice_id) == (1.1, 330)

    @in_realm(**MANY)
    def test_it_could_not_be_taken_back(self, flow: Flow) -> None:
        """It fails until the invoice has the rate, whoever looks at it."""
        flow.realm.set_rate("EUR", "1.1")
        flow.quickbooks.switches.lose_exchange_rate = True
        flow.quickbooks.faults.append(
            Fault(
                lambda request: request.args.get("operation") == "delete",
                Answer(400, {"Fault": {"Error": [{"code": "6000", "Message": "No"}]}}),
                FOR_EVER,
            )
        )
        invoice_id = euro_invoice(flow, hs_invoice_date=DAY)
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "total_mismatch"
        assert failure["detail"]["variant"] == "home_posted"
        assert "It has that amount now" in failure["explanation"]
        (posted,) = flow.in_quickbooks(invoice_id)
        for trigger in ("retry", "a comment"):
            if trigger == "retry":
                flow.post(f"/v1/invoices/{invoice_id}/retry")
            else:
                flow.portal.update("invoices", invoice_id, {"hs_comments": "Thank you"})
            flow.work()
            assert flow.failure_code(invoice_id) == "total_mismatch", trigger
        flow.quickbooks.switches.lose_exchange_rate = False
        flow.realm.edit_invoice(posted["Id"], ExchangeRate=1.1)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert booked(flow, invoice_id) == (1.1, 330)

    @in_realm(**MANY)
    def test_an_update_loses_the_rate(self, flow: Flow) -> None:
        flow.realm.set_rate("EUR", "1.1")
        invoice_id = euro_invoice(flow, hs_invoice_date=DAY)
        flow.work()
        flow.quickbooks.switches.lose_exchange_rate = True
        flow.set_price(invoice_id, "100")
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "total_mismatch"
        assert failure["detail"]["variant"] == "home_posted"
        look(flow, invoice_id)
        assert flow.failure_code(invoice_id) == "total_mismatch"


class TestTheReport:
    @in_realm(**MANY)
    def test_its_columns(self, flow: Flow) -> None:
        day = TODAY.isoformat()
        flow.realm.set_rate("EUR", "1.1")
        flow.realm.set_rate("JPY", "0.0066")
        euro = euro_invoice(flow, hs_invoice_date=day)
        yen = flow.invoice(contact_id=contact(flow, "JPY"), currency="JPY", hs_invoice_date=day)
        home = flow.invoice(hs_invoice_date=day)
        flow.work()
        told = {row["hubspotId"]: row for row in run(flow)["rows"]}
        assert self.booked(told[euro]) == ("EUR", "1.1", "330.00")
        assert self.booked(told[yen]) == ("JPY", "0.0066", "1.98")
        assert self.booked(told[home]) == ("USD", "1", "300.00")

    def booked(self, row: Mapping[str, Any]) -> tuple[str, str, str]:
        amount = f"{Decimal(row['quickbooksHomeAmount']):.2f}"
        return row["currency"], row["exchangeRate"], amount


class TestABackfill:
    @in_realm(**MANY)
    def test_each_invoice_has_the_rate_of_its_date(self, flow: Flow) -> None:
        flow.realm.set_rate("EUR", "1.3")
        for day, rate in (("2026-03-01", "1.1"), ("2026-03-11", "1.2"), ("2026-03-21", "1")):
            flow.realm.set_rate("EUR", rate, since=day)
        payer = contact(flow)
        early, late, unknown = (
            add_old(flow, contact_id=payer, currency="EUR", hs_invoice_date=f"2026-03-{day}")
            for day in (10, 20, 25)
        )
        install(flow)
        planned = plan(flow)
        counts = planned["plan"]["byCode"]
        assert {code: each["invoices"] for code, each in counts.items()} == {"currency_mismatch": 1}
        run_backfill(flow)
        assert booked(flow, early) == (1.1, 330)
        assert booked(flow, late) == (1.2, 360)
        assert flow.failure_code(unknown) == "currency_mismatch"
        assert flow.in_quickbooks(unknown) == []


class TestPayments:
    @in_realm(**MANY)
    def test_each_has_the_rate_of_its_own_day(self, flow: Flow) -> None:
        for day, rate in (("2026-02-01", "1.1"), ("2026-03-01", "1.2"), ("2026-04-01", "1.05")):
            flow.realm.set_rate("EUR", rate, since=day)
        invoice_id = euro_invoice(flow, hs_invoice_date=DAY)
        flow.work()
        for day in ("2026-03-04", "2026-04-05"):
            pay(flow, invoice_id, day, amount="150")
        flow.work()
        recorded = {each["TxnDate"]: each["ExchangeRate"] for each in flow.realm.payments}
        assert recorded == {"2026-03-04": 1.2, "2026-04-05": 1.05}
        assert flow.status(invoice_id)["payment"]["status"] == "paid"
        assert booked(flow, invoice_id) == (1.1, 330)
        assert flow.failure_code(invoice_id) == ""
