"""Answers previews, keeps the decisions of people, and has the sync act on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from invoice_sync.clients import Clients
from invoice_sync.failures.entry import ResolutionName
from invoice_sync.failures.resolutions import RESOLUTIONS, offered
from invoice_sync.hints import Hint, Queue
from invoice_sync.jobs import retry
from invoice_sync.model.connection import Connection
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.record import Decision, Record, Status
from invoice_sync.preview.dry_run import DryRun, Foreseen, Hypothesis
from invoice_sync.resolve.candidates import Candidate
from invoice_sync.resolve.choices import Choice, Refusal
from invoice_sync.resolve.question import WITHOUT_READING, MissingArgument, Question
from invoice_sync.resolve.request import ResolveRequest
from invoice_sync.resolve.search import Found, Kind, search
from invoice_sync.runtime.clock import sleep
from invoice_sync.store.store import Store
from invoice_sync.sync import remembered

_NOW: Mapping[Status, str] = {
    "synced": "The invoice is synced now.",
    "pending": "The sync is working on the invoice now.",
    "skipped": "The invoice is not synced now.",
}
# A sync of an invoice ends within seconds; HubSpot waits for an answer for fifteen.
_TRIES, _PAUSE_SECONDS = 4, 1.0


@dataclass(frozen=True)
class Considered:
    """What a decision would come to."""

    # None while an argument is missing.
    choice: Choice | None
    # The values that the missing argument may have, the likeliest first.
    candidates: tuple[Candidate, ...]
    foreseen: Foreseen | None
    # How many invoices it concerns, this one included.
    affects: int


@dataclass(frozen=True)
class Decided:
    """A decision that is kept."""

    choice: Choice
    # How many invoices are synced now because of it.
    affects: int


@dataclass(frozen=True)
class _Checked:
    """A decision that can be carried out."""

    choice: Choice
    # The record that it was made from.
    before: Record
    # The key of a decision about the customer of the invoice's contact; empty without a contact.
    contact_key: str = ""
    # As it was read for that; None where it was not.
    invoice: Invoice | None = None


class Resolver:
    def __init__(
        self,
        store: Store,
        queue: Queue,
        clients: Clients,
        dry_run: DryRun,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        self._store, self._queue, self._clients = store, queue, clients
        self._dry_run, self._clock, self._sleep = dry_run, clock, sleep

    def preview(self, connection: Connection, invoice_id: str) -> Foreseen | None:
        """Return what a sync of the invoice would come to; nothing is written. None when HubSpot
        has no such invoice, and never had.

        Raises UnavailableError, ReconnectRequiredError, RefusedError, FaultError.
        """
        foreseen = self._dry_run.foresee(connection, invoice_id, Hypothesis())
        if foreseen.observation.invoice is None and not foreseen.observation.record.version:
            return None
        return foreseen

    def consider(
        self, connection: Connection, invoice_id: str, request: ResolveRequest
    ) -> Considered | Refusal:
        """Return what a resolution would do, or the candidates for a missing argument; nothing is
        written. Raises as `preview` does."""
        checked = self._check(connection, invoice_id, request)
        if isinstance(checked, Refusal):
            return checked
        if isinstance(checked, MissingArgument):
            # The choice will count for all invoices that lack the same.
            return Considered(None, checked.candidates, None, self._sharing(checked.record))
        choice = checked.choice
        hypothesis = Hypothesis(
            choice.record, choice.settings, choice.customer, choice.items, choice.at_par
        )
        foreseen = self._dry_run.foresee(
            connection, invoice_id, hypothesis, invoice=checked.invoice
        )
        affects = self._sharing(checked.before) if choice.for_others_too else 1
        return Considered(choice, (), foreseen, affects)

    def resolve(
        self, connection: Connection, invoice_id: str, request: ResolveRequest, by: str
    ) -> Decided | Refusal:
        """Keep the decision, and have all invoices that it concerns synced.

        `by`: the email of the user. Raises as `preview` does.
        """
        for attempt in range(_TRIES):
            checked = self._check(connection, invoice_id, request)
            if isinstance(checked, Refusal):
                if checked.code == "changed_meanwhile":
                    self._sync(connection, invoice_id, request)  # so that what is new is shown
                return checked
            if isinstance(checked, MissingArgument):
                return _argument_missing(request)
            if self._keep(connection, checked, request, by):
                affects = self._sync(connection, invoice_id, request)
                if checked.choice.for_others_too and checked.before.cause:
                    affects = self._sync_others(connection, checked.before.cause)
                return Decided(checked.choice, affects)
            if attempt + 1 < _TRIES:
                self._sleep(_PAUSE_SECONDS)
        return Refusal("The invoice is being synced. Try again in a moment.", code="busy")

    def search(self, connection: Connection, kind: Kind, text: str) -> Found:
        """Return the customers or items that a text finds, in QuickBooks. Raises as `preview`
        does."""
        return search(self._clients.quickbooks(connection), kind, text)

    def _sync(self, connection: Connection, invoice_id: str, request: ResolveRequest) -> int:
        now = self._clock()
        hint = Hint(connection.portal_id, invoice_id, "resolve", now, now, event=request.resolution)
        queued = self._queue.send([hint])
        self._store.queued.mark(connection.portal_id, [invoice_id], now)
        return queued

    def _sharing(self, record: Record) -> int:
        """Return how many invoices fail for the same cause, this one included."""
        if not record.cause:
            return 1
        return max(self._store.causes.count(record.portal_id, record.cause), 1)

    def _sync_others(self, connection: Connection, cause: str) -> int:
        """Have all invoices that fail for the same cause synced, and return how many they are."""
        portal_id, now = connection.portal_id, self._clock()
        job = retry.begin(self._store, self._queue, portal_id, cause=cause, now=now)
        return max(job.progress.total, 1)

    def _keep(
        self, connection: Connection, checked: _Checked, request: ResolveRequest, by: str
    ) -> bool:
        """Store the decision. Returns False while a worker, or another person, is at the
        invoice."""
        choice, before = checked.choice, checked.before
        values: dict[str, object] = {
            remembered.item_choice(name): item_id for name, item_id in choice.items.items()
        }
        values |= {remembered.exchange_rate(*key): "1" for key in choice.at_par}
        if choice.customer and checked.contact_key:
            values[checked.contact_key] = choice.customer.model_dump(
                mode="json", by_alias=True, exclude_defaults=True
            )
        after = choice.record.model_copy(update={"version": before.version + 1})
        decision = Decision(
            at=self._clock(),
            by=by,
            resolution=request.resolution,
            arguments=request.arguments,
            code=before.failure.code if before.failure else "",
        )
        says = f'Chose "{RESOLUTIONS[request.resolution].label}". {choice.words}'
        realm_id = connection.realm_id
        if not self._store.records.decide(before, after, decision, realm_id, values, says):
            return False
        if choice.settings:
            changes = choice.settings.changes_from(connection.settings)
            self._store.connections.change_settings(connection.portal_id, changes)
        return True

    def _check(
        self, connection: Connection, invoice_id: str, request: ResolveRequest
    ) -> _Checked | MissingArgument | Refusal:
        """Read what the resolution needs, and return what it would change."""
        record = self._store.records.get(connection.portal_id, invoice_id)
        on_offer = offered(record) if record else ()
        if record is None or request.resolution not in on_offer:
            return _not_offered(request, record, on_offer)
        without_reading = WITHOUT_READING.get(request.resolution)
        if without_reading:
            return _Checked(without_reading(record), record)
        foreseen = self._dry_run.foresee(
            connection, invoice_id, Hypothesis(record=record), refusals=False
        )
        invoice = foreseen.observation.invoice
        if invoice is None:
            return Refusal("HubSpot no longer has the invoice.", code="changed_meanwhile")
        quickbooks = self._clients.quickbooks(connection)
        question = Question(connection, record, invoice, foreseen, request, quickbooks, self._store)
        answer = question.answer()
        if not isinstance(answer, Choice):
            return answer
        contact_key = remembered.customer_choice(connection.portal_id, invoice) or ""
        return _Checked(answer, record, contact_key, invoice)


def _not_offered(
    request: ResolveRequest, record: Record | None, on_offer: Iterable[ResolutionName]
) -> Refusal:
    labels = [RESOLUTIONS[name].label for name in on_offer]
    instead = f"You can: {', '.join(labels)}." if labels else "There is nothing to decide now."
    asked = f'"{RESOLUTIONS[request.resolution].label}" isn\'t available here.'
    # Two people may have the same button before them.
    now = _NOW.get(record.status) if record else None
    return Refusal(" ".join(filter(None, (asked, now, instead))), code="not_offered")


def _argument_missing(request: ResolveRequest) -> Refusal:
    argument = RESOLUTIONS[request.resolution].argument
    what = "a customer" if argument == "customerId" else "a product or service"
    words = f"Choose {what} first ({argument}). The preview lists suggestions."
    return Refusal(words, code="argument_missing")
