"""What many invoices fail for is one thing to do: shown as one, retried as one, gone as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import sync_worker
from infra.local.aws import TABLE
from infra.local.aws_calls import CALLS
from invoice_sync.errors import QueueRefusedError
from invoice_sync.hints import Queue
from invoice_sync.jobs import retry
from invoice_sync.jobs.requests import step_hint, stored_job
from invoice_sync.store import store

from .acting import down, failing_invoices, lose_everything, run_sweep, up
from .conftest import PORTAL_ID, Flow, check_numbers


def groups(flow: Flow, query: str = "") -> dict[str, Any]:
    return flow.get(f"/v1/failures?groupBy=cause{query}")


def strangers(flow: Flow, number: int, email: str = "who@else.example") -> list[str]:
    """Invoices of one contact whom QuickBooks does not know."""
    contact_id = flow.portal.create("contacts", {"email": email})
    return [flow.invoice(contact_id=contact_id) for _ in range(number)]


def novelties(flow: Flow, number: int) -> list[str]:
    lines = [{"name": "Novelty", "quantity": "1", "price": "10"}]
    return [flow.invoice(lines=lines) for _ in range(number)]


def members(flow: Flow, cause: str) -> set[str]:
    listed = flow.get(f"/v1/failures?cause={cause}")
    assert listed["cursor"] == ""
    return {one["invoiceId"] for one in listed["failures"]}


def retries(flow: Flow, invoice_id: str) -> int:
    """How often somebody's retry of it was looked at."""
    return sum(one["trigger"] == "retry" for one in flow.status(invoice_id)["attempts"])


def step(flow: Flow, cause: str, at: datetime) -> None:
    """The worker gets the message of that retry, at that time."""
    wanted = retry.new_retry(PORTAL_ID, "", cause, at)
    job = stored_job(flow.own.store, wanted)
    assert job
    sync_worker.build(lambda: at).jobs.run([step_hint(job, at)])


class Calls:
    """What the API has called since this was made, or last asked."""

    def __init__(self) -> None:
        self._before = Counter(CALLS)

    def __call__(self) -> dict[str, int]:
        made = CALLS - self._before
        self._before = Counter(CALLS)
        return {
            f"{one.action.partition(':')[2]} {one.resource}": number
            for one, number in made.items()
            if one.function == "api" and not one.resource.startswith("secret:")
        }


class TestGroups:
    def test_the_cause_of_most_is_first_and_gone_when_it_is_fixed(self, flow: Flow) -> None:
        flow.watch_quickbooks()
        customer, item = strangers(flow, 3), novelties(flow, 2)
        (own,) = failing_invoices(flow, 1)
        shown = groups(flow)
        assert [(one["code"], one["invoices"]) for one in shown["causes"]] == [
            ("customer_not_found", 3),
            ("item_not_found", 2),
        ]
        assert shown["single"] == {"customer_not_found": 1}
        assert (shown["cursor"], shown["more"]) == ("", False)
        first, second = shown["causes"]
        assert first["exampleInvoiceId"] in customer
        assert second["exampleInvoiceId"] in item
        assert first["newestAt"]
        # It explains itself as each of its invoices does.
        alone = flow.status(second["exampleInvoiceId"])["failure"]
        assert second["failure"] == alone
        assert "Novelty" in second["failure"]["explanation"]
        assert members(flow, first["cause"]) == set(customer)
        assert members(flow, second["cause"]) == set(item)
        assert groups(flow, "&code=item_not_found") == {
            "causes": [second],
            "single": {},
            "cursor": "",
            "more": False,
        }
        # Fixed where it is, once; nobody retries anything.
        flow.realm.add_customer("Else", "WHO@else.example")
        flow.clock.advance(2)
        flow.work()
        shown = groups(flow)
        assert [one["cause"] for one in shown["causes"]] == [second["cause"]]
        assert {flow.status(one)["status"] for one in customer} == {"synced"}
        flow.realm.add_item("Novelty")
        flow.clock.advance(2)
        flow.work()
        assert groups(flow)["causes"] == []
        assert members(flow, second["cause"]) == set()
        assert flow.failure_code(own) == "customer_not_found"

    def test_they_come_in_pages(self, flow: Flow) -> None:
        for number, email in ((1, "a@one.example"), (3, "b@two.example"), (1, "c@three.example")):
            strangers(flow, number, email)
            flow.work()
        pages, cursor = [], ""
        while True:
            page = groups(flow, f"&limit=1&cursor={cursor}")
            pages.append([(one["invoices"], one["newestAt"]) for one in page["causes"]])
            cursor = page["cursor"]
            if not cursor:
                break
        (largest,), (newer,), (older,) = pages
        assert [one[0] for one in (largest, newer, older)] == [3, 1, 1]
        assert newer[1] > older[1]

    def test_its_example_is_one_that_still_fails(self, flow: Flow) -> None:
        strangers(flow, 3)
        flow.work()
        for left in (2, 1):
            (shown,) = groups(flow)["causes"]
            assert shown["invoices"] == left + 1
            example = shown["exampleInvoiceId"]
            stranger = flow.portal.associated("invoices", example, "contacts")[0]
            flow.portal.dissociate("invoices", example, "contacts", stranger)
            flow.portal.associate("invoices", example, "contacts", flow.contact_id)
            flow.work()
            assert flow.status(example)["status"] == "synced"
            (shown,) = groups(flow)["causes"]
            assert shown["exampleInvoiceId"] in members(flow, shown["cause"]) - {example}

    def test_a_connection_that_must_be_renewed_is_one_cause(self, flow: Flow) -> None:
        for _ in range(3):
            flow.invoice()
        flow.own.store.set_connection_state(PORTAL_ID, "reconnect_required")
        flow.work()
        (shown,) = groups(flow)["causes"]
        assert (shown["cause"], shown["invoices"]) == ("reconnect_required", 3)
        flow.own.store.set_connection_state(PORTAL_ID, "connected")
        flow.post("/v1/failures/retry?cause=reconnect_required")
        flow.work()
        assert groups(flow)["causes"] == []

    def test_an_outage_is_one_cause_once_it_counts(self, flow: Flow) -> None:
        ids = [flow.invoice() for _ in range(3)]
        down(flow, "quickbooks")
        flow.work()
        assert groups(flow)["causes"] == []
        later = datetime.now(UTC) + timedelta(minutes=16)
        flow.sync_at(later).run([flow.hint(one) for one in ids])
        (shown,) = groups(flow)["causes"]
        assert (shown["cause"], shown["invoices"]) == ("quickbooks_unavailable", 3)
        up(flow)
        flow.work_later()
        assert groups(flow)["causes"] == []

    def test_another_portal_has_none_of_them(self, flow: Flow) -> None:
        strangers(flow, 2)
        flow.work()
        (shown,) = groups(flow)["causes"]
        flow.hubspot.add_portal("13579")
        base = flow.own.gateway.url
        for path in ("groupBy=cause", f"cause={shown['cause']}"):
            found = flow.hubspot.fetch("13579", "GET", f"{base}/v1/failures?{path}").json()
            assert found.get("causes", found.get("failures")) == []
        other = flow.hubspot.fetch("13579", "POST", f"{base}/v1/failures/retry")
        assert other.status == 404


class TestRetry:
    def test_one_retry_serves_the_group_and_nobody_else(self, flow: Flow) -> None:
        customer, item = strangers(flow, 3), novelties(flow, 2)
        flow.work()
        flow.realm.add_customer("Else", "who@else.example")
        before = {one: len(flow.status(one)["attempts"]) for one in (*customer, *item)}
        cause = groups(flow)["causes"][0]["cause"]
        answer = flow.post(f"/v1/failures/retry?cause={cause}")
        assert (answer["state"], answer["total"], answer["queued"]) == ("done", 3, 3)
        assert (answer["code"], answer["cause"]) == ("customer_not_found", cause)
        assert flow.get(f"/v1/failures/retry?cause={cause}") == answer
        flow.work()
        assert {flow.status(one)["status"] for one in customer} == {"synced"}
        after = {one: len(flow.status(one)["attempts"]) for one in (*customer, *item)}
        assert after == {one: before[one] + (one in customer) for one in before}
        # Of another choice nobody asked.
        for query in ("", "?code=customer_not_found", "?code=item_not_found"):
            assert flow.fetch("GET", f"/v1/failures/retry{query}").status == 404

    def test_afterwards_it_can_be_asked_for_again(self, flow: Flow) -> None:
        strangers(flow, 2)
        flow.work()
        first = flow.post("/v1/failures/retry?code=customer_not_found")
        flow.work()
        strangers(flow, 1, "more@else.example")
        flow.work()
        again = flow.post("/v1/failures/retry?code=customer_not_found")
        assert (first["queued"], again["queued"]) == (2, 3)
        assert again["requestedAt"] > first["requestedAt"]


class TestManyFailing:
    """A portion is two, so that seven are many."""

    @pytest.fixture(autouse=True)
    def _small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retry, "PORTION", 2)

    @staticmethod
    def seven(flow: Flow) -> list[str]:
        ids = [*strangers(flow, 4), *novelties(flow, 3)]
        flow.work()
        # The sweep looks at failing invoices too: here it has just done so.
        now = datetime.now(UTC)
        flow.own.store.set_mark(PORTAL_ID, "failing", now + timedelta(days=1))
        return ids

    @staticmethod
    def until_done(flow: Flow, query: str = "") -> list[int]:
        """How many were queued, each time somebody looked."""
        seen = []
        for _ in range(30):
            shown = flow.get(f"/v1/failures/retry{query}")
            seen.append(shown["queued"])
            if shown["state"] == "done":
                assert sorted(seen) == seen
                return seen
            assert shown["state"] == "running"
            flow.work_later()
        raise AssertionError(f"never done: {shown}")

    def test_they_are_retried_in_portions_each_once(self, flow: Flow) -> None:
        ids = self.seven(flow)
        answer = flow.post("/v1/failures/retry")
        assert (answer["state"], answer["total"], answer["queued"]) == ("running", 7, 2)
        # Asked again, also at once, it is the same one.
        with ThreadPoolExecutor(2) as both:
            for again in both.map(flow.post, ["/v1/failures/retry"] * 2):
                assert again == answer
        assert self.until_done(flow) == [2, 4, 6, 7]
        flow.work_later()
        assert [retries(flow, one) for one in ids] == [1] * 7
        check_numbers(flow)

    def test_two_who_ask_at_once_begin_it_once(self, flow: Flow) -> None:
        self.seven(flow)
        with ThreadPoolExecutor(2) as both:
            one, other = both.map(flow.post, ["/v1/failures/retry"] * 2)
        assert one["requestedAt"] == other["requestedAt"]
        assert self.until_done(flow)[-1] == 7

    def test_of_one_cause_only(self, flow: Flow) -> None:
        ids = self.seven(flow)
        flow.realm.add_customer("Else", "who@else.example")
        cause = groups(flow)["causes"][0]["cause"]
        answer = flow.post(f"/v1/failures/retry?cause={cause}")
        assert (answer["total"], answer["queued"]) == (4, 2)
        self.until_done(flow, f"?cause={cause}")
        flow.work_later()
        assert [retries(flow, one) for one in ids] == [1] * 4 + [0] * 3
        assert {flow.status(one)["status"] for one in ids[:4]} == {"synced"}

    def test_the_next_portion_waits_for_the_one_before(self, flow: Flow) -> None:
        self.seven(flow)
        flow.post("/v1/failures/retry")
        lose_everything(flow)
        now = datetime.now(UTC)
        for minutes, queued in ((0, 2), (14, 2), (16, 4)):
            step(flow, "", now + timedelta(minutes=minutes))
            assert flow.get("/v1/failures/retry")["queued"] == queued

    def test_what_fails_meanwhile_is_not_retried(self, flow: Flow) -> None:
        ids = self.seven(flow)
        flow.post("/v1/failures/retry")
        late = strangers(flow, 2, "late@else.example")
        flow.work()
        assert self.until_done(flow)[-1] == 7
        flow.work_later()
        assert [retries(flow, one) for one in (*ids, *late)] == [1] * 7 + [0] * 2

    def test_a_worker_that_dies_repeats_its_portion_and_skips_none(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ids = self.seven(flow)
        flow.post("/v1/failures/retry")
        kept, died = store.Store.put_job, 0

        def dies(self: Any, job: Any) -> bool:
            nonlocal died
            if died < 2:
                died += 1
                raise RuntimeError("the worker is gone")
            return kept(self, job)

        monkeypatch.setattr(store.Store, "put_job", dies)
        assert self.until_done(flow)[-1] == 7
        flow.work_later()
        assert died == 2
        assert all(retries(flow, one) for one in ids)

    def test_a_lost_message_is_found_by_the_sweep(self, flow: Flow) -> None:
        ids = self.seven(flow)
        flow.post("/v1/failures/retry")
        flow.work_later()
        assert flow.get("/v1/failures/retry")["queued"] == 4
        flow.work()
        lose_everything(flow)
        flow.work_later()
        assert flow.get("/v1/failures/retry")["queued"] == 4
        run_sweep(flow, timedelta(minutes=25))
        assert self.until_done(flow)[-1] == 7
        flow.work_later()
        assert [retries(flow, one) for one in ids] == [1] * 7

    def test_when_the_queue_takes_nothing_it_has_not_begun(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.seven(flow)

        def refuses(*_: Any, **__: Any) -> int:
            raise QueueRefusedError("the queue refused 2 hints")

        with monkeypatch.context() as broken:
            broken.setattr(Queue, "send", refuses)
            assert flow.fetch("POST", "/v1/failures/retry").status == 500
        assert flow.fetch("GET", "/v1/failures/retry").status == 404
        assert flow.post("/v1/failures/retry")["queued"] == 2
        assert self.until_done(flow)[-1] == 7


class TestThousands:
    """2,500 failing records straight in the table; the five oldest fail for something else."""

    COMMON, RARE = "item_not_found." + "a" * 16, "item_not_found." + "b" * 16

    @pytest.fixture
    def many(self, flow: Flow) -> Iterator[Flow]:
        database = flow.own.aws.client("dynamodb")
        items = [self.record(number) for number in range(2500)]
        portal = {"S": f"PORTAL#{PORTAL_ID}"}
        numbers = {"failing": {"N": "2500"}, "code#item_not_found": {"N": "2500"}}
        items.append({"pk": portal, "sk": {"S": "COUNTS"}, **numbers})
        for cause, number in ((self.COMMON, 2495), (self.RARE, 5)):
            example = {
                "invoiceId": {"S": "1"},
                "failure": {"M": {"code": {"S": "item_not_found"}}},
                "since": {"S": ""},
            }
            items.append(
                {
                    "pk": portal,
                    "sk": {"S": f"CAUSE#{cause}"},
                    "failing": {"N": str(number)},
                    "example": {"M": example},
                    "newestAt": {"S": "2026-11-23T12:00:00+00:00"},
                }
            )
        self.write(database, [{"PutRequest": {"Item": item}} for item in items])
        yield flow
        keys = [{name: item[name] for name in ("pk", "sk")} for item in items]
        self.write(database, [{"DeleteRequest": {"Key": key}} for key in keys])
        lose_everything(flow)

    def record(self, number: int) -> dict[str, Any]:
        invoice_id = str(9_000_000 + number)
        since = (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number)).isoformat()
        cause = self.RARE if number < 5 else self.COMMON
        data = {
            "portalId": {"S": PORTAL_ID},
            "invoiceId": {"S": invoice_id},
            "status": {"S": "failing"},
            "failure": {"M": {"code": {"S": "item_not_found"}}},
            "failingSince": {"S": since},
            "cause": {"S": cause},
        }
        return {
            "pk": {"S": f"PORTAL#{PORTAL_ID}"},
            "sk": {"S": f"INVOICE#{invoice_id}"},
            "status": {"S": "failing"},
            "version": {"N": "1"},
            "data": {"M": data},
            "openPortal": {"S": f"FAILING#{PORTAL_ID}"},
            "openSince": {"S": f"{since}#{invoice_id}"},
            "failureCode": {"S": "item_not_found"},
            "failureCause": {"S": cause},
        }

    @staticmethod
    def write(database: Any, writes: list[dict[str, Any]]) -> None:
        for start in range(0, len(writes), 25):
            database.batch_write_item(RequestItems={TABLE: writes[start : start + 25]})

    def test_a_request_reads_no_more_than_so_much(
        self, many: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls = Calls()
        shown = groups(many)
        assert [one["invoices"] for one in shown["causes"]] == [2495, 5]
        assert calls() == {"Query table": 1, "GetItem table": 1}
        # The rare ones are at the end of five queries; with two a request it takes three.
        assert len(members(many, self.RARE)) == 5
        assert calls()["Query table/index/open"] <= 6
        monkeypatch.setattr(store, "_QUERIES_A_PAGE", 2)
        found, cursor, requests = list[str](), "", 0
        while cursor or not requests:
            page = many.get(f"/v1/failures?cause={self.RARE}&cursor={cursor}")
            assert calls()["Query table/index/open"] <= 2
            found += [one["invoiceId"] for one in page["failures"]]
            cursor, requests = page["cursor"], requests + 1
        assert found == [str(9_000_004 - n) for n in range(5)]
        assert requests == 3

    def test_a_retry_answers_at_once_and_the_worker_finds_the_rest(
        self, many: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "_QUERIES_A_PAGE", 2)
        calls = Calls()
        answer = many.post(f"/v1/failures/retry?cause={self.COMMON}")
        assert (answer["total"], answer["queued"]) == (2495, retry.PORTION)
        made = calls()
        assert made["Query table/index/open"] <= 2
        assert made["PutItem table"] == 1
        assert made["SendMessage queue"] == retry.PORTION / 10 + 1
        answer = many.post(f"/v1/failures/retry?cause={self.RARE}")
        assert (answer["state"], answer["total"], answer["queued"]) == ("running", 5, 0)
        assert calls()["Query table/index/open"] == 2
        for _ in range(2):
            step(many, self.RARE, datetime.now(UTC))
        shown = many.get(f"/v1/failures/retry?cause={self.RARE}")
        assert (shown["state"], shown["queued"]) == ("done", 5)
