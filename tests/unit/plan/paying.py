"""Payments and invoices for tests of what is decided about them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from invoice_sync.model.hubspot import CommercePayment
from invoice_sync.model.quickbooks import QuickBooksInvoice, QuickBooksPayment
from invoice_sync.model.record import PaymentState
from invoice_sync.plan.ledgers import Ledger, PaymentPlan
from invoice_sync.plan.payments import plan_payments
from tests.unit import make


def payment(payment_id: str = "77", **changes: Any) -> CommercePayment:
    whole: dict[str, Any] = {
        "id": payment_id,
        "amount": Decimal("40"),
        "currency": "USD",
        "paid_on": date(2026, 2, 10),
        "status": "succeeded",
        **changes,
    }
    return CommercePayment(**whole)


def state(payment_id: str = "77", **changes: Any) -> PaymentState:
    whole: dict[str, Any] = {
        "id": payment_id,
        "state": "recorded",
        "amount": Decimal("40"),
        "currency": "USD",
        "quickbooks_id": "900",
        **changes,
    }
    return PaymentState(**whole)


def posted(**changes: Any) -> QuickBooksInvoice:
    whole: dict[str, Any] = {
        "id": "146",
        "sync_token": "0",
        "customer_id": "58",
        "currency": "USD",
        "total": Decimal(100),
        "balance": Decimal(100),
        **changes,
    }
    return QuickBooksInvoice(**whole)


def theirs(amount: str, **changes: Any) -> QuickBooksPayment:
    whole: dict[str, Any] = {
        "id": "900",
        "total": Decimal(amount),
        "applied": {"146": Decimal(amount)},
        **changes,
    }
    return QuickBooksPayment(**whole)


NOW = datetime(2026, 3, 1, tzinfo=UTC)


def ledger(
    *taken: CommercePayment,
    states: tuple[PaymentState, ...] = (),
    existing: QuickBooksInvoice | None = None,
    **more: Any,
) -> Ledger:
    return Ledger(make.invoice(payments=taken), states, existing or posted(), **more)


def planned(*ledgers: Ledger, **more: Any) -> PaymentPlan:
    return plan_payments(ledgers, NOW, **more)


def states_of(*taken: CommercePayment, **more: Any) -> tuple[PaymentState, ...]:
    found = planned(ledger(*taken, **more))
    return found.states["512"]


def due(*taken: CommercePayment, balance: str = "100", **more: Any) -> list[str]:
    existing = posted(balance=Decimal(balance))
    return [one.payment.id for one in planned(ledger(*taken, existing=existing, **more)).due]
