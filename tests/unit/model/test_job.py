"""A job is read from the table as it was stored."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.model.job import (
    JOB_ADAPTER,
    BackfillJob,
    BackfillPlanCounts,
    BackfillPosition,
    BackfillRunCounts,
    FindingTotal,
    Job,
    ReportJob,
    ReportPosition,
    RetryCounts,
    RetryJob,
    RetryPosition,
    SentPortion,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MARCH: dict[str, Any] = {"start": date(2026, 3, 1), "end": date(2026, 3, 31)}
AWAITED = SentPortion(invoice_ids=("5", "6"), sent_at=NOW)
BACKFILL = BackfillJob(portal_id="24680", **MARCH, requested_at=NOW, updated_at=NOW)
REPORT = ReportJob(portal_id="24680", **MARCH, requested_at=NOW, updated_at=NOW)
RETRY = RetryJob(portal_id="24680", code="item_not_found", requested_at=NOW, updated_at=NOW)


@pytest.mark.parametrize(
    "job",
    [
        BACKFILL,
        BACKFILL.next_version(
            NOW,
            state="running",
            plan=BackfillPlanCounts(invoices=2, by_outcome={"create": 1, "fail": 1}),
            progress=BackfillRunCounts(sent=2),
            position=BackfillPosition(after="7", awaited=AWAITED, last=True),
        ),
        REPORT,
        REPORT.next_version(
            NOW,
            totals=(FindingTotal(finding="matched", invoices=1, hubspot=Decimal("10.50")),),
            position=ReportPosition(next_day=date(2026, 3, 8)),
        ),
        RETRY,
        RETRY.next_version(
            NOW,
            progress=RetryCounts(total=7, queued=2),
            position=RetryPosition(cursor="next", awaited=AWAITED),
        ),
    ],
)
def test_a_stored_job_is_read_as_it_was(job: Job) -> None:
    stored = job.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert JOB_ADAPTER.validate_python(stored) == job


def test_a_job_of_a_period_is_stored_under_its_days() -> None:
    assert BACKFILL.id == REPORT.id == "2026030120260331"


def test_a_retry_is_stored_under_its_choice() -> None:
    same = RETRY.next_version(NOW, state="done")
    other = RETRY.model_copy(update={"cause": "item_not_found.0123456789abcdef"})
    assert same.id == RETRY.id != other.id
    assert RETRY.id.isdigit()
