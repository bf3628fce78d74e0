"""Any mix of lines, discounts, fees and taxes: totals agree to the cent, or nothing is posted."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from .conftest import Flow
from .taxing import CA, GB, MANY, billed, line, tax


class RandomInvoices:
    """Makes invoices with any mix of lines, discounts, fees and taxes; the same for each realm."""

    def __init__(self, flow: Flow, chance: random.Random) -> None:
        self.flow, self.chance = flow, chance
        percents = {"US": ("8", "8"), "GB": ("20", "5"), "CA": ("14.975", "5")}
        self.standard, self.reduced = percents[flow.realm.country]
        named = {"Standard": self.standard, "Reduced": self.reduced, "Zero": "0"}
        self.rates = [flow.portal.add_tax_rate(label, percent) for label, percent in named.items()]
        self.currencies = [flow.realm.home_currency]
        if flow.realm.multicurrency:
            self.currencies.append("EUR")
            flow.realm.set_rate("EUR", "1.1")
            flow.realm.add_customer("Globex EUR", "AP@globex.example", "EUR")

    def create(self) -> str:
        by_line = self.chance.random() < 0.5
        lines = [self._line(with_rate=by_line) for _ in range(self.chance.randint(1, 6))]
        taxes = [] if by_line else [tax("Standard", self.standard)]
        if self.chance.random() < 0.1:
            taxes.append(tax("Reduced", self.reduced))
        return self.flow.invoice(
            lines=lines,
            discounts=self._adjustments("Less"),
            fees=self._adjustments("Fee"),
            taxes=taxes,
            currency=self.chance.choice(self.currencies),
        )

    def _line(self, *, with_rate: bool) -> dict[str, str]:
        rate = self.chance.choice([*self.rates, ""]) if with_rate else ""
        quantity = self.chance.choice(("1", "2", "3", "1.5", "0.333"))
        less = self.chance.choice(
            ({}, {}, {"hs_discount_percentage": "12.5"}, {"discount": "0.01"})
        )
        return line(self._money(300), quantity, rate, **less)

    def _adjustments(self, kind: str) -> list[dict[str, str]]:
        number = self.chance.choice((0, 0, 1, 2))
        return [self._adjustment(f"{kind} {n}") for n in range(number)]

    def _adjustment(self, label: str) -> dict[str, str]:
        if self.chance.random() < 0.5:
            return tax(label, str(self.chance.choice(("2.5", "10", "33.3"))))
        return tax(label, self._money(9), "FIXED")

    def _money(self, most: int) -> str:
        return f"{self.chance.randrange(1, most * 100) / 100}"


@pytest.mark.parametrize(
    "flow",
    [{}, GB, CA, {**CA, **MANY}, {"home_currency": "JPY"}],
    ids=["US", "GB", "CA", "CA-many", "yen"],
    indirect=True,
)
def test_totals_agree_to_the_cent_or_nothing_is_posted(flow: Flow) -> None:
    chance = random.Random(f"{flow.realm.country} {flow.realm.home_currency}")  # noqa: S311
    switches = flow.quickbooks.switches
    switches.rate_limits_on = False
    switches.tax_rounded_per_line = chance.random() < 0.7
    switches.tax_after_discount = chance.random() < 0.5
    codes = {
        "US": {"Standard": "2", "Reduced": "2"},
        "GB": {"Standard": "2", "Reduced": "5", "Zero": "7"},
        "CA": {"Standard": "9", "Reduced": "2", "Zero": "7"},
    }[flow.realm.country]
    flow.settings(tax_codes=codes, untaxed_code_id="7", fee_item_id=flow.item_id)
    invoices = RandomInvoices(flow, chance)
    ids = [invoices.create() for _ in range(25)]
    flow.work()
    synced = 0
    for invoice_id in ids:
        posted = flow.in_quickbooks(invoice_id)
        if posted:
            totals = [Decimal(str(invoice["TotalAmt"])) for invoice in posted]
            assert totals == [billed(flow, invoice_id)]
            synced += 1
        else:
            assert flow.failure_code(invoice_id) in ("total_mismatch", "tax_code_missing")
    assert len(flow.realm.invoices) == synced >= 15
