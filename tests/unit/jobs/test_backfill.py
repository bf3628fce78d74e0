"""The pure parts of a backfill: days, portions and counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from invoice_sync.hints import Hint
from invoice_sync.hubspot.dates import bounds
from invoice_sync.jobs.backfill import counted, settled, split, with_settled, within
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import DuplicateDocumentNumber, ItemNotFound
from invoice_sync.model.job import BackfillJob, BackfillPlanCounts, BackfillRunCounts
from invoice_sync.model.record import Skip
from invoice_sync.plan.decide import decide
from invoice_sync.plan.identity import identity_of
from invoice_sync.plan.merge import baseline
from invoice_sync.plan.plans import Adopt, Create, InStep, Plan
from invoice_sync.preview.dry_run import Rehearsed
from invoice_sync.sync.batch import Failed, Observation, Synced, Task, Trouble
from tests.unit import make

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
JOB = BackfillJob(
    portal_id="24680",
    start=MARCH[0],
    end=MARCH[1],
    requested_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    "zone", ["America/New_York", "UTC", "Pacific/Auckland", "Pacific/Pago_Pago"]
)
class TestDays:
    @pytest.mark.parametrize(
        ("day", "inside"),
        [
            ((2026, 2, 28), False),
            ((2026, 3, 1), True),
            ((2026, 3, 31), True),
            ((2026, 4, 1), False),
        ],
    )
    def test_a_date_is_taken_as_it_is_and_a_moment_in_the_portals_zone(
        self, zone: str, day: tuple[int, int, int], inside: bool
    ) -> None:
        portal_zone = ZoneInfo(zone)
        low, high = map(int, bounds(*MARCH, portal_zone))
        stored = datetime(*day, tzinfo=UTC)
        early = datetime(*day, 0, 1, tzinfo=portal_zone)
        late = early.replace(hour=23, minute=59)
        for moment in (stored, early, late):
            text = moment.astimezone(UTC).isoformat()
            assert within({"hs_invoice_date": text}, JOB, portal_zone) is inside
            if inside:
                assert low <= moment.timestamp() * 1000 <= high


def test_a_date_that_cannot_be_read_is_not_left_out() -> None:
    assert within({"hs_invoice_date": "soon"}, JOB, UTC)


def rehearsed(decided: Plan | Failure | Trouble | Adopt, status: str = "pending") -> Rehearsed:
    record = make.record(status=status)
    task = Task(Hint("24680", "512", "backfill", NOW, NOW), record, record)
    return Rehearsed(Observation(task), decided)


def create() -> Create:
    made = decide(make.invoice(), make.record(), make.observed(), make.connection())
    assert isinstance(made, Create)
    return made


def test_outcomes_codes_and_differences_are_counted() -> None:
    taken = Failure(detail=DuplicateDocumentNumber(variant="document", differs=("total", "date")))
    before = BackfillPlanCounts(invoices=2, by_outcome={"create": 2}, metered_reads=1)
    after = counted(before, [rehearsed(taken), rehearsed(create())], synced=1, reads=3)
    assert after == BackfillPlanCounts(
        invoices=5,
        by_outcome={"create": 3, "fail": 1, "synced": 1},
        by_code={"duplicate_document_number": 1},
        numbers_taken_by={"total": 1, "date": 1},
        metered_reads=4,
    )


def test_an_outcome_that_no_invoice_has_is_not_counted() -> None:
    assert counted(BackfillPlanCounts(), []) == BackfillPlanCounts()


class TestSplit:
    def test_an_invoice_to_be_written_or_healed_goes_to_the_worker(self) -> None:
        for decided in (create(), InStep(), Trouble("QuickBooks", rate_limited=True)):
            assert split([rehearsed(decided)]) == ([], ["512"])
        assert split([rehearsed(Skip("why"), "failing")]) == ([], ["512"])
        assert split([rehearsed(Skip("why"))]) == ([], [])

    def test_an_invoice_that_cannot_be_synced_is_recorded(self) -> None:
        failure = Failure(detail=ItemNotFound())
        (result,), to_sync = split([rehearsed(failure)])
        assert (result.outcome, to_sync) == (Failed(make.record(), failure), [])
        assert result.decided == "fail"

    def test_an_adopted_invoice_is_recorded_and_goes_to_the_worker_if_it_differs(self) -> None:
        document = create().desired
        posted = make.posted(document)
        (result,), to_sync = split([rehearsed(Adopt(document, posted, agrees=True))])
        known = {"quickbooks_id": posted.id, "written": posted}
        record = make.record(
            **known,
            fingerprint=document.fingerprint(),
            identity=identity_of(document, posted),
            baseline=baseline(document, posted, None),
        )
        assert result.outcome == Synced(record, "adopted")
        assert result.decided == "adopt"
        assert to_sync == []
        (result,), to_sync = split([rehearsed(Adopt(document, posted, agrees=False))])
        assert result.outcome == Synced(make.record(**known), "adopted")
        assert to_sync == ["512"]


def test_only_a_record_that_the_worker_has_updated_since_is_settled() -> None:
    later, earlier = NOW + timedelta(seconds=1), NOW - timedelta(seconds=1)
    records = {
        "1": make.record(status="synced", updated_at=later),
        "2": make.record(status="failing", updated_at=NOW),
        "3": make.record(status="failing", updated_at=earlier),
        "4": make.record(status="pending", updated_at=later),
        "5": make.record(status="pending"),
    }
    assert settled(records, NOW) == [records["1"], records["2"]]


def test_the_results_of_a_portion_are_counted() -> None:
    records = [make.record(status="synced"), make.record(status="failing")]
    before = BackfillRunCounts(finished=4, adopted=1, sent=3, written=1)
    assert with_settled(before, 3, records) == BackfillRunCounts(
        finished=7, adopted=1, sent=3, written=2, failing=1, left=1
    )
