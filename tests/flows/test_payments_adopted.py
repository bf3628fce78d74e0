"""A payment whose answer was lost is what QuickBooks has of it when it is found, and no other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .acting import take
from .conftest import Flow
from .paying import balance, cash, states, synced


def lag_behind(flow: Flow) -> None:
    """From now on QuickBooks' queries miss what is younger than 20 seconds."""
    flow.clock.advance(30)
    flow.quickbooks.switches.query_lag_seconds = 20


def unanswered(flow: Flow) -> tuple[str, str, dict[str, Any]]:
    """A synced invoice over 300.00, and a payment of it that was sent without an answer."""
    invoice_id, quickbooks_id = synced(flow)
    lag_behind(flow)
    flow.quickbooks.switches.lose_first_payment_answer = True
    take(flow, invoice_id, "300.00")
    flow.work()
    assert flow.status(invoice_id)["status"] == "pending"
    (payment,) = cash(flow)
    return invoice_id, quickbooks_id, payment


def find(flow: Flow) -> None:
    flow.clock.advance(40)
    flow.work_later()


@pytest.mark.parametrize("honoured", [True, False], ids=["requestid honoured", "and ignored"])
class TestBeforeItIsFound:
    def test_nothing_happens(self, flow: Flow, honoured: bool) -> None:
        flow.quickbooks.switches.honour_request_id = honoured
        invoice_id, quickbooks_id, _ = unanswered(flow)
        find(flow)
        assert states(flow, invoice_id) == [("recorded", "300.00")]
        assert balance(flow, quickbooks_id) == 0
        assert flow.status(invoice_id)["status"] == "synced"
        assert len(cash(flow)) == 1

    def test_somebody_corrects_its_amount(self, flow: Flow, honoured: bool) -> None:
        flow.quickbooks.switches.honour_request_id = honoured
        invoice_id, quickbooks_id, payment = unanswered(flow)
        link = {"TxnId": quickbooks_id, "TxnType": "Invoice"}
        lines = [{"Amount": 200, "LinkedTxn": [link]}]
        flow.realm.edit_payment(payment["Id"], TotalAmt=200, Line=lines)
        find(flow)
        assert len(cash(flow)) == 1
        ((state, amount),) = states(flow, invoice_id)
        assert (state, amount) == ("recorded", "200.00")
        assert balance(flow, quickbooks_id) == 100

    def test_somebody_voids_it(self, flow: Flow, honoured: bool) -> None:
        flow.quickbooks.switches.honour_request_id = honoured
        invoice_id, quickbooks_id, payment = unanswered(flow)
        flow.realm.void_payment(payment["Id"])
        find(flow)
        check_books(flow, invoice_id, quickbooks_id)

    def test_somebody_deletes_it(self, flow: Flow, honoured: bool) -> None:
        flow.quickbooks.switches.honour_request_id = honoured
        invoice_id, quickbooks_id, payment = unanswered(flow)
        flow.realm.delete_payment(payment["Id"])
        find(flow)
        # Nobody says "synced" while queries may only not show it yet.
        assert flow.status(invoice_id)["status"] == ("pending" if honoured else "synced")
        find(flow)
        check_books(flow, invoice_id, quickbooks_id)


def check_books(flow: Flow, invoice_id: str, quickbooks_id: str) -> None:
    """It is recorded, and QuickBooks has it; or it is not, and somebody is told."""
    ((state, _),) = states(flow, invoice_id)
    there = sum((Decimal(each["TotalAmt"]) for each in cash(flow)), Decimal(0))
    assert balance(flow, quickbooks_id) == 300 - there
    if there:
        assert (state, flow.status(invoice_id)["status"]) == ("recorded", "synced")
    else:
        assert state != "recorded"
        assert flow.status(invoice_id)["status"] == "failing"
