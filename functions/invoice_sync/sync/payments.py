"""Record HubSpot's payments in QuickBooks, once their invoice is in step.

Each is made safe as a creation of an invoice is: what is about to be sent is noted with its
request id, a lost answer is looked up among the payments on the QuickBooks invoice before anything
is sent again, and the record's lease keeps two workers apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from invoice_sync.errors import FaultError, ReconnectRequiredError, UnavailableError
from invoice_sync.failures.describe import reason
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import ReconnectRequired
from invoice_sync.model.hubspot import CommercePayment, Invoice
from invoice_sync.model.quickbooks import QuickBooksInvoice, QuickBooksPayment
from invoice_sync.model.record import PaymentState
from invoice_sync.plan import payments
from invoice_sync.quickbooks import parse, render
from invoice_sync.quickbooks.faults import judge
from invoice_sync.runtime.parallel import together
from invoice_sync.store.store import Store
from invoice_sync.sync.batch import Batch, Synced, Task, Waiting
from invoice_sync.sync.fan_out import LINKS_KEPT, payment_links
from invoice_sync.sync.load_quickbooks import QUERY_LAG, QuickBooksLoader
from invoice_sync.sync.trouble import bug, waiting

# The second one looks up what the first one lost.
_ROUNDS = 2


@dataclass
class _Account:
    """The payments of one invoice that is in step. `fresh`: ids of those recorded now,
    `intuit_tid`: of the last call that did."""

    job: Task
    outcome: Synced
    invoice: Invoice
    posted: QuickBooksInvoice
    states: tuple[PaymentState, ...]
    strangers: list[QuickBooksPayment] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    intuit_tid: str = ""
    trouble: Failure | Waiting | None = None
    done: bool = False

    def stop(self, trouble: Failure | Waiting) -> None:
        self.trouble, self.done = trouble, True

    def set(self, state: PaymentState) -> None:
        self.states = tuple(state if one.id == state.id else one for one in self.states)

    def close(self) -> None:
        action = self.outcome.action
        before, after = (
            {one.id for one in states if one.state == "recorded"}
            for states in (self.job.record.payments, self.states)
        )
        if after - before and action == "in step":
            action = "payment recorded"
        self.job.outcome = replace(
            self.outcome,
            action=action,
            written=self.posted,
            intuit_tid=self.outcome.intuit_tid or self.intuit_tid,
            trouble=self.trouble,
        )
        self.job.record = self.job.record.model_copy(update={"payments": self.states})


class Payer:
    def __init__(
        self,
        store: Store,
        loader: QuickBooksLoader,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._loader, self._clock, self._new_id = store, loader, clock, new_id

    def run(self, this: Batch) -> None:
        """Give every invoice in step its payments, and its outcome what became of them.

        Raises ReconnectRequiredError, after the outcomes were given.
        """
        accounts = []
        for job in this.jobs:
            if job.invoice is None or job.invoice.payments_unread:
                continue
            if isinstance(job.outcome, Synced) and job.outcome.written:
                accounts.append(
                    _Account(
                        job, job.outcome, job.invoice, job.outcome.written, job.record.payments
                    )
                )
            elif isinstance(job.outcome, Failure):
                states = payments.waiting(job.invoice, job.record.payments)
                job.record = job.record.model_copy(update={"payments": states})
        work = []
        for account in accounts:
            decided = payments.decide(account.invoice, account.states, account.posted)
            if decided.due or any(state.request_id for state in account.states):
                work.append(account)
            else:
                account.states = decided.states
        trouble: Failure | Waiting | None = None
        try:
            self._work(this, work)
        except UnavailableError as error:
            trouble = waiting(error)
        except FaultError as fault:
            trouble = judge(fault).failure
            if judge(fault).verdict == "wait":
                trouble = Waiting(trouble.code, "QuickBooks")
        except ReconnectRequiredError as error:
            trouble = Failure(detail=ReconnectRequired(service=error.service))
            raise
        finally:
            for account in work:
                if trouble and not account.done:
                    account.stop(account.trouble or trouble)
            for account in accounts:
                account.close()

    def _work(self, this: Batch, work: Sequence[_Account]) -> None:
        for _ in range(_ROUNDS):
            left = [account for account in work if not account.done]
            self._look_up(this, left)
            left = [account for account in left if not account.done]
            together(*(partial(self._record, this, account) for account in left))
            lost = [account for account in left if not account.done]
            self._read_again(this, lost)
        # Without it, what we worked out ourselves will do until the next look.
        with suppress(UnavailableError, FaultError):
            self._read_again(this, [account for account in work if account.fresh])

    def _look_up(self, this: Batch, accounts: Sequence[_Account]) -> None:
        """Read the payments on the QuickBooks invoices that we do not know: ours whose answer was
        lost, and other people's."""
        unknown = {
            id(account): set(account.posted.payment_ids)
            - {state.quickbooks_id for state in account.states}
            for account in accounts
        }
        wanted = {one for ids in unknown.values() for one in ids}
        rows = this.quickbooks.where_in("Payment", "Id", wanted) if wanted else []
        found = {row["Id"]: parse.payment(row) for row in rows}
        for account in accounts:
            ids = unknown[id(account)]
            account.states, account.strangers = payments.adopt(
                this.connection.portal_id,
                account.invoice,
                account.states,
                [found[one] for one in sorted(ids, key=int) if one in found],
                account.posted.id,
            )
            sent = [one.sent_at for one in account.states if one.request_id and one.sent_at]
            rest = max([QUERY_LAG - (self._clock() - at) for at in sent], default=timedelta())
            if ids - found.keys():
                # QuickBooks names a payment that its queries do not know yet.
                rest = max(rest, QUERY_LAG)
            if rest > timedelta():
                account.stop(
                    Waiting("quickbooks_unavailable", "QuickBooks", rest.total_seconds() + 1)
                )

    def _record(self, this: Batch, account: _Account) -> None:
        """Never raises, but when the connection is dead: other payments are sent beside it."""
        try:
            account.trouble = None
            before = {state.id: state for state in account.states}
            decided = payments.decide(
                account.invoice, account.states, account.posted, account.strangers
            )
            account.states, unsent = decided.states, list(decided.due)
            if unsent and not self._note_intents(this, account, unsent):
                # Another worker has it now.
                account.stop(Waiting("quickbooks_unavailable", "QuickBooks"))
            answered = True
            while unsent and answered and not account.done:
                answered = self._send(this, account, unsent.pop(0))
            for payment in unsent:
                # Not sent after all: only an earlier time, if any, is to be looked up.
                earlier = before.get(payment.id)
                self._change(
                    account,
                    payment,
                    request_id=earlier.request_id if earlier else "",
                    sent_at=earlier.sent_at if earlier else None,
                )
            account.done = account.done or answered
        except ReconnectRequiredError:
            raise
        except Exception as error:
            account.stop(bug(error, account.job, this.log))

    def _note_intents(self, this: Batch, account: _Account, due: Sequence[CommercePayment]) -> bool:
        for payment in due:
            state = next(one for one in account.states if one.id == payment.id)
            request_id = state.request_id or self._new_id()
            self._change(account, payment, request_id=request_id, sent_at=self._clock())
        noted = account.job.record.model_copy(
            update={**account.outcome.kept(), "payments": account.states}
        )
        return self._store.note(noted, this.owner, self._clock())

    def _send(self, this: Batch, account: _Account, payment: CommercePayment) -> bool:
        """Whether the answer is known."""
        state = next(one for one in account.states if one.id == payment.id)
        receipt = payments.receipt(
            payment,
            account.posted,
            account.invoice,
            this.connection,
            send_currency=this.preferences.multicurrency,
        )
        try:
            answer = this.quickbooks.create("Payment", render.payment(receipt), state.request_id)
        except FaultError as fault:
            judgement = judge(fault)
            if judgement.verdict == "wait":
                account.stop(Waiting(judgement.failure.code, "QuickBooks"))
                return True
            failure = payments.refused(payment, judgement.failure, account.invoice.currency)
            self._change(account, payment, request_id="", sent_at=None, reason=reason(failure))
            # The first one says it; the others are tried all the same.
            account.trouble = account.trouble or failure
            return True
        except UnavailableError as error:
            if error.outcome_unknown:
                account.trouble = waiting(error)
                return False
            account.stop(waiting(error))
            return True
        # So the event of it costs no read.
        links = payment_links("Payment", [answer.entity])
        self._store.remember(this.connection.realm_id, links, this.now, LINKS_KEPT)
        posted = parse.payment(answer.entity)
        account.set(payments.recorded(state, posted, account.posted.id))
        account.fresh.append(posted.id)
        account.intuit_tid = answer.intuit_tid
        account.posted = _paid(account.posted, posted)
        return True

    @staticmethod
    def _change(account: _Account, payment: CommercePayment, **changes: object) -> None:
        state = next(one for one in account.states if one.id == payment.id)
        account.set(state.model_copy(update=changes))

    def _read_again(self, this: Batch, accounts: Sequence[_Account]) -> None:
        """The invoices as they are now, in one read for all."""
        for account in accounts:
            account.job.record = account.job.record.model_copy(
                update={"quickbooks_id": account.posted.id}
            )
        self._loader.existing(this, [account.job for account in accounts])
        for account in accounts:
            now = account.job.existing
            # QuickBooks' queries may lag behind: what we know of must be in it.
            if now and set(account.fresh) <= set(now.payment_ids):
                account.posted = now


def _paid(invoice: QuickBooksInvoice, payment: QuickBooksPayment) -> QuickBooksInvoice:
    """The invoice as a payment leaves it, until it is read again."""
    if payment.id in invoice.payment_ids:
        return invoice
    times = [one for one in (invoice.updated_at, payment.updated_at) if one]
    return invoice.model_copy(
        update={
            "balance": invoice.balance - payment.applied.get(invoice.id, payment.total),
            "payment_ids": (*invoice.payment_ids, payment.id),
            "updated_at": max(times, default=None),
        }
    )
