"""Huge invoices, names and settings: what is stored and answered stays below the limits.

An item of DynamoDB has at most 400 KB, and hubspot.fetch takes answers of at most 1 MB.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.wire import Fault

from .acting import FOR_EVER, up
from .conftest import PORTAL_ID, Flow

KB = 1000


def lines(number: int, **properties: str) -> list[dict[str, str]]:
    priced = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "1"}
    return [{**priced, "description": f"Part {n}", **properties} for n in range(number)]


def largest(flow: Flow) -> int:
    """Return the size of the largest item; DynamoDB does not count the names of types."""
    return max(len(json.dumps(item)) for item in flow.table())


def check_sizes(flow: Flow) -> None:
    assert largest(flow) < 300 * KB
    answer = flow.fetch("GET", "/v1/failures?limit=100")
    assert answer.status == 200
    assert len(answer.text) < 1000 * KB


def test_a_list_has_no_more_entries_than_fit(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoice_sync.api.fitting._MOST_BYTES", 20 * KB)
    ids = {flow.invoice(contact_id=None) for _ in range(20)}
    flow.work()
    listed, cursor = [], ""
    while True:
        answer = flow.fetch("GET", f"/v1/failures?limit=100&cursor={cursor}")
        assert len(answer.text) <= 20 * KB
        listed += [row["invoiceId"] for row in answer.json()["failures"]]
        cursor = answer.json()["cursor"]
        if not cursor:
            break
    assert (len(listed), {*listed}) == (20, ids)


class TestInvoices:
    @pytest.mark.parametrize("outcome", ["answered", "lost", "never"])
    def test_a_hundred_lines_of_four_thousand_characters(self, flow: Flow, outcome: str) -> None:
        invoice_id = flow.invoice(lines=lines(110, description="d" * 4000))
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        flow.set_price(invoice_id, "2")
        if outcome != "answered":
            batch = lambda request: request.path.endswith("/batch")  # noqa: E731
            fault = Fault(batch, None, FOR_EVER, before_effect=outcome == "never")
            flow.quickbooks.faults.append(fault)
            flow.work()
            check_sizes(flow)  # what was sent is kept until its outcome is known
            up(flow)
        flow.work_later()
        assert flow.status(invoice_id)["status"] == "synced"
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 111
        check_sizes(flow)

    def test_a_description_that_only_quickbooks_changed_stays(self, flow: Flow) -> None:
        """A long text is known again by its digest."""
        invoice_id = flow.invoice(lines=lines(2, description="d" * 3000))
        flow.work()
        flow.set_price(invoice_id, "2")
        flow.work()
        (there,) = flow.in_quickbooks(invoice_id)
        there["Line"][1]["Description"] = "By a person"
        flow.realm.edit_invoice(there["Id"], Line=there["Line"])
        flow.clock.advance(2)
        flow.set_price(invoice_id, "3")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        (there,) = flow.in_quickbooks(invoice_id)
        assert (there["TotalAmt"], there["Line"][1]["Description"]) == (4, "By a person")

    def test_names_of_ten_thousand_characters(self, flow: Flow) -> None:
        # Twelve of these fit into one delivery of webhooks, which is at most 1 MB.
        name = "n" * 10_000
        ids = [
            flow.invoice(lines=lines(3, name=f"{name}{n}", hs_sku=f"{name}{n}")) for n in range(12)
        ]
        flow.work_later()
        assert {flow.failure_code(invoice_id) for invoice_id in ids} == {"item_not_found"}
        detail = flow.status(ids[0])["failure"]["detail"]
        assert max(len(str(value)) for value in detail.values()) <= 200
        check_sizes(flow)
        flow.settings(fallback_item_id=flow.item_id)
        flow.post("/v1/failures/retry?code=item_not_found")
        flow.work_later()
        assert {flow.status(invoice_id)["status"] for invoice_id in ids} == {"synced"}
        flow.set_price(ids[0], "7")
        flow.work()
        assert flow.status(ids[0])["status"] == "synced"
        check_sizes(flow)

    def test_a_contact_and_an_address_without_an_end(self, flow: Flow) -> None:
        long = {name: f"{name} " + "x" * 60_000 for name in ("firstname", "company", "address")}
        flow.realm.add_customer("Hooli", "ap@hooli.example")
        contact_id = flow.portal.create("contacts", {**long, "email": "ap@hooli.example"})
        address = {f"hs_recipient_shipping_{part}": "y" * 60_000 for part in ("address", "city")}
        invoice_id = flow.invoice(contact_id=contact_id, hs_comments="z" * 60_000, **address)
        flow.work()
        flow.set_price(invoice_id, "2")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        check_sizes(flow)

    def test_more_lines_than_a_record_can_hold(self, flow: Flow) -> None:
        invoice_id = flow.invoice(lines=lines(401))
        flow.work()
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "unexpected"
        assert "401 lines and fees" in failure["explanation"]
        assert flow.in_quickbooks(invoice_id) == []

    def test_as_many_lines_as_a_record_can_hold(self, flow: Flow) -> None:
        invoice_id = flow.invoice(lines=lines(400, description="d" * 200))
        flow.work()
        flow.set_price(invoice_id, "2")
        fault = Fault(lambda request: request.path.endswith("/batch"), None, FOR_EVER)
        flow.quickbooks.faults.append(fault)
        flow.work()
        assert largest(flow) < 400 * KB
        up(flow)
        flow.work_later()
        assert flow.status(invoice_id)["status"] == "synced"


FULL: dict[str, Any] = {
    "taxCodes": {f"{n:03}" + "t" * 197: "9" * 50 for n in range(500)},
    "terms": {str(n): "9" * 50 for n in range(366)},
    "sources": [f"{n:03}" + "s" * 97 for n in range(50)],
    "mayAct": [f"{n:03}{'p' * 61}@{'x' * 200}.example" for n in range(199)] + ["everyone"],
}


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("taxCodes", {"t" * 201: "1"}),
            ("taxCodes", {"t": "1" * 51}),
            ("taxCodes", {str(n): "1" for n in range(501)}),
            ("terms", {"1000": "1"}),
            ("sources", ["s" * 1001]),
            ("sources", ["s"] * 51),
            ("mayAct", ["everyone"] * 201),
            ("fallbackItemId", "1" * 51),
        ],
    )
    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_what_is_too_long_is_refused(
        self, flow: Flow, method: str, name: str, value: Any
    ) -> None:
        answer = flow.fetch(method, "/v1/settings", {name: value})
        assert answer.status == 400
        assert name in answer.json()["detail"]

    def test_full_ones_can_still_be_changed_and_reconnected(self, flow: Flow) -> None:
        stored = {
            "tax_codes": FULL["taxCodes"],
            "terms": FULL["terms"],
            "sources": ["hubspot", *FULL["sources"][1:]],
            "may_act": FULL["mayAct"],
        }
        flow.settings(**stored)
        connections = flow.own.store.connections
        connection = connections.get(PORTAL_ID)
        assert connection
        now = flow.clock.now()
        assert connections.require_reconnect(PORTAL_ID, connection.grant, "quickbooks", now)
        connections.set_connected(connection)
        assert flow.fetch("PATCH", "/v1/settings", {"createCustomers": True}).status == 200
        assert largest(flow) < 300 * KB
