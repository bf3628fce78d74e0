"""Two tenants of one deployment, and what watches over them.

All that is personal has `MARK` in it, and what is tenant B's has `B_MARK`: neither the log nor an
answer to tenant A may show it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

import api
import sweep
import sync_worker
from infra.local import aws_calls
from infra.local.aws import CONNECTION_SECRETS, QUEUE, TABLE, LocalAws
from infra.local.memory.client import Operation
from infra.local.memory.services import Memory
from infra.local.system import APP_SECRET, LocalSystem
from invoice_sync.runtime import metrics
from tests.driven_time import driving
from tests.flows.conftest import PORTAL_ID, REALM_ID, Flow

from . import logs
from .in_process import Wires, no_sockets, one_thread

MARK, B_MARK = "kanarie", "kanarie-b"
A_PORTAL, A_REALM = PORTAL_ID, REALM_ID
B_PORTAL, B_REALM = "24681", "9130357849539999"
TENANTS = ((A_PORTAL, A_REALM), (B_PORTAL, B_REALM))
# A deployed API has one such name.
HOST = "sync.example.com"
NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}
_KEYS_OF_B = (f"PORTAL#{B_PORTAL}", f"REALM#{B_REALM}")
# Who may act in A, and who may not.
BOSS, LOOKER = ("pat@example.com", 77), ("lee@kanarie-a.example", 78)
PERIOD = {"from": "2026-11-01", "to": "2026-11-30"}


@dataclass
class Calls:
    """The calls to AWS since they were last taken."""

    made: list[Operation] = field(default_factory=list)

    def note(self, call: Operation) -> None:
        self.made.append(call)

    def take(self) -> list[Operation]:
        made, self.made = self.made, []
        return made


def is_work(call: Operation) -> bool:
    """Tell whether a call is more than a look at the app's own secret."""
    return call.service != "secretsmanager"


def of_b(key: Any) -> bool:
    """Tell whether an item is tenant B's."""
    return str(key[0]).startswith(_KEYS_OF_B)


def touches_b(call: Operation) -> bool:
    """Tell whether a call to DynamoDB names a key of tenant B."""
    return call.service == "dynamodb" and any(key in str(call.parameters) for key in _KEYS_OF_B)


def writes(call: Operation) -> bool:
    return call.name in _WRITES or call.name in ("SendMessageBatch", "SendMessage")


@dataclass
class World:
    system: LocalSystem
    # Tenant A with the helpers of the flow tests.
    flow: Flow
    wires: Wires
    written: logs.Written
    calls: Calls
    # HubSpot's ids of invoices: of A, in step and failing; of B.
    of_a: list[str] = field(default_factory=list)
    of_b: list[str] = field(default_factory=list)
    # Of lists, of both tenants.
    cursors: list[str] = field(default_factory=list)
    # Those who act, where inputs leave something behind.
    people: Any = None

    @property
    def memory(self) -> Memory:
        services = self.system.aws.services
        assert isinstance(services, Memory)
        return services

    def fetch(self, portal_id: str, method: str, path: str, body: Any = None) -> Any:
        """Ask the API as the tenant's boss does."""
        url = self.system.gateway.url + path
        answer = self.system.hubspot.fetch(portal_id, method, url, body=body)
        assert answer.status == 200, answer.text
        return answer.json()

    def queued(self) -> list[str]:
        """Return the bodies of all messages on the queue, and take them off it."""
        messages = self.memory.sqs.queues[QUEUE].messages
        bodies = [each.body for each in messages.values()]
        messages.clear()
        return bodies

    def kept(self) -> dict[Any, Any]:
        """Return what is in the table, by key. The same item has not changed."""
        return dict(self.memory.dynamodb.tables[TABLE].items)

    def restore(self, kept: Mapping[Any, Any]) -> None:
        """Put the table back, and connect A again if it was disconnected."""
        table = self.memory.dynamodb.tables[TABLE]
        for key in [key for key in table.items if key not in kept]:
            table.put(key, None)
        for key, stored in kept.items():
            if table.items.get(key) is not stored:
                table.put(key, stored)
        if not self.system.hubspot.has_grant(A_PORTAL):
            self._connect_again()

    def _connect_again(self) -> None:
        aws, system = self.system.aws, self.system
        name = f"{CONNECTION_SECRETS}{A_PORTAL}"
        with suppress(ClientError):
            aws.client("secretsmanager").delete_secret(
                SecretId=name, ForceDeleteWithoutRecovery=True
            )
        aws.put_secret(name, {})
        hubspot, quickbooks = system.hubspot.grant(A_PORTAL), system.quickbooks.grant(A_REALM)
        system.renew(A_PORTAL, {"hubspot": hubspot, "quickbooks": quickbooks})
        for function in (api, sync_worker, sweep):
            function.collaborators.cache_clear()
            with aws_calls.made_by(function.__name__):
                function.collaborators()

    def secrets(self) -> set[str]:
        """Return all secret texts: the app's, and each token that the simulators have given."""
        hubspot, quickbooks = self.system.hubspot._oauth, self.system.quickbooks.tokens
        given = {*hubspot._access, *hubspot._refresh, *quickbooks._by_access}
        given |= {grant.refresh_token for grant, _ in quickbooks._by_access.values()}
        return given | {v for k, v in APP_SECRET.items() if not k.endswith("ClientId")}


@contextmanager
def two_tenants(aws: LocalAws, seed: str) -> Iterator[World]:
    """A new system with both tenants, each with invoices that are in step and failing ones."""
    random.seed(seed)  # the product's jitter
    aws.reset()
    metrics.flush()
    calls = Calls()
    with logs.read_along() as written, one_thread(), LocalSystem(aws) as system:
        system.clock.stand_still(NOW, tick=0.001)
        with driving(system.clock), no_sockets(system) as wires:
            flow = Flow(system)
            world = World(system, flow, wires, written, calls)
            _furnish(world)
            session = world.memory.session
            session.observers.append(calls.note)
            world.queued()
            calls.take()
            written.take()
            yield world
            session.observers.remove(calls.note)
            metrics.flush()


def _furnish(world: World) -> None:
    system, flow = world.system, world.flow
    flow.hubspot.webhooks.concurrency = 1
    flow.quickbooks.switches.rate_limits_on = False
    other = system.hubspot.add_portal(B_PORTAL)
    realm = system.quickbooks.add_realm(
        B_REALM, preferences={"SalesFormsPrefs.CustomTxnNumbers": True}
    )
    system.connect(B_PORTAL, B_REALM)
    for portal, books, mark, ids in (
        (flow.portal, flow.realm, f"{MARK}-a", world.of_a),
        (other, realm, B_MARK, world.of_b),
    ):
        email = f"pay@{mark}.example"
        name = {"firstname": mark.title(), "lastname": "Vogel"}
        contact = portal.create("contacts", {"email": email, **name})
        nobody = portal.create("contacts", {"email": f"new@{mark}.example", **name})
        books.add_customer(f"{mark.title()} Ltd", email)
        books.add_item(f"{mark} tea", "TEA")
        line = {"name": f"{mark} tea", "hs_sku": "TEA", "quantity": "2", "price": "150"}
        for contact_id in (contact, contact, nobody, nobody):
            lines = [{**line, "price": str(100 + len(ids))}]
            number = f"{mark}-{len(ids)}"
            ids.append(portal.create_invoice(contact_id=contact_id, lines=lines, number=number))
        connection = system.store.connections.change_settings(
            str(portal.id), {"may_act": [BOSS[0]]}
        )
        assert connection
    flow.watch_quickbooks()
    flow.work()
    flow.work_later()
    for portal_id, _ in TENANTS:
        for path in ("/v1/reports/reconciliation", "/v1/backfill"):
            for body in (PERIOD, {**PERIOD, "run": True}):
                world.fetch(portal_id, "POST", path, body)
                flow.work_later()
    flow.work_later()
