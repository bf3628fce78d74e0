"""Plan the invoices of a look and carry the plans out in QuickBooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from invoice_sync.errors import FaultError, ReconnectRequiredError, UnavailableError
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CurrencyMismatch,
    DuplicateDisplayName,
    DuplicateDocumentNumber,
    Mismatch,
)
from invoice_sync.model.markers import MARKER
from invoice_sync.model.quickbooks import (
    DesiredInvoice,
    NewCustomer,
    Preferences,
    QuickBooksInvoice,
)
from invoice_sync.model.record import Intent, Record
from invoice_sync.plan.compare import disagreements, number_taken, seen
from invoice_sync.plan.customer import numbered
from invoice_sync.plan.decide import decide, differing_total
from invoice_sync.plan.plans import (
    WORDS,
    Create,
    InStep,
    NeedsRead,
    Plan,
    QuickBooksSide,
    Update,
    Void,
)
from invoice_sync.quickbooks import parse, render
from invoice_sync.quickbooks.client import Answer
from invoice_sync.quickbooks.faults import Judgement, judge
from invoice_sync.runtime.parallel import together
from invoice_sync.store.store import Store
from invoice_sync.sync.batch import Again, Batch, Outcome, Synced, Task, Waiting
from invoice_sync.sync.load_quickbooks import QUERY_LAG, QuickBooksLoader, is_own, take_over
from invoice_sync.sync.remembered import (
    choice_key,
    email_key,
    item_choice_key,
    item_key,
    link_key,
    tax_code_key,
)
from invoice_sync.sync.trouble import bug, waiting

# A link is made once and kept.
_LINKS_KEPT = timedelta(days=3650)
_HIGHEST_NAME_NUMBER = 20


def decide_task(this: Batch, job: Task) -> Plan | Failure:
    """The plan for one invoice, with what has been loaded so far."""
    try:
        return decide(job.invoice, job.record, side(this, job), this.connection)
    except Exception as error:
        return bug(error, job, this.log)


def side(this: Batch, job: Task) -> QuickBooksSide:
    """What has been loaded so far."""
    return QuickBooksSide(
        this.preferences,
        job.customers,
        job.choice,
        this.items,
        this.tax_codes,
        job.existing,
        looked=job.look,
    )


def names_of(customer: NewCustomer) -> list[str]:
    """The names that a new customer may get, in the order in which they are tried."""
    last = _HIGHEST_NAME_NUMBER if customer.numbered else 1
    name = customer.display_name
    return [name, *(numbered(name, number) for number in range(2, last + 1))]


class Applier:
    def __init__(
        self,
        store: Store,
        loader: QuickBooksLoader,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._loader, self._clock, self._new_id = store, loader, clock, new_id

    def run(self, this: Batch) -> None:
        """One round: plan every open job, then apply the plans."""
        planned = [(job, decide_task(this, job)) for job in this.pending]
        looks = [job for job, decided in planned if isinstance(decided, NeedsRead)]
        for job in looks:
            job.look = True
        self._loader.existing(this, looks)
        writes: list[tuple[Task, Create | Update]] = []
        voids: list[tuple[Task, Void]] = []
        for job, first in planned:
            decided = decide_task(this, job) if isinstance(first, NeedsRead) else first
            job.decided = "fail" if isinstance(decided, Failure) else WORDS.get(type(decided), "")
            if isinstance(decided, Create | Update):
                writes.append((job, decided))
            elif isinstance(decided, Void):
                voids.append((job, decided))
            elif isinstance(decided, InStep):
                job.outcome = _in_step(job, decided)
            else:
                job.outcome = Again() if isinstance(decided, NeedsRead) else decided
        self._adopt_chosen(this, writes)
        writes = [(job, one) for job, one in writes if job.open]
        customers = self._create_customers(this, writes)
        documents = [(job, one, _filled(one, customers)) for job, one in writes if job.open]
        if not this.preferences.custom_numbers:
            self._refuse_taken_numbers(
                this,
                [(job, document) for job, _, document in documents if renumbers(job, document)],
            )
        documents = [entry for entry in documents if entry[0].open]
        together(
            *(
                partial(self._create, this, job, document)
                for job, one, document in documents
                if isinstance(one, Create)
            )
        )
        self._update(this, [(job, one, d) for job, one, d in documents if isinstance(one, Update)])
        self._void(this, voids)

    def _adopt_chosen(self, this: Batch, planned: Sequence[tuple[Task, Create | Update]]) -> None:
        """Somebody said which QuickBooks invoice it is: only if that says the same."""
        wanted = [
            (job, one.document)
            for job, one in planned
            if isinstance(one, Create) and job.record.choices.adopt and not one.customer
        ]
        ids = {job.record.choices.adopt for job, _ in wanted}
        rows = this.quickbooks.where_in("Invoice", "Id", ids)
        found = {row["Id"]: parse.invoice(row) for row in rows}
        links = self._store.linked(this.connection.realm_id, found)
        for job, document in wanted:
            posted = found.get(job.record.choices.adopt)
            if posted is None:
                continue  # it was deleted: then there is nothing that could be there twice
            obstacles = not_the_same(job.record, document, posted, this.preferences, links)
            if obstacles:
                job.outcome = number_taken(document, posted.id, obstacles)
            else:
                fingerprint = document.fingerprint()
                job.outcome = Synced("adopted", posted.id, fingerprint, posted)
                job.decided = "adopt"
                links[posted.id] = (job.record.portal_id, job.record.invoice_id)

    def _create_customers(
        self, this: Batch, planned: Sequence[tuple[Task, Create | Update]]
    ) -> dict[NewCustomer, str]:
        """Each new customer once, however many invoices wait for it; ids by customer."""
        waiting: dict[NewCustomer, list[Task]] = {}
        for job, decided in planned:
            if decided.customer:
                waiting.setdefault(decided.customer, []).append(job)
        ids: dict[NewCustomer, str] = {}
        # One after the other: two contacts of one company ask for the same name.
        for customer, jobs in waiting.items():
            made = self._customer(this, customer)
            if isinstance(made, str):
                ids[customer] = made
            else:
                for job in jobs:
                    job.outcome = made
        realm_id = this.connection.realm_id
        links = {link_key(waiting[one][0]): made for one, made in ids.items()}
        self._store.remember(realm_id, links, this.now, _LINKS_KEPT)
        # It was a choice to create this one, not another should this one be gone some day.
        chosen = [jobs[0] for one, jobs in waiting.items() if one in ids and jobs[0].choice]
        self._store.forget(realm_id, [choice_key(job) for job in chosen])
        return ids

    def _customer(self, this: Batch, customer: NewCustomer) -> str | Outcome:
        """The id of the customer, made now, or found to have been made already."""
        refusal: Failure | None = None
        for name in names_of(customer):
            named = customer.model_copy(update={"display_name": name})
            try:
                payload = render.customer(named)
                return str(this.quickbooks.create("Customer", payload, self._new_id()).entity["Id"])
            except UnavailableError as error:
                # If it was made after all, the next look finds it by its email or its name, once
                # QuickBooks' queries know it.
                pause = QUERY_LAG.total_seconds() if error.outcome_unknown else 0.0
                found = waiting(error)
                return replace(found, seconds=max(found.seconds, pause))
            except FaultError as fault:
                judgement = judge(fault)
                if judgement.failure.code != "duplicate_display_name":
                    return _outcome_of(judgement)
                rows = this.quickbooks.customers_named(name)
                holders = [parse.customer(row) for row in rows]
                for holder in holders:
                    # Made by another worker, or by a request whose answer was lost.
                    same_email = holder.email.casefold() == customer.email.casefold() != ""
                    if holder.active and (same_email or customer.marker in holder.notes):
                        if customer.currency in ("", holder.currency):
                            return holder.id
                        return Failure(
                            detail=CurrencyMismatch(
                                variant="namesake",
                                currency=customer.currency,
                                customer_currency=holder.currency,
                                customer_ids=(holder.id,),
                            )
                        )
                ids = tuple(holder.id for holder in holders)
                detail = DuplicateDisplayName(name=name, customer_ids=ids)
                refusal = refusal or judgement.failure.model_copy(update={"detail": detail})
        return refusal or Failure(detail=DuplicateDisplayName(name=customer.display_name))

    def _refuse_taken_numbers(
        self, this: Batch, planned: Sequence[tuple[Task, DesiredInvoice]]
    ) -> None:
        """With custom transaction numbers off, QuickBooks takes a number a second time without a
        word (Intuit's reference "Invoice"), so we have to look."""
        numbers = {document.number for _, document in planned} - {""}
        if not numbers:
            return
        rows = this.quickbooks.where_in("Invoice", "DocNumber", numbers)
        holders = [parse.invoice(row) for row in rows]
        given: set[str] = set()
        for job, document in planned:
            if document.number.casefold() in given:
                job.outcome = Again()  # by then QuickBooks knows who came first
                continue
            given.add(document.number.casefold())
            same = [one for one in holders if one.number.casefold() == document.number.casefold()]
            own = next((one for one in same if is_own(job, one)), None)
            if own is not None and not job.record.quickbooks_id:
                take_over(job, own)
                job.outcome = Again()
            elif same and own is None:
                job.outcome = number_taken(document, same[0].id)

    def _create(self, this: Batch, job: Task, document: DesiredInvoice) -> None:
        """Never raises, but when the connection is dead: other creations run beside it."""
        unanswered = job.record.intent
        try:
            try:
                job.outcome = self._created(this, job, document)
            except FaultError as fault:
                if judge(fault).verdict != "wait":
                    unanswered = None  # a definite refusal: there is nothing to look for
                    self._note(this, job, intent=None)
                job.outcome = self._refused(this, job, fault)
        except UnavailableError as error:
            if error.outcome_unknown:
                job.outcome = Again()  # look for it at once; often QuickBooks is well again
            else:
                # This request never took effect; one before it still may have.
                self._note(this, job, intent=unanswered)
                job.outcome = waiting(error)
        except FaultError as fault:
            judgement = judge(fault)
            job.outcome = _outcome_of(judgement)
        except ReconnectRequiredError:
            raise
        except Exception as error:
            job.outcome = bug(error, job, this.log)

    def _created(self, this: Batch, job: Task, document: DesiredInvoice) -> Outcome:
        fingerprint, now = document.fingerprint(), self._clock()
        if job.record.intent:
            intent = job.record.intent.model_copy(update={"last_sent_at": now})
        else:
            intent = Intent(
                request_id=self._new_id(),
                fingerprint=fingerprint,
                number=document.number,
                first_sent_at=now,
                last_sent_at=now,
            )
        if not self._note(this, job, intent=intent):
            return Waiting("quickbooks_unavailable", "QuickBooks")  # another worker has it now
        payload = render.invoice(document)
        answer = this.quickbooks.create("Invoice", payload, intent.request_id)
        posted = parse.invoice(answer.entity)
        if intent.fingerprint != fingerprint:
            # The answer may be the first request's, with what HubSpot said then.
            take_over(job, posted)
            return Again()
        if posted.total != document.total:
            failure = self._withdraw(this, job, posted, document)
            return failure.model_copy(update={"intuit_tid": answer.intuit_tid})
        return Synced("created", posted.id, fingerprint, posted, answer.intuit_tid)

    def _note(self, this: Batch, job: Task, **changes: object) -> bool:
        noted = job.record.model_copy(update=changes)
        if not self._store.note(noted, this.owner, self._clock()):
            return False
        job.record = noted
        return True

    def _withdraw(
        self, this: Batch, job: Task, posted: QuickBooksInvoice, document: DesiredInvoice
    ) -> Failure:
        """QuickBooks came to another total than HubSpot: such an invoice must not stay."""
        take_over(job, posted)
        # Known before it is deleted: if that fails, it must not be made a second time.
        self._note(this, job, fingerprint="")
        try:
            this.quickbooks.delete_invoice(posted.id, posted.sync_token)
        except (FaultError, UnavailableError):
            return differing_total(document, posted, stays=True)
        self._note(this, job, quickbooks_id="", written=None)
        return differing_total(document, posted, stays=False)

    def _refused(self, this: Batch, job: Task, fault: FaultError) -> Outcome:
        judgement = judge(fault)
        detail = judgement.failure.detail
        if (
            isinstance(detail, DuplicateDocumentNumber)
            and detail.clash_id
            and detail.clash_type == "Invoice"
        ):
            rows = this.quickbooks.where_in("Invoice", "Id", [detail.clash_id])
            for row in rows:
                posted = parse.invoice(row)
                if is_own(job, posted):
                    take_over(job, posted)
                    return Again()
        if judgement.verdict == "reference" and not job.forgotten:
            # What we remembered may be old: ask QuickBooks once more before saying so.
            self._forget(this, job)
            return Again()
        return _outcome_of(judgement)

    def _forget(self, this: Batch, job: Task) -> None:
        job.forgotten = True
        keys = [key for key in (link_key(job), email_key(job)) if key]
        named = [
            name
            for line in (job.invoice.lines if job.invoice else ())
            for name in (("sku", line.sku.casefold()), ("name", line.name.casefold()))
        ]
        keys += [item_key(*name) for name in named]
        for name in named:
            this.items.pop(name, None)
        keys += [tax_code_key(code_id) for code_id in this.tax_codes]
        keys += self._dead_choices(this, job, named)
        self._store.forget(this.connection.realm_id, keys)

    @staticmethod
    def _dead_choices(this: Batch, job: Task, named: Sequence[tuple[str, str]]) -> list[str]:
        """What a person chose is only forgotten when it is there no more."""
        found = []
        if job.choice and job.choice.customer_id:
            ids = [job.choice.customer_id]
            if not this.quickbooks.where_in("Customer", "Id", ids):
                found.append(choice_key(job))
                job.choice = None
        chosen = {one: this.chosen_items[one] for one in named if one in this.chosen_items}
        alive = {row["Id"] for row in this.quickbooks.where_in("Item", "Id", chosen.values())}
        for name, item_id in chosen.items():
            if item_id not in alive:
                found.append(item_choice_key(*name))
                del this.chosen_items[name]
        return found

    def _update(self, this: Batch, updates: Sequence[tuple[Task, Update, DesiredInvoice]]) -> None:
        sent: list[tuple[Task, DesiredInvoice, dict[str, Any]]] = []
        for job, planned, document in updates:
            try:
                payload = render.invoice_update(document, planned.quickbooks_id, planned.sync_token)
            except Exception as error:
                job.outcome = bug(error, job, this.log)
                continue
            # What QuickBooks has now was found to be ours, though perhaps of an update that was
            # never answered either.
            if self._note(this, job, written=job.existing, sent=document):
                sent.append((job, document, payload))
            else:
                job.outcome = Waiting("quickbooks_unavailable", "QuickBooks")
        answers = this.quickbooks.change_invoices([payload for _, _, payload in sent])
        for (job, document, _), answer in zip(sent, answers, strict=True):
            job.outcome = self._changed(this, job, answer, document)

    def _void(self, this: Batch, voids: Sequence[tuple[Task, Void]]) -> None:
        payloads = [{"Id": one.quickbooks_id, "SyncToken": one.sync_token} for _, one in voids]
        answers = this.quickbooks.change_invoices(payloads, void=True)
        for (job, _), answer in zip(voids, answers, strict=True):
            job.outcome = self._changed(this, job, answer, None)

    def _changed(
        self, this: Batch, job: Task, answer: Answer | FaultError, document: DesiredInvoice | None
    ) -> Outcome:
        if isinstance(answer, FaultError):
            return self._refused(this, job, answer)
        posted = parse.invoice(answer.entity)
        if document is None:
            return Synced("voided", posted.id, "", posted, answer.intuit_tid)
        if posted.total != document.total:
            job.record = job.record.model_copy(update={"written": posted, "fingerprint": ""})
            failure = differing_total(document, posted, stays=True)
            return failure.model_copy(update={"intuit_tid": answer.intuit_tid})
        return Synced("updated", posted.id, document.fingerprint(), posted, answer.intuit_tid)


def not_the_same(
    record: Record,
    document: DesiredInvoice,
    posted: QuickBooksInvoice,
    preferences: Preferences,
    links: Mapping[str, tuple[str, str]],
) -> list[Mismatch]:
    """Why an invoice in QuickBooks is not the one that the document describes, in single words;
    empty when it is. `links`: whose invoices are, by their ids. Its number may be another."""
    own = (record.portal_id, record.invoice_id)
    unnumbered = document.model_copy(update={"number": ""})
    found = disagreements(unnumbered, posted, preferences.home_currency)
    marked = MARKER.search(posted.private_note)
    others = (
        posted.id in record.former_ids
        or links.get(posted.id, own) != own
        or bool(marked and marked[0] != document.marker)
    )
    state: list[Mismatch] = ["voided"] if posted.voided else []
    owner: list[Mismatch] = ["taken"] if others else []
    return [*state, *owner, *found]


def renumbers(job: Task, document: DesiredInvoice) -> bool:
    """Whether it is to get a number that it does not have yet."""
    written = job.record.written
    return written is None or written.number != document.number


def _in_step(job: Task, decided: InStep) -> Synced:
    record, accepted = job.record, job.record.accepted
    if decided.existing:
        void = decided.document is None
        accepted = seen(decided.existing, void=void) if decided.accepted else ""
    return Synced(
        action="in step",
        quickbooks_id=record.quickbooks_id,
        fingerprint=decided.document.fingerprint() if decided.document else record.fingerprint,
        written=decided.existing or record.written,
        accepted=accepted,
    )


def _filled(planned: Create | Update, customers: dict[NewCustomer, str]) -> DesiredInvoice:
    if planned.customer is None:
        return planned.document
    return planned.document.model_copy(update={"customer_id": customers[planned.customer]})


def _outcome_of(judgement: Judgement) -> Outcome:
    if judgement.verdict == "stale":
        return Again()
    if judgement.verdict == "wait":
        return Waiting(judgement.failure.code, "QuickBooks")
    return judgement.failure
