"""Observe, first half: the invoices of a batch as HubSpot has them, with all that belongs to them.

Two rounds of calls side by side: the invoices with the ids of their parts, then the parts in bulk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import partial
from typing import Any

from invoice_sync.errors import (
    HubSpotRefusedError,
    ServiceError,
    UnavailableError,
    UnreadableError,
)
from invoice_sync.hubspot import parse
from invoice_sync.hubspot.client import Found
from invoice_sync.hubspot.dates import zone
from invoice_sync.hubspot.versions import versions
from invoice_sync.hubspot.whole import Whole
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import Unexpected
from invoice_sync.model.hubspot import Invoice
from invoice_sync.plan import scope
from invoice_sync.plan.payer import billed_companies, billed_contacts
from invoice_sync.runtime.parallel import together
from invoice_sync.store.seen import Versions
from invoice_sync.sync import trouble
from invoice_sync.sync.batch import Batch, Observation, Task

_PARTS = ("line_items", "contacts", "companies", "discounts", "fees", "taxes")
_PAYMENTS = "commerce_payments"
# Parts whose own changes are looked at. A written invoice does not follow its contact's changes.
_VERSIONED = ("line_items", "discounts", "fees", "taxes", _PAYMENTS)
# Their labels tell who pays.
_LABELLED = ("contacts", "companies")
# What HubSpot's own data sync app keeps of an invoice; association type 679.
_NATIVE = "data_sync_states"
_PAYMENTS_OFF = "Recording payments is turned off in this app's settings."
_PAYMENTS_REFUSED = (
    "HubSpot does not let this app read payments ({category}). Connect HubSpot again to allow it."
)
_Properties = Mapping[str, str | None]
# Up to so many, reading one by one takes no more calls than reading in bulk.
_FEW = 7


@dataclass(frozen=True)
class _Ids:
    """The ids of parts, with the labels of their associations, by invoice id, by type of part. What
    HubSpot refuses of payments must not keep their invoices from being synced."""

    by_type: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]
    # The invoices that HubSpot's own data sync app holds.
    natively_held: frozenset[str] = frozenset()
    payments_unread: str = ""
    # The invoices that HubSpot refuses or cannot return, or whose parts it does not tell.
    refused: Mapping[str, ServiceError] = field(default_factory=dict)

    def and_those_of(self, other: _Ids) -> _Ids:
        """Return these ids together with the others."""
        names = self.by_type.keys() | other.by_type.keys()
        return _Ids(
            {
                name: {**self.by_type.get(name, {}), **other.by_type.get(name, {})}
                for name in sorted(names)
            },
            self.natively_held | other.natively_held,
            other.payments_unread or self.payments_unread,
            {**self.refused, **other.refused},
        )

    def of_type(self, part: str) -> set[str]:
        return {part_id for ids in self.by_type[part].values() for part_id in ids}


@dataclass(frozen=True)
class _Parts:
    """The parts of all invoices, and which invoice has which."""

    ids: _Ids
    properties: Mapping[str, Mapping[str, _Properties]]
    payments_unread: str = ""
    # The parts that HubSpot refuses or cannot return, by type and id.
    refused: Mapping[str, Mapping[str, ServiceError]] = field(default_factory=dict)

    def refusal(self, invoice_id: str) -> ServiceError | None:
        """Return why an invoice cannot be read whole, payments aside."""
        refusals = [self.ids.refused.get(invoice_id)]
        refusals += [self._refusal(invoice_id, part) for part in _PARTS]
        return next(filter(None, refusals), None)

    def payment_refusal(self, invoice_id: str) -> ServiceError | None:
        return self._refusal(invoice_id, _PAYMENTS)

    def _refusal(self, invoice_id: str, part: str) -> ServiceError | None:
        errors = self.refused.get(part, {})
        ids = self.ids.by_type[part].get(invoice_id, ()) if errors else ()
        return next((errors[part_id] for part_id in ids if part_id in errors), None)

    def of_invoice(self, invoice_id: str, part: str) -> dict[str, _Properties]:
        """Return the properties of an invoice's parts of one type, by id, without those that
        HubSpot did not return."""
        if part not in self.properties:
            return {}
        by_id = self.properties[part]
        ids = self.ids.by_type[part].get(invoice_id, ())
        return {part_id: by_id[part_id] for part_id in ids if part_id in by_id}

    def labels(self, invoice_id: str, part: str) -> Mapping[str, tuple[str, ...]]:
        """Return the labels of an invoice's parts of one type, by id."""
        return self.ids.by_type[part].get(invoice_id, {})


def load(batch: Batch, tasks: Sequence[Task]) -> list[Observation]:
    """Read the invoices of the tasks.

    Raises UnavailableError, ReconnectRequiredError, HubSpotRefusedError.
    """
    if not tasks:
        return []
    invoices, part_ids = _invoices(batch, tasks)
    parts = _read_parts(batch, part_ids)
    time_zone = zone(batch.connection, batch.log)
    observations = [_observed(batch, task, invoices, parts, time_zone) for task in tasks]
    return with_histories(batch, observations)


def _invoices(batch: Batch, tasks: Sequence[Task]) -> tuple[Mapping[str, _Properties], _Ids]:
    """Read the invoices' own properties with the ids of their parts: one by one while that takes
    fewer calls. What HubSpot does not answer so is read in bulk."""
    if len(tasks) > _FEW:
        return _in_bulk(batch, tasks)
    names = _part_names(batch)
    answers = together(*(partial(_whole, batch, names, task) for task in tasks))
    by_id = {task.invoice_id: answer for task, answer in zip(tasks, answers, strict=True)}
    unavailable = {key: each for key, each in by_id.items() if isinstance(each, UnavailableError)}
    if len(unavailable) == len(tasks):
        raise next(iter(unavailable.values()))
    wholes = {key: each for key, each in by_id.items() if isinstance(each, Whole)}
    found = {invoice_id: each.properties for invoice_id, each in wholes.items()}
    ids = _with_ends(batch, names, wholes)
    ids = replace(ids, refused={**ids.refused, **unavailable})
    left = [task for task in tasks if by_id[task.invoice_id] is None]
    if not left:
        return found, ids
    others, other_ids = _in_bulk(batch, left)
    return {**found, **others}, ids.and_those_of(other_ids)


def _part_names(batch: Batch) -> list[str]:
    return [*_PARTS, _PAYMENTS] if batch.connection.settings.record_payments else [*_PARTS]


def _whole(batch: Batch, names: Sequence[str], task: Task) -> Whole | UnavailableError | None:
    """Read an invoice with the ids of its parts. What keeps HubSpot from answering for this one
    does not concern the others."""
    asked = [*names] if task.record.was_written else [*names, _NATIVE]
    properties = parse.PROPERTIES["invoices"]
    try:
        return batch.hubspot.whole("invoices", task.invoice_id, properties, asked)
    except UnavailableError as error:
        return error


def _with_ends(batch: Batch, names: Sequence[str], wholes: Mapping[str, Whole]) -> _Ids:
    """Return the ids of the parts of invoices. A list that is cut is read whole; so are the labels
    of several contacts or companies, which tell who pays."""
    by_type: dict[str, dict[str, Mapping[str, tuple[str, ...]]]] = {}
    doubtful: dict[str, list[str]] = {}
    for name in names:
        by_type[name] = {}
        for invoice_id, whole in wholes.items():
            ends = whole.ends[name]
            if name in whole.cut or (name in _LABELLED and len(ends) > 1):
                doubtful.setdefault(name, []).append(invoice_id)
            elif ends:
                by_type[name][invoice_id] = dict.fromkeys(ends, ())
    held = frozenset(key for key, whole in wholes.items() if whole.ends.get(_NATIVE))
    unread = "" if _PAYMENTS in names else _PAYMENTS_OFF
    answers = together(*(partial(_associated, batch, *each) for each in doubtful.items()))
    return _Ids(by_type, held, unread).and_those_of(_read_ids(batch, doubtful, answers))


def _in_bulk(batch: Batch, tasks: Sequence[Task]) -> tuple[Mapping[str, _Properties], _Ids]:
    """Read the invoices' own properties, and beside them the ids of their parts."""
    ids = [task.invoice_id for task in tasks]
    names = _part_names(batch)
    found, natively_held, *answers = together(
        partial(batch.hubspot.find, "invoices", ids, parse.PROPERTIES["invoices"]),
        partial(_natively_held, batch, tasks),
        *(partial(_associated, batch, name, ids) for name in names),
    )
    unread = "" if _PAYMENTS in names else _PAYMENTS_OFF
    own = _Ids({}, natively_held, unread, found.refused)
    return found.records, own.and_those_of(_read_ids(batch, names, answers))


def _read_ids(
    batch: Batch,
    names: Iterable[str],
    answers: Iterable[Found[dict[str, tuple[str, ...]]] | HubSpotRefusedError],
) -> _Ids:
    """Return the ids that the bulk reads of these types of parts answered."""
    ids = _Ids({})
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, HubSpotRefusedError):
            read = _Ids({name: {}}, payments_unread=_payments_refused(batch, answer))
        else:
            read = _Ids({name: answer.records}, refused=answer.refused)
        ids = ids.and_those_of(read)
    return ids


def _natively_held(batch: Batch, tasks: Sequence[Task]) -> frozenset[str]:
    """Return the ids of the invoices that HubSpot's own data sync app holds, of those that we have
    not written yet. Where HubSpot does not tell, none: the connection's setting still holds."""
    ids = [task.invoice_id for task in tasks if not task.record.was_written]
    if not ids:
        return frozenset()
    try:
        return frozenset(batch.hubspot.associated("invoices", _NATIVE, ids))
    except HubSpotRefusedError as error:
        batch.log.warning(
            "HubSpot does not tell which invoices its own data sync holds",
            extra={"portalId": batch.connection.portal_id, "why": error.category},
        )
        return frozenset()


def with_histories(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Read the history of their status for those invoices about which it decides: as a rule none.
    Where it cannot be read, only these are kept from being synced."""
    open_before = [
        each.task.invoice_id
        for each in observations
        if each.invoice and scope.needs_history(each.invoice, each.record, batch.connection)
    ]
    if not open_before:
        return [*observations]
    try:
        found = batch.hubspot.history("invoices", open_before, parse.STATUS)
    except HubSpotRefusedError:
        return [*observations]  # the decision says that it is unknown
    except UnavailableError as error:
        obstacle = trouble.of_unavailable(error)
        return [
            replace(each, obstacle=obstacle) if each.task.invoice_id in open_before else each
            for each in observations
        ]
    return [_with_history(each, found) for each in observations]


def _with_history(observation: Observation, found: Found[list[dict[str, Any]]]) -> Observation:
    invoice_id = observation.task.invoice_id
    refusal, entries = found.refused.get(invoice_id), found.records.get(invoice_id)
    if isinstance(refusal, UnavailableError):
        return replace(observation, obstacle=trouble.of_unavailable(refusal))
    if observation.invoice is None or not entries:
        return observation  # the decision says that it is unknown
    history = parse.status_history(entries)
    invoice = observation.invoice.model_copy(update={"status_history": history})
    return replace(observation, invoice=invoice)


def _associated(
    batch: Batch, part: str, ids: Sequence[str]
) -> Found[dict[str, tuple[str, ...]]] | HubSpotRefusedError:
    try:
        return batch.hubspot.find_associated("invoices", part, ids)
    except HubSpotRefusedError as error:
        if part != _PAYMENTS:
            raise
        return error


def _read_parts(batch: Batch, ids: _Ids) -> _Parts:
    names = [name for name, by_invoice in ids.by_type.items() if by_invoice]
    answers = together(*(partial(_read, batch, name, ids.of_type(name)) for name in names))
    properties: dict[str, Mapping[str, _Properties]] = {}
    refused: dict[str, Mapping[str, ServiceError]] = {}
    unread = ids.payments_unread
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, HubSpotRefusedError):
            properties[name], unread = {}, _payments_refused(batch, answer)
        else:
            properties[name], refused[name] = answer.records, answer.refused
    return _Parts(ids, properties, unread, refused)


def _read(
    batch: Batch, part: str, ids: set[str]
) -> Found[dict[str, str | None]] | HubSpotRefusedError:
    try:
        return batch.hubspot.find(part, sorted(ids), parse.PROPERTIES[part])
    except HubSpotRefusedError as error:
        if part != _PAYMENTS:
            raise
        return error


def _payments_refused(batch: Batch, refusal: HubSpotRefusedError) -> str:
    """Log that payments cannot be read, and return why, in words for people."""
    batch.log.warning(
        "payments cannot be read",
        extra={"portalId": batch.connection.portal_id, "why": refusal.category},
    )
    return _PAYMENTS_REFUSED.format(category=refusal.category or "no reason given")


def _observed(
    batch: Batch,
    task: Task,
    invoices: Mapping[str, _Properties],
    parts: _Parts,
    time_zone: tzinfo,
) -> Observation:
    if refusal := parts.refusal(task.invoice_id):
        return Observation(task, obstacle=trouble.of_error(refusal))
    if task.invoice_id not in invoices:
        return Observation(task)
    try:
        invoice = _invoice(task.invoice_id, invoices[task.invoice_id], parts, time_zone)
        read = _versions(task.invoice_id, invoices, parts)
        return Observation(task, invoice, versions=read)
    except UnreadableError as error:
        failure = Failure(detail=Unexpected(), message=f"HubSpot: {error}")
        return Observation(task, obstacle=failure)
    except Exception as error:
        return Observation(task, obstacle=trouble.bug(error, task.record, batch.log))


def _versions(invoice_id: str, invoices: Mapping[str, _Properties], parts: _Parts) -> Versions:
    by_type = {"invoices": versions({invoice_id: invoices[invoice_id]})}
    by_type |= {name: versions(parts.of_invoice(invoice_id, name)) for name in _VERSIONED}
    return {name: by_id for name, by_id in by_type.items() if by_id}


def _invoice(invoice_id: str, properties: _Properties, parts: _Parts, time_zone: tzinfo) -> Invoice:
    of_type = partial(parts.of_invoice, invoice_id)
    contacts = [parse.contact(*contact) for contact in of_type("contacts").items()]
    companies = [parse.company(*company) for company in of_type("companies").items()]
    labels = partial(parts.labels, invoice_id)
    unread = parts.payment_refusal(invoice_id)
    invoice = parse.invoice(
        invoice_id,
        properties,
        time_zone=time_zone,
        lines=of_type("line_items"),
        discounts=of_type("discounts"),
        fees=of_type("fees"),
        taxes=of_type("taxes"),
        payers=billed_contacts(contacts, labels("contacts")),
        companies=billed_companies(companies, labels("companies")),
        payments=of_type(_PAYMENTS),
        payments_unread=parts.payments_unread or (str(unread) if unread else ""),
    )
    held = invoice_id in parts.ids.natively_held
    return invoice.model_copy(update={"is_held_natively": held}) if held else invoice
