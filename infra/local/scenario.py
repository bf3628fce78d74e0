"""A small company's data: put into both simulators, changed as people would, and checked."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from infra.local.quickbooks import sales_line
from infra.local.system import LocalSystem
from invoice_sync.model.record import Record

PORTAL_ID, REALM_ID = "24680", "9130357849536436"
# What people do after the first sync, in this order.
STAGES = ("later", "fixes", "inQuickBooks", "lost")
EMBEDDED = Path(__file__).parents[2] / "events" / "scenario.json"


@dataclass
class Scenario:
    """`invoices` maps a number to HubSpot's id, `expected` to a status or a failure code."""

    data: dict[str, Any]
    invoices: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)

    # -- before the first webhook

    def prepare(self, system: LocalSystem) -> None:
        """QuickBooks' lists, HubSpot's contacts and companies, and the connection."""
        preferences = {"SalesFormsPrefs.CustomTxnNumbers": True}
        realm = system.quickbooks.add_realm(REALM_ID, multicurrency=True, preferences=preferences)
        items = {
            item["name"]: realm.add_item(
                item["name"],
                item.get("sku"),
                revenue_recognition=item.get("revenueRecognition", False),
            )["Id"]
            for item in self.data["items"]
        }
        customers = {
            one["name"]: realm.add_customer(one["name"], one["email"], one["currency"])["Id"]
            for one in self.data["customers"]
        }
        for vendor in self.data["vendors"]:
            realm.add_vendor(vendor["name"])
        for one in self.data["documents"]:
            line = sales_line(items[one["item"]], one["amount"])
            realm.add_invoice(customers[one["customer"]], [line], one["number"])
        self.portal = system.hubspot.add_portal(PORTAL_ID, time_zone="US/Eastern", currency="USD")
        self.realm = realm
        self.companies = {
            name: self.portal.create("companies", {"name": name}) for name in self.data["companies"]
        }
        self.contacts = {
            one["key"]: self.portal.create(
                "contacts", {name: value for name, value in one.items() if name != "key"}
            )
            for one in self.data["contacts"]
        }
        wanted = self.data["settings"]
        system.connect(
            PORTAL_ID,
            REALM_ID,
            create_customers=wanted["createCustomers"],
            display_name=wanted["displayName"],
            fee_item_id=items[wanted["feeItem"]],
            tax_code_id=wanted["taxCode"],
            terms=wanted["terms"],
        )

    # -- what people do

    def create_invoices(self) -> None:
        for one in self.data["invoices"]:
            extra = {"hs_invoice_source": one["source"]} if "source" in one else {}
            invoice_id = self.portal.create_invoice(
                contact_id=self.contacts[one["contact"]],
                company_id=self.companies.get(one.get("company", "")),
                currency=one.get("currency", "USD"),
                lines=one["lines"],
                discounts=one.get("discounts", []),
                fees=one.get("fees", []),
                taxes=one.get("taxes", []),
                status=one.get("status", "open"),
                number=one["number"],
                **extra,
            )
            if one.get("withoutContact"):
                contact_id = self.contacts[one["contact"]]
                self.portal.dissociate("invoices", invoice_id, "contacts", contact_id)
            self.invoices[one["number"]] = invoice_id
            self.expected[one["number"]] = one["expect"]

    def act(self, stage: str) -> list[str]:
        """What people do next; returns it in words. `stage`: a list of the scenario."""
        done = []
        for one in self.data.get(stage, []):
            done.append(f"{one['number']} {self._done(one)}")
            self.expected[one["number"]] = one["expect"]
        return done

    def _done(self, one: dict[str, Any]) -> str:
        number, invoice_id = one["number"], self.invoices[one["number"]]
        match one["do"]:
            case "void":
                self.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
                return "is voided in HubSpot"
            case "changePrice":
                self.portal.update("line_items", self._line(invoice_id), {"price": one["to"]})
                return f"gets the price {one['to']} in HubSpot"
            case "changePriceInBoth":
                self._raise_in_quickbooks(number)
                self.portal.update("line_items", self._line(invoice_id), {"price": one["to"]})
                return f"gets another amount in QuickBooks and the price {one['to']} in HubSpot"
            case "addContact":
                contact_id = self.contacts[one["contact"]]
                self.portal.associate("invoices", invoice_id, "contacts", contact_id)
                return "is given a contact in HubSpot"
            case "setBillingStart":
                start = {"hs_recurring_billing_start_date": one["to"]}
                self.portal.update("line_items", self._line(invoice_id), start)
                return "has a line that is given a billing start in HubSpot"
            case "renumberClash":
                self.realm.edit_invoice(self._clash(number)["Id"], DocNumber=one["to"])
                return f"is free: the other document becomes {one['to']} in QuickBooks"
            case "receivePayment":
                self.realm.receive_payment(self._in_quickbooks(number)["Id"], one["amount"])
                return f"gets a payment of {one['amount']} in QuickBooks"
            case "editMemo":
                note = f"{self._in_quickbooks(number)['PrivateNote']} - checked"
                self.realm.edit_invoice(self._in_quickbooks(number)["Id"], PrivateNote=note)
                return "gets another memo in QuickBooks, which is nobody's trouble"
            case "takePayment":
                self._take_payment(invoice_id, one["amount"])
                return f"gets a payment of {one['amount']} in HubSpot"
            case "deleteInQuickBooks":
                self.realm.delete_invoice(self._in_quickbooks(number)["Id"])
                return "is deleted in QuickBooks"
        raise ValueError(f"the scenario asks for {one['do']}, which nobody can do")

    def _take_payment(self, invoice_id: str, amount: str) -> None:
        payment_id = self.portal.create(
            "commerce_payments",
            {
                "hs_initial_amount": amount,
                "hs_initiated_date": "2026-11-20T10:00:00Z",
                "hs_currency_code": "USD",
                "hs_latest_status": "succeeded",
            },
        )
        self.portal.associate("invoices", invoice_id, "commerce_payments", payment_id)

    def _in_quickbooks(self, number: str) -> dict[str, Any]:
        """Ours, among those that have the number."""
        mark = f"HubSpot invoice {self.invoices[number]} "
        return next(one for one in self.realm.invoices if mark in one.get("PrivateNote", ""))

    def _clash(self, number: str) -> dict[str, Any]:
        return next(one for one in self.realm.invoices if one.get("DocNumber") == number)

    def _line(self, invoice_id: str) -> str:
        return str(self.portal.associated("invoices", invoice_id, "line_items")[0])

    def _raise_in_quickbooks(self, number: str) -> None:
        invoice = self._in_quickbooks(number)
        line = next(one for one in invoice["Line"] if one["DetailType"] == "SalesItemLineDetail")
        item_id = line["SalesItemLineDetail"]["ItemRef"]["value"]
        amount = Decimal(str(line["Amount"])) + 5
        self.realm.edit_invoice(invoice["Id"], Line=[sales_line(item_id, str(amount))])

    # -- what came of it

    def records(
        self, system: LocalSystem, numbers: Iterable[str] | None = None
    ) -> dict[str, Record]:
        """By number; invoices that no worker has looked at yet are left out."""
        wanted = {n: self.invoices[n] for n in (self.invoices if numbers is None else numbers)}
        found = system.store.records(PORTAL_ID, wanted.values())
        return {number: found[one] for number, one in wanted.items() if one in found}

    def waits(self, system: LocalSystem) -> list[float]:
        """Seconds from an invoice's creation in HubSpot until it was synced, of those that were
        left alone since."""
        touched = {one["number"] for stage in STAGES for one in self.data[stage]}
        return [
            (record.synced_at - self.portal.record("invoices", record.invoice_id).created)
            / timedelta(seconds=1)
            for number, record in self.records(system).items()
            if record.synced_at and record.status == "synced" and number not in touched
        ]

    def wrong(self, system: LocalSystem) -> list[str]:
        """Every way in which the outcome is not what it must be."""
        records, problems = self.records(system), []
        for number, expected in self.expected.items():
            outcome = outcome_of(records.get(number))
            if outcome != expected:
                problems.append(f"{number} is {outcome}, expected {expected}")
        copies = Counter(
            invoice_id
            for one in self.realm.invoices
            for invoice_id in self.invoices.values()
            if f"HubSpot invoice {invoice_id} " in one.get("PrivateNote", "")
        )
        problems += [f"{one} is {n} times in QuickBooks" for one, n in copies.items() if n > 1]
        counts = system.store.counts(PORTAL_ID)
        failing = Counter(
            record.failure.code
            for record in records.values()
            if record.status == "failing" and record.failure
        )
        if counts.failing != failing.total() or counts.by_code != dict(failing):
            problems.append(f"the counter says {counts.by_code}, the records {dict(failing)}")
        return problems


def outcome_of(record: Record | None) -> str:
    if record is None:
        return "unknown"
    return record.failure.code if record.failure else record.status


def embedded() -> Scenario:
    return Scenario(json.loads(EMBEDDED.read_text(encoding="utf-8")))


def generated(invoices: int, seed: int = 20261123) -> Scenario:
    """The embedded company with so many invoices, the same for every run: most sync, some are
    drafts, some fail for each reason that an invoice can have from its birth."""
    chosen = random.Random(seed)  # noqa: S311 - test data
    data = embedded().data
    dollars = ("northwind", "globex", "initech", "peets", "acme")
    products = [
        {"hs_sku": "CON-HOUR", "name": "Consulting", "price": "150"},
        {"hs_sku": "LIC-SEAT", "name": "Licence, seat", "price": "12.99"},
        {"name": "Onboarding", "price": "990"},
    ]
    made = []
    for number in range(1, invoices + 1):
        lines: list[dict[str, str]] = []
        for product in chosen.sample(products, chosen.randint(1, 3)):
            line = {**product, "quantity": str(chosen.choice(["1", "2", "3.5", "12", "40"]))}
            if chosen.random() < 0.3:
                line["hs_discount_percentage"] = chosen.choice(["5", "10", "12.5", "33.333"])
            lines.append(line)
        invoice: dict[str, Any] = {
            "number": f"INV-{10000 + number}",
            "contact": chosen.choice(dollars),
            "lines": lines,
            "expect": "synced",
        }
        if chosen.random() < 0.2:
            invoice["discounts"] = [
                {"hs_label": "Partner", "hs_type": "PERCENT", "hs_value": "7.5"}
            ]
        fate = chosen.random()
        if fate < 0.04:
            invoice |= {"status": "draft", "expect": "skipped"}
        elif fate < 0.08:
            invoice |= {"withoutContact": True, "expect": "customer_not_found"}
        elif fate < 0.11:
            invoice |= {
                "contact": "umbrella",
                "company": "Umbrella Labs",
                "expect": "duplicate_display_name",
            }
        elif fate < 0.14:
            line = {"hs_sku": "SUP-YEAR", "name": "Support plan", "quantity": "1", "price": "1200"}
            invoice |= {"lines": [line], "expect": "service_date_required"}
        elif fate < 0.17:
            line = {"name": "Something new", "quantity": "1", "price": "10"}
            invoice |= {"lines": [line], "expect": "item_not_found"}
        elif fate < 0.20:
            invoice["expect"] = "duplicate_document_number"
            data["documents"].append(
                {
                    "customer": "Initech",
                    "number": invoice["number"],
                    "item": "Consulting",
                    "amount": "80.00",
                }
            )
        elif fate < 0.25:
            invoice |= {"contact": "weyland", "currency": "EUR"}
        made.append(invoice)
    return Scenario({**data, "invoices": made, **{stage: [] for stage in STAGES}})
