"""Jobs end: by a bug that they meet twice, or because somebody cancels them; and a portal has only
so many, over a sensible time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from invoice_sync.jobs import requests
from invoice_sync.jobs.backfill import Backfill
from invoice_sync.model.job import BackfillJob, ReportJob

from .acting import at_noon, run_sweep
from .conftest import PORTAL_ID, Flow
from .neighbours import Neighbour

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
PRIVATE = "jane@private.example"
BACKFILL, REPORT, RETRY = "/v1/backfill", "/v1/reports/reconciliation", "/v1/failures/retry"


def on_queue(flow: Flow) -> int:
    return sum(flow.own.poller.depth())


def work_through(flow: Flow) -> None:
    for _ in range(6):
        flow.work_later()


class TestABug:
    @pytest.mark.parametrize(
        ("step", "path"),
        [
            ("jobs.backfill.Backfill._plan", BACKFILL),
            ("reconciliation.job._planned", REPORT),
        ],
    )
    def test_that_a_job_meets_twice_ends_it(
        self,
        flow: Flow,
        monkeypatch: pytest.MonkeyPatch,
        step: str,
        path: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        at_noon(flow)
        run_sweep(flow)
        flow.work()
        neighbour = Neighbour(flow)
        theirs = neighbour.invoice()
        tries: list[object] = []

        def surprised(*arguments: Any) -> None:
            # Of this portal: the other one has the report of its night.
            tries.extend(
                each
                for each in arguments
                if isinstance(each, BackfillJob | ReportJob) and each.portal_id == PORTAL_ID
            )
            raise OverflowError(PRIVATE)

        monkeypatch.setattr(f"invoice_sync.{step}", surprised)
        flow.post(path, MARCH)
        work_through(flow)
        job = flow.get(f"{path}?from=2026-03-01&to=2026-03-31")
        assert (job["state"], len(tries)) == ("failed", 2)
        assert "OverflowError" in job["why"]
        assert PRIVATE not in job["why"] + capsys.readouterr().out
        assert neighbour.status(theirs) == "synced"
        # Nobody sends it again.
        run_sweep(flow, timedelta(minutes=30))
        work_through(flow)
        assert len(tries) == 2
        assert on_queue(flow) == 0
        monkeypatch.undo()
        assert flow.post(path, {**MARCH, "again": True})["state"] == "planning"
        flow.work()
        assert flow.get(f"{path}?from=2026-03-01&to=2026-03-31")["state"] == "planned"

    def test_that_is_met_once_only_delays_it(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, tries = Backfill._plan, list[object]()

        def surprised(self: Backfill, *rest: Any) -> Any:
            tries.append(rest)
            if len(tries) == 1:
                raise KeyError(PRIVATE)
            return real(self, *rest)

        monkeypatch.setattr(Backfill, "_plan", surprised)
        flow.post(BACKFILL, MARCH)
        work_through(flow)
        assert flow.get(BACKFILL)["state"] == "planned"

    def test_of_a_retry_of_many(self, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("invoice_sync.jobs.retry.PORTION", 1)
        for _ in range(3):
            flow.invoice(contact_id=None)
        flow.work()
        monkeypatch.setattr("invoice_sync.jobs.retry.waited_too_long", lambda *_: 1 / 0)
        flow.post(RETRY)
        work_through(flow)
        retry = flow.get(RETRY)
        assert retry["state"] == "failed"
        assert "ZeroDivisionError" in retry["why"]


class TestCancelling:
    @pytest.mark.parametrize(
        ("path", "words"),
        [
            (BACKFILL, "Cancelled the backfill of 2026-03-01 to 2026-03-31."),
            (REPORT, "Cancelled the report of 2026-03-01 to 2026-03-31."),
        ],
    )
    def test_a_job_of_a_period(self, flow: Flow, path: str, words: str) -> None:
        flow.hubspot.webhooks.discard()
        flow.post(path, MARCH)
        assert flow.post(f"{path}/cancel", MARCH)["state"] == "cancelled"
        calls = flow.hubspot.calls.total()
        flow.work()
        # Its message finds that there is nothing to do.
        assert (flow.hubspot.calls.total(), on_queue(flow)) == (calls, 0)
        job = flow.get(f"{path}?from=2026-03-01&to=2026-03-31")
        assert (job["state"], job["why"]) == ("cancelled", "It was cancelled.")
        assert words in [entry["says"] for entry in flow.get("/v1/audit")["entries"]]
        again = flow.fetch("POST", f"{path}/cancel", MARCH)
        assert (again.status, again.json()["detail"].endswith("nothing to cancel.")) == (409, True)
        flow.post(path, {**MARCH, "again": True})
        flow.work()
        assert flow.get(f"{path}?from=2026-03-01&to=2026-03-31")["state"] == "planned"

    def test_a_plan_that_nobody_wants(self, flow: Flow) -> None:
        flow.post(BACKFILL, MARCH)
        flow.work()
        assert flow.post(f"{BACKFILL}/cancel", MARCH)["state"] == "cancelled"
        assert flow.fetch("POST", BACKFILL, {**MARCH, "run": True}).status == 409

    def test_a_retry_of_many(self, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("invoice_sync.jobs.retry.PORTION", 1)
        for _ in range(3):
            flow.invoice(contact_id=None)
        flow.work()
        flow.post(RETRY)
        assert flow.post(f"{RETRY}/cancel")["state"] == "cancelled"
        work_through(flow)
        retry = flow.get(RETRY)
        assert (retry["state"], retry["queued"]) == ("cancelled", 1)
        assert "Cancelled a retry of many." in [
            entry["says"] for entry in flow.get("/v1/audit")["entries"]
        ]

    @pytest.mark.parametrize("path", [BACKFILL, REPORT, RETRY])
    def test_what_is_not_there(self, flow: Flow, path: str) -> None:
        body = None if path == RETRY else MARCH
        assert flow.fetch("POST", f"{path}/cancel", body).status == 404

    @pytest.mark.parametrize("path", [BACKFILL, REPORT, RETRY])
    def test_is_for_the_people_who_may_act(self, flow: Flow, path: str) -> None:
        flow.settings(may_act=["somebody@else.example"])
        body = None if path == RETRY else MARCH
        assert flow.fetch("POST", f"{path}/cancel", body).status == 403

    def test_wins_against_a_step_that_is_under_way(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = Backfill._plan

        def slow(self: Backfill, *rest: Any) -> Any:
            planned = real(self, *rest)
            flow.post(f"{BACKFILL}/cancel", MARCH)
            return planned

        monkeypatch.setattr(Backfill, "_plan", slow)
        flow.post(BACKFILL, MARCH)
        work_through(flow)
        assert flow.get(BACKFILL)["state"] == "cancelled"


class TestBounds:
    @pytest.mark.parametrize("path", [BACKFILL, REPORT])
    @pytest.mark.parametrize(
        ("first", "last"),
        [("1999-12-31", "2000-01-31"), ("0001-01-01", "0001-01-02"), ("9999-12-30", "9999-12-31")],
    )
    def test_of_a_period(self, flow: Flow, path: str, first: str, last: str) -> None:
        answer = flow.fetch("POST", path, {"from": first, "to": last})
        assert answer.status == 422
        assert answer.json()["detail"] == (
            "A period lies between 2000-01-01 and a year from today."
        )

    def test_a_period_may_begin_in_2000_and_end_in_a_year(self, flow: Flow) -> None:
        in_a_year = flow.clock.now().date() + timedelta(days=365)
        for first, last in (("2000-01-01", "2000-01-31"), (f"{in_a_year}", f"{in_a_year}")):
            flow.post(BACKFILL, {"from": first, "to": last})

    def test_of_the_jobs_of_a_portal(self, flow: Flow) -> None:
        months = [{"from": f"2026-0{n}-01", "to": f"2026-0{n}-28"} for n in range(1, 8)]
        for month in months[: requests.MOST_ACTIVE]:
            flow.post(BACKFILL, month)
        for path, body in ((BACKFILL, months[-1]), (REPORT, months[0]), (RETRY, None)):
            answer = flow.fetch("POST", path, body)
            assert answer.status == 409
            assert "cancel one" in answer.json()["detail"]
        # Asking again for one that is under way is no other one.
        flow.post(BACKFILL, months[0])
        flow.post(f"{BACKFILL}/cancel", months[0])
        flow.post(REPORT, months[0])

    def test_of_previews_and_searches_within_a_minute(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("invoice_sync.api.budget.MOST_READS", 3)
        flow.clock.advance(60 - flow.clock.now().second)
        invoice_id = flow.invoice()
        search, preview = "/v1/quickbooks/items?search=con", f"/v1/invoices/{invoice_id}/preview"
        for path in (search, preview, search):
            flow.get(path)
        calls = flow.quickbooks.calls.total()
        for path in (search, preview):
            answer = flow.fetch("GET", path)
            assert answer.status == 429
            assert answer.json()["code"] == "busy"
            assert "Try again in a minute." in answer.json()["detail"]
        assert flow.quickbooks.calls.total() == calls
        # The syncs of the portal go on, and so do other portals' previews.
        assert flow.own.store.budgets.take("24681", "READS", flow.clock.now(), 3)
        flow.clock.advance(60)
        flow.get(preview)
        flow.work_later()
        assert flow.status(invoice_id)["status"] == "synced"
