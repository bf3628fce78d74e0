"""Calls QuickBooks Online: reads in bulk, creates with a request id, changes in batches.

Limits: Intuit's "API call limits and throttles" (10 requests a second and 500 a minute a realm,
40 batches of 30 a minute). Reads are metered by Intuit, writes are not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Any

from invoice_sync.errors import FaultError, ReconnectRequiredError, UnavailableError
from invoice_sync.quickbooks import faults
from invoice_sync.quickbooks.query import ANY_STATE, chunks, dated, quoted, statements
from invoice_sync.runtime import http_client, metrics
from invoice_sync.runtime.pace import Limit, Pace

_MINOR_VERSION = "75"
_BATCH = 30
_MAX_ROWS = 1000
_CDC_DAYS = timedelta(days=30)
# Of these, queries tell only the active ones unless asked for both.
_LISTS = ("Customer", "Vendor", "Employee", "Item")
# Characters of a statement; display names may have 500 each. Longer ones go into a batch's body.
_LONGEST_IN_URL = 2000


@dataclass(frozen=True)
class Answer:
    """An entity as QuickBooks now has it. `intuit_tid` is what Intuit's support asks for."""

    entity: dict[str, Any]
    intuit_tid: str


class QuickBooks:
    """One realm. `token(refused)` gives an access token, and another one than the refused.

    `calls`, `metered_reads`: how many this object has made.
    """

    def __init__(
        self,
        base_url: str,
        realm_id: str,
        token: Callable[[str], str],
        pace: Pace,
        batch_pace: Pace,
        executor: Executor,
    ) -> None:
        self._url, self._realm_id = f"{base_url}/v3/company/{realm_id}", realm_id
        self._token, self._pace, self._batch_pace = token, pace, batch_pace
        self._executor = executor
        self.calls = self.metered_reads = 0
        self._counting = Lock()

    # -- reads (metered)

    def preferences(self) -> dict[str, Any]:
        answer, _ = self._call("GET", "/preferences", {}, None, repeatable=True)
        preferences: dict[str, Any] = answer["Preferences"]
        return preferences

    def company_info(self) -> dict[str, Any]:
        answer, _ = self._call("GET", f"/companyinfo/{self._realm_id}", {}, None, repeatable=True)
        company: dict[str, Any] = answer["CompanyInfo"]
        return company

    def where_in(
        self, entity: str, field: str, values: Iterable[str], also: str = ""
    ) -> list[dict[str, Any]]:
        """All `entity` rows whose `field` is one of the values, and for which `also` holds. Of
        lists only the active ones, unless `also` asks for others.

        Values with line breaks and the like can match nothing, and could spoil the statement for
        all the others.
        """
        return self._select(statements(entity, field, values, also))

    def where_each(
        self, wanted: Sequence[tuple[str, str, Iterable[str], str]]
    ) -> list[list[dict[str, Any]]]:
        """As `where_in`, for several at once: one call for up to thirty queries."""
        queries = [(n, one) for n, each in enumerate(wanted) for one in statements(*each)]
        first = f" startposition 1 maxresults {_MAX_ROWS}"
        results = self._queries([one + first for _, one in queries]) if queries else []
        found: list[list[dict[str, Any]]] = [[] for _ in wanted]
        for (n, statement), rows in zip(queries, results, strict=True):
            found[n] += rows if len(rows) < _MAX_ROWS else self._select([statement])
        return found

    def resembling(self, wanted: Iterable[tuple[str, str, str]]) -> list[list[dict[str, Any]]]:
        """For each (entity, field, text): active rows whose field contains the text, at most fifty.
        What cannot be searched so finds nothing: which fields can be is not documented for all."""
        statements = [
            f"select * from {entity} where {field} like {quoted('%' + text.replace('%', '') + '%')}"
            " startposition 1 maxresults 50"
            for entity, field, text in wanted
        ]
        results = self._batch([{"Query": one} for one in statements], repeatable=True)
        return [
            [] if isinstance(found, FaultError) else _rows(found.entity["QueryResponse"])
            for found in results
        ]

    def customers_named(self, display_name: str) -> list[dict[str, Any]]:
        """Customers of that display name, inactive ones too."""
        return self._select(
            [f"select * from Customer where DisplayName = {quoted(display_name)} and {ANY_STATE}"]
        )

    def invoices_created_since(self, moment: datetime) -> list[dict[str, Any]]:
        """All invoices created since then, oldest first."""
        return self._select(
            [
                f"select * from Invoice where MetaData.CreateTime >= {quoted(_time(moment))}"
                " orderby Id"
            ]
        )

    def invoices_dated(self, start: date, end: date) -> list[dict[str, Any]]:
        """All invoices of these days, both included: one metered read for each thousand."""
        return self._select([f"select * from Invoice where {dated(start, end)} orderby Id"])

    def count_invoices(self, start: date, end: date) -> int:
        """How many there are of these days: one metered read."""
        statement = f"select count(*) from Invoice where {dated(start, end)}"
        answer, _ = self._call("GET", "/query", {"query": statement}, None, repeatable=True)
        return int(answer["QueryResponse"]["totalCount"])

    def changed_since(
        self, entities: Sequence[str], moment: datetime, now: datetime
    ) -> dict[str, list[dict[str, Any]]]:
        """Whatever of these entities was created, changed or deleted since then, by entity.

        Intuit's "Change data capture operation": 30 days back, 1,000 objects in one answer over
        all entities, no pages. So a full answer is asked again entity by entity, and one that is
        full still is read with queries, which do not tell of deletions: those come from an answer
        over a shorter time, as far back as that goes.

        Raises UnavailableError, ReconnectRequiredError, FaultError.
        """
        if moment >= now - _CDC_DAYS:
            found = self._captured(entities, moment)
            if found is not None:
                return found
            if len(entities) > 1:
                every = self._executor.map(
                    lambda one: self.changed_since([one], moment, now), entities
                )
                return {name: rows for found in every for name, rows in found.items()}
        return {
            one: [*self._live(one, moment), *self._deleted(one, moment, now)] for one in entities
        }

    def _captured(
        self, entities: Sequence[str], moment: datetime
    ) -> dict[str, list[dict[str, Any]]] | None:
        """None when there was more than an answer can hold."""
        params = {"entities": ",".join(entities), "changedSince": _time(moment)}
        answer, _ = self._call("GET", "/cdc", params, None, repeatable=True)
        found: dict[str, list[dict[str, Any]]] = {one: [] for one in entities}
        for response in answer["CDCResponse"]:
            for group in response.get("QueryResponse", []):
                for name in found.keys() & group.keys():
                    found[name] += group[name]
        return found if sum(map(len, found.values())) < _MAX_ROWS else None

    def _live(self, entity: str, moment: datetime) -> list[dict[str, Any]]:
        return self._select(
            [
                f"select * from {entity} where MetaData.LastUpdatedTime >= {quoted(_time(moment))}"
                + (" and Active in (true, false)" if entity in _LISTS else "")
                + " orderby Id"
            ]
        )

    def _deleted(self, entity: str, moment: datetime, now: datetime) -> list[dict[str, Any]]:
        since = max(moment, now - _CDC_DAYS + timedelta(hours=1))
        while now - since > timedelta(minutes=1):
            found = self._captured([entity], since)
            if found is not None:
                return [row for row in found[entity] if row.get("status") == "Deleted"]
            since += (now - since) / 2
        return []

    def _select(self, statements: Iterable[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        start, pending = 1, list(statements)
        while pending:
            paged = [f"{one} startposition {start} maxresults {_MAX_ROWS}" for one in pending]
            results = self._queries(paged)
            pending = [
                one for one, found in zip(pending, results, strict=True) if len(found) == _MAX_ROWS
            ]
            rows += [row for found in results for row in found]
            start += _MAX_ROWS
        return rows

    def _queries(self, statements: Sequence[str]) -> list[list[dict[str, Any]]]:
        if len(statements) == 1 and len(statements[0]) <= _LONGEST_IN_URL:
            answer, _ = self._call("GET", "/query", {"query": statements[0]}, None, repeatable=True)
            return [_rows(answer["QueryResponse"])]
        items = [{"Query": statement} for statement in statements]
        results = self._batch(items, repeatable=True)
        for result in results:
            if isinstance(result, FaultError):
                raise result
        return [_rows(one.entity["QueryResponse"]) for one in results if isinstance(one, Answer)]

    # -- writes

    def create(self, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        """Create an invoice, a customer or a payment.

        Raises FaultError for a definite refusal, UnavailableError (see its `outcome_unknown`)
        and ReconnectRequiredError.
        """
        answer, tid = self._call(
            "POST", f"/{entity.lower()}", {"requestid": request_id}, payload, repeatable=False
        )
        return Answer(answer[entity], tid)

    def delete_invoice(self, quickbooks_id: str, sync_token: str) -> None:
        body = {"Id": quickbooks_id, "SyncToken": sync_token}
        self._call("POST", "/invoice", {"operation": "delete"}, body, repeatable=False)

    def change_invoices(
        self, payloads: Sequence[dict[str, Any]], *, void: bool = False
    ) -> list[Answer | FaultError]:
        """Update or void invoices; answers in the order of the payloads.

        Safe to lose: the SyncToken lets each take effect once. Raises UnavailableError,
        ReconnectRequiredError.
        """
        how = {"operation": "update", **({"optionsData": "void"} if void else {})}
        items = [{**how, "Invoice": payload} for payload in payloads]
        return [
            result
            if isinstance(result, FaultError)
            else Answer(result.entity["Invoice"], result.intuit_tid)
            for result in self._batch(items, repeatable=False)
        ]

    # -- plumbing

    def _batch(
        self, items: Sequence[dict[str, Any]], *, repeatable: bool
    ) -> list[Answer | FaultError]:
        """Each answer by itself, with the `intuit_tid` of the call."""

        def send(chunk: list[dict[str, Any]]) -> list[Answer | FaultError]:
            body = {"BatchItemRequest": [{"bId": str(n), **item} for n, item in enumerate(chunk)]}
            queries = sum("Query" in item for item in chunk)
            if queries:
                self._meter(queries)
            with self._batch_pace:
                answer, tid = self._call("POST", "/batch", {}, body, repeatable=repeatable)
            # QuickBooks does not promise the order.
            by_id = {item["bId"]: item for item in answer["BatchItemResponse"]}
            ordered = [by_id[str(n)] for n in range(len(chunk))]
            return [faults.parse(item, tid) or Answer(item, tid) for item in ordered]

        return [
            result
            for results in self._executor.map(send, chunks(items, _BATCH))
            for result in results
        ]

    def _call(
        self,
        method: str,
        path: str,
        params: dict[str, str],
        body: dict[str, Any] | None,
        *,
        repeatable: bool,
    ) -> tuple[dict[str, Any], str]:
        headers = {"Accept": "application/json"}
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        with self._counting:
            self.calls += 1
        if method == "GET":
            self._meter(1)
        token = ""
        for _ in range(2):
            token = self._token(token)  # the second time round, the first one was refused
            response = http_client.send(
                "QuickBooks",
                method,
                self._url + path,
                pace=self._pace,
                headers={**headers, "Authorization": f"Bearer {token}"},
                params={**params, "minorversion": _MINOR_VERSION},
                content=content,
                repeatable=repeatable,
            )
            if response.status_code != 401:
                break
        tid = response.headers.get("intuit_tid", "")
        answer = _json(response.content)
        fault = faults.parse(answer, tid)
        if response.status_code == 403 and b"003001" in response.content:
            raise UnavailableError("QuickBooks", "throttled", rate_limited=True)
        # 120: the person who connected us lost access to the company (Intuit's error codes).
        if response.status_code in (401, 403) or (fault and fault.code == "120"):
            if fault and fault.code == "6190":
                raise fault
            raise ReconnectRequiredError("QuickBooks")
        if fault:  # QuickBooks may send a fault under status 200 too
            raise fault
        if response.status_code != 200 or not isinstance(answer, dict):
            raise UnavailableError(
                "QuickBooks", f"an answer that is not JSON ({response.status_code})",
                outcome_unknown=True,
            )  # fmt: skip
        return answer, tid

    def _meter(self, reads: int) -> None:
        metrics.count(metrics.METERED_READS, reads)
        with self._counting:
            self.metered_reads += reads


def pace() -> Pace:
    """Of one realm: ten calls a second, 500 a minute, ten at a time. A little below each, and over
    a little longer, because calls do not arrive as evenly as they leave."""
    return Pace(Limit(9, 1.2), Limit(480, 61.0), concurrent=10)


def batch_pace() -> Pace:
    return Pace(Limit(38, 60.0), concurrent=10)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _rows(response: dict[str, Any]) -> list[dict[str, Any]]:
    return next((rows for rows in response.values() if isinstance(rows, list)), [])


def _json(content: bytes) -> Any:
    try:
        return json.loads(content, parse_float=Decimal)
    except ValueError:
        return None
