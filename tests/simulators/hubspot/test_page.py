"""The server of the page: what it lets through, what it refuses, and what its acts do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.hubspot import HubSpotSimulator, Portal
from infra.local.hubspot.page import Account, Acts, Files, Page
from infra.local.hubspot.properties import Property
from infra.local.quickbooks import QuickBooksSimulator, Realm, sales_line
from infra.local.wire import Clock, tls
from tests.simulators.hubspot.client import Receiver

PERMITTED = "https://stage.invalid"
PAT, SAM = 77, 78


@dataclass
class Shown:
    http: httpx.Client
    portal: Portal
    realm: Realm
    hubspot: HubSpotSimulator
    quickbooks: QuickBooksSimulator
    receiver: Receiver
    invoice_id: str
    quickbooks_id: str
    sweeps: list[str]

    def fetch(self, url: str = f"{PERMITTED}/v1/count", **sent: Any) -> httpx.Response:
        return self.http.post("/fetch", json={"url": url, "userId": PAT, **sent})

    def act(self, name: str, value: str = "", invoice_id: str | None = None) -> httpx.Response:
        sent = {"invoiceId": invoice_id or self.invoice_id, "value": value}
        return self.http.post(f"/acts/{name}", json=sent)


@pytest.fixture
def shown(
    hubspot: HubSpotSimulator, portal: Portal, receiver: Receiver, clock: Clock, tmp_path: Path
) -> Iterator[Shown]:
    """Serve an account of one invoice, which its QuickBooks has as well."""
    quickbooks = QuickBooksSimulator(clock).start()
    realm = quickbooks.add_realm("1", preferences={"SalesFormsPrefs.CustomTxnNumbers": True})
    item_id = realm.add_item("Consulting")["Id"]
    customer_id = realm.add_customer("Globex", "ap@globex.example")["Id"]
    contact_id = portal.create("contacts", {"email": "ap@globex.example", "lastname": "Scorpio"})
    line = {"name": "Consulting", "quantity": "2", "price": "150"}
    invoice_id = portal.create_invoice(contact_id, lines=[line], number="INV-1")
    invoice = realm.add_invoice(customer_id, [sales_line(item_id, "300")], "INV-1")
    realm.add_invoice(customer_id, [sales_line(item_id, "5")], "INV-1")
    _write_links(
        portal, invoice_id, f"https://app.qbo.intuit.com/app/invoice?txnId={invoice['Id']}"
    )
    app = tmp_path / "project" / "src" / "app"
    app.mkdir(parents=True)
    (app / "app-hsmeta.json").write_text(
        json.dumps({"config": {"permittedUrls": {"fetch": [PERMITTED]}}})
    )
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("<!doctype html>")
    files = Files(tmp_path / "page", tmp_path / "bundles", tmp_path / "project")
    sweeps: list[str] = []
    acts = Acts(Account(hubspot, quickbooks, portal, realm), lambda: sweeps.append("swept"))
    page = Page(Account(hubspot, quickbooks, portal, realm), acts, files, receiver.url).start()
    with httpx.Client(base_url=page.url, verify=tls()) as http:
        yield Shown(
            http, portal, realm, hubspot, quickbooks, receiver, invoice_id, invoice["Id"], sweeps
        )
    page.stop()
    quickbooks.stop()


def _write_links(portal: Portal, invoice_id: str, link: str) -> None:
    """Write the link as the app does, in a property of its own."""
    name = "qbo_invoice_link"
    schema = portal.schemas["invoices"]
    schema.properties[name] = Property(name, group=next(iter(schema.groups)))
    portal.update("invoices", invoice_id, {name: link})


# -- hubspot.fetch


def test_fetch_reaches_the_backend_as_the_user_who_is_chosen(shown: Shown) -> None:
    shown.receiver.statuses, shown.receiver.body = [200], '{"failing": 3}'
    answer = shown.fetch(f"{PERMITTED}/v1/count?a=b", userId=SAM, method="POST", body={"x": 1})
    assert (answer.status_code, answer.json()) == (200, {"failing": 3})
    [request] = shown.receiver.requests
    assert (request.method, request.path, request.get_json()) == ("POST", "/v1/count", {"x": 1})
    assert request.args["a"] == "b"
    assert (request.args["userId"], request.args["userEmail"]) == ("78", "sam@example.com")
    assert "X-HubSpot-Signature-v3" in request.headers


def test_the_backend_s_refusals_are_passed_on(shown: Shown) -> None:
    shown.receiver.statuses, shown.receiver.body = [409], '{"message": "somebody was faster"}'
    answer = shown.fetch()
    assert (answer.status_code, answer.json()["message"]) == (409, "somebody was faster")


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"url": "https://elsewhere.example/v1"}, "permittedUrls"),
        ({"url": f"{PERMITTED}.example/v1"}, "permittedUrls"),
        ({"url": "/v1/count"}, "permittedUrls"),
        ({"headers": {"X-Other": "1"}}, "X-Other"),
        ({"method": "POST", "body": [1]}, "object"),
        ({"method": "TRACE"}, "TRACE"),
        ({"userId": 5}, "nobody"),
        ({"method": "POST", "body": {"note": "x" * 1_000_001}}, "1 MB"),
    ],
)
def test_fetch_refuses_what_hubspot_refuses(shown: Shown, sent: Any, why: str) -> None:
    answer = shown.fetch(**{"url": f"{PERMITTED}/v1/count", **sent})
    assert answer.status_code == 400
    assert why in answer.json()["message"]
    assert shown.receiver.requests == []


def test_an_authorization_goes_along(shown: Shown) -> None:
    shown.receiver.statuses, shown.receiver.body = [200], "{}"
    assert shown.fetch(headers={"authorization": "Bearer x"}).status_code == 200
    assert shown.receiver.requests[0].headers["Authorization"] == "Bearer x"


@pytest.mark.parametrize("body", ["a,b\n1,2\n", '"' + "x" * 1_000_001 + '"'])
def test_an_answer_must_be_json_of_1_mb(shown: Shown, body: str) -> None:
    shown.receiver.statuses, shown.receiver.body = [200], body
    assert shown.fetch().status_code == 400


# -- the rest of the server


def test_every_answer_carries_the_policy(shown: Shown) -> None:
    for path in ("/", "/invoice/1", "/app/failing", "/data/invoices", "/nowhere"):
        policy = shown.http.get(path).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'; img-src 'self' data:; worker-src 'self'")
        assert "unsafe" not in policy


def test_another_page_in_the_browser_cannot_use_it(shown: Shown) -> None:
    foreign = shown.http.get("/data/invoices", headers={"Host": "evil.example"})
    assert foreign.status_code == 403
    # A form of another page can post text, but no JSON without being asked first.
    posted = shown.http.post("/acts/sweep", content=json.dumps({"invoiceId": shown.invoice_id}))
    assert posted.status_code == 400
    assert shown.sweeps == []


def test_files_beside_the_built_ones_are_not_served(shown: Shown) -> None:
    for path in ("/assets/..%2fproject/src/app/app-hsmeta.json", "/bundles/../page/index.html"):
        assert shown.http.get(path).status_code == 404


def test_the_account_is_shown(shown: Shown) -> None:
    portal = shown.http.get("/data/portal").json()
    assert [user["mayAct"] for user in portal["users"]] == [True, False]
    assert portal["extensions"] == []
    [row] = shown.http.get("/data/invoices").json()
    assert (row["number"], row["customer"], row["amount"]) == ("INV-1", "Scorpio", "300.00")
    record = shown.http.get(f"/data/records/invoice/{shown.invoice_id}").json()
    assert record["typeId"] == "0-53"
    assert record["parts"]["Line items"] == [{"name": "2 x Consulting", "amount": "300.00"}]
    document = shown.http.get(f"/data/quickbooks/invoice/{shown.quickbooks_id}").json()
    assert document["title"] == "Invoice INV-1"
    assert ["Total", "300.00 USD"] in document["facts"]
    for gone in ("records/invoice/1", "records/thing/1", "quickbooks/invoice/99"):
        assert shown.http.get(f"/data/{gone}").status_code == 404


def test_the_records_that_belong_to_another_come_in_pages(shown: Shown) -> None:
    [contact_id] = shown.portal.associated("invoices", shown.invoice_id, "contacts")
    second = shown.portal.create_invoice(contact_id, number="INV-2")
    path = f"/data/associations/0-1/{contact_id}/invoices?pageLength=1&properties=hs_number,hs_none"
    first_page = shown.http.get(path).json()
    [first] = first_page["results"]
    assert first["toObjectId"] == int(shown.invoice_id)
    assert first["properties"] == {"hs_number": "INV-1", "hs_none": None}
    assert (first_page["hasMore"], first_page["nextOffset"]) == (True, 1)
    last_page = shown.http.get(f"{path}&offset=1").json()
    assert [one["toObjectId"] for one in last_page["results"]] == [int(second)]
    assert last_page["hasMore"] is False


# -- the acts


def test_acts_in_hubspot(shown: Shown) -> None:
    for name, value in (
        ("set-price", "175"),
        ("take-payment", "50"),
        ("set-contact", "new@x.example"),
    ):
        assert shown.act(name, value).status_code == 200
    properties = shown.portal.record("invoices", shown.invoice_id).properties
    assert properties["hs_amount_billed"] == "350.00"
    assert properties["hs_balance_due"] == "300.00"
    [contact_id] = shown.portal.associated("invoices", shown.invoice_id, "contacts")
    assert shown.portal.record("contacts", contact_id).properties["email"] == "new@x.example"


def test_acts_in_quickbooks(shown: Shown) -> None:
    assert shown.act("edit-in-quickbooks", "99").status_code == 200
    assert shown.realm.invoice(shown.quickbooks_id)["TotalAmt"] == 99
    assert shown.act("free-number").status_code == 200
    numbers = {invoice["Id"]: invoice["DocNumber"] for invoice in shown.realm.invoices}
    assert numbers.pop(shown.quickbooks_id) == "INV-1"
    assert list(numbers.values()) == ["OLD-INV-1"]
    assert shown.act("delete-in-quickbooks").status_code == 200
    assert shown.quickbooks_id not in [invoice["Id"] for invoice in shown.realm.invoices]


@pytest.mark.parametrize(
    ("name", "value"),
    [("set-price", "abc"), ("take-payment", "-1"), ("take-payment", "NaN"), ("set-contact", "x")],
)
def test_an_act_that_is_refused_says_why(shown: Shown, name: str, value: str) -> None:
    answer = shown.act(name, value)
    assert answer.status_code == 409
    why = answer.json()["message"]
    assert "amount" in why or why == "HubSpot refuses it: Email address x is invalid"


def test_an_unknown_act_or_invoice(shown: Shown) -> None:
    assert shown.act("fly").status_code == 404
    assert shown.act("set-price", "1", invoice_id="5").status_code == 404


def test_the_webhooks_of_one_change_get_lost(shown: Shown) -> None:
    told = Receiver()
    shown.hubspot.subscribe(told.url)
    shown.act("lose-next-webhook")
    shown.act("set-price", "175")
    shown.hubspot.deliver()
    assert told.requests == []
    shown.act("set-price", "180")
    shown.hubspot.deliver()
    assert told.requests
    told.server.stop()


def test_the_sweep_runs_on_demand(shown: Shown) -> None:
    assert shown.act("sweep").status_code == 200
    assert shown.sweeps == ["swept"]
