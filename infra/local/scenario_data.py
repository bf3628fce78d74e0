"""What the demo plays, as plain data: the small company of events/scenario.json, or many invoices.

A scenario is a JSON object of three members. `company` has the lists of both systems and the
connection's settings; `invoices` has what is created in HubSpot, each with the outcome to expect;
`steps` has what people do afterwards, by stage.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Literal

Data = dict[str, Any]
Stage = Literal["later", "fixes", "inQuickBooks", "lost", "clicks"]

_FILE = Path(__file__).parents[2] / "events" / "scenario.json"
_PAY_IN_DOLLARS = ("northwind", "globex", "initech", "peets", "acme")
_PRODUCTS = (
    {"hs_sku": "CON-HOUR", "name": "Consulting", "price": "150"},
    {"hs_sku": "LIC-SEAT", "name": "Licence, seat", "price": "12.99"},
    {"name": "Onboarding", "price": "990"},
)
_PARTNER_DISCOUNT = {"hs_label": "Partner", "hs_type": "PERCENT", "hs_value": "7.5"}
# The share of invoices up to which each fate goes; all above the last have nothing special.
_FATES: tuple[tuple[float, Data], ...] = (
    (0.04, {"status": "draft", "expect": "skipped"}),
    (0.08, {"withoutContact": True, "expect": "customer_not_found"}),
    (
        0.11,
        {"contact": "umbrella", "company": "Umbrella Labs", "expect": "duplicate_display_name"},
    ),
    (
        0.14,
        {
            "lines": [
                {"hs_sku": "SUP-YEAR", "name": "Support plan", "quantity": "1", "price": "1200"}
            ],
            "expect": "service_date_required",
        },
    ),
    (
        0.17,
        {
            "lines": [{"name": "Something new", "quantity": "1", "price": "10"}],
            "expect": "item_not_found",
        },
    ),
    (0.20, {"expect": "duplicate_document_number"}),
    (0.25, {"contact": "weyland", "currency": "EUR"}),
)


def embedded() -> Data:
    """Return the scenario of the repository."""
    data: Data = json.loads(_FILE.read_text(encoding="utf-8"))
    return data


def generated(invoices: int, seed: int = 20261123) -> Data:
    """Return the embedded company with so many invoices, the same ones for the same seed.

    Most of them sync, some are drafts, and some fail for each reason that an invoice can have from
    its birth. Nobody does anything afterwards.
    """
    chosen = random.Random(seed)  # noqa: S311 - test data
    company = embedded()["company"]
    made = [_invoice(f"INV-{10000 + number}", chosen) for number in range(1, invoices + 1)]
    company["documents"] = [
        {
            "customer": "Initech",
            "number": invoice["number"],
            "item": "Consulting",
            "amount": "80.00",
        }
        for invoice in made
        if invoice["expect"] == "duplicate_document_number"
    ]
    return {"company": company, "invoices": made, "steps": {}}


def _invoice(number: str, chosen: random.Random) -> Data:
    lines: list[dict[str, str]] = []
    for product in chosen.sample(_PRODUCTS, chosen.randint(1, 3)):
        line = {**product, "quantity": chosen.choice(["1", "2", "3.5", "12", "40"])}
        if chosen.random() < 0.3:
            line["hs_discount_percentage"] = chosen.choice(["5", "10", "12.5", "33.333"])
        lines.append(line)
    invoice: Data = {
        "number": number,
        "contact": chosen.choice(_PAY_IN_DOLLARS),
        "lines": lines,
        "expect": "synced",
    }
    if chosen.random() < 0.2:
        invoice["discounts"] = [_PARTNER_DISCOUNT]
    share = chosen.random()
    fate = next((special for limit, special in _FATES if share < limit), {})
    return invoice | fate
