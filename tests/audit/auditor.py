"""The auditor: compares HubSpot's invoices with QuickBooks' books, and says what is wrong.

Whatever differs has to be listed where a person looks for it: as failing, as skipped with a reason,
or among the payments that are in no book.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.flows.conftest import PORTAL_ID, Flow

from .ledger import Edit, Ledger

_MARK = re.compile(rf"HubSpot invoice (\d+) \(portal {PORTAL_ID}\)")
_PAYMENT_MARK = re.compile(rf"HubSpot payment (\d+) \(portal {PORTAL_ID}\)")
# Clicks after which what people had edited in QuickBooks may be gone.
_GIVES_UP_EDITS = ("reapply_hubspot", "create_again", "create_anyway")
# Clicks after which the invoice may go to another customer.
_MOVES = ("use_customer", "create_customer", "next_free_name", "sub_customer", "move_customer")
# Clicks after which the two systems may differ.
_KEEPS = ("accept_quickbooks", "keep_customer")
_CAME_IN = ("succeeded", "disputed_won")


@dataclass(frozen=True)
class Case:
    """One HubSpot invoice, with all that there is of it."""

    invoice_id: str
    properties: dict[str, Any]
    status: dict[str, Any]
    # Marked as a copy of it in QuickBooks, and not void.
    posted: list[dict[str, Any]]

    @property
    def is_in_step(self) -> bool:
        return bool(self.status["status"] == "synced")

    @property
    def is_listed(self) -> bool:
        """A person who looks for it finds it, with words."""
        if self.status["status"] == "failing":
            return bool(self.status["failure"]["explanation"])
        return self.status["status"] == "skipped" and bool(self.status["reason"])


class Auditor:
    def __init__(self, flow: Flow, ledger: Ledger) -> None:
        self._flow, self._ledger = flow, ledger

    def findings(self) -> list[str]:
        """Return what is wrong with the books, in a sentence each."""
        return [
            *self._strangers(),
            *(finding for case in self._cases() for finding in self._of_invoice(case)),
            *self._of_payments(),
            *self._of_edits(),
            *self._of_currencies(),
        ]

    def _cases(self) -> Iterator[Case]:
        copies: dict[str, list[dict[str, Any]]] = {}
        for row in self._flow.realm.invoices:
            if mark := _MARK.search(row.get("PrivateNote", "")):
                copies.setdefault(mark[1], []).append(row)
        for invoice_id in self._flow.portal.ids("invoices"):
            yield Case(
                invoice_id,
                self._flow.portal.record("invoices", invoice_id).properties,
                self._flow.status(invoice_id),
                [row for row in copies.get(invoice_id, []) if not _is_void(row)],
            )

    def _strangers(self) -> Iterator[str]:
        """Invoices in QuickBooks that neither people nor HubSpot know of."""
        for row in self._flow.realm.invoices:
            mark = _MARK.search(row.get("PrivateNote", ""))
            if mark is None and row["Id"] not in self._ledger.written_by_hand:
                yield f"nobody wrote QuickBooks invoice {row['Id']}"
            if mark and mark[1] not in self._flow.portal.ids("invoices"):
                status = self._flow.status(mark[1])
                stopped = "stop_syncing" in self._ledger.decisions.get(mark[1], [])
                if not _is_void(row) and status["status"] != "failing" and not stopped:
                    yield f"QuickBooks invoice {row['Id']} is of one that HubSpot does not have"

    # -- invoices

    def _of_invoice(self, case: Case) -> Iterator[str]:
        name = f"invoice {case.invoice_id} ({case.status['status']})"
        if len(case.posted) > 1:
            yield f"{name} is in QuickBooks {len(case.posted)} times"
        if not (case.is_in_step or case.is_listed):
            yield f"{name} is neither in step nor listed with a reason"
        reason = self._ledger.not_ours.get(case.invoice_id)
        if reason and case.posted:
            yield f"{name} is in QuickBooks although {reason}"
        if reason or not case.is_in_step:
            return
        status = case.properties["hs_invoice_status"]
        decided = self._ledger.decisions.get(case.invoice_id, [])
        if any(click in _KEEPS for click in decided):
            return
        if status == "draft":
            yield f"{name} is a draft in HubSpot"
        elif status == "voided" and case.posted:
            yield f"{name} is voided in HubSpot and open in QuickBooks"
        elif status != "voided" and not case.posted:
            yield from self._not_posted(case, name)
        elif status != "voided":
            yield from self._of_copy(case, name, case.posted[0], decided)

    def _not_posted(self, case: Case, name: str) -> Iterator[str]:
        """It may be somebody's own invoice that was adopted."""
        reference = case.status["quickbooks"] or {}
        if reference.get("id") not in self._ledger.written_by_hand:
            yield f"{name} is not in QuickBooks"

    def _of_copy(
        self, case: Case, name: str, copy: dict[str, Any], decided: list[str]
    ) -> Iterator[str]:
        total = Decimal(str(case.properties.get("hs_amount_billed") or 0))
        if Decimal(str(copy["TotalAmt"])) != total:
            yield f"{name}: {total} in HubSpot, {copy['TotalAmt']} in QuickBooks"
        currency = copy.get("CurrencyRef", {}).get("value", "USD")
        if currency != case.properties["hs_currency"]:
            yield f"{name} has another currency in QuickBooks"
        customer_id = copy["CustomerRef"]["value"]
        if copy["Id"] not in self._ledger.customers:
            yield from self._of_first_customer(case, name, customer_id, decided)
        first = self._ledger.customers.setdefault(copy["Id"], customer_id)
        moved = customer_id != self._ledger.customer_now(first)
        if moved and (copy["Id"], "CustomerRef") not in self._ledger.edits:
            if not any(click in _MOVES for click in decided):
                yield f"{name} moved from customer {first} to {customer_id}"
            self._ledger.customers[copy["Id"]] = customer_id

    def _of_first_customer(
        self, case: Case, name: str, customer_id: str, decided: list[str]
    ) -> Iterator[str]:
        """Whoever owes it must be one of its contacts, or have been chosen by a person."""
        if any(click in _MOVES for click in decided):
            return
        contacts = self._flow.portal.associated("invoices", case.invoice_id, "contacts")
        emails = set().union(*(self._ledger.contact_emails.get(each, set()) for each in contacts))
        (row,) = [each for each in self._flow.realm.customers if each["Id"] == customer_id]
        made_for = re.search(r"HubSpot contact (\d+)", row.get("Notes", ""))
        if made_for and made_for[1] in self._ledger.contact_emails:
            return
        if not emails & self._ledger.customer_emails.get(customer_id, set()):
            yield f"{name} went to customer {customer_id}, who is none of its contacts"

    # -- money

    def _of_payments(self) -> Iterator[str]:
        booked: dict[str, list[dict[str, Any]]] = {}
        for row in self._flow.realm.payments:
            mark = _PAYMENT_MARK.search(row.get("PrivateNote", ""))
            if mark:
                booked.setdefault(mark[1], []).append(row)
            elif row["Id"] not in self._ledger.payments_by_hand:
                yield f"nobody took QuickBooks payment {row['Id']}"
        listed = self._listed_payments()
        for payment_id, invoice_ids in self._ledger.payments.items():
            properties = self._flow.portal.record("commerce_payments", payment_id).properties
            rows = [row for row in booked.get(payment_id, []) if row["TotalAmt"]]
            amount = Decimal(properties["hs_initial_amount"])
            name = f"payment {payment_id} of {amount}"
            if sum(Decimal(str(row["TotalAmt"])) for row in rows) > amount or len(rows) > 1:
                yield f"{name} is booked more than once"
            ours = [each for each in invoice_ids if each not in self._ledger.not_ours]
            if payment_id in self._ledger.refunds and ours and payment_id not in listed:
                yield f"what was given back of {name} is in no book, and nobody is told"
            came_in = properties["hs_latest_status"] in _CAME_IN
            if rows or not came_in or payment_id in listed:
                continue
            if not self._is_explained(invoice_ids):
                yield f"{name} is in no book, and nobody is told: {self._standing(invoice_ids)}"

    def _listed_payments(self) -> set[str]:
        amounts = self._flow.get("/v1/payments/unrecorded?limit=100")["amounts"]
        return {row["hubspotId"] for row in amounts}

    def _standing(self, invoice_ids: tuple[str, ...]) -> str:
        """Return how invoices stand, for whoever reads a finding."""
        statuses = [self._flow.status(invoice_id) for invoice_id in invoice_ids]
        return "; ".join(
            f"{status['invoiceId']} {status['status']} {status['reason']}"
            f" {(status['failure'] or {}).get('code', '')}"
            f" {[each['reason'] for each in (status['payment'] or {'payments': []})['payments']]}"
            for status in statuses
        )

    def _is_explained(self, invoice_ids: tuple[str, ...]) -> bool:
        """Tell whether each invoice of a payment is none of ours."""
        return all(invoice_id in self._ledger.not_ours for invoice_id in invoice_ids)

    # -- what people did in QuickBooks

    def _of_edits(self) -> Iterator[str]:
        rows = {row["Id"]: row for row in self._flow.realm.invoices}
        for edit in self._ledger.edits.values():
            row = rows.get(edit.quickbooks_id)
            mark = _MARK.search((row or {}).get("PrivateNote", ""))
            decided = self._ledger.decisions.get(mark[1], []) if mark else []
            if row is None or _is_void(row) or any(click in _GIVES_UP_EDITS for click in decided):
                continue
            if _value(row, edit) != edit.value:
                yield (
                    f"{edit.name} of QuickBooks invoice {edit.quickbooks_id} was set to"
                    f" {edit.value!r} by hand and is {_value(row, edit)!r} now"
                )

    def _of_currencies(self) -> Iterator[str]:
        realm = self._flow.realm
        if not realm.multicurrency:
            return
        for row in [*realm.invoices, *realm.payments]:
            currency = row.get("CurrencyRef", {}).get("value", "USD")
            rate = realm.exchange_rates.get(currency, Decimal(1))
            if currency != "USD" and Decimal(str(row.get("ExchangeRate", 1))) != rate:
                yield f"{row['Id']} in {currency} is booked at {row.get('ExchangeRate')}"


def _is_void(row: dict[str, Any]) -> bool:
    return "Voided" in row.get("PrivateNote", "")


def _value(row: dict[str, Any], edit: Edit) -> Any:
    if not edit.on_line:
        return row.get(edit.name)
    return row["Line"][0].get("SalesItemLineDetail", {}).get(edit.name)
