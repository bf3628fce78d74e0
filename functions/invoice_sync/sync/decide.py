"""Decide: what is to be done about each invoice of a batch, in the worker and in every preview."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import Invoice
from invoice_sync.plan import balances, scope
from invoice_sync.plan.decide import decide
from invoice_sync.plan.plans import WORDS, NeedsRead, Plan
from invoice_sync.sync import forgotten, load_quickbooks, trouble
from invoice_sync.sync.batch import Batch, Observation, Planned, Task

# Failures that a look which reads nothing in QuickBooks would take for over.
_SEEN_IN_QUICKBOOKS = ("modified_outside_hubspot", "record_unreadable")


def decide_all(batch: Batch, observations: Sequence[Observation]) -> list[Planned]:
    """Decide, read what the decisions need, and decide again.

    Takes invoices as HubSpot has them, and reads from QuickBooks only what their decisions depend
    on. Returns the plans in the same order.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    plans: dict[str, Planned] = {}
    unplanned = []
    known = forgotten.taken_up(batch, _with_known_outcomes(batch, observations))
    for observation in known:
        early = _without_quickbooks(batch, observation)
        if early:
            plans[observation.task.invoice_id] = early
        else:
            unplanned.append(_that_must_be_read(batch, observation))
    loaded = load_quickbooks.load(batch, unplanned) if unplanned else []
    plans |= _by_id(_planned(batch, observation) for observation in loaded)
    unread = [each.observation for each in plans.values() if isinstance(each.plan, NeedsRead)]
    read = load_quickbooks.load_existing(batch, unread)
    plans |= _by_id(_planned(batch, observation) for observation in read)
    return [plans[observation.task.invoice_id] for observation in observations]


def _with_known_outcomes(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Find out what came of unanswered creations of invoices that are to be left alone: nobody
    would look for them later. As a rule there are none."""
    left_alone = [
        each
        for each in observations
        if each.record.intent and not each.obstacle and _is_left_alone(batch, each)
    ]
    known = load_quickbooks.with_known_outcomes(batch, left_alone) if left_alone else []
    by_id = {each.task.invoice_id: each for each in known}
    return [by_id.get(each.task.invoice_id, each) for each in observations]


def _is_left_alone(batch: Batch, observation: Observation) -> bool:
    invoice = observation.invoice
    if invoice is None or invoice.status == "voided":
        return True
    return bool(scope.obstacle(invoice, observation.record, batch.connection))


def _without_quickbooks(batch: Batch, observation: Observation) -> Planned | None:
    """Return the plan of an invoice that needs nothing from QuickBooks, so that it costs nothing
    there; None for any other."""
    if observation.obstacle:
        return Planned(observation, observation.obstacle)
    invoice, record = observation.invoice, observation.record
    if invoice is None or scope.obstacle(invoice, record, batch.connection):
        return _planned(batch, observation)
    if _waits_for_a_person(batch, observation.task) and record.failure:
        return Planned(observation, record.failure)
    return None


def _waits_for_a_person(batch: Batch, task: Task) -> bool:
    """Tell whether an invoice may be in QuickBooks already, and nobody has decided yet whether it
    is. Only a person who asks for this very invoice makes us look again."""
    failure, choices = task.record.failure, task.record.choices
    return (
        failure is not None
        and failure.code == "possible_duplicate"
        and not task.record.quickbooks_id
        and not (task.hint.trigger in ("retry", "backfill") or batch.is_dry_run)
        and not (choices.adopt or choices.create_anyway)
    )


def _that_must_be_read(batch: Batch, observation: Observation) -> Observation:
    """Return the observation, marked if its decision depends on the QuickBooks invoice anyway: the
    read then goes out together with all others."""
    task, invoice = observation.task, observation.invoice
    if invoice is None or not _must_read(batch, task, invoice):
        return observation
    return replace(observation, task=replace(task, must_read=True))


def _must_read(batch: Batch, task: Task, invoice: Invoice) -> bool:
    failure = task.record.failure
    if failure and failure.code in _SEEN_IN_QUICKBOOKS:
        return True
    asked = task.hint.trigger == "retry"
    return bool(task.record.quickbooks_id) and balances.needs_quickbooks(
        invoice, task.record, batch.clock(), asked=asked
    )


def _planned(batch: Batch, observation: Observation) -> Planned:
    """Return the plan for one invoice, with what has been read so far."""
    if observation.obstacle:
        return Planned(observation, observation.obstacle)
    try:
        plan: Plan | Failure = decide(
            observation.invoice, observation.record, observation.quickbooks, batch.connection
        )
    except Exception as error:
        plan = trouble.bug(error, observation.record, batch.log)
    word = "fail" if isinstance(plan, Failure) else WORDS.get(type(plan), "")
    task = replace(observation.task, decided=word)
    return Planned(replace(observation, task=task), plan)


def _by_id(plans: Iterable[Planned]) -> dict[str, Planned]:
    return {each.task.invoice_id: each for each in plans}
