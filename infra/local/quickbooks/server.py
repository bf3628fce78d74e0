"""The HTTP face: addresses, tokens, limits, requestid, batch and change data capture.

A request meets, in this order: the gateway (token, company, limits), then `requestid`, then the
operation. That is how recorded answers and Intuit's pages on limits describe the real service.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from werkzeug import Request

from ..wire import Answer, Clock, Recorder, Simulator, Window
from . import documents, faults, names, query
from .books import PACIFIC, Change, Row, Switches, stamp, utc
from .faults import RefusalError, missing, unsupported
from .fields import Doc
from .oauth import Tokens
from .realm import Realm
from .webhooks import WebhookSender

CLIENT_ID = "quickbooks-client"
CLIENT_SECRET = "quickbooks-secret"
BATCH_ITEMS = 30
REQUEST_ID_LENGTH = 50
BATCH_REQUEST_ID_LENGTH = 36
BATCH_ITEM_ID_LENGTH = 10
NEWEST_MINOR_VERSION = 75
CONCURRENT = 10
CDC_DAYS = 30
CDC_OBJECTS = 1000
_PATH = re.compile(r"/v3/company/(?P<realm>[^/]+)/(?P<resource>[^/]+)(?:/(?P<rest>.+))?")
_WRITABLE = {"invoice": "Invoice", "payment": "Payment"} | {
    kind.lower(): kind for kind in (*names.PEOPLE, "Item")
}
_READABLE = _WRITABLE | {kind.lower(): kind for kind in ("Account", "Term", "TaxCode", "TaxRate")}
_TRACKED = {*_WRITABLE.values(), "CreditMemo", "Account", "Term", "Preferences"}


class _Limits:
    """What one company and app may send, on the simulated clock."""

    def __init__(self, clock: Clock) -> None:
        self.second = Window(clock, 10, 1)
        self.minute = Window(clock, 500, 60)
        self.batches = Window(clock, 40, 60)
        self.under_way = 0

    def take(self, *, batch: bool) -> bool:
        return self.second.take() and (self.batches if batch else self.minute).take()


@dataclass
class _Call:
    """One request on its way through the operation."""

    realm: Realm
    request: Request
    resource: str
    rest: str | None
    created: list[tuple[str, str]] = field(default_factory=list)
    """First creates of this call, as (kind, what marks the document as the same)."""

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def include_duplicates(self) -> bool:
        return self.request.args.get("include") == "allowduplicatedocnum"


class QuickBooksSimulator(Simulator):
    """`start()` it, `add_realm` and `grant`; then its `url` stands for both Intuit hosts."""

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
        self._metered: Counter[str] = Counter()
        self._limits: dict[str, _Limits] = {}
        self._answers: dict[tuple[str, str], Answer] = {}
        self._lost: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()

    # -- for tests and the demo
    def add_realm(self, realm_id: str, **options: Any) -> Realm:
        """Options are those of `Books`: home_currency, multicurrency, country, ..."""
        realm = Realm(realm_id, self.clock, self.switches, **options)
        self.realms[realm_id] = realm
        self._limits[realm_id] = _Limits(self.clock)
        return realm

    def grant(self, realm_id: str) -> dict[str, Any]:
        return self.tokens.grant(realm_id)

    def authorization_code(self, realm_id: str, redirect_uri: str = "") -> str:
        return self.tokens.add_code(realm_id, redirect_uri)

    def consent(self, realm_id: str, *, denied: bool = False) -> None:
        """What everybody does from now on who opens the consent page (`/connect/oauth2`)."""
        self.tokens.consent = realm_id, denied

    def metered_reads(self, realm_id: str) -> int:
        """CorePlus calls so far: reads, each query of a batch too. Writes cost nothing."""
        return self._metered[realm_id]

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
        answer.headers.setdefault("intuit_tid", _trace_id())
        return answer

    def _route(self, request: Request) -> Answer:
        path = request.path
        found = _PATH.fullmatch(path)
        self._counter.add(f"{request.method} {found['resource'] if found else path}")
        if path == "/oauth2/v1/tokens/bearer" and request.method == "POST":
            return self.tokens.bearer(request)
        if path == "/connect/oauth2" and request.method == "GET":
            return self.tokens.authorize(request)
        if path in ("/v2/oauth2/tokens/revoke", "/oauth2/v1/tokens/revoke"):
            return self.tokens.revoke(request)
        if not found:
            return Answer(404, "Not Found")
        return self._gateway(request, found["realm"], found["resource"], found["rest"])

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
            if limited and (crowded or not limits.take(batch=resource == "batch")):
                kind = {"Content-Type": "application/xml"}
                return Answer(429, faults.throttled(self._time()), kind)
            if self.switches.latency_seconds:
                time.sleep(self.switches.latency_seconds)
            call = _Call(self.realms[realm_id], request, resource, rest)
            with call.realm.lock:
                return self._deliver(call, self._answered(call))
        finally:
            with self._lock:
                limits.under_way -= 1

    def _answered(self, call: _Call) -> Answer:
        """The operation's answer, or the stored one of the same `requestid`."""
        try:
            key = self._request_key(call)
            if key and key in self._answers:
                return self._answers[key]
            answer = Answer(200, {**self._operation(call), "time": self._time()})
        except RefusalError as refusal:
            answer = Answer(400, {"Fault": refusal.fault(), "time": self._time()})
            key = key if self.switches.replay_faults and refusal.code != "2130" else None
        if key and self.switches.honour_request_id:
            self._answers[key] = answer
        return answer

    def _request_key(self, call: _Call) -> tuple[str, str] | None:
        request_id = call.request.args.get("requestid")
        if not request_id or call.method != "POST" or call.resource == "query":
            return None
        batch = call.resource == "batch"
        longest = BATCH_REQUEST_ID_LENGTH if batch else REQUEST_ID_LENGTH
        if len(request_id) > longest:
            raise RefusalError("2130", f"Request id is longer than {longest} characters")
        return call.realm.realm_id, request_id

    def _deliver(self, call: _Call, answer: Answer) -> Answer:
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

    # -- operations
    def _operation(self, call: _Call) -> Doc:
        version = call.request.args.get("minorversion", "1")
        if not version.isdecimal() or not 1 <= int(version) <= NEWEST_MINOR_VERSION:
            raise unsupported(f"minorversion {version}")
        if call.resource == "query" and call.rest is None:
            return self._query(call, _statement(call.request))
        if call.method == "GET":
            return self._read(call)
        if call.method == "POST" and call.rest is None:
            body = _json_body(call.request)
            if call.resource == "batch":
                return self._batch(call, body)
            kind = _WRITABLE.get(call.resource)
            if kind:
                operation = call.request.args.get("operation")
                return {kind: self._write(call, kind, operation, body)}
        raise self._no_resource(call)

    def _no_resource(self, call: _Call) -> RefusalError:
        path, full = call.request.path, call.request.base_url
        return unsupported(f"Could not find resource for relative : {path} of full path: {full}")

    def _meter(self, call: _Call) -> None:
        with self._lock:
            self._metered[call.realm.realm_id] += 1

    def _query(self, call: _Call, statement: str) -> Doc:
        self._meter(call)
        return {"QueryResponse": query.run(call.realm, statement)}

    def _read(self, call: _Call) -> Doc:
        realm, resource, rest = call.realm, call.resource, call.rest
        self._meter(call)
        if resource == "cdc" and rest is None:
            return self._changes(call)
        if resource == "preferences" and rest is None:
            return {"Preferences": realm.preferences_view()}
        if resource == "companyinfo" and rest in (realm.realm_id, "1"):
            return {"CompanyInfo": realm.company_view()}
        kind = _READABLE.get(resource)
        if kind is None or rest is None or "/" in rest:
            raise self._no_resource(call)
        if not re.fullmatch(r"-?\d+", rest):
            detail = f"Id should be a valid number. Supplied value:{rest}"
            raise RefusalError("2030", detail, "Id")
        row = realm.find(kind, rest)
        if row is None:
            raise faults.not_found()
        return {kind: realm.view(row)}

    def _write(
        self, call: _Call, kind: str, operation: str | None, body: Any, *, duplicates: bool = False
    ) -> Doc:
        realm = call.realm
        if not realm.subscription_active:
            raise RefusalError(
                "6190",
                "Subscription period has ended or canceled or there was a billing problem : You "
                "can't add data to QuickBooks Online Plus because your trial or subscription "
                "period ended.",
            )
        if operation not in (None, "update", "void", "delete"):
            raise unsupported(f"operation={operation}")
        if operation == "update" and isinstance(body, dict) and "Id" not in body:
            raise missing("Id")
        if operation in ("void", "delete"):
            if kind != "Invoice":
                raise unsupported(f"operation={operation} of {kind}")
            if operation == "delete":
                return documents.delete_invoice(realm, body)
            return realm.view(documents.void_invoice(realm, body))
        row = self._store(call, kind, body, duplicates or call.include_duplicates)
        if row.token == 0 and isinstance(body, dict) and "Id" not in body:
            mark = row.doc.get("PrivateNote") or json.dumps(body, default=str)
            call.created.append((kind, str(_number_sent(body) or mark)))
        return realm.view(row)

    def _store(self, call: _Call, kind: str, body: Any, duplicates: bool) -> Row:
        if kind == "Payment":
            return documents.create_payment(call.realm, body)
        if kind != "Invoice":
            return names.write(call.realm, kind, body)
        if isinstance(body, dict) and ("Id" in body or body.get("sparse")):
            return documents.update_invoice(call.realm, body, allow_duplicate=duplicates)
        return documents.create_invoice(call.realm, body, allow_duplicate=duplicates)

    # -- batch
    def _batch(self, call: _Call, body: Any) -> Doc:
        items = _batch_items(body)
        if call.request.args.get("requestid"):
            for item in items:
                if len(item["bId"]) > BATCH_ITEM_ID_LENGTH:
                    raise RefusalError(
                        "2130", f"bId is longer than {BATCH_ITEM_ID_LENGTH} characters"
                    )
        results = [{**self._batch_item(call, item), "bId": item["bId"]} for item in items]
        # The order of answers is documented as open: a client has to go by bId.
        return {
            "BatchItemResponse": results[::-1] if self.switches.shuffle_batch_answers else results
        }

    def _batch_item(self, call: _Call, item: Doc) -> Doc:
        try:
            if "Query" in item:
                return self._query(call, item["Query"])
            return self._batch_write(call, _load(item), item)
        except RefusalError as refusal:
            return {"Fault": refusal.fault()}

    def _batch_write(self, call: _Call, kind: str, item: Doc) -> Doc:
        if kind not in _WRITABLE.values():
            raise RefusalError("2000", f"Unknown object in a batch item: {kind}", kind)
        operation, options, payload = item.get("operation"), item.get("optionsData"), item[kind]
        if operation not in ("create", "update", "delete"):
            raise RefusalError("2170", f"Invalid Enumeration : {operation}", "operation")
        if options not in (None, "void") or (options and operation != "update"):
            raise unsupported(f"optionsData {options} with {operation}")
        has_id = isinstance(payload, dict) and "Id" in payload
        if operation == "create" and has_id:
            raise RefusalError("2600", "A create cannot carry an Id", "Id")
        if operation != "create" and not has_id:
            raise missing("Id")
        todo = options or ("delete" if operation == "delete" else None)
        return {kind: self._write(call, kind, todo, payload)}

    # -- change data capture
    def _changes(self, call: _Call) -> Doc:
        args = call.request.args
        for name in ("entities", "changedSince"):
            if not args.get(name):
                raise missing(name)
        since = self._since(args["changedSince"])
        left = CDC_OBJECTS
        groups: list[Doc] = []
        for name in args["entities"].split(","):
            kind = {each.lower(): each for each in _TRACKED}.get(name.strip().lower())
            if kind is None:
                raise RefusalError("2000", f"Unknown entity in entities: {name}", "entities")
            found = _changed(call.realm, kind, since)[:left]
            left -= len(found)
            page = {"startPosition": 1, "maxResults": len(found), "totalCount": len(found)}
            groups.append({kind: found, **page} if found else {})
        return {"CDCResponse": [{"QueryResponse": groups}]}

    def _since(self, text: str) -> datetime:
        try:
            # An unescaped + arrives as a blank, as it would at any server.
            since = utc(text)
        except ValueError:
            raise RefusalError(
                "2060", f"Invalid date. Supplied value:{text}", "changedSince"
            ) from None
        if since < self.clock.now() - timedelta(days=CDC_DAYS):
            raise RefusalError("2190", "changedSince can go back 30 days", "changedSince")
        return since


def _changed(realm: Realm, kind: str, since: datetime) -> list[Doc]:
    if kind == "Preferences":
        changed = any(each.entity == kind and each.at >= since for each in realm.changes)
        return [realm.preferences_view()] if changed else []
    rows = [row for row in realm.rows[kind].values() if row.updated.replace(microsecond=0) >= since]
    gone = [
        {
            "domain": "QBO",
            "status": "Deleted",
            "Id": each.id,
            "MetaData": {"LastUpdatedTime": stamp(each.at)},
        }
        for each in realm.changes
        if _is_deletion(each, kind) and each.at.replace(microsecond=0) >= since
    ]
    return [realm.view(row) for row in rows] + gone


def _is_deletion(change: Change, kind: str) -> bool:
    return change.entity == kind and change.operation == "Delete"


def _number_sent(body: Doc) -> Any:
    return body.get("DocNumber") or body.get("DisplayName")


def _statement(request: Request) -> str:
    if request.method == "GET":
        statement = request.args.get("query", "")
    elif request.method == "POST":
        if request.mimetype != "application/text":
            raise RefusalError("1050", f"Invalid Content Type: {request.mimetype or 'none'}")
        statement = _text(request)
    else:
        raise unsupported(f"{request.method} query")
    if not statement:
        raise missing("query")
    return statement


def _text(request: Request) -> str:
    try:
        return request.get_data().decode("utf-8")
    except UnicodeDecodeError:
        raise unsupported(
            "com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: "
            "Invalid byte 1 of 1-byte UTF-8 sequence"
        ) from None


def _json_body(request: Request) -> Any:
    if request.mimetype != "application/json":
        raise RefusalError("1050", f"Invalid Content Type: {request.mimetype or 'none'}")
    try:
        return json.loads(_text(request), parse_float=Decimal, parse_constant=_no_constant)
    except ValueError:
        raise RefusalError("2010", "Property Name:Malformed JSON specified is invalid") from None


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _batch_items(body: Any) -> list[Doc]:
    items = body.get("BatchItemRequest") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        raise RefusalError("400", "Batch Request is Empty")
    for key in body:
        if key != "BatchItemRequest":
            raise RefusalError("2010", f'Property Name:Unrecognized field "{key}" specified')
    if len(items) > BATCH_ITEMS:
        raise RefusalError("1040", f"Batch size {len(items)} exceeds the limit of {BATCH_ITEMS}")
    seen = set()
    for item in items:
        bid = item.get("bId") if isinstance(item, dict) else None
        if not isinstance(bid, str) or not bid:
            raise missing("bId")
        if bid in seen:
            raise RefusalError("2600", f"bId {bid} is used more than once", "bId")
        seen.add(bid)
        if _load(item) != "Query" and "operation" not in item:
            raise missing("operation")
        if not isinstance(item.get("Query", ""), str):
            raise RefusalError("2120", "Query must be a string", "Query")
    return items


def _load(item: Doc) -> str:
    loads = [key for key in item if key not in ("bId", "operation", "optionsData")]
    if len(loads) != 1:
        raise RefusalError("2600", "A batch item carries one entity or one Query")
    return loads[0]


def _trace_id() -> str:
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
