"""Calls QuickBooks Online: reads in bulk, creates with a request id, changes in batches.

Limits: Intuit's "API call limits and throttles" (10 requests a second and 500 a minute a realm,
40 batches of 30 a minute). Intuit meters reads and not writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import islice
from threading import Lock
from typing import Any, TypeVar

from invoice_sync.errors import FaultError, UnavailableError
from invoice_sync.quickbooks import faults, forms, isolate, paging, query, responses
from invoice_sync.quickbooks.isolate import Found, Rows
from invoice_sync.quickbooks.responses import Read
from invoice_sync.runtime import metrics
from invoice_sync.runtime.answers import Form
from invoice_sync.runtime.chunks import chunks
from invoice_sync.runtime.http_client import TIMEOUT_SECONDS, Request, send_authorised
from invoice_sync.runtime.pace import Pace, Rate

# Ten calls a second, 500 a minute and ten at a time; after a 429 Intuit wants a minute's pause. A
# few less, because calls do not arrive as evenly as they leave.
RATE = Rate(
    "quickbooks", "QuickBooks", every=0.125, burst=0.5, block=4, concurrent=4, at_once=8, pause=60
)
# Forty batches a minute. Each takes its turn among the calls as well.
BATCH_RATE = Rate(
    "quickbooks-batch", "QuickBooks", every=1.8, burst=5, block=1, concurrent=4, pause=60
)
_MINOR_VERSION = "75"
BATCH = 30
# QuickBooks carries the members of a batch out one after the other; an invoice alone takes it some
# 0.3 seconds.
_CREATING_SECONDS = 60.0
_MAX_RESEMBLING = 50
# Characters of a statement; a display name may have 500. Longer ones go into a batch's body.
_LONGEST_IN_URL = 2000
# Intuit's page "Review QuickBooks Online Accounting API error codes".
_NOT_FOUND = "610"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Answer:
    """An entity as QuickBooks now has it."""

    entity: dict[str, Any]
    # Intuit's id of the call, which its support asks for.
    intuit_tid: str


class QuickBooks:
    """The API of one realm.

    `token(refused)` returns an access token other than the refused one. Every method raises
    UnavailableError (see its `outcome_unknown`), ReconnectRequiredError and FaultError, which is a
    definite refusal. Numbers in answers are Decimal or int.
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
        self.base_url = base_url
        self._url, self._realm_id = f"{base_url}/v3/company/{realm_id}", realm_id
        self._token, self._pace, self._batch_pace = token, pace, batch_pace
        self._executor = executor
        self._counting = Lock()
        # The calls that this object has made, and the reads among them that Intuit meters.
        self.calls = self.metered_reads = 0

    # -- reads (metered)

    def preferences(self) -> dict[str, Any]:
        """Return the company's Preferences."""
        return self._get("/preferences", {}, _member("Preferences", forms.PREFERENCES))

    def company_info(self) -> dict[str, Any]:
        """Return the company's CompanyInfo."""
        path = f"/companyinfo/{self._realm_id}"
        return self._get(path, {}, _member("CompanyInfo", forms.COMPANY_INFO))

    def settings(self, *names: str) -> dict[str, dict[str, Any]]:
        """Return CompanyInfo and Preferences by these names, as far as named: side by side."""
        reads = {"CompanyInfo": self.company_info, "Preferences": self.preferences}
        return dict(zip(names, self._executor.map(lambda name: reads[name](), names), strict=True))

    def exchange_rate(self, currency: str, day: date) -> dict[str, Any]:
        """Return the company's ExchangeRate of a currency on a day."""
        asked = {"sourcecurrencycode": currency, "asofdate": day.isoformat()}
        return self._get("/exchangerate", asked, _member("ExchangeRate", forms.EXCHANGE_RATE))

    def where_in(
        self, entity: str, field: str, values: Iterable[str], also: str = ""
    ) -> list[dict[str, Any]]:
        """Return all rows whose `field` has one of the values, and that pass the condition `also`.

        Inactive rows of lists are left out unless `also` asks for them (`query.ANY_STATE`).
        """
        return self.select(query.statements(entity, field, values, also))

    def find(self, entity: str, field: str, values: Iterable[str], also: str = "") -> Found:
        """Return what `where_in` does, and separately the values for which QuickBooks refuses to
        return any: one record that it cannot read must not keep the others from being read."""
        looked_for = query.printable(values)
        try:
            return Found(self.where_in(entity, field, looked_for, also))
        except (FaultError, UnavailableError) as error:
            if isinstance(error, FaultError) and error.code == isolate.INVALID_QUERY:
                return self._find_each(entity, field, looked_for, also, error)
            if isolate.fault_of_one(error) is None:
                raise
        read = partial(self.where_in, entity, field, also=also)
        return isolate.each_by_itself(read, looked_for)

    def _find_each(
        self, entity: str, field: str, values: Sequence[str], also: str, refusal: FaultError
    ) -> Found:
        """Ask for each value with a query of its own: not every field can be looked for in a list
        of values. Raises the refusal when QuickBooks takes none of them either."""
        rows: list[dict[str, Any]] = []
        refused: dict[str, FaultError] = {}
        statements = [query.equal(entity, field, value, also) for value in values]
        queries = [{"Query": query.page(text, 1, paging.PAGE)} for text in statements]
        results = self._batch(queries, _rows)
        for value, result in zip(values, results, strict=True):
            if isinstance(result, FaultError):
                refused[value] = result
            else:
                rows += result
        if not rows and len(refused) == len(values):
            raise refusal
        return Found(rows, refused)

    def find_each(self, lookups: Sequence[tuple[str, str, Iterable[str], str]]) -> list[Found]:
        """Return what `find` would for each lookup; one call does up to thirty queries."""
        asked = [(entity, field, [*values], also) for entity, field, values, also in lookups]
        statements = [query.statements(*lookup) for lookup in asked]
        first_pages = [query.page(text, 1, paging.PAGE) for texts in statements for text in texts]
        if len(first_pages) == 1 or not asked:
            return [self.find(*lookup) for lookup in asked]
        try:
            results = self._batch([{"Query": page} for page in first_pages], _rows)
        except UnavailableError as error:
            if isolate.fault_of_one(error) is None:
                raise
            return [self.find(*lookup) for lookup in asked]
        parts = iter(results)
        found = []
        for lookup, texts in zip(asked, statements, strict=True):
            pages = [*islice(parts, len(texts))]
            whole = [page for page in pages if isinstance(page, list) and len(page) < paging.PAGE]
            rows = [row for page in whole for row in page]
            found.append(Found(rows) if len(whole) == len(pages) else self.find(*lookup))
        return found

    def resembling(self, lookups: Iterable[tuple[str, str, str]]) -> list[list[dict[str, Any]]]:
        """Return, for each (entity, field, text), up to fifty active rows that contain the text.

        Intuit does not document for every field whether it can be searched in this way. One that
        cannot gives no rows.
        """
        texts = [query.page(query.containing(*lookup), 1, _MAX_RESEMBLING) for lookup in lookups]
        results = self._batch([{"Query": text} for text in texts], _rows)
        return [[] if isinstance(result, FaultError) else result for result in results]

    def customers_named(self, display_name: str) -> list[dict[str, Any]]:
        """Return the customers of that display name, inactive ones too."""
        name = query.quoted(display_name)
        return self.select(
            [f"select * from Customer where DisplayName = {name} and {query.ANY_STATE}"]
        )

    def created(self, entity: str, since: datetime, until: datetime | None = None) -> Found:
        """Return all rows created since then and until then, both included, oldest first, as
        `find_rows` does."""
        return self.find_rows(query.created(entity, since, until))

    def invoices_dated(self, start: date, end: date) -> Found:
        """Return all invoices of these days, both included, as `find_rows` does: a metered read for
        each thousand."""
        return self.find_rows(query.invoices_where(query.dated(start, end)))

    def count_invoices(self, start: date, end: date) -> int:
        """Return how many invoices these days have: one metered read."""
        statement = f"select count(*) from Invoice where {query.dated(start, end)}"
        return self._get("/query", {"query": statement}, lambda answer, _: forms.total(answer))

    def select(self, statements: Iterable[str]) -> list[dict[str, Any]]:
        """Return the rows of all statements, each read page by page to its end."""
        texts = list(statements)
        pages = self._queries([query.page(text, 1, paging.PAGE) for text in texts])
        rows: list[dict[str, Any]] = []
        for text, page in zip(texts, pages, strict=True):
            if len(page) < paging.PAGE:
                rows += page
                continue
            ordered = query.in_order(text)
            first = Found(page) if ordered == text else None
            rows += paging.all_rows(partial(self._page, ordered), first).rows
        return rows

    def _page(self, statement: str, start: int) -> Found:
        return Found(self._queries([query.page(statement, start, paging.PAGE)])[0])

    def find_rows(self, statement: str, most: int = 0) -> Found:
        """Return the rows of a statement, read page by page to its end or until there are `most`;
        and, by row number, the refusals of rows that QuickBooks cannot return. Nothing tells which
        records those are."""

        def read(numbers: Sequence[str]) -> list[dict[str, Any]]:
            return self._queries([query.page(statement, int(numbers[0]), len(numbers))])[0]

        def read_page(start: int) -> Found:
            numbers = [str(number) for number in range(start, start + paging.PAGE)]
            try:
                return Found(read(numbers))
            except (FaultError, UnavailableError) as error:
                if isolate.fault_of_one(error) is None:
                    raise
                return isolate.each_by_itself(read, numbers)

        return paging.all_rows(read_page, most=most)

    def logged(self, entities: Sequence[str], moment: datetime) -> dict[str, Rows]:
        """Return what the change log has since then, by entity: one metered read."""
        asked = {"entities": ",".join(entities), "changedSince": query.time_text(moment)}
        return self._get("/cdc", asked, lambda answer, _: forms.changes(answer, entities))

    def read(self, entity: str, record_id: str) -> dict[str, Any] | None:
        """Return one record by its id, which does not lag behind as queries may; None if it is
        gone."""
        try:
            row = self._get(
                f"/{entity.lower()}/{record_id}", {}, lambda answer, _: forms.record(answer, entity)
            )
        except FaultError as fault:
            if fault.code != _NOT_FOUND:
                raise
            return None
        return None if row.get("status") == "Deleted" else row

    def _get(self, path: str, params: dict[str, str], read: Read[_T]) -> _T:
        """Return the answer to a GET below the company's address: one metered read."""
        self._meter(1)
        return self._call("GET", path, params, None, read, repeatable=True)

    def _queries(self, statements: Sequence[str]) -> list[Rows]:
        """Return the rows of each statement, which names its page."""
        if len(statements) == 1 and len(statements[0]) <= _LONGEST_IN_URL:
            return [self._get("/query", {"query": statements[0]}, _rows)]
        pages = []
        for result in self._batch([{"Query": text} for text in statements], _rows):
            if isinstance(result, FaultError):
                raise result
            pages.append(result)
        return pages

    # -- writes

    def create(self, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        """Create an invoice, a customer or a payment."""
        path, params = f"/{entity.lower()}", {"requestid": request_id}
        return self._call("POST", path, params, payload, _entity(entity), repeatable=False)

    def create_invoices(
        self, payloads: Sequence[dict[str, Any]], request_id: str
    ) -> list[Answer | FaultError]:
        """Create up to thirty invoices in one request, and return the answers in their order.

        Never send a batch again: while the first request may have taken effect, only `requestid`
        keeps it from doubling its invoices, and sources disagree on whether that works for batches.
        """
        items = [{"operation": "create", "Invoice": payload} for payload in payloads]
        return self._send_batch(
            items,
            _entity("Invoice"),
            repeatable=False,
            params={"requestid": request_id},
            timeout_seconds=_CREATING_SECONDS,
        )

    def delete_invoice(self, quickbooks_id: str, sync_token: str) -> None:
        """Delete an invoice that has not changed since `sync_token`."""
        body = {"Id": quickbooks_id, "SyncToken": sync_token}
        how = {"operation": "delete"}
        self._call("POST", "/invoice", how, body, lambda *_: None, repeatable=False)

    def change_invoices(
        self, payloads: Sequence[dict[str, Any]], *, void: bool = False
    ) -> list[Answer | FaultError]:
        """Update or void invoices, and return the answers in the order of the payloads.

        An answer may be lost: the SyncToken lets each change take effect once. So a batch that
        meets an error of QuickBooks' own is sent again in halves.
        """
        how = {"operation": "update", **({"optionsData": "void"} if void else {})}
        items = [{**how, "Invoice": payload} for payload in payloads]
        send = partial(self._send_batch, read=_entity("Invoice"), repeatable=False)
        batches = self._executor.map(partial(isolate.in_halves, send), chunks(items, BATCH))
        return [result for batch in batches for result in batch]

    # -- plumbing

    def _batch(self, queries: Sequence[dict[str, Any]], read: Read[_T]) -> list[_T | FaultError]:
        """Send any number of queries in batches, and return the answer to each in their order."""
        send = partial(self._send_batch, read=read, repeatable=True)
        results = self._executor.map(send, chunks(queries, BATCH))
        return [result for batch in results for result in batch]

    def _send_batch(
        self,
        items: Sequence[dict[str, Any]],
        read: Read[_T],
        *,
        repeatable: bool,
        params: Mapping[str, str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> list[_T | FaultError]:
        queries = sum("Query" in item for item in items)
        if queries:
            self._meter(queries)
        body = {"BatchItemRequest": [{"bId": str(n), **item} for n, item in enumerate(items)]}

        def read_all(answer: Any, tid: str) -> list[_T | FaultError]:
            parts = forms.batch(answer, [str(n) for n in range(len(items))])
            return [faults.parse(part, tid) or read(part, tid) for part in parts]

        with self._batch_pace:
            return self._call(
                "POST",
                "/batch",
                params or {},
                body,
                read_all,
                repeatable=repeatable,
                timeout_seconds=timeout_seconds,
            )

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: dict[str, Any] | None,
        read: Read[_T],
        *,
        repeatable: bool,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> _T:
        """Return what `read` makes of the answer."""
        with self._counting:
            self.calls += 1
        request = Request(
            service="QuickBooks",
            method=method,
            url=self._url + path,
            params={**params, "minorversion": _MINOR_VERSION},
            content=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
            repeatable=repeatable,
            timeout_seconds=timeout_seconds,
            fault_of=responses.fault_of,
        )
        response = send_authorised(request, self._token, self._pace)
        try:
            return responses.read(response, f"{method} {path}", read)
        except UnavailableError as error:
            if error.rate_limited:
                self._pace.too_many(0)
            raise

    def _meter(self, reads: int) -> None:
        metrics.count(metrics.METERED_READS, reads)
        with self._counting:
            self.metered_reads += reads


def _rows(answer: Any, _: str) -> Rows:
    return forms.rows(answer)


def _member(name: str, form: Form) -> Read[dict[str, Any]]:
    return lambda answer, _: forms.whole(answer, name, form)


def _entity(name: str) -> Read[Answer]:
    return lambda answer, tid: Answer(forms.whole(answer, name, forms.ENTITIES[name]), tid)
