"""Every member of every answer, missing, null and of another type: the clients, and the readers
after them, either make sense of it or say so with one of our errors."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from invoice_sync.errors import ServiceError, UnreadableError
from invoice_sync.failures import waits
from invoice_sync.hubspot import parse as hubspot_parse
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.quickbooks import choices, parse
from invoice_sync.quickbooks import client as quickbooks_client
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.runtime import http_client
from invoice_sync.sync.payment_links import PaymentLinks

from .answers import CUSTOMER, ENTRY, ERROR, INVOICE, ITEM, PAYMENT, PREFERENCES, RECORD, TAX_CODE

NOW = datetime(2026, 3, 4, tzinfo=UTC)
# What stands in the place of a member, and of a whole answer.
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**40,
    "x" * 1200,
    "0001-01-01T00:00:00+14:00",
    "1e999999",
    [None],
    {"x": None},
)


def rows(entity: str, *found: Any) -> Any:
    return {"QueryResponse": {entity: [*found], "startPosition": 1, "maxResults": len(found)}}


def parts(*entities: Any) -> Any:
    return {"BatchItemResponse": [{"bId": str(n), **each} for n, each in enumerate(entities)]}


def found(quickbooks: QuickBooks, entity: str) -> list[dict[str, Any]]:
    return quickbooks.find(entity, "Id", ["1"]).rows


def customers(quickbooks: QuickBooks) -> None:
    for row in found(quickbooks, "Customer"):
        parse.customer(row)
        waits.told_by_customers([row])


def items(quickbooks: QuickBooks) -> None:
    for row in found(quickbooks, "Item"):
        parse.item(row)
        waits.told_by_items([row])


def payments(quickbooks: QuickBooks) -> None:
    for row in found(quickbooks, "Payment"):
        parse.payment(row)
        PaymentLinks.from_row(row)


def tax_codes(quickbooks: QuickBooks) -> None:
    for row in found(quickbooks, "TaxCode"):
        rates = {rate_id: {"RateValue": 5} for rate_id in parse.rate_ids(row)}
        parse.tax_code(row, rates)


def changed(quickbooks: QuickBooks) -> None:
    payload = {"Id": "146", "SyncToken": "1"}
    for answer in quickbooks.change_invoices([payload]):
        if isinstance(answer, quickbooks_client.Answer):
            parse.invoice(answer.entity)


def logged(quickbooks: QuickBooks) -> None:
    for row in quickbooks.logged(["Invoice"], NOW)["Invoice"]:
        assert row["Id"].isdigit()
        row.get("MetaData", {}).get("LastUpdatedTime")


def batched(quickbooks: QuickBooks) -> None:
    for group in quickbooks.resembling([("Customer", "DisplayName", "x")] * 2):
        for row in group:
            parse.customer(row)


def listed(quickbooks: QuickBooks) -> None:
    choices.read_named(quickbooks, {"account": ["1"]})


QUICKBOOKS: dict[str, tuple[Any, Callable[[QuickBooks], object]]] = {
    "invoices": (
        rows("Invoice", INVOICE),
        lambda quickbooks: [parse.invoice(row) for row in found(quickbooks, "Invoice")],
    ),
    "customers": (rows("Customer", CUSTOMER), customers),
    "items": (rows("Item", ITEM), items),
    "payments": (rows("Payment", PAYMENT), payments),
    "tax codes": (rows("TaxCode", TAX_CODE), tax_codes),
    "a count": ({"QueryResponse": {"totalCount": 3}}, lambda q: q.count_invoices(NOW, NOW)),
    "a batch": (parts(rows("Customer", CUSTOMER), rows("Customer", CUSTOMER)), batched),
    "a changed invoice": (parts({"Invoice": INVOICE}), changed),
    "a new invoice": (
        {"Invoice": INVOICE, "time": "2026-03-04"},
        lambda quickbooks: parse.invoice(quickbooks.create("Invoice", {}, "1").entity),
    ),
    "the change log": (
        {"CDCResponse": [{"QueryResponse": [rows("Invoice", INVOICE)["QueryResponse"]]}]},
        logged,
    ),
    "accounts": (
        rows("Account", {"Id": "1", "Name": "Bank", "AccountType": "Bank", "Active": True}),
        listed,
    ),
    "preferences": (
        {"Preferences": PREFERENCES},
        lambda quickbooks: parse.preferences(quickbooks.preferences()),
    ),
    "the company": (
        {"CompanyInfo": {"CompanyName": "Globex", "Country": "US"}},
        lambda quickbooks: parse.country(quickbooks.company_info()),
    ),
    "a rate": (
        {"ExchangeRate": {"Rate": 1.1}},
        lambda quickbooks: parse.exchange_rate(quickbooks.exchange_rate("EUR", date(2026, 3, 4))),
    ),
    "a fault": (
        {"Fault": {"Error": [{"Message": "m", "Detail": "d", "code": "6000"}], "type": "x"}},
        lambda quickbooks: quickbooks.preferences(),
    ),
}


def read_invoices(hubspot: HubSpot) -> None:
    for record_id, properties in hubspot.find("invoices", ["1", "2"], []).records.items():
        record = {record_id: properties}
        with suppress(UnreadableError):
            hubspot_parse.invoice(
                record_id,
                properties,
                time_zone=UTC,
                lines=record,
                discounts=record,
                fees={},
                taxes={},
                payers=[hubspot_parse.contact(record_id, properties)],
                companies=[],
                payments=record,
            )
        hubspot_parse.summary(record_id, properties, UTC)


def read_whole(hubspot: HubSpot) -> None:
    whole = hubspot.whole("invoices", "1", ["hs_number"], ["line_items", "contacts"])
    if whole:
        hubspot_parse.summary("1", whole.properties, UTC)
        assert all(end.isdigit() for ends in whole.ends.values() for end in ends)
        assert whole.cut <= whole.ends.keys()


def read_histories(hubspot: HubSpot) -> None:
    for entries in hubspot.history("invoices", ["1"], "hs_invoice_status").records.values():
        hubspot_parse.status_history(entries)


def read_ends(hubspot: HubSpot) -> None:
    for ends in hubspot.find_associated("invoices", "contacts", ["1"]).records.values():
        assert all(end.isdigit() for end in ends)


def search(hubspot: HubSpot) -> None:
    for row in hubspot.search("invoices", [], ["hs_number"], sort="hs_object_id"):
        hubspot_parse.summary(str(row["id"]), row["properties"], UTC)


HUBSPOT: dict[str, tuple[Any, Callable[[HubSpot], object]]] = {
    "records": ({"results": [RECORD], "errors": [ERROR]}, read_invoices),
    "a record with the ids of others": (
        {
            **RECORD,
            "id": "1",
            "associations": {
                "line items": {
                    "results": [{"id": "5", "type": "invoice_to_line_item"}],
                    "paging": {"next": {"after": "5", "link": "x"}},
                },
                "contacts": {"results": [{"id": 7, "type": "invoice_to_contact"}]},
            },
        },
        read_whole,
    ),
    "histories": (
        {"results": [{**RECORD, "propertiesWithHistory": {"hs_invoice_status": [ENTRY]}}]},
        read_histories,
    ),
    "associations": (
        {
            "results": [
                {
                    "from": {"id": "1"},
                    "to": [
                        {"toObjectId": 5, "associationTypes": [{"label": None}, {"label": "x"}]}
                    ],
                }
            ]
        },
        read_ends,
    ),
    "a page that repeats": (
        {
            "results": [
                {
                    "from": {"id": "1"},
                    "to": [{"toObjectId": 5}],
                    "paging": {"next": {"after": "5"}},
                }
            ]
        },
        read_ends,
    ),
    "a search": ({"total": 1, "results": [RECORD], "paging": None}, search),
    "a search without an end": (
        {"total": 1, "results": [RECORD], "paging": {"next": {"after": "1"}}},
        search,
    ),
    "a count": ({"total": 1, "results": [RECORD]}, lambda h: h.count("invoices", [])),
    "properties": ({"results": [{"name": "hs_number"}]}, lambda h: h.properties("invoices")),
    "an update": (
        {"results": [{"id": "1"}], "errors": [ERROR]},
        lambda hubspot: hubspot.update("invoices", {"1": {"qbo_sync_status": "synced"}}),
    ),
    "new properties": (
        {"results": [], "errors": [{**ERROR, "category": "CONFLICT"}]},
        lambda hubspot: hubspot.create_properties("invoices", {}, []),
    ),
}


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each member and entry."""
    members = value if isinstance(value, dict) else {}
    for key, part in enumerate(value) if isinstance(value, list) else members.items():
        yield (*way, key)
        yield from places(part, (*way, key))


def spoiled(answer: Any) -> Iterator[tuple[str, Any]]:
    """Yield the answer with one part missing or in another form, and which that is."""
    for way in places(answer):
        for odd in (..., *ODD):
            whole = copy.deepcopy(answer)
            holder = whole
            for key in way[:-1]:
                holder = holder[key]
            if odd is ...:
                del holder[way[-1]]
            else:
                holder[way[-1]] = odd
            yield f"{way} = {odd!r:.30}", whole


class Wire:
    """Answers each request with the same content."""

    def __init__(self) -> None:
        self.content, self.status, self.requests = b"", 200, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        assert self.requests < 100, "it asks for ever"
        return httpx.Response(self.status, content=self.content)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    transport = httpx.Client(transport=httpx.MockTransport(wire))
    monkeypatch.setattr(http_client, "client", lambda: transport)
    return wire


class NoPace:
    def keep_within(self, calls: int, seconds: float) -> None: ...

    def too_many(self, seconds: float) -> None: ...

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def error_of(wire: Wire, answer: Any, call: Callable[[], object]) -> str:
    """Return the words of the error that the answer leads to; empty for none."""
    wire.content, wire.requests = json.dumps(answer).encode(), 0
    try:
        call()
    except ServiceError as error:
        return str(error)
    return ""


def check(wire: Wire, answer: Any, call: Callable[[], object]) -> None:
    """Check the answer as it is, each that has one odd part, and other ones altogether."""
    error_of(wire, answer, call)
    odd = [("a whole answer", each) for each in (*ODD, [], {}, 1.5, "")]
    for what, each in (*odd, *spoiled(answer)):
        try:
            words = error_of(wire, each, call)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} for {what}") from error
        # The content is nobody's business.
        assert "xxx" not in words
    for wire.status in (204, 207, 302, 400, 403):
        for _, each in odd:
            error_of(wire, each, call)


@pytest.mark.parametrize("name", QUICKBOOKS)
def test_quickbooks(wire: Wire, name: str) -> None:
    answer, read = QUICKBOOKS[name]
    with ThreadPoolExecutor(1) as pool:
        pace: Any = NoPace()
        quickbooks = QuickBooks("https://books.example", "1", str, pace, pace, pool)
        check(wire, answer, lambda: read(quickbooks))


@pytest.mark.parametrize("name", HUBSPOT)
def test_hubspot(wire: Wire, name: str) -> None:
    answer, read = HUBSPOT[name]
    with ThreadPoolExecutor(1) as pool:
        pace: Any = NoPace()
        hubspot = HubSpot("https://crm.example", str, pace, pace, pool)
        check(wire, answer, lambda: read(hubspot))
