"""What nobody has foreseen is shown in the service's own words, with the id that its support asks
for, whatever the call was that met it."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault

from .acting import FOR_EVER, object_reads, take
from .conftest import Flow

TID = "1-6543f00d-0123456789abcdef01234567"
WORDS = "Business Validation Error: The moon is in the wrong house."
FAULT = {
    "Error": [{"Message": "A business validation error", "Detail": WORDS, "code": "6000"}],
    "type": "ValidationFault",
}
REFUSED = Answer(400, {"Fault": FAULT}, {"intuit_tid": TID})
CORRELATION_ID = "0190b4a2-2f1e-7a64-9d8e-5d1f0a7c9d11"


def refuse(flow: Flow, resource: str, answer: Answer = REFUSED) -> None:
    def matches(request: Request) -> bool:
        return request.method == "POST" and request.path.endswith(f"/{resource}")

    flow.quickbooks.faults.append(Fault(matches, answer, FOR_EVER))


def failure_of(flow: Flow, invoice_id: str) -> dict[str, Any]:
    status = flow.status(invoice_id)
    assert status["status"] == "failing"
    found: dict[str, Any] = status["failure"]
    return found


def check(flow: Flow, invoice_id: str) -> None:
    failure = failure_of(flow, invoice_id)
    assert failure["code"] == "unexpected"
    assert (failure["explanation"], failure["intuitTid"]) == (WORDS, TID)
    attempt = flow.status(invoice_id)["attempts"][0]
    assert (attempt["code"], attempt["intuitTid"]) == ("unexpected", TID)


def test_of_a_creation(flow: Flow) -> None:
    refuse(flow, "invoice")
    invoice_id = flow.invoice()
    flow.work()
    check(flow, invoice_id)


def test_of_a_customer(flow: Flow) -> None:
    flow.settings(create_customers=True)
    refuse(flow, "customer")
    contact_id = flow.portal.create("contacts", {"email": "new@one.example", "lastname": "New"})
    invoice_id = flow.invoice(contact_id=contact_id)
    flow.work()
    check(flow, invoice_id)
    assert flow.realm.invoices == []


@pytest.mark.parametrize("change", ["update", "void"])
def test_of_one_change_in_a_batch(flow: Flow, change: str) -> None:
    invoice_id = flow.invoice()
    flow.work()
    # A batch answers 200; the refusal stands in one of its parts.
    part = {"BatchItemResponse": [{"bId": "0", "Fault": FAULT}], "time": "2026-01-01T00:00:00Z"}
    refuse(flow, "batch", Answer(200, part, {"intuit_tid": TID}))
    if change == "update":
        flow.set_price(invoice_id, "175")
    else:
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
    flow.work()
    check(flow, invoice_id)
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 300


def test_of_a_query(flow: Flow) -> None:
    error = {"Message": "Error parsing query", "Detail": "QueryParserError", "code": "4000"}
    answer = Answer(400, {"Fault": {"Error": [error]}}, {"intuit_tid": TID})
    flow.quickbooks.faults.append(Fault(lambda r: r.path.endswith("/query"), answer, FOR_EVER))
    invoice_id = flow.invoice()
    flow.work()
    failure = failure_of(flow, invoice_id)
    assert (failure["explanation"], failure["intuitTid"]) == ("QueryParserError", TID)


def test_of_a_payment_which_leaves_the_invoice_in_step(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    refuse(flow, "payment")
    take(flow, invoice_id, "300")
    flow.work()
    failure = failure_of(flow, invoice_id)
    assert failure["code"] == "payment_not_recorded"
    assert WORDS in failure["explanation"]
    assert failure["intuitTid"] == TID
    assert flow.status(invoice_id)["attempts"][0]["intuitTid"] == TID
    assert flow.status(invoice_id)["quickbooks"]


def test_of_hubspot_which_is_one_cause_however_often(flow: Flow) -> None:
    ids = []
    for number in range(2):
        body = {
            "status": "error",
            "message": "This app hasn't been granted all required scopes",
            "correlationId": f"{CORRELATION_ID[:-1]}{number}",
            "category": "MISSING_SCOPES",
        }
        flow.hubspot.faults.append(Fault(object_reads, Answer(403, body), FOR_EVER))
        ids.append(flow.invoice())
        flow.work()
        flow.hubspot.faults.clear()
    failure = failure_of(flow, ids[0])
    assert failure["code"] == "unexpected"
    assert failure["explanation"] == "HubSpot answered 403 MISSING_SCOPES"
    assert f"correlation ID: {CORRELATION_ID[:-1]}0" in " ".join(failure["remedy"]["hubspot"])
    assert failure["detail"]["correlationId"] == f"{CORRELATION_ID[:-1]}0"
    (cause,) = flow.get("/v1/failures?groupBy=cause")["causes"]
    assert cause["invoices"] == 2
    flow.post("/v1/failures/retry?code=unexpected")
    flow.work()
    assert {flow.status(one)["status"] for one in ids} == {"synced"}
