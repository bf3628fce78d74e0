"""Failing invoices are retried together: those of one cause, of one code, or all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

import sync_worker
from infra.local.wire import Answer, Fault
from invoice_sync.jobs import retry
from invoice_sync.jobs.requests import step_hint, stored_job
from invoice_sync.store.jobs import JobStore

from .acting import FOR_EVER, lose_everything, reading_in_bulk, run_sweep
from .conftest import PORTAL_ID, Flow, check_numbers
from .many_failing import (
    COMMON,
    RARE,
    RARE_ONES,
    THOUSANDS,
    ApiCalls,
    by_cause,
    thousands_failing,
    without_customer,
    without_item,
)

PATH = "/v1/failures/retry"


def retries(flow: Flow, invoice_id: str) -> int:
    """Return how often the invoice was synced because somebody retried it."""
    attempts = flow.status(invoice_id)["attempts"]
    return sum(attempt["trigger"] == "retry" for attempt in attempts)


def step(flow: Flow, cause: str, at: datetime) -> None:
    """Let the worker take the next step of a retry at that time."""
    job = stored_job(flow.own.store, retry.new_retry(PORTAL_ID, "", cause, at))
    assert job
    sync_worker.build(lambda: at).jobs.run([step_hint(job, at)])


class TestRetry:
    def test_only_the_invoices_of_the_cause_are_retried(self, flow: Flow) -> None:
        customer, item = without_customer(flow, 3), without_item(flow, 2)
        flow.work()
        flow.realm.add_customer("Else", "who@else.example")
        before = {one: len(flow.status(one)["attempts"]) for one in (*customer, *item)}
        cause = by_cause(flow)["causes"][0]["cause"]
        answer = flow.post(f"{PATH}?cause={cause}")
        assert (answer["state"], answer["total"], answer["queued"]) == ("done", 3, 3)
        assert (answer["code"], answer["cause"]) == ("customer_not_found", cause)
        assert flow.get(f"{PATH}?cause={cause}") == answer
        flow.work()
        assert {flow.status(one)["status"] for one in customer} == {"synced"}
        after = {one: len(flow.status(one)["attempts"]) for one in (*customer, *item)}
        assert after == {one: before[one] + (one in customer) for one in before}
        # Nobody asked for any other retry.
        for query in ("", "?code=customer_not_found", "?code=item_not_found"):
            assert flow.fetch("GET", f"{PATH}{query}").status == 404

    def test_once_it_has_ended_it_can_begin_again(self, flow: Flow) -> None:
        without_customer(flow, 2)
        flow.work()
        first = flow.post(f"{PATH}?code=customer_not_found")
        flow.work()
        without_customer(flow, 1, "more@else.example")
        flow.work()
        second = flow.post(f"{PATH}?code=customer_not_found")
        assert (first["queued"], second["queued"]) == (2, 3)
        assert second["requestedAt"] > first["requestedAt"]


class TestPortions:
    """Seven invoices fail, and a portion is two."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retry, "PORTION", 2)

    @pytest.fixture
    def failing(self, flow: Flow) -> list[str]:
        ids = [*without_customer(flow, 4), *without_item(flow, 3)]
        flow.work()
        # The sweep syncs failing invoices too: here it has just done so.
        now = flow.clock.now()
        flow.own.store.marks.advance(PORTAL_ID, "failing", now + timedelta(days=1))
        return ids

    @staticmethod
    def until_done(flow: Flow, query: str = "") -> list[int]:
        """Work until the retry is done; return how many were queued after each of its steps."""
        queued = []
        for _ in range(30):
            view = flow.get(f"{PATH}{query}")
            queued.append(view["queued"])
            if view["state"] == "done":
                assert sorted(queued) == queued
                return queued
            assert view["state"] == "running"
            flow.work_later()
        raise AssertionError(f"never done: {view}")

    def test_each_invoice_is_retried_once(self, flow: Flow, failing: list[str]) -> None:
        answer = flow.post(PATH)
        assert (answer["state"], answer["total"], answer["queued"]) == ("running", 7, 2)
        # Asked again, also at the same time, it is the same retry.
        with ThreadPoolExecutor(2) as both:
            for again in both.map(flow.post, [PATH] * 2):
                assert again == answer
        assert self.until_done(flow) == [2, 4, 6, 7]
        flow.work_later()
        assert [retries(flow, invoice_id) for invoice_id in failing] == [1] * 7
        check_numbers(flow)

    @pytest.mark.usefixtures("failing")
    def test_two_requests_at_the_same_time_begin_one_retry(self, flow: Flow) -> None:
        with ThreadPoolExecutor(2) as both:
            first, second = both.map(flow.post, [PATH] * 2)
        assert first["requestedAt"] == second["requestedAt"]
        assert self.until_done(flow)[-1] == 7

    def test_only_the_invoices_of_the_cause_are_retried(
        self, flow: Flow, failing: list[str]
    ) -> None:
        flow.realm.add_customer("Else", "who@else.example")
        cause = by_cause(flow)["causes"][0]["cause"]
        answer = flow.post(f"{PATH}?cause={cause}")
        assert (answer["total"], answer["queued"]) == (4, 2)
        self.until_done(flow, f"?cause={cause}")
        flow.work_later()
        assert [retries(flow, invoice_id) for invoice_id in failing] == [1] * 4 + [0] * 3
        assert {flow.status(invoice_id)["status"] for invoice_id in failing[:4]} == {"synced"}

    @pytest.mark.usefixtures("failing")
    def test_the_next_portion_waits_for_the_one_before_but_not_for_ever(self, flow: Flow) -> None:
        before = flow.clock.now()
        flow.post(PATH)
        lose_everything(flow)
        for minutes, queued in ((0, 2), (14, 2), (30, 4)):
            step(flow, "", before + timedelta(minutes=minutes))
            assert flow.get(PATH)["queued"] == queued

    def test_an_invoice_that_fails_later_is_not_retried(
        self, flow: Flow, failing: list[str]
    ) -> None:
        flow.post(PATH)
        late = without_customer(flow, 2, "late@else.example")
        flow.work()
        assert self.until_done(flow)[-1] == 7
        flow.work_later()
        assert [retries(flow, one) for one in (*failing, *late)] == [1] * 7 + [0] * 2

    def test_a_worker_that_dies_repeats_its_portion_and_skips_none(
        self, flow: Flow, failing: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flow.post(PATH)
        put_job, deaths = JobStore.put, 0

        def dies(self: Any, job: Any) -> bool:
            nonlocal deaths
            if deaths < 2:
                deaths += 1
                raise RuntimeError("the worker is gone")
            return put_job(self, job)

        monkeypatch.setattr(JobStore, "put", dies)
        assert self.until_done(flow)[-1] == 7
        flow.work_later()
        assert deaths == 2
        assert all(retries(flow, invoice_id) for invoice_id in failing)

    def test_the_sweep_sends_a_lost_message_again(self, flow: Flow, failing: list[str]) -> None:
        flow.post(PATH)
        flow.work_later()
        assert flow.get(PATH)["queued"] == 4
        flow.work()
        lose_everything(flow)
        flow.work_later()
        assert flow.get(PATH)["queued"] == 4
        run_sweep(flow, timedelta(minutes=25))
        assert self.until_done(flow)[-1] == 7
        flow.work_later()
        assert [retries(flow, invoice_id) for invoice_id in failing] == [1] * 7


def test_a_retry_of_thousands_answers_at_once_and_the_worker_finds_the_rest(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoice_sync.store.failing._QUERIES_A_PAGE", 2)
    with thousands_failing(flow):
        calls = ApiCalls()
        answer = flow.post(f"{PATH}?cause={COMMON}")
        assert (answer["total"], answer["queued"]) == (THOUSANDS - RARE_ONES, retry.PORTION)
        made = calls()
        assert made["Query table/index/open"] <= 2
        assert made["PutItem table"] == 2  # the job, and who asked for it
        assert made["SendMessage queue"] == retry.PORTION / 10 + 1
        answer = flow.post(f"{PATH}?cause={RARE}")
        assert (answer["state"], answer["total"], answer["queued"]) == ("running", RARE_ONES, 0)
        assert calls()["Query table/index/open"] == 2
        for _ in range(2):
            step(flow, RARE, flow.clock.now())
        view = flow.get(f"{PATH}?cause={RARE}")
        assert (view["state"], view["queued"]) == ("done", RARE_ONES)


class TestIdsOfNothing:
    def endless(self, flow: Flow) -> int:
        return sum("expiresAt" not in item for item in flow.table())

    def test_they_leave_nothing_without_an_end(self, flow: Flow) -> None:
        before = self.endless(flow)
        for number in range(3):
            flow.post(f"/v1/invoices/99{number}/retry")
        flow.post("/v1/invoices/retry", {"invoiceIds": ["993"]})
        flow.work()
        assert flow.status("990")["status"] == "skipped"
        assert self.endless(flow) == before

    def test_an_invoice_that_comes_after_all_has_no_end(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        reading_in_bulk(flow)
        path = "/objects/invoices/batch/read"
        nothing = Answer(200, {"status": "COMPLETE", "results": []})
        flow.hubspot.faults.append(Fault(lambda request: path in request.path, nothing, FOR_EVER))
        flow.work()
        assert flow.status(invoice_id)["status"] == "skipped"
        flow.hubspot.faults.clear()
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"
        key = f"INVOICE#{invoice_id}"
        (item,) = [item for item in flow.table() if item["sk"]["S"] == key and "data" in item]
        assert "expiresAt" not in item

    @pytest.mark.parametrize("path", ["/v1/invoices/1/retry", "/v1/invoices/retry"])
    def test_a_portal_that_is_not_connected(self, flow: Flow, path: str) -> None:
        flow.hubspot.add_portal("24682")
        before = flow.table()
        body = {"invoiceIds": ["1"]} if path.endswith("invoices/retry") else None
        answer = flow.hubspot.fetch("24682", "POST", flow.own.gateway.url + path, body=body)
        assert answer.status == 404
        assert answer.json()["code"] == "not_connected"
        assert flow.table() == before
        assert sum(flow.own.poller.depth()) == 0
