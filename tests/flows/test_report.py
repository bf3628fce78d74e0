"""The reconciliation report as people ask for it: plan it, run it, read it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from infra.local.hubspot import search as simulated_search
from infra.local.quickbooks import sales_line
from infra.local.wire import Answer, Fault
from invoice_sync.model.job import ReportJob
from invoice_sync.reconciliation.nightly import begin_nightly
from invoice_sync.runtime.logger import logger

from .acting import at_noon, begin_now, beyond, lose_everything, put_right, run_sweep
from .conftest import NOW, PORTAL_ID, REALM_ID, Flow

PATH = "/v1/reports/reconciliation"
TODAY = NOW.date()
# With a day to spare: midnight may pass while the tests run.
PERIOD = (TODAY - timedelta(days=20), TODAY + timedelta(days=1))


def query(period: tuple[date, date] = PERIOD, **more: Any) -> str:
    values = {"from": period[0], "to": period[1], **more}
    return f"{PATH}?" + "&".join(f"{name}={value}" for name, value in values.items())


def files() -> str:
    return query().replace(PATH, f"{PATH}/files")


def ask(flow: Flow, **more: Any) -> Any:
    body = {"from": str(PERIOD[0]), "to": str(PERIOD[1]), **more}
    url = flow.own.gateway.url + PATH
    return flow.hubspot.fetch(PORTAL_ID, "POST", url, body)


def run(flow: Flow) -> dict[str, Any]:
    """Plan the report, run it, and return it."""
    assert ask(flow).status == 200
    put_right(flow)
    assert flow.get(query())["state"] == "planned"
    assert ask(flow, run=True).json()["state"] == "running"
    put_right(flow)
    return flow.get(query())


def by_finding(report: dict[str, Any]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for row in report["rows"]:
        ids.setdefault(row["finding"], []).append(row["hubspotId"] or row["quickbooksId"])
    return ids


def add_old(flow: Flow, **options: Any) -> str:
    """Create an invoice of the time before this system, which no webhook tells of."""
    invoice_id = flow.invoice(**options)
    flow.hubspot.webhooks.discard()
    return invoice_id


class TestReport:
    def test_it_has_every_kind_of_finding(self, flow: Flow) -> None:
        run_sweep(flow)
        flow.clock.advance(2)
        matched, gone, edited, voided, paid, failing = (flow.invoice() for _ in range(6))
        flow.portal.update("line_items", flow.line_of(failing), {"hs_sku": "", "name": "Unheard"})
        draft = flow.invoice(status="draft")
        flow.work()
        before = add_old(flow, number="OLD-1")
        line = sales_line(flow.item_id, "300.00")
        flow.realm.add_invoice(flow.customer_id, [line], "OLD-1")
        other = flow.realm.add_invoice(flow.customer_id, [line], "THEIRS")["Id"]
        flow.realm.delete_invoice(flow.in_quickbooks(gone)[0]["Id"])
        flow.realm.edit_invoice(
            flow.in_quickbooks(edited)[0]["Id"], Line=[sales_line(flow.item_id, "310.00")]
        )
        flow.portal.update("invoices", voided, {"hs_invoice_status": "voided"})
        flow.realm.receive_payment(flow.in_quickbooks(paid)[0]["Id"], "300.00")
        lose_everything(flow)
        report = run(flow)
        assert report["state"] == "done"
        assert by_finding(report) == {
            "matched": [matched],
            "missing_in_quickbooks": sorted([gone, failing]),
            "amounts_differ": [edited],
            "status_differs": sorted([voided, paid]),
            "duplicate_suspected": [before],
            "not_due": [draft],
            "only_in_quickbooks": [other],
        }
        (total,) = (row for row in report["totals"] if row["finding"] == "amounts_differ")
        assert (total["hubspot"], total["quickbooks"]) == ("300.00", "310.00")
        assert (total["difference"], total["invoices"]) == ("10.00", 1)
        assert report["plan"]["invoicesInHubspot"] == 8
        filtered = flow.get(query(finding="not_due"))
        assert [row["hubspotId"] for row in filtered["rows"]] == [draft]
        # The report has queued whatever syncing puts right or explains.
        assert flow.failure_code(gone) == "modified_outside_hubspot"
        assert flow.failure_code(edited) == "modified_outside_hubspot"
        assert flow.in_quickbooks(voided)[0]["TotalAmt"] == 0
        assert flow.status(paid)["payment"]["status"] == "paid"
        assert flow.status(before)["status"] == "unknown"

    def test_an_invoice_that_was_lost_on_every_way_is_created(self, flow: Flow) -> None:
        run_sweep(flow)
        flow.clock.advance(2)
        invoice_id = flow.invoice()
        lose_everything(flow)
        # The sweep does not find it either.
        beyond(flow, timedelta(hours=1))
        assert by_finding(run(flow)) == {"missing_in_quickbooks": [invoice_id]}
        assert flow.status(invoice_id)["status"] == "synced"

    def test_many_old_ones_are_listed_with_their_reasons(self, flow: Flow) -> None:
        old = [add_old(flow) for _ in range(55)]  # HubSpot returns fifty histories a request
        draft = add_old(flow, status="draft")
        begin_now(flow)
        flow.portal.update("invoices", draft, {"hs_invoice_status": "open"})
        record_only = add_old(flow, hs_invoice_billable="false")
        report = run(flow)
        expected = {"skipped": [*old, record_only], "missing_in_quickbooks": [draft]}
        assert by_finding(report) == expected
        assert all(bool(row["reason"]) == (row["hubspotId"] != draft) for row in report["rows"])
        assert [flow.status(each)["status"] for each in (draft, old[0])] == ["synced", "unknown"]

    def test_the_plan_tells_what_running_it_costs(self, flow: Flow) -> None:
        for _ in range(5):
            flow.invoice()
        flow.work()
        assert ask(flow).status == 200
        before = flow.quickbooks.metered_reads(REALM_ID)
        put_right(flow)
        planned = flow.get(query())
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 1
        assert planned["plan"] == {
            "invoicesInHubspot": 5,
            "invoicesInQuickbooks": 5,
            "meteredReads": 1,
        }
        assert planned["rows"] == planned["totals"] == []
        ask(flow, run=True)
        put_right(flow)
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 2

    def test_it_continues_where_a_worker_died(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("invoice_sync.reconciliation.job._INVOICES_PER_WINDOW", 1)
        ids = [
            flow.invoice(
                hs_invoice_date=str(TODAY - timedelta(days=days)),
                hs_due_date=str(TODAY + timedelta(days=30)),
            )
            for days in range(6)
        ]
        flow.work()
        assert ask(flow).status == 200
        put_right(flow)
        ask(flow, run=True)
        for _ in range(4):
            flow.own.poller.poll_once()
        half = flow.get(query())
        assert half["state"] == "running"
        assert half["doneTo"] < str(PERIOD[1])
        # QuickBooks breaks off the next steps.
        broken = Fault(lambda request: "/query" in request.path, Answer(503, "busy"), 3)
        flow.quickbooks.faults.append(broken)
        put_right(flow)
        flow.own.aws.end_waits()
        put_right(flow)
        report = flow.get(query())
        assert report["state"] == "done"
        assert sorted(by_finding(report)["matched"]) == sorted(ids)

    def test_once_begun_again_it_has_only_the_new_rows(self, flow: Flow) -> None:
        first = flow.invoice()
        flow.work()
        assert by_finding(run(flow)) == {"matched": [first]}
        flow.portal.delete("invoices", first)
        second = flow.invoice()
        flow.work()
        assert ask(flow, again=True).json()["state"] == "planning"
        assert flow.get(query())["rows"] == []
        put_right(flow)
        ask(flow, run=True)
        put_right(flow)
        assert by_finding(flow.get(query())) == {
            "matched": [second],
            "missing_in_hubspot": [first],
        }


class TestPages:
    @pytest.fixture
    def many(self, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Flow:
        monkeypatch.setattr("invoice_sync.reconciliation.pages._ROWS_PER_PART", 3)
        line = sales_line(flow.item_id, "10.00")
        for number in range(11):
            flow.realm.add_invoice(flow.customer_id, [line], f"X-{number}")
        assert run(flow)["state"] == "done"
        return flow

    @pytest.mark.parametrize("limit", [1, 3, 4, 11, 500])
    def test_pages_of_any_size_have_every_row_once(self, many: Flow, limit: int) -> None:
        seen, cursor = list[str](), ""
        while True:
            page = many.get(query(limit=limit, cursor=cursor))
            assert len(page["rows"]) <= limit
            seen += [row["quickbooksNumber"] for row in page["rows"]]
            cursor = page["cursor"]
            if not cursor:
                break
        assert sorted(seen) == sorted(f"X-{number}" for number in range(11))

    def test_the_cursor_of_another_list_is_refused(self, many: Flow) -> None:
        assert many.fetch("GET", query(cursor="bm9uc2Vuc2U=")).status == 400

    def test_another_portal_sees_none_of_them(self, many: Flow) -> None:
        many.own.hubspot.add_portal("24681")
        many.own.quickbooks.add_realm("9130357849536437")
        many.own.connect("24681", "9130357849536437")
        url = many.own.gateway.url + query()
        assert many.hubspot.fetch("24681", "GET", url).status == 404


class TestRequests:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"from": "2026-02-30", "to": "2026-03-01"}, 400),
            ({"from": "2026-03-02", "to": "2026-03-01"}, 400),
            ({"from": "2024-01-01", "to": "2026-03-01"}, 400),
            ({}, 400),
            ({"from": "2026-03-01", "to": "2026-03-01", "run": True}, 409),
            ({"from": "2026-03-01", "to": "2026-03-01", "run": True, "again": True}, 400),
        ],
    )
    def test_a_request_that_makes_no_sense_is_refused(
        self, flow: Flow, body: dict[str, Any], status: int
    ) -> None:
        url = flow.own.gateway.url + PATH
        answer = flow.hubspot.fetch(PORTAL_ID, "POST", url, body)
        assert (answer.status, answer.json()["status"]) == (status, status)

    def test_a_report_that_does_not_exist_cannot_be_read(self, flow: Flow) -> None:
        assert flow.fetch("GET", query()).status == 404
        assert flow.fetch("GET", PATH).status == 404
        assert ask(flow).status == 200
        assert flow.fetch("GET", query(finding="x")).status == 400
        assert flow.fetch("GET", files()).status == 409
        put_right(flow)


class TestNightly:
    def test_it_runs_by_itself_once_a_night(self, flow: Flow) -> None:
        today, day = at_noon(flow), timedelta(days=1)
        invoice_id = flow.invoice(hs_invoice_date=str(today), hs_due_date=str(today))
        flow.work()
        run_sweep(flow, day)
        put_right(flow)
        (job,) = flow.own.store.jobs.all(PORTAL_ID)
        assert isinstance(job, ReportJob)
        assert (job.state, job.end, (job.end - job.start).days) == ("done", today, 30)
        assert [(total.finding, total.invoices) for total in job.totals] == [("matched", 1)]
        # Whoever names no period gets the latest.
        latest = flow.get(PATH)
        assert (latest["from"], latest["state"]) == (str(job.start), "done")
        run_sweep(flow, day + timedelta(minutes=5))
        put_right(flow)
        assert len(flow.own.store.jobs.all(PORTAL_ID)) == 1
        connection = flow.own.store.connections.get(PORTAL_ID)
        assert connection
        # Not by a sweep: its tokens would have ended by then.
        night_after = flow.clock.now() + 2 * day
        begin_nightly(flow.own.store, flow.queue, connection, night_after, logger)
        assert len(flow.own.store.jobs.all(PORTAL_ID)) == 2
        put_right(flow)
        assert flow.status(invoice_id)["status"] == "synced"

    @pytest.mark.parametrize(
        ("zone", "hour", "begins"),
        [
            ("UTC", 1, False),
            ("UTC", 2, True),
            ("America/New_York", 6, False),
            ("America/New_York", 7, True),
            ("Pacific/Auckland", 12, False),
            ("Pacific/Auckland", 13, True),
        ],
    )
    def test_it_begins_at_two_in_the_portals_time_zone(
        self, flow: Flow, zone: str, hour: int, begins: bool
    ) -> None:
        connection = flow.own.store.connections.get(PORTAL_ID)
        assert connection
        moved = connection.model_copy(update={"time_zone": zone})
        now = datetime(2026, 1, 15, hour, tzinfo=UTC)
        begin_nightly(flow.own.store, flow.queue, moved, now, logger)
        assert len(flow.own.store.jobs.all(PORTAL_ID)) == begins


def test_it_has_more_invoices_than_hubspot_s_search_shows_at_once(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated_search, "MAX_RESULTS", 400)
    for _ in range(450):
        add_old(flow)
    report = run(flow)
    assert report["plan"]["invoicesInHubspot"] == 450
    assert [total["invoices"] for total in report["totals"]] == [450]


class TestFollowUp:
    def test_an_invoice_that_was_paid_in_quickbooks_is_read_again_once(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.realm.receive_payment(flow.in_quickbooks(invoice_id)[0]["Id"], "300.00")
        assert by_finding(run(flow)) == {"status_differs": [invoice_id]}
        ask(flow, again=True)
        put_right(flow)
        before = flow.quickbooks.metered_reads(REALM_ID)
        ask(flow, run=True)
        put_right(flow)
        assert by_finding(flow.get(query())) == {"status_differs": [invoice_id]}
        assert flow.quickbooks.metered_reads(REALM_ID) == before + 1  # the report's own

    def test_a_live_invoice_does_not_wait_behind_the_lost_ones(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("invoice_sync.reconciliation.follow_up._PORTION", 2)
        run_sweep(flow)
        flow.clock.advance(2)
        lost = [flow.invoice() for _ in range(5)]
        lose_everything(flow)
        flow.own.store.marks.advance(PORTAL_ID, "hubspot", flow.clock.now() + timedelta(hours=1))
        ask(flow)
        while flow.get(query())["state"] != "planned":
            flow.own.poller.poll_once()
        ask(flow, run=True)
        while flow.own.poller.poll_once():
            pass
        # The first portion is done, the others are still to come.
        created = [one for one in lost if flow.in_quickbooks(one)]
        assert len(created) == 2
        live = flow.invoice()
        flow.work()
        assert flow.in_quickbooks(live)
        assert [one for one in lost if flow.in_quickbooks(one)] == created
        flow.work_later()
        assert all(len(flow.in_quickbooks(one)) == 1 for one in lost)


class TestWindows:
    def test_windows_are_smaller_where_days_are_fuller(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("invoice_sync.reconciliation.job._LARGEST_WINDOW", 2)
        days = [str(TODAY - timedelta(days=number % 3)) for number in range(6)]
        ids = [flow.invoice(hs_invoice_date=day, hs_due_date=str(TODAY)) for day in days]
        flow.work()
        before = flow.quickbooks.metered_reads(REALM_ID)
        report = run(flow)
        assert sorted(by_finding(report)["matched"]) == sorted(ids)
        assert report["plan"]["meteredReads"] == 1
        assert flow.quickbooks.metered_reads(REALM_ID) - before >= 1 + 3

    def test_the_plan_knows_the_cost_of_several_windows(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("invoice_sync.reconciliation.job._INVOICES_PER_WINDOW", 2)
        monkeypatch.setattr("invoice_sync.reconciliation.job._QUICKBOOKS_PAGE", 3)
        for number in range(11):
            day = str(TODAY - timedelta(days=2 * number))
            flow.invoice(hs_invoice_date=day, hs_due_date=str(TODAY))
        flow.work()
        before = flow.quickbooks.metered_reads(REALM_ID)
        report = run(flow)
        spent = flow.quickbooks.metered_reads(REALM_ID) - before
        assert report["plan"]["meteredReads"] == spent - 1 > 4

    def test_an_invoice_that_the_search_does_not_show_yet_is_not_lost(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.hubspot.switches.search_lag = 3600
        assert by_finding(run(flow)) == {"matched": [invoice_id]}
