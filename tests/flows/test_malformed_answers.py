"""Answers that have not the documented form: each read and write of one portal's sync meets each of
them. That invoice waits and then says so, another portal's is synced, and in the end there is one
QuickBooks invoice."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from werkzeug import Request

from infra.local.aws import CONNECTION_SECRETS
from infra.local.wire import Answer, Fault

from .acting import FOR_EVER, reading_in_bulk, take, up
from .conftest import PORTAL_ID, REALM_ID, Flow

OTHER_PORTAL, OTHER_REALM = "24681", "9130357849536437"
# Stands in every malformed answer, and must not reach anybody.
CONTENT = "ada.lovelace"


@dataclass(frozen=True)
class Reader:
    """A request of one service, which the sync of a new invoice sends."""

    service: str
    path: str
    # What must be in the path or in the body.
    having: str = ""
    # Sent only where HubSpot refuses to return the invoice alone.
    in_bulk: bool = False

    def matches(self, flow: Flow) -> Callable[[Request], bool]:
        bearer = f"Bearer {tokens(flow)['hubspot']['accessToken']}"

        def match(request: Request) -> bool:
            ours = (
                f"/company/{REALM_ID}/" in request.path
                if self.service == "quickbooks"
                else request.headers.get("Authorization") == bearer
            )
            sent = request.query_string + request.get_data()
            return ours and self.path in request.path and self.having.encode() in sent

        return match


READERS = {
    "HubSpot invoice": Reader("hubspot", "/objects/invoices/4"),
    "HubSpot invoices": Reader("hubspot", "/objects/invoices/batch/read", in_bulk=True),
    "HubSpot associations": Reader(
        "hubspot", "/associations/invoices/line_items/batch/read", in_bulk=True
    ),
    "HubSpot line items": Reader("hubspot", "/objects/line_items/batch/read"),
    "HubSpot contacts": Reader("hubspot", "/objects/contacts/batch/read"),
    "QuickBooks query": Reader("quickbooks", "/query"),
    "QuickBooks customers": Reader("quickbooks", "", "Customer"),
    "QuickBooks items": Reader("quickbooks", "", "Item"),
    "QuickBooks preferences": Reader("quickbooks", "/preferences"),
    "QuickBooks company": Reader("quickbooks", "/companyinfo/"),
}
# Their one record has an id that nobody reads.
WITHOUT_IDS = ("QuickBooks preferences", "QuickBooks company")


def always(answer: Answer) -> Callable[[Answer], Answer]:
    return lambda _: copy.deepcopy(answer)


def odd_member(value: Any) -> Callable[[Answer], Answer]:
    """Return what puts the value where the first record of an answer has its id."""

    def change(answer: Answer) -> Answer:
        body = copy.deepcopy(answer.body)
        record = first_record(body)
        if record is not None:
            record["Id" if "Id" in record else "id"] = value
            record.pop("from", None)
        return Answer(answer.status, body if record is not None else {}, answer.headers)

    return change


def first_record(body: Any) -> dict[str, Any] | None:
    if isinstance(body, dict):
        if {"Id", "id"} & body.keys() and not body.get("bId"):
            return body
        body = [*body.values()]
    found = map(first_record, body if isinstance(body, list) else [])
    return next((record for record in found if record is not None), None)


FORMS = {
    "204": always(Answer(204)),
    "302": always(Answer(302, "", {"Location": "https://login.example/"})),
    "HTML": always(Answer(200, f"<html>{CONTENT}</html>", {"Content-Type": "text/html"})),
    "truncated": lambda answer: Answer(200, json.dumps(answer.body)[:-9]),
    "an empty object": always(Answer(200, {})),
    "an array": always(Answer(200, [CONTENT])),
    "null": always(Answer(200, "null")),
    "NaN": always(Answer(200, '{"total": NaN, "QueryResponse": NaN, "results": NaN}')),
    "deep": always(Answer(200, "[" * 100_000)),
    "an id that is null": odd_member(None),
    "an id that is an object": odd_member({CONTENT: CONTENT}),
    "an id of a thousand digits": odd_member("7" * 1000),
    "a fault without a form": always(Answer(400, {"Fault": {"Error": [CONTENT]}, "errors": 1})),
}


def tokens(flow: Flow) -> dict[str, Any]:
    secrets = flow.own.aws.client("secretsmanager")
    value: dict[str, Any] = json.loads(
        secrets.get_secret_value(SecretId=f"{CONNECTION_SECRETS}{PORTAL_ID}")["SecretString"]
    )
    return value


class Neighbour:
    """Another portal, in the same deliveries."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._portal = flow.hubspot.add_portal(OTHER_PORTAL)
        options = {"SalesFormsPrefs.CustomTxnNumbers": True}
        realm = flow.quickbooks.add_realm(OTHER_REALM, preferences=options)
        realm.add_item("Consulting", "CON-HOUR")
        realm.add_customer("Initech", "ap@initech.example")
        contact = {"email": "ap@initech.example"}
        self._contact_id = self._portal.create("contacts", contact)
        flow.own.connect(OTHER_PORTAL, OTHER_REALM)

    def invoice(self) -> str:
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "2", "price": "150"}
        return str(self._portal.create_invoice(contact_id=self._contact_id, lines=[line]))

    def status(self, invoice_id: str) -> str:
        store = self._flow.own.store
        return store.records.get_many(OTHER_PORTAL, [invoice_id])[invoice_id].status


def spoil(flow: Flow, reader: Reader, form: str) -> Fault:
    server = flow.quickbooks if reader.service == "quickbooks" else flow.hubspot
    if reader.in_bulk:
        reading_in_bulk(flow)
    fault = Fault(reader.matches(flow), None, FOR_EVER, change=FORMS[form])
    server.faults.append(fault)
    return fault


@pytest.mark.parametrize(
    ("reader", "form"),
    [
        (reader, form)
        for reader in READERS
        for form in FORMS
        if reader not in WITHOUT_IDS or not form.startswith("an id")
    ],
)
def test_one_portal_waits_and_the_other_is_served(flow: Flow, reader: str, form: str) -> None:
    neighbour, read = Neighbour(flow), READERS[reader]
    fault = spoil(flow, read, form)
    start = flow.clock.now()
    invoice_id, healthy = flow.invoice(), neighbour.invoice()
    flow.work()
    assert fault.times < FOR_EVER, "nothing was asked for"
    assert neighbour.status(healthy) == "synced"
    assert flow.status(invoice_id)["status"] == "pending"
    flow.sync_at(start + timedelta(minutes=16)).run([flow.hint(invoice_id)])
    status = flow.status(invoice_id)
    assert status["status"] == "failing"
    assert status["failure"]["code"] == f"{read.service}_unavailable"
    assert status["failure"]["explanation"]
    assert CONTENT not in json.dumps(status)
    up(flow)
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"
    assert len(flow.in_quickbooks(invoice_id)) == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_creation_is_found_again(flow: Flow, form: str) -> None:
    spoil(flow, Reader("quickbooks", "/invoice"), form)
    invoice_id = flow.invoice()
    flow.work()
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"
    assert len(flow.in_quickbooks(invoice_id)) == 1


@pytest.mark.parametrize("form", FORMS)
def test_an_update_is_looked_at_again(flow: Flow, form: str) -> None:
    invoice_id = flow.invoice()
    flow.work()
    spoil(flow, Reader("quickbooks", "/batch"), form)
    flow.set_price(invoice_id, "175")
    flow.work()
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"
    assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350


LIVES: dict[str, Any] = {"access_token": "a", "refresh_token": "r", "expires_in": 3600}
TOKENS = {
    "HTML": Answer(200, f"<html>{CONTENT}</html>"),
    "no token": Answer(200, {**LIVES, "access_token": None}),
    "a token that no header takes": Answer(200, {**LIVES, "access_token": "a\nb\u00e9"}),
    "a refresh token that is none": Answer(200, {**LIVES, "refresh_token": [CONTENT]}),
    "a life that is a text": Answer(200, {**LIVES, "expires_in": "soon"}),
    "a life without an end": Answer(200, {**LIVES, "expires_in": 10**30}),
    "a life that is over": Answer(200, {**LIVES, "expires_in": -1}),
    "an odd error": Answer(400, {"error": {"code": 1}, "status": [CONTENT]}),
    "an error of no kind": Answer(400, {"error": CONTENT}),
}


@pytest.mark.parametrize("form", TOKENS)
@pytest.mark.parametrize("service", ["hubspot", "quickbooks"])
def test_a_connection_outlives_odd_tokens(flow: Flow, service: str, form: str) -> None:
    neighbour, before = Neighbour(flow), tokens(flow)
    flow.clock.advance(7200)
    ours = before[service]["refreshToken"].encode()
    server = flow.quickbooks if service == "quickbooks" else flow.hubspot
    fault = Fault(lambda request: ours in request.get_data(), TOKENS[form], FOR_EVER)
    server.faults.append(fault)
    invoice_id, healthy = flow.invoice(), neighbour.invoice()
    flow.work()
    assert fault.times < FOR_EVER, "no token was asked for"
    assert neighbour.status(healthy) == "synced"
    assert flow.status(invoice_id)["status"] == "pending"
    assert tokens(flow)[service] == before[service]
    up(flow)
    flow.work_later()
    assert flow.status(invoice_id)["status"] == "synced"


@pytest.mark.parametrize("amount", ["soon", "1e400", "NaN", ""])
def test_a_payment_of_no_amount_is_a_failure_like_others(flow: Flow, amount: str) -> None:
    def change(answer: Answer) -> Answer:
        for result in answer.body["results"]:
            result["properties"]["hs_initial_amount"] = amount
        return answer

    reads = Reader("hubspot", "/objects/commerce_payments/batch/read").matches(flow)
    flow.hubspot.faults.append(Fault(reads, None, FOR_EVER, change=change))
    invoice_id = flow.invoice()
    take(flow, invoice_id, "300")
    flow.work()
    # The portal's list of failures and all else can still be read.
    assert len(flow.get("/v1/failures")["failures"]) == 1
    failure = flow.status(invoice_id)["failure"]
    assert failure["code"] == "payment_not_recorded"
    assert "None" not in failure["explanation"]
