"""Everything that is kept in DynamoDB, by what it is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

from invoice_sync.model.record import CustomerClaim, PaymentClaim
from invoice_sync.runtime.clock import sleep
from invoice_sync.store import keys
from invoice_sync.store.audit import AuditStore
from invoice_sync.store.budgets import BudgetStore
from invoice_sync.store.cards import CardStore
from invoice_sync.store.causes import CauseStore
from invoice_sync.store.choices import ChoiceStore
from invoice_sync.store.claims import ClaimStore
from invoice_sync.store.commit import Committer
from invoice_sync.store.connections import ConnectionStore
from invoice_sync.store.counters import CounterStore
from invoice_sync.store.erasure import ErasureStore
from invoice_sync.store.failing import FailingStore
from invoice_sync.store.jobs import JobStore
from invoice_sync.store.leases import LeaseStore
from invoice_sync.store.marks import MarkStore
from invoice_sync.store.queued import QueuedStore
from invoice_sync.store.realm import RealmStore
from invoice_sync.store.records import RecordStore
from invoice_sync.store.results import ResultStore
from invoice_sync.store.seen import SeenStore
from invoice_sync.store.starts import StartStore
from invoice_sync.store.table import Table
from invoice_sync.store.timetables import TimetableStore
from invoice_sync.store.unrecorded import UnrecordedStore
from invoice_sync.store.unsent import UnsentStore


class Store:
    """One table and all that it holds."""

    def __init__(
        self,
        dynamodb: Any,
        table_name: str,
        executor: Executor,
        sleep: Callable[[float], None] = sleep,
    ) -> None:
        """`executor` runs requests side by side, `sleep` takes seconds."""
        table = Table(dynamodb, table_name, sleep)
        self.audit = AuditStore(table)
        self.budgets = BudgetStore(table)
        self.causes = CauseStore(table)
        self.connections = ConnectionStore(table)
        self.counters = CounterStore(table)
        self.customers = ClaimStore(
            table, keys.customer, CustomerClaim, lambda id_: CustomerClaim(contact_id=id_)
        )
        self.erasure = ErasureStore(table)
        self.failing = FailingStore(table)
        self.jobs = JobStore(table)
        self.leases = LeaseStore(table)
        self.marks = MarkStore(table)
        self.payments = ClaimStore(
            table, keys.payment, PaymentClaim, lambda id_: PaymentClaim(payment_id=id_)
        )
        self.queued = QueuedStore(table)
        self.realm = RealmStore(table, executor)
        self.records = RecordStore(table, executor)
        self.cards = CardStore(table, executor, self.records)
        self.results = ResultStore(table)
        self.seen = SeenStore(table)
        self.unrecorded = UnrecordedStore(table, self.records)
        self.unsent = UnsentStore(table)
        self.choices = ChoiceStore(self.realm)
        self.starts = StartStore(self.connections, self.marks)
        # Called with the portal's id and the name of the rate.
        self.timetable = partial(TimetableStore, table)
        self.commit = Committer(table, executor, self.counters, self.causes).commit
