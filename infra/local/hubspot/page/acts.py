"""What people do to an invoice in HubSpot's and QuickBooks' own pages, outside the app.

They act through the public methods of both simulators, so webhooks come of it as always.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ...quickbooks import QuickBooksSimulator, Realm, sales_line
from ...quickbooks.faults import RefusalError
from ..answers import RefusedError
from ..portal import Portal
from ..properties import BadValueError, moment
from ..server import HubSpotSimulator


@dataclass(frozen=True)
class Account:
    """A HubSpot account and the QuickBooks company that its app is connected to."""

    hubspot: HubSpotSimulator
    quickbooks: QuickBooksSimulator
    portal: Portal
    realm: Realm


class RefusedActError(Exception):
    """Nobody can do that now. The message says why."""


class Acts:
    """Each act is named as in the page's addresses; `value` is what the person has typed."""

    def __init__(self, account: Account, sweep: Callable[[], None]) -> None:
        self._hubspot, self._quickbooks = account.hubspot, account.quickbooks
        self._portal, self._realm, self._sweep = account.portal, account.realm, sweep
        self._loses_next = False
        self._lock = threading.Lock()
        self._acts: dict[str, Callable[[str, str], str]] = {
            "set-price": self._set_price,
            "set-contact": self._set_contact,
            "set-billing-start": self._set_billing_start,
            "take-payment": self._take_payment,
            "edit-in-quickbooks": self._edit_in_quickbooks,
            "free-number": self._free_number,
            "delete-in-quickbooks": self._delete_in_quickbooks,
        }

    def act(self, name: str, invoice_id: str, value: str) -> str:
        """Do it, and return a sentence that says what was done.

        Raises RefusedActError when it cannot be done, LookupError for an unknown act or invoice.
        """
        self._portal.record("invoices", invoice_id)
        match name:
            case "lose-next-webhook":
                self._loses_next = True
                return "The webhooks of the next change that you make with this bar get lost."
            case "sweep":
                self._sweep()
                return "The sweep has asked both systems what changed."
        act = self._acts[name]
        with self._lock:
            # QuickBooks tells times in whole seconds: a change in the very second of the app's
            # own write looks like its echo.
            self._hubspot.clock.advance(2)
            try:
                return self._without_webhooks(act, invoice_id, value)
            except (RefusedError, RefusalError, BadValueError) as refused:
                raise RefusedActError(_words(refused)) from None

    def deliver(self) -> None:
        """Let Intuit tell its news, but not in the middle of an act."""
        with self._lock:
            self._quickbooks.deliver()

    def _without_webhooks(self, act: Callable[[str, str], str], invoice_id: str, value: str) -> str:
        """Do it; where the next webhooks are to be lost, lose those that come of it."""
        if not self._loses_next:
            return act(invoice_id, value)
        self._hubspot.webhooks.drop = 1.0
        try:
            says = act(invoice_id, value)
            self._hubspot.deliver()
        finally:
            self._hubspot.webhooks.drop = 0.0
        self._quickbooks.webhooks.discard()
        self._loses_next = False
        return f"{says} Its webhooks are lost: the sweep has to find it."

    # -- in HubSpot

    def _set_price(self, invoice_id: str, value: str) -> str:
        lines = self._portal.associated("invoices", invoice_id, "line_items")
        if not lines:
            raise RefusedActError("The invoice has no line.")
        self._portal.update("line_items", lines[0], {"price": str(_amount(value))})
        return f"The first line has the price {value} in HubSpot."

    def _set_contact(self, invoice_id: str, value: str) -> str:
        email = value.strip()
        contact_id = self._contact(email) or self._portal.create("contacts", {"email": email})
        for other in self._portal.associated("invoices", invoice_id, "contacts"):
            if other != contact_id:
                self._portal.dissociate("invoices", invoice_id, "contacts", other)
        self._portal.associate("invoices", invoice_id, "contacts", contact_id)
        return f"The invoice's contact in HubSpot is {email}."

    def _contact(self, email: str) -> str | None:
        for contact_id in self._portal.ids("contacts"):
            properties = self._portal.record("contacts", contact_id).properties
            if properties.get("email", "").casefold() == email.casefold():
                return contact_id
        return None

    def _set_billing_start(self, invoice_id: str, value: str) -> str:
        for line_id in self._portal.associated("invoices", invoice_id, "line_items"):
            start = {"hs_recurring_billing_start_date": value}
            self._portal.update("line_items", line_id, start)
        return f"The lines are billed from {value} on in HubSpot."

    def _take_payment(self, invoice_id: str, value: str) -> str:
        currency = self._portal.record("invoices", invoice_id).properties["hs_currency"]
        payment = {
            "hs_initial_amount": str(_amount(value)),
            "hs_initiated_date": moment(self._hubspot.clock.now()),
            "hs_currency_code": currency,
            "hs_latest_status": "succeeded",
        }
        self._portal.create("commerce_payments", payment, [("invoices", invoice_id)])
        return f"A payment of {value} {currency} is taken in HubSpot."

    # -- in QuickBooks

    def _edit_in_quickbooks(self, invoice_id: str, value: str) -> str:
        invoice = self._in_quickbooks(invoice_id)
        sales = [line for line in invoice["Line"] if line["DetailType"] == "SalesItemLineDetail"]
        item_id = sales[0]["SalesItemLineDetail"]["ItemRef"]["value"]
        first = sales_line(item_id, str(_amount(value)))
        self._realm.edit_invoice(invoice["Id"], Line=[first, *sales[1:]])
        return f"The first line of the QuickBooks invoice is {value} now."

    def _free_number(self, invoice_id: str, _: str) -> str:
        number = self._portal.record("invoices", invoice_id).properties.get("hs_number", "")
        own = self._quickbooks_id(invoice_id)
        for invoice in self._realm.invoices:
            if invoice.get("DocNumber") == number and invoice["Id"] != own:
                self._realm.edit_invoice(invoice["Id"], DocNumber=f"OLD-{number}")
                return f"The other QuickBooks invoice has the number OLD-{number} now."
        raise RefusedActError(f"No other QuickBooks invoice has the number {number}.")

    def _delete_in_quickbooks(self, invoice_id: str, _: str) -> str:
        self._realm.delete_invoice(self._in_quickbooks(invoice_id)["Id"])
        return "The invoice is deleted in QuickBooks."

    def _in_quickbooks(self, invoice_id: str) -> dict[str, Any]:
        quickbooks_id = self._quickbooks_id(invoice_id)
        for invoice in self._realm.invoices:
            if invoice["Id"] == quickbooks_id:
                return invoice
        raise RefusedActError("This invoice is not in QuickBooks.")

    def _quickbooks_id(self, invoice_id: str) -> str | None:
        """Return the id to which the record's own link leads, as a person would follow it."""
        properties = self._portal.record("invoices", invoice_id).properties
        found = re.search(r"txnId=(\d+)", properties.get("qbo_invoice_link", ""))
        return found[1] if found else None


def _amount(value: str) -> Decimal:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise RefusedActError(f"{value!r} is no amount.") from None
    if not amount.is_finite() or amount <= 0:
        raise RefusedActError("The amount must be above zero.")
    return amount


def _words(refused: Exception) -> str:
    match refused:
        case RefusedError():
            message, _, details = refused.message.partition(": [")
            said = json.loads(f"[{details}")[0]["message"] if details else message
            return f"HubSpot refuses it: {said}"
        case RefusalError():
            return f"QuickBooks refuses it: {refused.detail}"
    return f"HubSpot refuses it: {refused}"
