"""Create the customers that invoices of a batch need, each once.

A customer is claimed by its HubSpot contact, and what is about to be sent is noted in the claim
first, with a request id that stays the same until an answer is known. After an answer that was lost
the customer is looked up before it is sent again: under a second name QuickBooks would take it
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from invoice_sync.errors import FaultError, UnavailableError
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import DuplicateDisplayName
from invoice_sync.model.quickbooks import Customer, NewCustomer
from invoice_sync.model.record import CustomerClaim
from invoice_sync.plan.names import folded_name, is_as_asked, names_to_try, settle_taken_name
from invoice_sync.quickbooks import parse, render
from invoice_sync.quickbooks.faults import judge
from invoice_sync.store.store import Store
from invoice_sync.sync import remembered, trouble
from invoice_sync.sync.batch import IN_USE, OUT_OF_TIME, Again, Batch, Outcome, Trouble
from invoice_sync.sync.create import Write
from invoice_sync.sync.load_quickbooks import QUERY_LAG
from invoice_sync.sync.remembered import RememberedKey
from invoice_sync.sync.shared_payments import LEASE_SECONDS

# "stale": read again, then decide.
_Answer = Customer | Failure | Trouble | Literal["stale"]

# The rest is for the invoices of the customers that were made: so every batch finishes some.
_PART_OF_TIME = 0.5


@dataclass(frozen=True)
class MadeCustomers:
    """The ids of the new customers, and the outcomes, by invoice id, of those that have none."""

    ids: dict[NewCustomer, str]
    ended: dict[str, Outcome | Again]


class CustomerMaker:
    def __init__(self, store: Store, new_id: Callable[[], str]) -> None:
        self._store, self._new_id = store, new_id

    def make(self, batch: Batch, writes: Sequence[Write]) -> MadeCustomers:
        """Create each new customer once, however many invoices wait for it.

        Raises UnavailableError, ReconnectRequiredError, FaultError.
        """
        by_customer: dict[NewCustomer, list[Write]] = {}
        for write in writes:
            if write.plan.customer:
                by_customer.setdefault(write.plan.customer, []).append(write)
        made = MadeCustomers({}, {})
        # One after the other: two contacts of one company ask for the same name.
        for customer, waiting in by_customer.items():
            is_over = batch.has_used(_PART_OF_TIME)
            answer = OUT_OF_TIME if is_over else self._make(batch, customer, waiting)
            if isinstance(answer, Customer):
                made.ids[customer] = answer.id
            else:
                for write in waiting:
                    made.ended[write.task.invoice_id] = (
                        Again(write.task)
                        if answer == "stale"
                        else trouble.ended(write.task.record, answer)
                    )
        return made

    def _make(self, batch: Batch, customer: NewCustomer, waiting: Sequence[Write]) -> _Answer:
        """Return the customer, made now or by somebody before us, or why there is none."""
        claims, connection = self._store.customers, batch.connection
        ids = connection.realm_id, connection.portal_id, customer.contact_id
        claim = claims.claim(*ids, batch.owner, batch.clock(), LEASE_SECONDS)
        if claim is None:
            return IN_USE
        try:
            if batch.memory.recall(_links(batch, waiting)):
                return "stale"  # another worker made it since we looked
            creation = _Creation(self._store, batch, self._new_id, claim)
            answer = creation.outcome(customer)
            if isinstance(answer, Customer):
                _remember(batch, waiting, answer.id)
                creation.note(request_id="", names=(), customer_id=answer.id)
            return answer
        finally:
            claims.release(*ids, batch.owner)


@dataclass
class _Creation:
    """The creation of one customer, and its claim as it was noted last."""

    store: Store
    batch: Batch
    new_id: Callable[[], str]
    claim: CustomerClaim

    def outcome(self, customer: NewCustomer) -> _Answer:
        """Create the customer, unless it turns out to be there.

        Raises ReconnectRequiredError, and what a lookup raises.
        """
        found = self._unanswered(customer)
        if found is not None:
            return found
        was_sent = bool(self.claim.request_id)
        refusal: Failure | None = None
        for name in names_to_try(customer):
            named = customer.model_copy(update={"display_name": name})
            try:
                return self._created(named)
            except UnavailableError as error:
                return _unavailable(error)
            except FaultError as fault:
                judgement = judge(fault)
                if judgement.failure.code != "duplicate_display_name":
                    return trouble.of_fault(fault)
                holders = self._holders(name)
                if was_sent and not holders:
                    # The first request may have taken effect late: then queries show it soon.
                    return _not_yet(QUERY_LAG)
                settled = settle_taken_name(named, holders)
                if isinstance(settled, Customer) or settled.code != "duplicate_display_name":
                    return settled
                # In QuickBooks' own words.
                said = judgement.failure.model_copy(update={"detail": settled.detail})
                refusal = refusal or said
        return refusal or Failure(detail=DuplicateDisplayName(name=customer.display_name))

    def note(self, **changes: object) -> bool:
        """Keep changes to the claim. Return False when it is no longer ours."""
        self.claim = self.claim.model_copy(update=changes)
        connection, claim = self.batch.connection, self.claim
        return self.store.customers.note(
            connection.realm_id, connection.portal_id, claim.contact_id, claim, self.batch.owner
        )

    def _unanswered(self, customer: NewCustomer) -> Customer | Trouble | None:
        """Look for a customer whose answer was lost. Return it, or the trouble while queries may
        not show it yet; None when it is to be sent."""
        claim = self.claim
        if not claim.request_id or claim.sent_at is None:
            return None
        for name in claim.names:
            for made in map(parse.customer, self.batch.quickbooks.customers_named(name)):
                if customer.marker not in made.notes:
                    continue
                if is_as_asked(customer, made):
                    return made
                # It was for another invoice of the contact, and it is there.
                self.note(request_id="", names=(), customer_id=made.id)
                return None
        left = QUERY_LAG - (self.batch.clock() - claim.sent_at)
        return _not_yet(left) if left > timedelta() else None

    def _created(self, customer: NewCustomer) -> Customer | Trouble:
        """Create the customer, and without its email address if QuickBooks refuses that.

        Raises UnavailableError, ReconnectRequiredError, FaultError.
        """
        try:
            return self._sent(customer)
        except FaultError as fault:
            if judge(fault).verdict != "email" or not customer.email:
                raise
            return self._sent(customer.model_copy(update={"email": ""}))

    def _sent(self, customer: NewCustomer) -> Customer | Trouble:
        earlier = self.claim
        noted = self.note(
            request_id=earlier.request_id or self.new_id(),
            names=(*dict.fromkeys([*earlier.names, customer.display_name]),),
            sent_at=self.batch.clock(),
        )
        if not noted:
            return IN_USE
        try:
            answer = self.batch.quickbooks.create(
                "Customer", render.customer(customer), self.claim.request_id
            )
        except FaultError as fault:
            if judge(fault).verdict != "wait":
                self.note(request_id="", names=())  # a definite refusal
            raise
        except UnavailableError as error:
            if not (error.outcome_unknown or earlier.request_id):
                self.note(request_id="", names=())
            raise
        made = parse.customer(answer.entity)
        if earlier.request_id and not is_as_asked(customer, made):
            # The answer to the first request: that was for another invoice of the contact.
            self.note(request_id="", names=(), customer_id=made.id)
            return self._sent(customer)
        return made

    def _holders(self, name: str) -> list[Customer]:
        """Return the customers with that name. Queries may not show yet the one that we made
        last."""
        holders = [*map(parse.customer, self.batch.quickbooks.customers_named(name))]
        last_id = self.claim.customer_id
        if last_id and last_id not in [each.id for each in holders]:
            row = self.batch.quickbooks.read("Customer", last_id)
            last = [parse.customer(row)] if row else []
            holders += [
                each for each in last if folded_name(each.display_name) == folded_name(name)
            ]
        return holders


def _not_yet(left: timedelta) -> Trouble:
    return Trouble("QuickBooks", seconds=left.total_seconds() + 1)


def _links(batch: Batch, waiting: Sequence[Write]) -> list[RememberedKey]:
    """Return the keys under which the customer is remembered for these invoices."""
    portal_id = batch.connection.portal_id
    invoices = (write.observation.invoice for write in waiting)
    keys = (remembered.customer_link(portal_id, each) for each in invoices if each)
    return [key for key in keys if key]


def _remember(batch: Batch, waiting: Sequence[Write], customer_id: str) -> None:
    """Remember the id of a new customer for the invoices that it is for."""
    links = dict.fromkeys(_links(batch, waiting), customer_id)
    batch.memory.keep(links, remembered.CUSTOMER_LINKS_KEPT)
    for write in waiting:
        invoice = write.observation.invoice
        if invoice and write.observation.quickbooks.choice:
            # A person chose to create this customer, not another one should it be gone some day.
            choice = remembered.customer_choice(batch.connection.portal_id, invoice)
            batch.memory.forget([choice] if choice else [])


def _unavailable(error: UnavailableError) -> Trouble:
    """Return the trouble. If the customer was made after all, the next look finds it, once
    QuickBooks' queries know it."""
    pause = QUERY_LAG.total_seconds() + 1 if error.outcome_unknown else 0.0
    passing = trouble.of_unavailable(error)
    return replace(passing, seconds=max(passing.seconds, pause))
