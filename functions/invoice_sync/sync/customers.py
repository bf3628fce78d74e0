"""Create the customers that invoices of a batch need, each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from invoice_sync.errors import FaultError, UnavailableError
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import DuplicateDisplayName
from invoice_sync.model.quickbooks import Customer, NewCustomer
from invoice_sync.plan.names import names_to_try, settle_taken_name
from invoice_sync.quickbooks import parse, render
from invoice_sync.quickbooks.faults import judge
from invoice_sync.sync import remembered, trouble
from invoice_sync.sync.batch import OUT_OF_TIME, Again, Batch, Outcome, Trouble
from invoice_sync.sync.create import Write
from invoice_sync.sync.load_quickbooks import QUERY_LAG

# The rest is for the invoices of those that were made: so every batch comes to an end with some.
_PART_OF_TIME = 0.5


@dataclass(frozen=True)
class MadeCustomers:
    """The ids of the new customers, and the outcomes, by invoice id, of those that have none."""

    ids: dict[NewCustomer, str]
    ended: dict[str, Outcome | Again]


class CustomerMaker:
    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id

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
            answer = OUT_OF_TIME if is_over else self._make(batch, customer)
            if isinstance(answer, Customer):
                made.ids[customer] = answer.id
            else:
                for write in waiting:
                    made.ended[write.task.invoice_id] = (
                        Again(write.task)
                        if answer == "stale"
                        else trouble.ended(write.task.record, answer)
                    )
        _remember(batch, [(by_customer[each][0], id_) for each, id_ in made.ids.items()])
        return made

    def _make(
        self, batch: Batch, customer: NewCustomer
    ) -> Customer | Failure | Trouble | Literal["stale"]:
        """Return the customer, made now or by somebody before us, or why there is none."""
        refusal: Failure | None = None
        for name in names_to_try(customer):
            named = customer.model_copy(update={"display_name": name})
            try:
                return self._created(batch, named)
            except UnavailableError as error:
                return _unavailable(error)
            except FaultError as fault:
                judgement = judge(fault)
                if judgement.failure.code != "duplicate_display_name":
                    return trouble.of_fault(fault)
                holders = [parse.customer(row) for row in batch.quickbooks.customers_named(name)]
                settled = settle_taken_name(named, holders)
                if isinstance(settled, Customer) or settled.code != "duplicate_display_name":
                    return settled
                # In QuickBooks' own words.
                said = judgement.failure.model_copy(update={"detail": settled.detail})
                refusal = refusal or said
        return refusal or Failure(detail=DuplicateDisplayName(name=customer.display_name))

    def _created(self, batch: Batch, customer: NewCustomer) -> Customer:
        """Create the customer, and without its email address if QuickBooks refuses that.

        Raises UnavailableError, ReconnectRequiredError, FaultError.
        """
        create = partial(batch.quickbooks.create, "Customer")
        try:
            answer = create(render.customer(customer), self._new_id())
        except FaultError as fault:
            if judge(fault).verdict != "email" or not customer.email:
                raise
            without = customer.model_copy(update={"email": ""})
            answer = create(render.customer(without), self._new_id())
        return parse.customer(answer.entity)


def _remember(batch: Batch, made: Sequence[tuple[Write, str]]) -> None:
    """Remember the ids of new customers. `made`: each with one of the invoices that it is for."""
    portal_id = batch.connection.portal_id
    links, choices = {}, []
    for write, customer_id in made:
        invoice = write.observation.invoice
        if invoice and (link := remembered.customer_link(portal_id, invoice)):
            links[link] = customer_id
        if invoice and write.observation.quickbooks.choice:
            # It was a choice to create this one, not another should this one be gone some day.
            choices.append(remembered.customer_choice(portal_id, invoice))
    batch.memory.keep(links, remembered.CUSTOMER_LINKS_KEPT)
    batch.memory.forget([key for key in choices if key])


def _unavailable(error: UnavailableError) -> Trouble:
    """Return the trouble. If the customer was made after all, the next look finds it by its email
    or its name, once QuickBooks' queries know it."""
    pause = QUERY_LAG.total_seconds() if error.outcome_unknown else 0.0
    passing = trouble.of_unavailable(error)
    return replace(passing, seconds=max(passing.seconds, pause))
