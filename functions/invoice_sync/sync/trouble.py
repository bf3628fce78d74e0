"""Trouble: what an error of HubSpot or QuickBooks comes to, and how often it is tried again.

This is the only place where an exception, or the judgement of a fault, becomes a failure, an
outcome or a wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from invoice_sync.errors import (
    FaultError,
    HubSpotRefusedError,
    ReconnectRequiredError,
    SecretError,
    ServiceError,
    UnavailableError,
)
from invoice_sync.hints import Hint, Queue
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    QuickBooksError,
    ReconnectRequired,
    RecordUnreadable,
    Unexpected,
)
from invoice_sync.model.record import Record
from invoice_sync.quickbooks.faults import judge
from invoice_sync.runtime import metrics
from invoice_sync.runtime.log import Log, described, where
from invoice_sync.sync.batch import (
    Again,
    Batch,
    Blocked,
    Failed,
    Outcome,
    Synced,
    Task,
    Trouble,
    Waiting,
)

# Trouble that has lasted so long counts as a failure.
LASTING = timedelta(minutes=15)
# QuickBooks' own error that one invoice has met for so long, while others passed, is a failure of
# that invoice.
OWN_ERROR_AFTER = timedelta(hours=1)
_OWN_ERROR = "10000"
_ACCESS_UNREADABLE = (
    "This app's access to HubSpot and QuickBooks could not be read from AWS Secrets Manager. If"
    " this stays, connect again."
)
# How often lasting trouble is tried again, for as long as it takes: the queue itself gives up after
# some tries.
SECONDS_WHILE_LASTING = 900
# Seconds. Intuit's "API call limits and throttles" says a minute; HubSpot's window is ten seconds.
_PAUSE_AFTER_LIMIT = {"QuickBooks": 60.0, "HubSpot": 10.0}


def try_later(
    queue: Queue, hint: Hint, seconds: float, *, since: datetime, now: datetime
) -> dict[Hint, float]:
    """Have a hint in trouble tried again.

    Returns the hint with the seconds to wait while the queue is to bring the same message again.
    Once the trouble is lasting, a new message takes its place and nothing is returned.
    """
    if now - since < LASTING:
        return {hint: seconds}
    queue.send([hint], delay_seconds=SECONDS_WHILE_LASTING)
    return {}


def of_error(error: ServiceError | SecretError) -> Failure | Trouble:
    """Return what an error means for every invoice that it met."""
    if isinstance(error, SecretError):
        return Failure(detail=Unexpected(variant="app"), message=_ACCESS_UNREADABLE)
    if isinstance(error, UnavailableError):
        return of_unavailable(error)
    if isinstance(error, ReconnectRequiredError):
        return Failure(detail=ReconnectRequired(service=error.service))
    if isinstance(error, HubSpotRefusedError):
        detail = Unexpected(variant="hubspot", correlation_id=error.correlation_id)
        return Failure(detail=detail, message=error.words)
    if isinstance(error, FaultError):
        judged = of_fault(error)
        return judge(error).failure if judged == "stale" else judged
    raise error


def of_unavailable(error: UnavailableError) -> Trouble:
    service: Literal["HubSpot", "QuickBooks"] = (
        "HubSpot" if error.service == "HubSpot" else "QuickBooks"
    )
    if not error.rate_limited:
        return Trouble(
            service,
            access_refused=error.access_refused,
            seconds=error.retry_after,
            fault=error.fault,
        )
    pause = max(_PAUSE_AFTER_LIMIT[service], error.retry_after)
    return Trouble(service, rate_limited=True, seconds=pause)


def of_fault(fault: FaultError) -> Failure | Trouble | Literal["stale"]:
    """Return what QuickBooks' refusal of one write means; "stale": read again, then decide."""
    judgement = judge(fault)
    if judgement.verdict == "stale":
        return "stale"
    if judgement.verdict == "wait":
        own = fault if fault.code == _OWN_ERROR else None
        rate_limited = judgement.failure.code == "rate_limited"
        return Trouble("QuickBooks", rate_limited=rate_limited, fault=own)
    return judgement.failure


def of_unreadable(fault: FaultError, kind: str, key: str) -> Failure | Trouble:
    """Return what it means for an invoice that QuickBooks refuses to return one record on which the
    invoice depends. `kind`, `key`: as in RecordUnreadable."""
    judged = of_fault(fault)
    if isinstance(judged, Trouble):
        return judged
    return Failure(
        detail=RecordUnreadable(kind=kind, key=key),
        message=fault.detail or fault.message,
        fault=fault.code,
        intuit_tid=fault.intuit_tid,
    )


def own_error(fault: FaultError) -> Failure:
    """Return the failure of an invoice that alone meets QuickBooks' own error."""
    return Failure(
        detail=QuickBooksError(),
        message=fault.detail or fault.message,
        fault=fault.code,
        intuit_tid=fault.intuit_tid,
    )


def of_write(fault: FaultError, task: Task) -> Outcome | Again:
    """Return what QuickBooks' refusal of an invoice's own write comes to."""
    judged = of_fault(fault)
    if judged == "stale":
        return Again(task)
    return ended(task.record, judged)


def ended(record: Record, what: Failure | Trouble) -> Failed | Waiting:
    """Return the outcome for a failure or trouble of the invoice's own."""
    return Waiting(record, what) if isinstance(what, Trouble) else Failed(record, what)


def blocked(record: Record, error: ServiceError | SecretError) -> Blocked | Waiting:
    """Return the outcome for an error that met the whole batch."""
    what = of_error(error)
    if isinstance(what, Trouble):
        return Waiting(record, replace(what, fault=None))
    return Blocked(record, what)


def reconnect_required(record: Record, service: str) -> Blocked:
    """Return the outcome while a person has to connect the service again."""
    return Blocked(record, Failure(detail=ReconnectRequired(service=service)))


def has_lost_access(outcome: Outcome | Again) -> bool:
    """Tell whether a service turned out to no longer accept our access."""
    return bool(lost_service(outcome))


def lost_service(outcome: Outcome | Again) -> str:
    """Return the name of the service that no longer accepts our access; empty if both do."""
    if isinstance(outcome, Blocked) and isinstance(outcome.refusal.detail, ReconnectRequired):
        return outcome.refusal.detail.service
    # A part of an outcome that stands: only writes to QuickBooks come in parts.
    has_lost = isinstance(outcome, Synced | Failed) and outcome.has_lost_access
    return "QuickBooks" if has_lost else ""


def passing(outcome: Outcome) -> Outcome:
    """Return the outcome of an invoice whose lost access a person has renewed meanwhile."""
    service: Literal["HubSpot", "QuickBooks"] = (
        "QuickBooks" if lost_service(outcome) == "QuickBooks" else "HubSpot"
    )
    if isinstance(outcome, Blocked) and has_lost_access(outcome):
        return Waiting(outcome.record, Trouble(service))
    if isinstance(outcome, Synced | Failed) and outcome.has_lost_access:
        return replace(outcome, payment_trouble=Trouble(service), has_lost_access=False)
    return outcome


def bug(error: Exception, record: Record, log: Log) -> Failure:
    """Return the failure for an error of our own, kept to the one invoice that met it: its
    neighbours in the batch must not wait for a correction. The error's text is not logged: it may
    hold personal data."""
    ids = {"portalId": record.portal_id, "invoiceId": record.invoice_id}
    log.error("an error of our own", extra={**ids, **described(error)})
    metrics.count(metrics.OWN_ERRORS)
    return Failure(detail=Unexpected(variant="app"), message=error_words(error))


def error_words(error: Exception) -> str:
    """Return what people are told of an error of our own."""
    place = f"{type(error).__name__} at {where(error)}"
    return f"An error in this app ({place}). Please report it."


def contained(batch: Batch, task: Task, call: Callable[[], Outcome | Again]) -> Outcome | Again:
    """Run a call for one invoice, and turn whatever it raises into that invoice's outcome: calls
    for others run beside it."""
    try:
        return call()
    except UnavailableError as error:
        if error.outcome_unknown:
            return Again(replace(task, own_fault=error.fault))
        return Waiting(task.record, of_unavailable(error))
    except FaultError as fault:
        return of_write(fault, task)
    except ReconnectRequiredError as error:
        return reconnect_required(task.record, error.service)
    except Exception as error:
        return Failed(task.record, bug(error, task.record, batch.log))
