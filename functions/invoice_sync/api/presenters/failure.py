"""Failures, as the API explains them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from invoice_sync.api.cause_pages import CausePage
from invoice_sync.api.links import Hosts, links
from invoice_sync.api.schemas.failure import (
    AmountAtStake,
    CausesAnswer,
    ExplainedFailure,
    FailingInvoice,
    FailureCause,
    FailureCountAnswer,
    FailuresAnswer,
    FailureSetting,
    FieldDifference,
    Link,
    OfferedResolution,
    Remedy,
    UnrecordedCount,
    UnrecordedSum,
)
from invoice_sync.failures.describe import explain, fixed_by, remedy
from invoice_sync.failures.entry import ResolutionName
from invoice_sync.failures.resolutions import RESOLUTIONS, resolutions
from invoice_sync.failures.settings import setting_of
from invoice_sync.failures.variants import entry
from invoice_sync.model.failure import Difference, Failure
from invoice_sync.model.money import to_minor_unit
from invoice_sync.model.record import Record
from invoice_sync.model.setting_names import LABELS
from invoice_sync.store.causes import Cause
from invoice_sync.store.changes import AtStake
from invoice_sync.store.counters import Counts
from invoice_sync.store.failing import Page


def failure_count(counts: Counts) -> FailureCountAnswer:
    return FailureCountAnswer(
        failing=counts.failing,
        by_code=counts.by_code,
        oldest_failed_at=counts.oldest_failed_at,
        at_stake=_at_stake(counts.at_stake),
        unrecorded=_unrecorded(counts),
    )


def _at_stake(amounts: Sequence[AtStake]) -> list[AmountAtStake]:
    return [
        AmountAtStake(
            currency=each.currency,
            amount=str(to_minor_unit(each.amount, each.currency)),
            invoices=each.invoices,
        )
        for each in amounts
    ]


def _unrecorded(counts: Counts) -> UnrecordedCount:
    return UnrecordedCount(
        payments=counts.unrecorded["payment"],
        refunds=counts.unrecorded["refund"],
        lowered=counts.unrecorded["lowered"],
        sums=[
            UnrecordedSum(
                kind=each.kind,
                currency=each.currency,
                amount=str(to_minor_unit(each.amount, each.currency)),
            )
            for each in counts.sums
        ],
    )


def failures(page: Page, queued: Mapping[str, datetime], hosts: Hosts) -> FailuresAnswer:
    """`queued`: since when invoices wait for the look that somebody asked for, by id."""
    return FailuresAnswer(
        failures=[
            FailingInvoice(
                **known(record, queued),
                failure=failure_of(record, record.failure, hosts),
            )
            for record in page.records
            if record.failure
        ],
        cursor=page.cursor,
    )


def known(record: Record, queued: Mapping[str, datetime]) -> dict[str, Any]:
    """Return the fields of a KnownInvoice."""
    summary = record.summary
    amount = summary.amount
    return {
        "invoice_id": record.invoice_id,
        "number": record.number,
        "amount": "" if amount is None else str(to_minor_unit(amount, summary.currency)),
        "currency": summary.currency,
        "date": _day(summary.invoice_date),
        "due_date": _day(summary.due_date),
        "customer": summary.customer,
        "company": summary.company,
        "queued_at": queued.get(record.invoice_id),
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def causes(page: CausePage, portal_id: str, hosts: Hosts) -> CausesAnswer:
    return CausesAnswer(
        causes=[_cause(cause, portal_id, hosts) for cause in page.causes],
        single=page.single,
        cursor=page.cursor,
        more=page.more,
    )


def _cause(cause: Cause, portal_id: str, hosts: Hosts) -> FailureCause:
    example = Record(portal_id=portal_id, invoice_id=cause.invoice_id)
    pages = links(example, cause.failure, hosts) if cause.invoice_id else []
    return FailureCause(
        cause=cause.key,
        code=cause.failure.code,
        invoices=cause.failing,
        newest_at=cause.newest_at,
        example_invoice_id=cause.invoice_id,
        failure=explained(cause.failure, cause.since, pages),
        at_stake=_at_stake(cause.at_stake),
    )


def failure_of(record: Record, failure: Failure, hosts: Hosts) -> ExplainedFailure:
    """Explain the failure of a failing invoice."""
    return explained(failure, record.failing_since, links(record, failure, hosts))


def explained(
    failure: Failure, since: datetime | None = None, pages: Sequence[Link] = ()
) -> ExplainedFailure:
    """Explain a failure. One that a preview foresees has no `since` and no pages."""
    described = entry(failure)
    return ExplainedFailure(
        code=failure.code,
        title=described.title,
        explanation=explain(failure),
        remedy=Remedy(**remedy(failure)),
        fixed_by=fixed_by(failure),
        heals_when=described.heals_when,
        resolutions=offered_resolutions(resolutions(failure)),
        setting=_setting(failure),
        links=list(pages),
        retried=described.retried,
        detail=failure.detail.model_dump(
            mode="json",
            by_alias=True,
            exclude_defaults=True,
            exclude_none=True,
            # Not what a newer version has stored beside them.
            exclude={*(failure.detail.model_extra or ())},
        ),
        fault=failure.fault,
        differences=differences(failure.differences),
        since=since,
        intuit_tid=failure.intuit_tid,
    )


def _setting(failure: Failure) -> FailureSetting | None:
    name = setting_of(failure)
    return FailureSetting(name=name, label=LABELS[name]) if name else None


def offered_resolutions(names: Sequence[ResolutionName]) -> list[OfferedResolution]:
    """Show what can be decided, with the words of its button."""
    return [
        OfferedResolution(
            name=name,
            label=RESOLUTIONS[name].label,
            sentence=RESOLUTIONS[name].sentence,
            argument=RESOLUTIONS[name].argument,
        )
        for name in names
    ]


def differences(fields: Sequence[Difference]) -> list[FieldDifference]:
    return [
        FieldDifference(
            field=difference.field,
            hubspot=difference.hubspot,
            written=difference.written,
            quickbooks=difference.quickbooks,
        )
        for difference in fields
    ]
