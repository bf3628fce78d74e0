"""Broken answers of HubSpot and QuickBooks to tenant A, while tenant B's are whole.

An input is a few acts: people do something in both tenants, then a function runs while answers to A
are damaged. Afterwards all answers are whole again, time passes, somebody clicks "retry", and the
books of both must be right.
"""

from __future__ import annotations

import json
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qs, quote

import httpx

import sweep
import sync_worker
from infra.local.aws import DEAD_LETTER_QUEUE
from infra.local.lambda_context import LambdaContext
from tests.audit.auditor import Auditor
from tests.audit.ledger import Ledger
from tests.flows.conftest import check_numbers
from tests.in_process import Reply

from . import damage
from .entries import Entry, Input, of_outcome, raised
from .http_inputs import Outcome, Request, send
from .messages import deliver
from .visits import STEPS, Browser
from .world import A_PORTAL, A_REALM, B_PORTAL, B_REALM, BOSS, PERIOD, World, of_b

_SIGNER = f"userId={BOSS[1]}&portalId={A_PORTAL}&userEmail={quote(BOSS[0], safe='')}&appId=9001"
# Of an invoice to somebody whom QuickBooks does not know, and of one that was voided when paid.
_RIGHT_FAILURES = ("customer_not_found",)
_ROUNDS = 6
_TEN_MINUTES = 600


# -- what is damaged


@dataclass
class Damager:
    """Damages answers to tenant A by chance, or as noted, and notes what it does."""

    world: World
    chosen: Random
    rate: float
    # The damages of this act: number of the answer, and what stands for it.
    noted: dict[str, Any] | None
    done: dict[str, Any] = field(default_factory=dict)
    _seen: Counter[str] = field(default_factory=Counter)

    def answered(self, request: httpx.Request, reply: Reply) -> Reply:
        if _tenant(self.world, request) == B_PORTAL:
            return reply
        # An id of one run says nothing in another.
        path = re.sub(r"(/objects/\w+)/[0-9]+", r"\1/{id}", request.url.path)
        label = f"{request.method} {path}"
        self._seen[label] += 1
        label += f" {self._seen[label]}"
        if self.noted is None and self.chosen.random() < self.rate:
            self.done[label] = _written(damage.damaged(self.chosen, reply), reply)
        elif self.noted is not None and label in self.noted:
            self.done[label] = self.noted[label]
        return _read(self.done[label], request, reply) if label in self.done else reply


def _tenant(world: World, request: httpx.Request) -> str:
    path, form = request.url.path, parse_qs(request.content.decode("latin-1"))
    (token,) = form.get("refresh_token", [""])
    hubspot, quickbooks = world.system.hubspot._oauth, world.system.quickbooks.tokens
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    if bearer in hubspot._access:
        return str(hubspot._access[bearer].portal_id)
    if token in hubspot._refresh:
        return str(hubspot._refresh[token][0])
    realms = {each.refresh_token: each.realm_id for each in quickbooks._grants}
    return B_PORTAL if B_REALM in path or realms.get(token) == B_REALM else A_PORTAL


def _tokens(reply: Reply) -> dict[str, str]:
    try:
        whole = json.loads(reply.body)
    except ValueError:
        return {}
    if not isinstance(whole, dict):
        return {}
    return {name: whole[name] for name in ("access_token", "refresh_token") if name in whole}


def _written(damaged: damage.Damaged, reply: Reply) -> Any:
    """Return a damage for an example: with names for the tokens, which no two runs share."""
    if isinstance(damaged, str):
        return damaged
    body = damaged.body.decode("latin-1")
    for name, token in _tokens(reply).items():
        body = body.replace(token, f"{{{name}}}")
    # What is huge is one character many times.
    kept = body.rstrip(body[-1]) + body[-1] if len(body) > 1_000_000 else body
    padding = len(body) - len(kept)
    return {
        "status": damaged.status,
        "headers": [*map(list, damaged.headers)],
        "body": kept,
        **({"padding": padding} if padding else {}),
    }


def _read(written: Any, request: httpx.Request, reply: Reply) -> Reply:
    if isinstance(written, str):
        raise damage.ERRORS[written]("damaged", request=request)
    body = written["body"]
    body += body[-1:] * written.get("padding", 0)
    for name, token in _tokens(reply).items():
        body = body.replace(f"{{{name}}}", token)
    headers = tuple((name, value) for name, value in written["headers"])
    return Reply(written["status"], headers, body.encode("latin-1"))


# -- acts of people, and the functions that run then


@dataclass
class Companies:
    """Both tenants' people."""

    world: World
    ledger: Ledger = field(default_factory=Ledger)
    # Of the input, and of all inputs.
    acts: int = 0
    all_acts: int = 0

    def invoice(self) -> None:
        world = self.world
        contacts = world.flow.portal.ids("contacts")
        line = {"name": "kanarie-a tea", "hs_sku": "TEA", "quantity": "2", "price": "150"}
        contact = contacts[self.acts % len(contacts)]
        world.of_a.append(world.flow.portal.create_invoice(contact_id=contact, lines=[line]))

    def price(self) -> None:
        self._set_price(self.world.flow.portal, self._open())

    def old_price(self) -> None:
        """Somebody takes a new price back."""
        portal = self.world.flow.portal
        line = portal.associated("invoices", self._open(), "line_items")[0]
        portal.update("line_items", line, {"price": "150"})

    def payment(self) -> None:
        invoice_id = self._open()
        properties = {
            "hs_initial_amount": "10",
            "hs_currency_code": "USD",
            "hs_initiated_date": "2026-11-20T17:30:00Z",
            "hs_latest_status": "succeeded",
            "hs_processor_type": "hs_payments",
        }
        portal = self.world.flow.portal
        payment = portal.create("commerce_payments", properties, [("invoices", invoice_id)])
        self.ledger.payments[payment] = (invoice_id,)

    def void(self) -> None:
        portal = self.world.flow.portal
        portal.update("invoices", self._open(), {"hs_invoice_status": "voided"})

    def company(self) -> None:
        contact = self.world.flow.portal.ids("contacts")[0]
        self.world.flow.portal.update("contacts", contact, {"phone": f"+1 555 {self.all_acts:04}"})

    def neighbour(self) -> None:
        portal = self.world.system.hubspot.portal(B_PORTAL)
        self._set_price(portal, self.world.of_b[0])

    def _set_price(self, portal: Any, invoice_id: str) -> None:
        line = portal.associated("invoices", invoice_id, "line_items")[0]
        portal.update("line_items", line, {"price": str(100 + self.all_acts)})

    def _open(self) -> str:
        """Return an open, unpaid invoice of A; a new one if there is none."""
        portal = self.world.flow.portal
        for invoice_id in self.world.of_a[self.acts % 3 :]:
            properties = portal.record("invoices", invoice_id).properties
            paid = portal.associated("invoices", invoice_id, "commerce_payments")
            if properties["hs_invoice_status"] == "open" and not paid:
                return invoice_id
        self.invoice()
        return self.world.of_a[-1]


_PEOPLE: dict[str, Callable[[Companies], None]] = {
    "invoice": Companies.invoice,
    "price": Companies.price,
    "old price": Companies.old_price,
    "payment": Companies.payment,
    "void": Companies.void,
    "contact": Companies.company,
}


def _work(world: World, _: Companies) -> Iterator[str]:
    """Webhooks and the queue."""
    world.system.hubspot.deliver()
    world.system.quickbooks.deliver()
    for _delivery in range(3):
        yield from deliver(world)
    yield from _neighbour(world)


def _sweep(world: World, _: Companies) -> Iterator[str]:
    """All webhooks are lost; the schedule runs."""
    world.system.hubspot.webhooks.discard()
    world.system.quickbooks.webhooks.discard()
    world.system.clock.advance(300)
    try:
        sweep.handler({}, LambdaContext("sweep"))
    except Exception:
        yield raised(traceback.format_exc())
    world.wires.answered = None  # the worker's answers are another act's
    yield from deliver(world)
    yield from deliver(world)
    yield from _neighbour(world)


def _neighbour(world: World) -> Iterator[str]:
    portal, realm = world.system.hubspot.portal(B_PORTAL), world.system.quickbooks.realms[B_REALM]
    invoice_id = world.of_b[0]
    total = portal.record("invoices", invoice_id).properties["hs_amount_billed"]
    copies = [row for row in realm.invoices if f"invoice {invoice_id} " in row["PrivateNote"]]
    if [float(row["TotalAmt"]) for row in copies] != [float(total)]:
        yield "the healthy neighbour was not served"


def _asked(method: str, path: str, body: Any = None) -> Callable[..., Iterator[str]]:
    """A question or an order of the boss of A."""

    def ask(world: World, companies: Companies) -> Iterator[str]:
        invoice_id = world.of_a[companies.acts % len(world.of_a)]
        content = "" if body is None else json.dumps(body)
        at, _, query = path.format(invoice=invoice_id).partition("?")
        request = Request(
            method,
            at,
            f"{query}&{_SIGNER}" if query else _SIGNER,
            content,
            {"content-type": "application/json"} if content else {},
            "hubspot",
        )
        outcome = send(world, request)
        assert outcome
        yield from of_outcome(outcome, lambda status: status < 500 or status in (502, 503))
        yield from _of_problem(outcome)
        if path.startswith(("/v1/reports", "/v1/backfill", "/v1/failures/retry")):
            yield from deliver(world)

    return ask


def _of_problem(outcome: Outcome) -> Iterator[str]:
    kind = outcome.headers.get("content-type", "")
    if outcome.status >= 400 and not kind.startswith("application/problem+json"):
        yield f"answered {outcome.status} as {kind}"


def _connect(world: World, _: Companies) -> Iterator[str]:
    """The boss of A connects again."""
    browser, answered = Browser(world, portal=A_PORTAL, realm=A_REALM), world.wires.answered
    for step in (1, 3):
        world.wires.answered = None
        query = browser.query_of(step)
        world.wires.answered = answered
        outcome = browser.get(STEPS[step], "&".join(f"{k}={quote(v)}" for k, v in query.items()))
        yield from of_outcome(outcome, lambda status: status < 500 or status == 503)


_FUNCTIONS: dict[str, Callable[[World, Companies], Iterator[str]]] = {
    "work": _work,
    "sweep": _sweep,
    "preview": _asked("GET", "/v1/invoices/{invoice}/preview"),
    "candidates": _asked(
        "POST", "/v1/invoices/{invoice}/resolve", {"resolution": "use_customer", "preview": True}
    ),
    "customers": _asked("GET", "/v1/quickbooks/customers?search=kanarie"),
    "items": _asked("GET", "/v1/quickbooks/items?search=tea"),
    "choices": _asked("GET", "/v1/settings/choices?refresh=true"),
    "settings": _asked("PATCH", "/v1/settings", {"fallbackItemId": "1"}),
    "report": _asked("POST", "/v1/reports/reconciliation", {**PERIOD, "again": True}),
    "run": _asked("POST", "/v1/reports/reconciliation", {**PERIOD, "run": True}),
    "backfill": _asked("POST", "/v1/backfill", {**PERIOD, "again": True}),
    "retry": _asked("POST", "/v1/failures/retry"),
    "connect": _connect,
}


def _make(chosen: Random, _: World) -> Input:
    acts = []
    for _act in range(chosen.choice((1, 2, 4))):
        function = chosen.choice([*_FUNCTIONS, *["work"] * 8, *["sweep"] * 3])
        acts.append(
            {
                "people": [chosen.choice([*_PEOPLE]) for _ in range(chosen.choice((1, 2, 4)))],
                "function": function,
                "rate": chosen.choice((0.05, 0.2, 0.5, 1)),
                "seed": chosen.randrange(10**9),
            }
        )
    return {"acts": acts, "createCustomers": chosen.random() < 0.5}


def _play(world: World, played: Input) -> Iterator[str]:
    companies = _companies(world)
    world.flow.settings(create_customers=played["createCustomers"])
    for act in played["acts"]:
        companies.acts += 1
        companies.all_acts += 1
        for name in act["people"]:
            _PEOPLE[name](companies)
        companies.neighbour()
        damager = Damager(world, _chosen(act["seed"]), act["rate"], act.get("damages"))
        world.wires.answered = damager.answered
        kept = world.kept()
        yield from _FUNCTIONS[act["function"]](world, companies)
        if act["function"] not in ("work", "sweep", "retry", "report", "run", "backfill"):
            after = world.kept()
            if any(after.get(key) is not item for key, item in kept.items() if of_b(key)):
                yield "an item of tenant B has changed"
        world.wires.answered = None
        if unused := act.get("damages", {}).keys() - damager.done:
            yield f"an example does not fit any more: there is no {sorted(unused)}"
        act["damages"] = damager.done
    yield from _settled(world, companies)


def _chosen(seed: int) -> Random:
    return Random(seed)  # noqa: S311


def _companies(world: World) -> Companies:
    """Both tenants' people, as the inputs before have left them."""
    if world.people is None:
        world.people = Companies(world)
    people: Companies = world.people
    people.acts = 0
    return people


def _settled(world: World, companies: Companies) -> Iterator[str]:
    """Let time pass without damage, click "retry", and look into the books."""
    flow = world.flow
    world.system.clock.advance(_TEN_MINUTES)
    for number in range(_ROUNDS):
        world.system.clock.advance(_TEN_MINUTES)
        try:
            sweep.handler({}, LambdaContext("sweep"))
        except Exception:
            yield raised(traceback.format_exc())
        flow.work_later()
        if number == 0:
            world.fetch(A_PORTAL, "POST", "/v1/failures/retry")
            flow.work_later()
        elif not any(record.status == "pending" for record in flow.records()):
            break
    yield from _of_state(world)
    companies.ledger.watch_emails(flow.portal, flow.realm)
    yield from Auditor(flow, companies.ledger).findings()
    try:
        check_numbers(flow)
    except AssertionError as error:
        yield f"the numbers of the API are wrong: {str(error)[:200]}"


def _of_state(world: World) -> Iterator[str]:
    flow = world.flow
    for portal_id in (A_PORTAL, B_PORTAL):
        connection = world.system.store.connections.get(portal_id)
        if connection is None or connection.state != "connected":
            yield f"portal {portal_id} is {connection.state if connection else 'gone'}"
    for record in flow.records():
        if record.status == "pending":
            yield "an invoice stays pending"
        if record.failure and record.failure.code not in _RIGHT_FAILURES:
            yield f"an invoice that nothing is wrong with fails as {record.failure.code}"
    dead = world.memory.sqs.queues[DEAD_LETTER_QUEUE].messages
    if dead:
        yield f"{len(dead)} dead letters, such as {next(iter(dead.values())).body}"
        dead.clear()
    if left := world.queued():
        yield f"{len(left)} messages do not end, such as {left[0]}"
    sync_worker.collaborators.cache_clear()


PROVIDER_ANSWERS = Entry("provider_answers", 25, 20, _make, _play)
