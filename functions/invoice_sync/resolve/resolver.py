"""Previews and resolutions: reads what they need from both systems, keeps what people decide."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from invoice_sync.clients import Clients
from invoice_sync.hints import Hint, Queue
from invoice_sync.jobs import retry
from invoice_sync.model.connection import Connection
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    ClashDetail,
    ContactDetail,
    DuplicateDisplayName,
    ItemNotFound,
    Unexpected,
)
from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import Customer, Item, QuickBooksInvoice
from invoice_sync.model.record import Decision, Record
from invoice_sync.plan.customer import in_currency
from invoice_sync.plan.ours import obstacles_to_adoption
from invoice_sync.preview.dry_run import DryRun, Foreseen, Hypothesis
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.resolve import candidates, choices
from invoice_sync.resolve.candidates import Candidate
from invoice_sync.resolve.choices import Choice, Refusal
from invoice_sync.resolve.request import ResolveRequest
from invoice_sync.store.store import Store
from invoice_sync.sync import remembered

# A look at an invoice ends within seconds; HubSpot waits for an answer for fifteen.
_TRIES, _PAUSE_SECONDS = 4, 1.0


@dataclass(frozen=True)
class Considered:
    """What a decision would come to; without `choice` an argument is missing."""

    choice: Choice | None
    # For the missing argument, the likeliest first.
    candidates: tuple[Candidate, ...]
    foreseen: Foreseen | None


@dataclass(frozen=True)
class Decided:
    """A decision that is kept, and how many invoices are looked at now because of it."""

    choice: Choice
    affects: int


class Resolver:
    def __init__(
        self,
        store: Store,
        queue: Queue,
        clients: Clients,
        dry_run: DryRun,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._queue, self._clients = store, queue, clients
        self._dry_run, self._clock, self._sleep = dry_run, clock, sleep

    def preview(self, connection: Connection, invoice_id: str) -> Foreseen | None:
        """What a look at the invoice would come to; nothing is written. None when HubSpot has no
        such invoice, and never had.

        Raises UnavailableError, ReconnectRequiredError, RefusedError, FaultError.
        """
        foreseen = self._dry_run.foresee(connection, invoice_id, Hypothesis())
        if foreseen.observation.invoice is None and not foreseen.observation.record.version:
            return None
        return foreseen

    def consider(
        self, connection: Connection, invoice_id: str, asked: ResolveRequest
    ) -> Considered | Refusal:
        """What a resolution would do, or the candidates while an argument is missing; nothing is
        written. Raises as `preview` does."""
        found = self._checked(connection, invoice_id, asked)
        if found.refusal:
            return found.refusal
        foreseen, choice = None, found.choice
        if choice:
            hypothesis = Hypothesis(choice.record, choice.settings, choice.customer, choice.items)
            foreseen = self._dry_run.foresee(connection, invoice_id, hypothesis)
        return Considered(choice, found.candidates, foreseen)

    def resolve(
        self, connection: Connection, invoice_id: str, asked: ResolveRequest, by: str
    ) -> Decided | Refusal:
        """Keep the decision and have the invoice looked at, with all that it concerns too.

        Raises as `preview` does.
        """
        for attempt in range(_TRIES):
            found = self._checked(connection, invoice_id, asked)
            if found.refusal and found.refusal.stale:
                self._look(connection, invoice_id, asked)  # so that what is new is shown
            if found.refusal:
                return found.refusal
            if found.choice is None:
                return Refusal("An argument is missing: the preview names the candidates.")
            if self._kept(connection, found, asked, by):
                affects = self._look(connection, invoice_id, asked)
                if found.choice.for_others_too and found.before and found.before.cause:
                    affects = self._look_at_others(connection, found.before.cause)
                return Decided(found.choice, affects)
            if attempt + 1 < _TRIES:
                self._sleep(_PAUSE_SECONDS)
        return Refusal("The invoice is being looked at. Try again in a moment.")

    def _look(self, connection: Connection, invoice_id: str, asked: ResolveRequest) -> int:
        now = self._clock()
        hint = Hint(connection.portal_id, invoice_id, "resolve", now, now, event=asked.resolution)
        return self._queue.send([hint])

    def _look_at_others(self, connection: Connection, cause: str) -> int:
        """At all that fail for the same."""
        portal_id, now = connection.portal_id, self._clock()
        job = retry.begin(self._store, self._queue, portal_id, cause=cause, now=now)
        return max(job.progress.total, 1)

    def _kept(
        self, connection: Connection, found: _Checked, asked: ResolveRequest, by: str
    ) -> bool:
        choice, before = found.choice, found.before
        if choice is None or before is None:
            raise TypeError("there is nothing to keep")
        known: dict[str, object] = {
            remembered.item_choice(name): item_id for name, item_id in choice.items.items()
        }
        if choice.customer and found.contact_key:
            known[found.contact_key] = choice.customer.model_dump(
                mode="json", by_alias=True, exclude_defaults=True
            )
        after = choice.record.model_copy(update={"version": before.version + 1})
        decision = Decision(
            at=self._clock(),
            by=by,
            resolution=asked.resolution,
            arguments=asked.arguments,
            code=before.failure.code if before.failure else "",
        )
        if not self._store.records.decide(before, after, decision, connection.realm_id, known):
            return False
        if choice.settings:
            self._store.connections.set_settings(connection.portal_id, choice.settings)
        return True

    # -- what a resolution needs to know

    def _checked(self, connection: Connection, invoice_id: str, asked: ResolveRequest) -> _Checked:
        record = self._store.records.get(connection.portal_id, invoice_id)
        offered = choices.offered(record) if record else ()
        if record is None or asked.resolution not in offered:
            there = f"What can be decided about it now: {', '.join(offered) or 'nothing'}."
            return _Checked(refusal=Refusal(f"{asked.resolution} is not on offer. {there}"))
        plain = {
            "stop_syncing": choices.stop_syncing,
            "resume_syncing": choices.resume_syncing,
            "let_quickbooks_number": choices.let_quickbooks_number,
            "create_anyway": choices.create_anyway,
        }
        if asked.resolution in plain:
            return _Checked.of(record, plain[asked.resolution](record))
        known = Hypothesis(record=record)
        foreseen = self._dry_run.foresee(connection, invoice_id, known, refusals=False)
        invoice = foreseen.observation.invoice
        if invoice is None:
            return _Checked(refusal=Refusal("HubSpot no longer has the invoice.", stale=True))
        quickbooks = self._clients.quickbooks(connection)
        question = _Question(connection, record, invoice, foreseen, asked, quickbooks, self._store)
        return question.answer()


@dataclass(frozen=True)
class _Checked:
    """A resolution that can be done, or why it cannot. `choice` is None too while an argument is
    missing: `candidates` are for it. `before`: the record that was looked at. `contact_key`: under
    which a choice about the contact's customer is kept."""

    refusal: Refusal | None = None
    choice: Choice | None = None
    candidates: tuple[Candidate, ...] = ()
    before: Record | None = None
    contact_key: str = ""

    @classmethod
    def of(cls, record: Record, choice: Choice | Refusal, contact_key: str = "") -> _Checked:
        if isinstance(choice, Refusal):
            return cls(refusal=choice)
        return cls(choice=choice, before=record, contact_key=contact_key)


@dataclass(frozen=True)
class _Question:
    """One resolution of one invoice, with all that is known."""

    connection: Connection
    record: Record
    invoice: Invoice
    foreseen: Foreseen
    asked: ResolveRequest
    quickbooks: QuickBooks
    store: Store

    def answer(self) -> _Checked:
        asked = self.asked
        if asked.resolution in ("use_customer", "sub_customer") and not asked.customer_id:
            return _Checked(candidates=tuple(self._customers()))
        if asked.resolution == "use_item" and not asked.item_id:
            return _Checked(candidates=tuple(self._items()))
        contact_key = remembered.customer_choice(self.connection.portal_id, self.invoice) or ""
        return _Checked.of(self.record, self._choice(), contact_key)

    def _choice(self) -> Choice | Refusal:
        record, invoice, failure = self.record, self.invoice, self._failure
        existing, number = self.foreseen.observation.existing, invoice.number
        match self.asked.resolution:
            case "use_customer":
                return choices.use_customer(record, invoice, self._customer())
            case "create_customer":
                return choices.create_customer(record, invoice)
            case "next_free_name":
                return choices.next_free_name(record, invoice)
            case "sub_customer":
                return choices.sub_customer(record, invoice, self._customer())
            case "use_item":
                return choices.use_item(record, failure, self._item())
            case "service_date_from_billing_start" | "service_date_from_invoice_date":
                settings = self.connection.settings
                return choices.service_date(record, invoice, settings, self.asked)
            case "next_free_number":
                return choices.next_free_number(record, number, self._taken(number))
            case "adopt":
                return self._adopt()
            case "reapply_hubspot":
                day, preferences = (
                    invoice.invoice_date,
                    self.foreseen.observation.quickbooks.preferences,
                )
                return choices.reapply_hubspot(record, failure, existing, day, preferences)
            case "accept_quickbooks":
                return choices.accept_quickbooks(record, failure, existing)
            case "create_again":
                taken = self._taken(number) if existing else []
                return choices.create_again(record, existing, number, taken)
            case other:
                raise ValueError(f"nobody can do {other}")

    @property
    def _failure(self) -> Failure:
        return self.record.failure or Failure(detail=Unexpected())

    def _customer(self) -> Customer | None:
        rows = self.quickbooks.where_in("Customer", "Id", [self.asked.customer_id])
        return parse.customer(rows[0]) if rows else None

    def _item(self) -> Item | None:
        rows = self.quickbooks.where_in("Item", "Id", [self.asked.item_id])
        return parse.item(rows[0]) if rows else None

    def _posted(self, quickbooks_id: str) -> QuickBooksInvoice | None:
        rows = self.quickbooks.where_in("Invoice", "Id", [quickbooks_id])
        return parse.invoice(rows[0]) if rows else None

    def _taken(self, number: str) -> list[str]:
        tried = choices.numbers_to_try(number)
        rows = self.quickbooks.where_in("Invoice", "DocNumber", tried)
        return [parse.invoice(row).number for row in rows]

    def _adopt(self) -> Choice | Refusal:
        desired = self.foreseen.desired
        if desired is None or desired.failures or desired.customer:
            return Refusal("First put right what else keeps the invoice from being synced.")
        detail = self._failure.detail
        posted = self._posted(detail.clash_id if isinstance(detail, ClashDetail) else "")
        if posted is None:
            return choices.adopt(self.record, None, ())
        links = self.store.realm.links(self.connection.realm_id, [posted.id])
        preferences = self.foreseen.observation.quickbooks.preferences
        obstacles = obstacles_to_adoption(self.record, desired.invoice, posted, preferences, links)
        return choices.adopt(self.record, posted, obstacles)

    # -- candidates

    def _customers(self) -> list[Candidate]:
        contact, company = self.invoice.contact, self.invoice.company
        if contact is None:
            return []
        detail = self._failure.detail
        known = detail.customer_ids if isinstance(detail, ContactDetail) else ()
        named = known if isinstance(detail, DuplicateDisplayName) else ()
        name = company.name if company else contact.company_name
        parts = candidates.telling_parts(name)
        people = candidates.telling_parts(contact.last_name)
        mail = candidates.domain(contact.email)
        mail = f"@{mail}" if mail else contact.email
        wanted = [
            *((("Customer", "PrimaryEmailAddr", mail),) if mail else ()),
            *(("Customer", "DisplayName", part) for part in (*parts, *people)),
            *(("Customer", "CompanyName", part) for part in parts),
        ]
        rows = self.quickbooks.where_in("Customer", "Id", known)
        for tried in (wanted, _respelled(wanted)):
            rows += _flat(self.quickbooks.resembling(tried))
            found = [parse.customer(row) for row in rows]
            fitting = [one for one in in_currency(found, self.invoice.currency) if one.active]
            likely = candidates.customers(contact, company, fitting, named)
            if likely:
                return likely
        return []

    def _items(self) -> list[Candidate]:
        detail = self._failure.detail
        sku, name = (detail.sku, detail.name) if isinstance(detail, ItemNotFound) else ("", "")
        wanted = [
            *(("Item", "Name", part) for part in candidates.telling_parts(name)),
            *((("Item", "Sku", sku[:4]),) if len(sku) > 1 else ()),
        ]
        for tried in (wanted, _respelled(wanted)):
            found = [parse.item(row) for row in _flat(self.quickbooks.resembling(tried))]
            likely = candidates.items(sku, name, (one for one in found if one.usable))
            if likely:
                return likely
        return []


def _respelled(wanted: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [
        (entity, field, other)
        for entity, field, text in wanted
        for other in candidates.spellings(text)
    ]


def _flat(groups: Iterable[list[dict[str, object]]]) -> list[dict[str, object]]:
    return [row for group in groups for row in group]
