"""A scenario played: put into both simulators, changed as people would, and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from infra.local import scenario_data
from infra.local.hubspot import HubSpotSimulator
from infra.local.hubspot.fetch import USER_EMAIL, USER_ID
from infra.local.quickbooks import QuickBooksSimulator, sales_line
from infra.local.scenario_data import Data, Stage
from infra.local.system import LocalSystem
from invoice_sync.model.connection import Company, Person
from invoice_sync.model.record import Record

PORTAL_ID, REALM_ID = "24680", "9130357849536436"


@dataclass
class Scenario:
    data: Data
    # HubSpot's id of each invoice, by the invoice's number.
    invoices: dict[str, str] = field(default_factory=dict)
    # The outcome that each invoice must have by now: a status or a failure code.
    expected: dict[str, str] = field(default_factory=dict)
    # HubSpot's id of each contact, by the contact's key in the data.
    contacts: dict[str, str] = field(default_factory=dict)

    def steps(self, stage: Stage) -> list[Data]:
        steps: list[Data] = self.data["steps"].get(stage, [])
        return steps

    # -- before the first webhook

    def prepare(self, system: LocalSystem) -> None:
        """Fill both simulators with the company's lists and connect them."""
        item_ids = self.fill(system.hubspot, system.quickbooks)
        settings = self.data["company"]["settings"]
        connection = system.connect(
            PORTAL_ID,
            REALM_ID,
            create_customers=settings["createCustomers"],
            display_name=settings["displayName"],
            fee_item_id=item_ids[settings["feeItem"]],
            tax_code_id=settings["taxCode"],
            terms=settings["terms"],
            may_act=[USER_EMAIL],
        )
        who = Person(user_id=str(USER_ID), email=USER_EMAIL)
        connected = {"connected_by": who, "connected_at": system.clock.now()}
        system.store.connections.set_connected(connection.model_copy(update=connected))
        company = Company(name=self.realm.company_name, country="US", home_currency="USD")
        system.store.connections.set_company(PORTAL_ID, company)

    def fill(self, hubspot: HubSpotSimulator, quickbooks: QuickBooksSimulator) -> dict[str, str]:
        """Create the company's lists in both simulators; return QuickBooks' item ids by name."""
        company = self.data["company"]
        self.realm = quickbooks.add_realm(
            REALM_ID,
            multicurrency=True,
            preferences={"SalesFormsPrefs.CustomTxnNumbers": True},
        )
        for currency, rate in company.get("rates", {}).items():
            self.realm.set_rate(currency, rate)
        item_ids = {
            item["name"]: self.realm.add_item(
                item["name"],
                item.get("sku"),
                revenue_recognition=item.get("revenueRecognition", False),
            )["Id"]
            for item in company["items"]
        }
        customer_ids = {
            customer["name"]: self.realm.add_customer(
                customer["name"], customer["email"], customer["currency"]
            )["Id"]
            for customer in company["customers"]
        }
        for vendor in company["vendors"]:
            self.realm.add_vendor(vendor["name"])
        for document in company["documents"]:
            line = sales_line(item_ids[document["item"]], document["amount"])
            self.realm.add_invoice(customer_ids[document["customer"]], [line], document["number"])
        self.portal = hubspot.add_portal(PORTAL_ID, time_zone="US/Eastern", currency="USD")
        self.companies = {
            name: self.portal.create("companies", {"name": name}) for name in company["companies"]
        }
        self.contacts = {
            contact["key"]: self.portal.create(
                "contacts", {name: value for name, value in contact.items() if name != "key"}
            )
            for contact in company["contacts"]
        }
        return item_ids

    # -- what people do

    def play(self, system: LocalSystem) -> None:
        """Prepare, create the invoices, and return when each of them has had its outcome."""
        self.prepare(system)
        self.create_invoices()
        while system.hubspot.pending_deliveries() or sum(system.poller.depth()):
            system.hubspot.deliver()
            system.aws.end_waits()
            system.poller.poll_once()

    def create_invoices(self) -> None:
        for invoice in self.data["invoices"]:
            contact_id = self.contacts[invoice["contact"]]
            source = {"hs_invoice_source": invoice["source"]} if "source" in invoice else {}
            invoice_id = self.portal.create_invoice(
                contact_id=contact_id,
                company_id=self.companies.get(invoice.get("company", "")),
                currency=invoice.get("currency", "USD"),
                lines=invoice["lines"],
                discounts=invoice.get("discounts", []),
                fees=invoice.get("fees", []),
                taxes=invoice.get("taxes", []),
                status=invoice.get("status", "open"),
                number=invoice["number"],
                **source,
            )
            if invoice.get("withoutContact"):
                self.portal.dissociate("invoices", invoice_id, "contacts", contact_id)
            self.invoices[invoice["number"]] = invoice_id
            self.expected[invoice["number"]] = invoice["expect"]

    def act(self, stage: Stage) -> list[str]:
        """Do what people do in this stage and say it in words, a sentence an invoice."""
        sentences = []
        for step in self.steps(stage):
            sentences.append(f"{step['number']} {self._take(step)}")
            self.expected[step["number"]] = step["expect"]
        return sentences

    def _take(self, step: Data) -> str:
        number, invoice_id = step["number"], self.invoices[step["number"]]
        match step["do"]:
            case "void":
                self.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
                return "is voided in HubSpot"
            case "changePrice":
                self.portal.update("line_items", self._line(invoice_id), {"price": step["to"]})
                return f"has the price {step['to']} in HubSpot now"
            case "changePriceInBoth":
                self._raise_in_quickbooks(number)
                self.portal.update("line_items", self._line(invoice_id), {"price": step["to"]})
                return (
                    f"is edited in both at the same time: a different amount in QuickBooks, the"
                    f" price {step['to']} in HubSpot"
                )
            case "addContact":
                contact_id = self.contacts[step["contact"]]
                self.portal.associate("invoices", invoice_id, "contacts", contact_id)
                return "now has the contact it lacked, in HubSpot"
            case "setBillingStart":
                start = {"hs_recurring_billing_start_date": step["to"]}
                self.portal.update("line_items", self._line(invoice_id), start)
                return "now has a billing start date on its line, in HubSpot"
            case "takePayment":
                self._take_payment(invoice_id, step["amount"])
                return f"is paid {step['amount']} in HubSpot"
        return self._take_in_quickbooks(step)

    def _take_in_quickbooks(self, step: Data) -> str:
        number = step["number"]
        match step["do"]:
            case "renumberClash":
                self.realm.edit_invoice(self._holder(number)["Id"], DocNumber=step["to"])
                return (
                    f"can have its number: the other QuickBooks invoice is renumbered {step['to']}"
                )
            case "receivePayment":
                self.realm.receive_payment(self._in_quickbooks(number)["Id"], step["amount"])
                return f"is paid {step['amount']} in QuickBooks"
            case "editMemo":
                note = f"{self._in_quickbooks(number)['PrivateNote']} - checked"
                self.realm.edit_invoice(self._in_quickbooks(number)["Id"], PrivateNote=note)
                return "has a different memo in QuickBooks now, which does no harm"
            case "deleteInQuickBooks":
                self.realm.delete_invoice(self._in_quickbooks(number)["Id"])
                return "is deleted in QuickBooks"
        raise ValueError(f"the scenario asks for {step['do']}, which nobody can do")

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
        """Return the QuickBooks invoice that we wrote for this number."""
        mark = _mark(self.invoices[number])
        return next(
            invoice for invoice in self.realm.invoices if mark in invoice.get("PrivateNote", "")
        )

    def _holder(self, number: str) -> dict[str, Any]:
        """Return a QuickBooks invoice that holds this number, whoever wrote it."""
        return next(
            invoice for invoice in self.realm.invoices if invoice.get("DocNumber") == number
        )

    def _line(self, invoice_id: str) -> str:
        return str(self.portal.associated("invoices", invoice_id, "line_items")[0])

    def _raise_in_quickbooks(self, number: str) -> None:
        invoice = self._in_quickbooks(number)
        sales = next(
            line for line in invoice["Line"] if line["DetailType"] == "SalesItemLineDetail"
        )
        item_id = sales["SalesItemLineDetail"]["ItemRef"]["value"]
        amount = Decimal(str(sales["Amount"])) + 5
        self.realm.edit_invoice(invoice["Id"], Line=[sales_line(item_id, str(amount))])

    # -- what came of it

    def records(
        self, system: LocalSystem, numbers: Iterable[str] | None = None
    ) -> dict[str, Record]:
        """Return records by number, without invoices that no worker has looked at yet."""
        chosen = self.invoices if numbers is None else numbers
        asked = {number: self.invoices[number] for number in chosen}
        records = system.store.records.get_many(PORTAL_ID, asked.values())
        return {number: records[asked[number]] for number in asked if asked[number] in records}

    def waits(self, system: LocalSystem) -> list[float]:
        """Return the seconds from creation to sync of each invoice that was left alone since."""
        touched = {step["number"] for stage in self.data["steps"].values() for step in stage}
        return [
            (record.synced_at - self.portal.record("invoices", record.invoice_id).created)
            / timedelta(seconds=1)
            for number, record in self.records(system).items()
            if record.synced_at and record.status == "synced" and number not in touched
        ]

    def wrong(self, system: LocalSystem) -> list[str]:
        """Return a sentence for every way in which the outcome is not what it must be."""
        records, problems = self.records(system), []
        for number, expected in self.expected.items():
            outcome = outcome_of(records.get(number))
            if outcome != expected:
                problems.append(f"{number} is {outcome}, expected {expected}")
        copies = Counter(
            number
            for invoice in self.realm.invoices
            for number, invoice_id in self.invoices.items()
            if _mark(invoice_id) in invoice.get("PrivateNote", "")
        )
        problems += [
            f"{number} is {count} times in QuickBooks"
            for number, count in copies.items()
            if count > 1
        ]
        counts = system.store.counters.get(PORTAL_ID)
        failing = Counter(
            record.failure.code
            for record in records.values()
            if record.status == "failing" and record.failure
        )
        if counts.failing != failing.total() or counts.by_code != dict(failing):
            problems.append(f"the counter says {counts.by_code}, the records {dict(failing)}")
        return problems


def _mark(invoice_id: str) -> str:
    return f"HubSpot invoice {invoice_id} "


def outcome_of(record: Record | None) -> str:
    if record is None:
        return "unknown"
    return record.failure.code if record.failure else record.status


def embedded() -> Scenario:
    return Scenario(scenario_data.embedded())


def generated(invoices: int) -> Scenario:
    return Scenario(scenario_data.generated(invoices))
