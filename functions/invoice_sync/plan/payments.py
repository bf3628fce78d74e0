"""The decision about the payments of invoices. Pure.

Money that came in and stayed in is recorded in QuickBooks, once. Whatever is not recorded is shown
with its reason. Nothing that is in QuickBooks is changed, deleted or recorded a second time.

A payment may hang on several invoices: it is one payment in QuickBooks, with a line for each. So
invoices that share payments are planned together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from invoice_sync.model.hubspot import CommercePayment
from invoice_sync.model.quickbooks import QuickBooksPayment
from invoice_sync.model.record import Missing, PaymentProblem, PaymentState
from invoice_sync.plan import receipts
from invoice_sync.plan.booking import problem_of, where_it_is
from invoice_sync.plan.ledgers import DuePayment, Ledger, PaymentPlan
from invoice_sync.plan.receipts import money
from invoice_sync.plan.shares import Share, split

# How long a payment waits for those of its invoices that are not in QuickBooks yet. Then as much as
# possible is recorded: a month must not close without money that the bank shows.
WAIT_FOR_OTHERS = timedelta(days=1)
_ZERO = Decimal(0)

WAITS_FOR_INVOICE = "It is recorded once the invoice itself is in QuickBooks."
WAITS_FOR_OTHER = (
    "It is of several invoices, and {number} is not in QuickBooks as it should be yet. After a day"
    " it is recorded all the same, and the rest of it stays on the customer's account."
)
_IS_LOOKED_AT = "Another invoice that it pays is being checked right now."
_GONE = "It was deleted in HubSpot, or taken off the invoice there; QuickBooks still has it."
_THEIRS = (
    "QuickBooks already has a payment of this amount on the invoice, which this app did not"
    " record; it is taken to be the same. If it is a different one, record this one there by hand."
)
_SETTLED = "A person said that QuickBooks has it, or should not have it."
REMOVED = "It was recorded, but was deleted or voided in QuickBooks. It will not be recorded again."
VOIDED = "The invoice is void in QuickBooks."
STOPPED = "A person stopped syncing this invoice."
OTHER_CUSTOMER = (
    "Its invoices belong to different customers in QuickBooks, where a payment has one customer:"
    " record it there by hand."
)
NO_ROOM = (
    "In QuickBooks only {open} is left to pay, because people entered payments there. It may be one"
    " of them."
)


def plan_payments(
    ledgers: Sequence[Ledger],
    now: datetime,
    hung_on: Mapping[str, Sequence[str]] | None = None,
    busy: Iterable[str] = (),
) -> PaymentPlan:
    """Decide about each payment of these invoices.

    `hung_on`: the HubSpot ids of all invoices of a payment, where it has several. `busy`: invoices
    that another worker has. A payment that was sent and has no answer must have been looked up
    before.
    """
    return _Planner(ledgers, now, hung_on or {}, frozenset(busy)).plan()


class _Planner:
    """Goes through the payments in order: each takes a stranger or a part of the balances."""

    def __init__(
        self,
        ledgers: Sequence[Ledger],
        now: datetime,
        hung_on: Mapping[str, Sequence[str]],
        busy: frozenset[str],
    ) -> None:
        self._ledgers = sorted(ledgers, key=lambda ledger: int(ledger.id))
        self._now, self._hung_on, self._busy = now, hung_on, busy
        self._open = {
            ledger.id: max(ledger.existing.balance, _ZERO) for ledger in ledgers if ledger.existing
        }
        # A payment of nothing only applies a credit memo: no money came in with it.
        self._strangers = {
            payment.id: payment
            for ledger in ledgers
            for payment in ledger.strangers
            if payment.total
        }
        self._states: dict[str, dict[str, PaymentState]] = {ledger.id: {} for ledger in ledgers}
        self._due: list[DuePayment] = []
        self._waiting_for_workers: set[str] = set()

    def plan(self) -> PaymentPlan:
        for payment, members in self._payments():
            self._decide(payment, members)
        states = {}
        for ledger in self._ledgers:
            decided = self._states[ledger.id]
            others = [
                state
                for state in ledger.states
                if state.id not in decided and state.state == "recorded"
            ]
            if ledger.is_skipped:
                kept = [_with(state, **_NOTHING_MISSING) for state in others]
            else:
                kept = [_settled(state, _GONE) for state in others]
            states[ledger.id] = (*decided.values(), *kept)
        failures = {
            ledger.id: failure
            for ledger in self._ledgers
            if not (ledger.is_skipped or ledger.held_back)
            and (failure := problem_of(states[ledger.id]))
        }
        busy = frozenset(self._waiting_for_workers)
        return PaymentPlan(states, tuple(self._due), failures, busy)

    def _payments(self) -> Iterator[tuple[CommercePayment, list[Ledger]]]:
        """Yield each payment with the invoices that decide about it: those that are synced, and
        where there are none, those that somebody stopped."""
        members: dict[str, list[Ledger]] = {}
        payments: dict[str, CommercePayment] = {}
        for ledger in self._ledgers:
            if ledger.is_skipped and not ledger.is_stopped:
                continue
            for payment in ledger.invoice.payments:
                members.setdefault(payment.id, []).append(ledger)
                payments[payment.id] = payment
        for payment in sorted(payments.values(), key=_order):
            synced = [each for each in members[payment.id] if not each.is_stopped]
            yield payment, synced or members[payment.id]

    def _decide(self, payment: CommercePayment, members: list[Ledger]) -> None:
        before = [state for each in members if (state := each.state(payment.id))]
        if _stopped(members) and self._busy & {*self._hung_on.get(payment.id, ())}:
            # Whoever looks at its other invoice finds these in use, and decides for all later.
            for each in members:
                if state := each.state(payment.id):
                    self._states[each.id][payment.id] = state
            return
        recorded = next((state for state in before if state.state == "recorded"), None)
        if recorded:
            self._keep_recorded(payment, members, recorded)
            return
        state = _pending(payment, members[0].invoice.currency, before)
        currencies = {each.invoice.currency for each in members}
        verdicts = [receipts.verdict(payment, currency) for currency in sorted(currencies)]
        verdict = next((each for each in verdicts if each), None)
        if verdict and not (verdict.came_in and _is_settled(payment, members)):
            how = {"state": "pending" if verdict.passes else "not_synced"}
            state = _with(state, **how, reason=verdict.reason, problem=verdict.problem)
            self._close(payment, members, state, came_in=verdict.came_in)
            return
        self._decide_money(payment, members, state)

    def _decide_money(
        self, payment: CommercePayment, members: list[Ledger], state: PaymentState
    ) -> None:
        """Decide about money that came in and is not recorded yet."""
        obstacle = (
            self._settled_or_removed(payment, members)
            or _stopped(members)
            or self._unready(payment, members, state)
            or self._same_as_theirs(payment, members)
            or self._no_room(payment, members)
        )
        if obstacle:
            came_in = obstacle.reason not in (_THEIRS, _SETTLED)
            kept = {"quickbooks_id": obstacle.quickbooks_id} if obstacle.quickbooks_id else {}
            how = {"state": obstacle.state, "reason": obstacle.reason, "problem": obstacle.problem}
            self._close(payment, members, _with(state, **how, **kept), came_in=came_in)
            return
        usable = [each for each in members if each.takes_payments and each.existing]
        shares = split(payment, self._as_shares(members), self._hung_on)
        for invoice_id, share in shares.items():
            self._open[invoice_id] -= share
        ids = {each.id: each.existing.id for each in usable if each.existing}
        self._due.append(
            DuePayment(
                payment,
                tuple(each.id for each in members),
                {ids[invoice_id]: share for invoice_id, share in shares.items()},
                customer_id=next(each.existing.customer_id for each in usable if each.existing),
                currency=usable[0].invoice.currency,
                again=any(payment.id in each.insisted for each in members),
            )
        )
        self._close(payment, members, state, came_in=True)

    # -- what is in the way

    def _settled_or_removed(
        self, payment: CommercePayment, members: list[Ledger]
    ) -> _Obstacle | None:
        if any(payment.id in each.insisted for each in members):
            return None
        if _is_settled(payment, members):
            return _Obstacle(_SETTLED)
        for state in filter(None, (each.state(payment.id) for each in members)):
            if state.problem == "removed":
                return _Obstacle(REMOVED, problem="removed", quickbooks_id=state.quickbooks_id)
        return None

    def _unready(
        self, payment: CommercePayment, members: list[Ledger], state: PaymentState
    ) -> _Obstacle | None:
        """Return what keeps the payment from its invoices."""
        if self._busy & {*self._hung_on.get(payment.id, ())}:
            self._waiting_for_workers |= {each.id for each in members}
            return _Obstacle(_IS_LOOKED_AT, state="pending")
        usable = [each for each in members if each.takes_payments]
        waiting = [each for each in members if each.existing is None or each.held_back]
        if waiting and not usable:
            reason = next((each.held_back for each in waiting if each.held_back), "")
            return _Obstacle(reason or WAITS_FOR_INVOICE, state="pending")
        if not usable:
            return _Obstacle(VOIDED, problem="voided")
        if len({each.existing.customer_id for each in usable if each.existing}) > 1:
            return _Obstacle(OTHER_CUSTOMER, problem="other_customer")
        since = state.missing.since if state.missing else self._now
        unread = {*self._hung_on.get(payment.id, ())} - {each.id for each in self._ledgers}
        if (waiting or unread) and self._now - since < WAIT_FOR_OTHERS:
            number = (waiting[0].invoice.number if waiting else "") or "one of them"
            reason = WAITS_FOR_OTHER.format(number=number)
            return _Obstacle(reason, state="pending", problem="other_invoice")
        return None

    def _same_as_theirs(self, payment: CommercePayment, members: list[Ledger]) -> _Obstacle | None:
        """Take somebody else's payment of the same amount for this one: people often enter by hand
        what they took in HubSpot, and a missing payment is seen where a double one is not."""
        on_them = {each.existing.id: each for each in members if each.existing}
        for each in members:
            before, existing = each.state(payment.id), each.existing
            if before and existing and before.quickbooks_id in existing.payment_ids:
                self._strangers.pop(before.quickbooks_id, None)
                return _Obstacle(_THEIRS, quickbooks_id=before.quickbooks_id)
        if any(payment.id in each.insisted for each in members):
            return None
        for stranger in self._strangers.values():
            on_these = sum(
                (share for key, share in stranger.applied.items() if key in on_them), _ZERO
            )
            if on_these and payment.amount in (on_these, stranger.total):
                del self._strangers[stranger.id]
                return _Obstacle(_THEIRS, quickbooks_id=stranger.id)
        return None

    def _no_room(self, payment: CommercePayment, members: list[Ledger]) -> _Obstacle | None:
        """Less is open than was paid. If people entered payments there, this may be one of them;
        credit is no money, and what does not fit is the customer's."""
        usable = [each for each in members if each.takes_payments and each.existing]
        left = sum((self._open[each.id] for each in usable), _ZERO)
        fits = payment.amount is not None and payment.amount <= left
        if fits or any(payment.id in each.insisted for each in members):
            return None
        before = [each.state(payment.id) for each in usable if not each.is_fresh]
        stays = any(state and state.problem == "no_room" for state in before)
        on_them = {each.existing.id for each in usable if each.existing}
        theirs = any(on_them & each.applied.keys() for each in self._strangers.values())
        if not (stays or theirs):
            return None
        reason = NO_ROOM.format(open=money(left, usable[0].invoice.currency))
        return _Obstacle(reason, problem="no_room")

    def _as_shares(self, members: list[Ledger]) -> list[Share]:
        return [
            Share(each.invoice, self._open.get(each.id, _ZERO) if each.takes_payments else None)
            for each in members
        ]

    # -- states

    def _close(
        self,
        payment: CommercePayment,
        members: list[Ledger],
        state: PaymentState,
        *,
        came_in: bool,
    ) -> None:
        """Note the state of a payment that is not recorded. One of its invoices keeps the money."""
        since = state.missing.since if state.missing else self._now
        missing = Missing(amount=payment.amount, since=since) if came_in else None
        refund = self._refund(payment, state) if came_in else None
        for each in members:
            own = {"missing": missing, "refund": refund} if each is members[0] else _NOTHING_MISSING
            before = each.state(payment.id)
            sent = {"request_id": before.request_id, "sent_at": before.sent_at} if before else {}
            self._states[each.id][payment.id] = _with(state, **own, **sent)

    def _keep_recorded(
        self, payment: CommercePayment, members: list[Ledger], recorded: PaymentState
    ) -> None:
        reread = next(
            (
                each.reread[recorded.quickbooks_id]
                for each in members
                if recorded.quickbooks_id in each.reread
            ),
            recorded,
        )
        if reread is None or (isinstance(reread, QuickBooksPayment) and reread.is_void):
            state = _pending(payment, members[0].invoice.currency, [recorded])
            state = _with(
                state,
                state="not_synced",
                reason=REMOVED,
                problem="removed",
                quickbooks_id=recorded.quickbooks_id,
            )
            verdict = receipts.verdict(payment, members[0].invoice.currency)
            self._close(payment, members, state, came_in=verdict is None)
            return
        for each in members:
            before = each.state(payment.id)
            # One that only waited does not name the payment in QuickBooks.
            named = before is not None and before.quickbooks_id == recorded.quickbooks_id
            state = before if before and named else _with(recorded, applied=_ZERO)
            if isinstance(reread, QuickBooksPayment) and each.existing:
                share = reread.applied.get(each.existing.id, _ZERO)
                now = {"amount": reread.total, "applied": share, "on_account": reread.on_account}
                state = _with(state, **now)
            reason = receipts.changed_since(payment, state) or where_it_is(state, each, members)
            own = _NOTHING_MISSING
            if each is members[0]:
                short = self._short(payment, state)
                own = {"missing": short, "refund": self._refund(payment, recorded)}
            how = {"state": "recorded", "reason": reason, "problem": None}
            self._states[each.id][payment.id] = _with(state, **how, **own)

    def _refund(self, payment: CommercePayment, state: PaymentState) -> Missing | None:
        went_back, amount = receipts.given_back(payment)
        if not went_back:
            return None
        return Missing(amount=amount, since=state.refund.since if state.refund else self._now)

    def _short(self, payment: CommercePayment, state: PaymentState) -> Missing | None:
        """Return what QuickBooks' payment is short of HubSpot's: somebody changed one of them."""
        if payment.amount is None or state.amount is None or payment.amount <= state.amount:
            return None
        since = state.missing.since if state.missing else self._now
        return Missing(amount=payment.amount - state.amount, since=since)


@dataclass(frozen=True)
class _Obstacle:
    reason: str
    state: str = "not_synced"
    problem: PaymentProblem | None = None
    quickbooks_id: str = ""


def _is_settled(payment: CommercePayment, members: Sequence[Ledger]) -> bool:
    return any(payment.id in each.settled for each in members)


def _stopped(members: Sequence[Ledger]) -> _Obstacle | None:
    return _Obstacle(STOPPED) if all(each.is_stopped for each in members) else None


_NOTHING_MISSING: dict[str, object] = {"missing": None, "refund": None}


def _pending(
    payment: CommercePayment, currency: str, before: Sequence[PaymentState]
) -> PaymentState:
    return PaymentState(
        id=payment.id,
        state="pending",
        amount=payment.amount,
        currency=payment.currency or currency,
        paid_on=payment.paid_on,
        missing=next((state.missing for state in before if state.missing), None),
        refund=next((state.refund for state in before if state.refund), None),
    )


def _settled(state: PaymentState, reason: str) -> PaymentState:
    return _with(state, reason=reason, problem=None, missing=None, refund=None)


def _order(payment: CommercePayment) -> tuple[date, int]:
    return payment.paid_on or date.max, int(payment.id)


def _with(state: PaymentState, /, **changes: object) -> PaymentState:
    return state.model_copy(update=changes)
