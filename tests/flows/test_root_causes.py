"""Invoices that fail for the same root cause are shown as one, and heal as one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from .acting import down, end_connection, failing_invoices, up, use_again
from .conftest import Flow
from .many_failing import (
    RARE,
    RARE_ONES,
    THOUSANDS,
    ApiCalls,
    by_cause,
    of_cause,
    rare_ids,
    thousands_failing,
    without_customer,
    without_item,
)


class TestSharedCauses:
    def test_the_cause_of_most_invoices_comes_first(self, flow: Flow) -> None:
        customer, item = without_customer(flow, 3), without_item(flow, 2)
        failing_invoices(flow, 1)
        page = by_cause(flow)
        assert [(cause["code"], cause["invoices"]) for cause in page["causes"]] == [
            ("customer_not_found", 3),
            ("item_not_found", 2),
        ]
        assert page["single"] == {"customer_not_found": 1}
        assert (page["cursor"], page["more"]) == ("", False)
        first, second = page["causes"]
        assert first["exampleInvoiceId"] in customer
        assert second["exampleInvoiceId"] in item
        assert first["newestAt"]
        assert of_cause(flow, first["cause"]) == set(customer)
        assert of_cause(flow, second["cause"]) == set(item)
        assert by_cause(flow, "&code=item_not_found") == {
            "causes": [second],
            "single": {},
            "cursor": "",
            "more": False,
        }

    def test_a_cause_is_explained_as_each_of_its_invoices_is(self, flow: Flow) -> None:
        without_item(flow, 2)
        flow.work()
        (cause,) = by_cause(flow)["causes"]
        assert cause["failure"] == flow.status(cause["exampleInvoiceId"])["failure"]
        assert "Novelty" in cause["failure"]["explanation"]

    def test_a_cause_is_gone_once_it_is_fixed_and_nobody_retries_anything(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        customer = without_customer(flow, 3)
        without_item(flow, 2)
        (single,) = failing_invoices(flow, 1)
        _, second = by_cause(flow)["causes"]
        flow.realm.add_customer("Else", "WHO@else.example")
        flow.clock.advance(2)
        flow.work()
        assert [cause["cause"] for cause in by_cause(flow)["causes"]] == [second["cause"]]
        assert {flow.status(invoice_id)["status"] for invoice_id in customer} == {"synced"}
        flow.realm.add_item("Novelty")
        flow.clock.advance(2)
        flow.work()
        assert by_cause(flow)["causes"] == []
        assert of_cause(flow, second["cause"]) == set()
        assert flow.failure_code(single) == "customer_not_found"

    def test_causes_come_in_pages_and_of_the_same_size_the_newer_first(self, flow: Flow) -> None:
        for number, email in ((1, "a@one.example"), (3, "b@two.example"), (1, "c@three.example")):
            without_customer(flow, number, email)
            flow.work()
        pages: list[list[tuple[int, str]]] = []
        cursor = ""
        while cursor or not pages:
            page = by_cause(flow, f"&limit=1&cursor={cursor}")
            pages.append([(cause["invoices"], cause["newestAt"]) for cause in page["causes"]])
            cursor = page["cursor"]
        (largest,), (newer,), (older,) = pages
        assert [number for number, _ in (largest, newer, older)] == [3, 1, 1]
        assert newer[1] > older[1]

    def test_the_example_is_an_invoice_that_still_fails(self, flow: Flow) -> None:
        without_customer(flow, 3)
        flow.work()
        for left in (2, 1):
            (cause,) = by_cause(flow)["causes"]
            assert cause["invoices"] == left + 1
            example = cause["exampleInvoiceId"]
            (contact_id,) = flow.portal.associated("invoices", example, "contacts")
            flow.portal.dissociate("invoices", example, "contacts", contact_id)
            flow.portal.associate("invoices", example, "contacts", flow.contact_id)
            flow.work()
            assert flow.status(example)["status"] == "synced"
            (cause,) = by_cause(flow)["causes"]
            assert cause["exampleInvoiceId"] in of_cause(flow, cause["cause"]) - {example}

    def test_a_connection_that_must_be_renewed_is_one_cause(self, flow: Flow) -> None:
        for _ in range(3):
            flow.invoice()
        end_connection(flow)
        flow.work()
        (cause,) = by_cause(flow)["causes"]
        assert (cause["cause"], cause["invoices"]) == ("reconnect_required", 3)
        use_again(flow)
        flow.post("/v1/failures/retry?cause=reconnect_required")
        flow.work()
        assert by_cause(flow)["causes"] == []

    def test_an_outage_is_one_cause_once_it_has_lasted(self, flow: Flow) -> None:
        ids = [flow.invoice() for _ in range(3)]
        down(flow, "quickbooks")
        flow.work()
        assert by_cause(flow)["causes"] == []
        later = flow.clock.now() + timedelta(minutes=16)
        flow.sync_at(later).run([flow.hint(invoice_id) for invoice_id in ids])
        (cause,) = by_cause(flow)["causes"]
        assert (cause["cause"], cause["invoices"]) == ("quickbooks_unavailable", 3)
        up(flow)
        flow.work_later()
        assert by_cause(flow)["causes"] == []

    def test_another_portal_sees_none_of_them(self, flow: Flow) -> None:
        without_customer(flow, 2)
        flow.work()
        (cause,) = by_cause(flow)["causes"]
        flow.hubspot.add_portal("13579")
        base = flow.own.gateway.url
        for path in ("groupBy=cause", f"cause={cause['cause']}"):
            page = flow.hubspot.fetch("13579", "GET", f"{base}/v1/failures?{path}").json()
            assert page.get("causes", page.get("failures")) == []
        other = flow.hubspot.fetch("13579", "POST", f"{base}/v1/failures/retry")
        assert other.status == 404


def test_a_request_reads_only_a_part_of_thousands(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with thousands_failing(flow):
        calls = ApiCalls()
        page = by_cause(flow)
        sizes = [THOUSANDS - RARE_ONES, RARE_ONES]
        assert [cause["invoices"] for cause in page["causes"]] == sizes
        assert calls() == {"Query table": 1, "BatchGetItem table": 1}
        # The rare ones are at the end of five queries; with two for each request it takes three.
        assert of_cause(flow, RARE) == set(rare_ids())
        assert calls()["Query table/index/open"] <= 6
        monkeypatch.setattr("invoice_sync.store.failing._QUERIES_A_PAGE", 2)
        found, cursor, requests = list[str](), "", 0
        while cursor or not requests:
            page = flow.get(f"/v1/failures?cause={RARE}&cursor={cursor}")
            assert calls()["Query table/index/open"] <= 2
            found += [failure["invoiceId"] for failure in page["failures"]]
            cursor, requests = page["cursor"], requests + 1
        assert found == rare_ids()
        assert requests == 3
