"""The HTTP face: addresses, tokens, limits and request ids.

A request meets, in this order: the gateway (token, company, limits), then `requestid`, then the
operation. That is how recorded answers and Intuit's pages on limits describe the real service.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import Counter
from typing import Any

from werkzeug import Request
from werkzeug.exceptions import BadRequest

from ..wire import Answer, CallCounter, Clock, Recorder, Simulator, Window
from . import faults, operations
from .books import PACIFIC, Switches
from .calls import Call, batch_items
from .faults import RefusalError
from .oauth import Tokens, discovery
from .realm import Realm
from .webhooks import WebhookSender

CLIENT_ID = "quickbooks-client"
CLIENT_SECRET = "quickbooks-secret"
REQUEST_ID_LENGTH = 50
BATCH_REQUEST_ID_LENGTH = 36
CONCURRENT = 10
_PATH = re.compile(r"/v3/company/(?P<realm>[^/]+)/(?P<resource>[^/]+)(?:/(?P<rest>.+))?")


class _Limits:
    """The limits of what one app may send for one company, on the simulated clock."""

    def __init__(self, clock: Clock) -> None:
        self.second = Window(clock, 10, 1)
        self.minute = Window(clock, 500, 60)
        self.batches = Window(clock, 40, 60)
        self.under_way = 0

    def take(self, *, batch: bool, members: int) -> bool:
        """`members`: how many requests of a batch count as requests by themselves."""
        if not self.second.take():
            return False
        if not batch:
            return self.minute.take()
        return self.batches.take() and all(self.minute.take() for _ in range(members))


class QuickBooksSimulator(Simulator):
    """QuickBooks Online as the product meets it: `url` stands for both Intuit hosts."""

    service = "quickbooks"

    def __init__(
        self,
        clock: Clock,
        recorder: Recorder | None = None,
        *,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        switches: Switches | None = None,
    ) -> None:
        super().__init__(clock, recorder)
        self.client_id, self.client_secret = client_id, client_secret
        self.switches = switches or Switches()
        self.tokens = Tokens(clock, self.switches, client_id, client_secret)
        self.realms: dict[str, Realm] = {}
        self.webhooks = WebhookSender(self.realms)
        self._counter = CallCounter()
        self._metered = CallCounter()
        self._limits: dict[str, _Limits] = {}
        self._answers: dict[tuple[str, str], Answer] = {}
        self._lost: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()

    @property
    def calls(self) -> Counter[str]:
        """A copy of the number of calls so far, by method and resource."""
        return self._counter.copy()

    # -- for tests and the demo
    def add_realm(self, realm_id: str, **options: Any) -> Realm:
        """Add a company with options of `Books`: home_currency, multicurrency, country, ..."""
        realm = Realm(realm_id, self.clock, self.switches, **options)
        self.realms[realm_id] = realm
        self._limits[realm_id] = _Limits(self.clock)
        return realm

    def grant(self, realm_id: str) -> dict[str, Any]:
        return self.tokens.grant(realm_id)

    def authorization_code(self, realm_id: str, redirect_uri: str = "") -> str:
        return self.tokens.add_code(realm_id, redirect_uri)

    def consent(self, realm_id: str, *, denied: bool = False) -> None:
        """Decide for everybody who opens the consent page (`/connect/oauth2`) from now on."""
        self.tokens.consent = realm_id, denied

    def metered_reads(self, realm_id: str) -> int:
        """Return the CorePlus calls so far: reads, each query of a batch too, and no writes."""
        return self._metered.copy()[realm_id]

    def under_way(self, realm_id: str) -> int:
        """Return how many requests to the company are not answered yet."""
        with self._lock:
            return self._limits[realm_id].under_way

    # -- webhooks; `webhooks` has the switches
    def subscribe(self, url: str, verifier_token: str) -> None:
        self.webhooks.subscribe(url, verifier_token)

    def deliver(self) -> list[int]:
        return self.webhooks.deliver()

    def pending_deliveries(self) -> int:
        return self.webhooks.pending()

    # -- the front door
    def answer(self, request: Request) -> Answer:
        answer = self._route(request)
        answer.headers.setdefault("intuit_tid", self._trace_id())
        return answer

    def _route(self, request: Request) -> Answer:
        path = request.path
        match = _PATH.fullmatch(path)
        self._counter.add(f"{request.method} {match['resource'] if match else path}")
        if path == "/oauth2/v1/tokens/bearer" and request.method == "POST":
            return self.tokens.bearer(request)
        if path == "/connect/oauth2" and request.method == "GET":
            return self.tokens.authorize(request)
        if path.startswith("/.well-known/openid_") and request.method == "GET":
            return Answer(200, discovery(self.url))
        if path in ("/v2/oauth2/tokens/revoke", "/oauth2/v1/tokens/revoke"):
            return self.tokens.revoke(request)
        if not match:
            return Answer(404, "Not Found")
        return self._gateway(request, match["realm"], match["resource"], match["rest"])

    def _gateway(self, request: Request, realm_id: str, resource: str, rest: str | None) -> Answer:
        now = self.clock.now()
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            return Answer(401, faults.gateway("3202", "EmptyField", 401, "oauth_token", now))
        allowed, why = self.tokens.realm_of(token)
        if allowed is None:
            return Answer(401, faults.gateway("3200", "AuthenticationFailed", 401, why, now))
        if allowed != realm_id or realm_id not in self.realms:
            name = "ApplicationAuthorizationFailed"
            return Answer(403, faults.gateway("3100", name, 403, None, now))
        limits = self._limits[realm_id]
        with self._lock:
            limits.under_way += 1
            crowded = limits.under_way > CONCURRENT
        try:
            limited = self.switches.rate_limits_on
            batch = resource == "batch"
            members = _members(request) if batch and self.switches.batch_members_count else 0
            if limited and (crowded or not limits.take(batch=batch, members=members)):
                kind = {"Content-Type": "application/xml"}
                return Answer(429, faults.throttled(self._time()), kind)
            if self.switches.latency_seconds:
                time.sleep(self.switches.latency_seconds)
            call = Call(
                self.realms[realm_id],
                request,
                resource,
                rest,
                lambda: self._metered.add(realm_id),
            )
            with call.realm.lock:
                return self._deliver(call, self._answered(call))
        finally:
            with self._lock:
                limits.under_way -= 1

    def _answered(self, call: Call) -> Answer:
        """Return the operation's answer, or the stored one of the same `requestid`."""
        try:
            key = self._request_key(call)
            if key and key in self._answers:
                return self._answers[key]
            answer = Answer(200, {**operations.run(call), "time": self._time()})
        except RefusalError as refusal:
            answer = Answer(refusal.status, {"Fault": refusal.fault(), "time": self._time()})
            replayed = self.switches.replay_faults and refusal.code not in ("2130", "10000")
            key = key if replayed else None
        if key and self.switches.honour_request_id:
            self._answers[key] = answer
        return answer

    def _request_key(self, call: Call) -> tuple[str, str] | None:
        request_id = call.request.args.get("requestid")
        if not request_id or call.method != "POST" or call.resource == "query":
            return None
        batch = call.resource == "batch"
        longest = BATCH_REQUEST_ID_LENGTH if batch else REQUEST_ID_LENGTH
        if len(request_id) > longest:
            raise RefusalError("2130", f"Request id is longer than {longest} characters")
        return call.realm.realm_id, request_id

    def _deliver(self, call: Call, answer: Answer) -> Answer:
        answer = Answer(answer.status, answer.body, dict(answer.headers))
        for kind, mark in call.created:
            key = (call.realm.realm_id, kind, mark)
            switch = {
                "Invoice": self.switches.lose_first_create_answer,
                "Payment": self.switches.lose_first_payment_answer,
            }.get(kind, self.switches.lose_first_customer_answer)
            if switch and key not in self._lost:
                self._lost.add(key)
                answer.lost = True
        if "application/json" not in call.request.headers.get("Accept", ""):
            answer.body = faults.as_xml(answer.body)
            answer.headers["Content-Type"] = "application/xml;charset=UTF-8"
        return answer

    def _time(self) -> str:
        return self.clock.now().astimezone(PACIFIC).isoformat(timespec="milliseconds")

    def _trace_id(self) -> str:
        return f"1-{int(self.clock.now().timestamp()):08x}-{secrets.token_hex(12)}"


def _members(request: Request) -> int:
    try:
        return len(batch_items(request.get_json(force=True)))
    except (BadRequest, RefusalError):
        return 0
