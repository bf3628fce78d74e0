"""A small world, and what its people do in a few hours; the faults happen meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import sweep
import sync_worker
from infra.local.lambda_context import LambdaContext
from infra.local.quickbooks.faults import RefusalError
from infra.local.system import LocalSystem
from tests.audit.ledger import Edit, Ledger
from tests.flows.conftest import PORTAL_ID, Flow

from .gate import Gate, Killed
from .inside import forget
from .workers import Workers

_PRODUCTS = (("Consulting", "CON-HOUR"), ("Support plan", "SUP"))
PRICES = ("150", "99.99", "0.35", "1200.10")


class Scene:
    def __init__(self, own: LocalSystem, gate: Gate) -> None:
        self._gate, self.ledger = gate, Ledger()
        self.flow = Flow(own, multicurrency=True)
        self.flow.quickbooks.switches.rate_limits_on = False
        self.flow.settings(create_customers=True)
        self.flow.realm.add_item("Support plan", "SUP")
        self.flow.realm.exchange_rates["EUR"] = Decimal("1.1")
        self.flow.watch_quickbooks()
        # Ids in HubSpot, without those that somebody deleted.
        self.invoices: list[str] = []
        # Who may be billed: options of `write`.
        self.people: list[dict[str, Any]] = []
        # Several workers at once, if there are.
        self.workers: Workers | None = None
        # What people did, where it depended on what they found.
        self.did: list[str] = []

    # -- people in HubSpot

    def meet(self, name: str, company: str = "") -> dict[str, str | None]:
        """Return who is billed: a contact and a company that QuickBooks does not know yet."""
        portal = self.flow.portal
        email = f"{name.lower()}@customer.example"
        contact_id = portal.create("contacts", {"email": email, "firstname": name})
        company_id = portal.create("companies", {"name": company}) if company else None
        return {"contact_id": contact_id, "company_id": company_id}

    def write(self, *prices: str, **options: Any) -> str:
        lines = [
            {"name": name, "hs_sku": sku, "quantity": "2", "price": price}
            for (name, sku), price in zip(_PRODUCTS, prices or ("150",), strict=False)
        ]
        day = self.flow.clock.now().date().isoformat()
        days = {"hs_invoice_date": day, "hs_due_date": day}
        invoice_id = self.flow.invoice(**{"lines": lines, **days, **options})
        self.invoices.append(invoice_id)
        return invoice_id

    def set_(self, invoice_id: str, **properties: str) -> None:
        self.flow.portal.update("invoices", invoice_id, properties)

    def pay(self, amount: str, *invoice_ids: str) -> str:
        currency = self.of(invoice_ids[0], "hs_currency")
        payment = {
            "hs_initial_amount": amount,
            "hs_currency_code": currency,
            "hs_initiated_date": self.flow.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "hs_latest_status": "succeeded",
            "hs_processor_type": "hs_payments",
        }
        links = [("invoices", invoice_id) for invoice_id in invoice_ids]
        payment_id = self.flow.portal.create("commerce_payments", payment, links)
        self.ledger.payments[payment_id] = invoice_ids
        return payment_id

    def pay_all(self, *invoice_ids: str) -> None:
        due = sum(Decimal(self.of(each, "hs_balance_due") or "0") for each in invoice_ids)
        currencies = {self.of(each, "hs_currency") for each in invoice_ids}
        if due > 0 and len(currencies) == 1:
            self.pay(f"{due:.2f}", *invoice_ids)

    def bill_to_globex(self, invoice_id: str) -> None:
        self.flow.portal.associate("invoices", invoice_id, "contacts", self.flow.contact_id)

    def having(self, status: str) -> list[str]:
        return [each for each in self.invoices if self.of(each, "hs_invoice_status") == status]

    def unpaid(self) -> list[str]:
        """Return those that HubSpot would let people change: open, and nothing paid."""
        portal = self.flow.portal
        return [
            each
            for each in self.having("open")
            if not portal.associated("invoices", each, "commerce_payments")
        ]

    def refund(self, payment_id: str, amount: str) -> None:
        changes = {"hs_latest_status": "partially_refunded", "hs_refunds_amount": amount}
        self.flow.portal.update("commerce_payments", payment_id, changes)
        self.ledger.refunds.add(payment_id)

    def delete(self, invoice_id: str) -> None:
        self.flow.portal.delete("invoices", invoice_id)
        self.invoices.remove(invoice_id)

    def of(self, invoice_id: str, name: str) -> str:
        return str(self.flow.portal.record("invoices", invoice_id).properties.get(name) or "")

    # -- people in QuickBooks, and in the card

    def edit_copy(self, invoice_id: str, name: str, value: Any) -> None:
        for copy in self.flow.in_quickbooks(invoice_id)[:1]:
            with suppress(RefusalError):
                self.flow.realm.edit_invoice(copy["Id"], **{name: value})
                self.ledger.note_edit(Edit(copy["Id"], name, value))
                self.did.append(f"edited the copy of {invoice_id}")

    def void_copy(self, invoice_id: str) -> None:
        for copy in self.flow.in_quickbooks(invoice_id)[:1]:
            if copy["Balance"] == copy["TotalAmt"]:
                self.flow.realm.void_invoice(copy["Id"])
                self.did.append(f"voided the copy of {invoice_id}")

    def delete_copy(self, invoice_id: str) -> None:
        for copy in self.flow.in_quickbooks(invoice_id)[:1]:
            if copy["Balance"] == copy["TotalAmt"]:
                self.flow.realm.delete_invoice(copy["Id"])
                self.did.append(f"deleted the copy of {invoice_id}")

    def click(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> int:
        """Click in the card, and return the status of the answer; whoever gets an error has done
        nothing, and may click again."""
        url = self.flow.own.gateway.url + path
        return self.flow.hubspot.fetch(PORTAL_ID, method, url, body=body).status

    def lose_webhooks(self) -> None:
        self.flow.hubspot.webhooks.discard()
        self.flow.quickbooks.webhooks.discard()

    # -- what runs by itself

    def work(self) -> None:
        """Deliver what there is to tell, and let the worker have the queue."""
        self.ledger.watch_emails(self.flow.portal, self.flow.realm)
        for _ in range(10):
            self.flow.hubspot.deliver()
            self.flow.quickbooks.deliver()
            self.poll()
            told = (
                self.flow.hubspot.pending_deliveries() + self.flow.quickbooks.pending_deliveries()
            )
            if not told:
                return

    def poll(self) -> None:
        if self.workers is None:
            self._empty_the_queue()
        else:
            self.workers.run(self._empty_the_queue)

    def _empty_the_queue(self) -> None:
        while self._alive(sync_worker, self.flow.own.poller.poll_once):
            pass

    def sweep(self) -> None:
        self._alive(sweep, lambda: sweep.handler({}, LambdaContext("sweep")))

    def _alive(self, function: Any, call: Callable[[], Any]) -> Any:
        """Run a function as Lambda does: one that is killed starts anew the next time."""
        try:
            return call()
        except Killed:
            self._gate.revive()
            forget(function)
            return True
        except Exception as error:
            self._gate.note_crash(error)
            return None

    def later(self, seconds: float) -> None:
        self.flow.clock.advance(seconds)
