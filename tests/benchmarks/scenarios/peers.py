"""The same invoices by the way of peers: record by record, each with queries of its own.

It stands for integrations that look the customer, the item and the number up for every invoice,
then create it without a `requestid`.
"""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.benchmarks.row import Row
from tests.benchmarks.scenarios.common import SEED, check_once, until_confirmed, warm_up
from tests.benchmarks.simulation.scheduler import CannotMeasureError, sleep
from tests.benchmarks.simulation.world import Place, World, world

_INVOICES = 100
# Below ten calls a second, and 500 a minute.
_PAUSE = 0.13


class RecordByRecord:
    """A client of one realm, that remembers nothing."""

    def __init__(self, running: World, place: Place) -> None:
        quickbooks = running.own.quickbooks
        token = quickbooks.grant(place.realm_id)["access_token"]
        self._url = f"{quickbooks.url}/v3/company/{place.realm_id}"
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"}
        )

    def sync(self, number: str, email: str, name: str, price: float) -> None:
        customer = self._query(f"select * from Customer where PrimaryEmailAddr = '{email}'")
        item = self._query(f"select * from Item where Name = '{name}'")
        if self._query(f"select Id from Invoice where DocNumber = '{number}'"):
            return
        line = {
            "DetailType": "SalesItemLineDetail",
            "Amount": price,
            "SalesItemLineDetail": {"ItemRef": {"value": item[0]["Id"]}},
        }
        body = {"DocNumber": number, "CustomerRef": {"value": customer[0]["Id"]}, "Line": [line]}
        self._send("POST", "/invoice", content=json.dumps(body))

    def _query(self, statement: str) -> list[dict[str, Any]]:
        answer = self._send("GET", "/query", params={"query": statement})["QueryResponse"]
        return [row for rows in answer.values() if isinstance(rows, list) for row in rows]

    def _send(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        sleep(_PAUSE)
        headers = {"Content-Type": "application/json"}
        answer = self._client.request(method, self._url + path, headers=headers, **options)
        if answer.status_code != 200:
            raise CannotMeasureError(f"the peer's {method} {path}: {answer.status_code}")
        whole: dict[str, Any] = answer.json()
        return whole


def compared() -> list[Row]:
    """Return the product's calls with those of the peer's way as the goal."""
    with world(SEED, customers=10) as running:

        def scenario() -> list[Row]:
            warm_up(running)
            place, quickbooks = running.places[0], running.own.quickbooks
            before = quickbooks.calls.total(), quickbooks.metered_reads(place.realm_id)
            for _ in range(_INVOICES):
                place.invoice()
            until_confirmed(running)
            check_once(running)
            between = quickbooks.calls.total(), quickbooks.metered_reads(place.realm_id)
            peer = RecordByRecord(running, place)
            for number in range(_INVOICES):
                peer.sync(f"P-{number}", f"ap{number % 10}@customer.example", "Consulting", 300.0)
            after = quickbooks.calls.total(), quickbooks.metered_reads(place.realm_id)
            return [
                Row(
                    f"{_INVOICES} invoices against record by record: {what}",
                    middle - start,
                    what,
                    end - middle,
                    "the peers' way",
                )
                for what, start, middle, end in zip(
                    ("QuickBooks calls", "metered reads"), before, between, after, strict=True
                )
            ]

        rows: list[Row] = running.scheduler.run(scenario)
        return rows
