"""An answer of QuickBooks leaves out, as null, what its documents let it leave out. Then we do not
know all that QuickBooks has; but what it has is what we sent, and no edit of somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault

from .acting import take
from .conftest import Flow
from .paying import pays, reason, states

# Takes something out of a record.
What = Callable[[dict[str, Any]], None]


def creates(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/invoice")


def updates(request: Request) -> bool:
    return request.path.endswith("/batch")


def asks_for_invoices(request: Request) -> bool:
    asked = request.query_string + request.get_data()
    return request.path.endswith("/query") and b"Invoice" in asked


def sold(invoice: dict[str, Any]) -> dict[str, Any]:
    """Return the first line that sells something."""
    lines = (line for line in invoice["Line"] if line["DetailType"] == "SalesItemLineDetail")
    line: dict[str, Any] = next(lines)
    return line


def no_lines(invoice: dict[str, Any]) -> None:
    invoice["Line"] = None


def no_type(invoice: dict[str, Any]) -> None:
    sold(invoice)["DetailType"] = None


def no_detail(invoice: dict[str, Any]) -> None:
    sold(invoice)["SalesItemLineDetail"] = None


def no_quantity(invoice: dict[str, Any]) -> None:
    sold(invoice)["SalesItemLineDetail"]["Qty"] = None


def no_amount(invoice: dict[str, Any]) -> None:
    sold(invoice)["Amount"] = None


def no_discount(invoice: dict[str, Any]) -> None:
    for line in invoice["Line"]:
        if line["DetailType"] == "DiscountLineDetail":
            line["Amount"] = None


def no_due_date(invoice: dict[str, Any]) -> None:
    invoice["DueDate"] = None


def no_memo(invoice: dict[str, Any]) -> None:
    invoice["CustomerMemo"] = None


LEFT_OUT = (
    no_lines,
    no_type,
    no_detail,
    no_quantity,
    no_amount,
    no_discount,
    no_due_date,
    no_memo,
)


def leave_out(
    flow: Flow, what: What, asks: Callable[[Request], bool], entity: str = "Invoice"
) -> Fault:
    """Let the answer to the next such request leave this out."""

    def change(answer: Answer) -> Answer:
        body = answer.body
        for each in body.get("BatchItemResponse", [body.get("QueryResponse", body)]):
            rows = each[entity]
            for row in rows if isinstance(rows, list) else [rows]:
                what(row)
        return answer

    fault = Fault(asks, None, change=change)
    flow.quickbooks.faults.append(fault)
    return fault


def enter(flow: Flow) -> str:
    invoice_id = flow.invoice(hs_due_date="2027-01-01", hs_comments="Hello")
    values = {"hs_label": "Goodwill", "hs_type": "FIXED", "hs_value": "20"}
    flow.portal.create("discounts", values, [("invoices", invoice_id)])
    return invoice_id


def change_all(flow: Flow, invoice_id: str, price: int) -> None:
    flow.set_price(invoice_id, str(price))
    changes = {"hs_due_date": f"{price + 1900}-01-01", "hs_comments": f"Now {price}"}
    flow.portal.update("invoices", invoice_id, changes)
    flow.clock.advance(60)
    flow.work()


def expect(flow: Flow, invoice_id: str, price: int) -> None:
    assert flow.failure_code(invoice_id) == ""
    assert flow.status(invoice_id)["status"] == "synced"
    (copy,) = flow.in_quickbooks(invoice_id)
    assert copy["TotalAmt"] == 2 * price - 20
    assert copy["DueDate"] == f"{price + 1900}-01-01"
    assert copy["CustomerMemo"] == {"value": f"Now {price}"}


def made(flow: Flow, what: What | None = None) -> str:
    fault = leave_out(flow, what, creates) if what else None
    invoice_id = enter(flow)
    flow.work()
    assert fault is None or fault.times == 0
    return invoice_id


def updated(flow: Flow, what: What) -> str:
    invoice_id = made(flow)
    fault = leave_out(flow, what, updates)
    change_all(flow, invoice_id, 175)
    assert fault.times == 0
    return invoice_id


def found(flow: Flow, what: What) -> str:
    """The answer to the creation is lost, and that to the question for it is not whole."""
    flow.quickbooks.faults.append(Fault(creates, None, before_effect=False))
    fault = leave_out(flow, what, asks_for_invoices)
    invoice_id = enter(flow)
    flow.work()
    flow.work_later()
    assert fault.times == 0
    return invoice_id


@pytest.mark.parametrize("what", LEFT_OUT)
@pytest.mark.parametrize("written", [made, updated, found])
def test_hubspots_next_change_is_written(
    flow: Flow, written: Callable[[Flow, What], str], what: What
) -> None:
    invoice_id = written(flow, what)
    # A look that has nothing to write.
    flow.portal.update("invoices", invoice_id, {"hs_title": "Other"})
    flow.work()
    change_all(flow, invoice_id, 180)
    expect(flow, invoice_id, 180)
    change_all(flow, invoice_id, 185)
    expect(flow, invoice_id, 185)


@pytest.mark.parametrize("what", LEFT_OUT)
def test_it_is_voided(flow: Flow, what: What) -> None:
    invoice_id = updated(flow, what)
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
    flow.work()
    assert flow.failure_code(invoice_id) == ""
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 0


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_somebody_edits_is_still_for_a_person_to_decide(flow: Flow, what: What) -> None:
    invoice_id = updated(flow, what)
    (copy,) = flow.in_quickbooks(invoice_id)
    lines = [each for each in copy["Line"] if each["DetailType"] != "SubTotalLineDetail"]
    sold(copy)["Amount"] = 330
    sold(copy)["SalesItemLineDetail"]["UnitPrice"] = 165
    flow.clock.advance(60)
    flow.realm.edit_invoice(copy["Id"], Line=lines)
    change_all(flow, invoice_id, 180)
    assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 310


@pytest.mark.parametrize("what", LEFT_OUT)
def test_the_answer_to_the_void_is_not_whole(flow: Flow, what: What) -> None:
    invoice_id = made(flow)
    fault = leave_out(flow, what, updates)
    flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
    flow.work()
    assert fault.times == 0
    flow.portal.update("invoices", invoice_id, {"hs_title": "Other"})
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 0


def no_share(payment: dict[str, Any]) -> None:
    payment["Line"][0]["Amount"] = None


def no_link(payment: dict[str, Any]) -> None:
    payment["Line"][0]["LinkedTxn"] = None


@pytest.mark.parametrize("what", [no_lines, no_share, no_link])
def test_a_payment_is_on_its_invoice(flow: Flow, what: What) -> None:
    invoice_id = made(flow)
    fault = leave_out(flow, what, pays, "Payment")
    take(flow, invoice_id, "280")
    flow.work()
    assert fault.times == 0
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work_later()
    assert flow.in_quickbooks(invoice_id)[0]["Balance"] == 0
    assert states(flow, invoice_id) == [("recorded", "280.00")]
    assert reason(flow, invoice_id) == ""
