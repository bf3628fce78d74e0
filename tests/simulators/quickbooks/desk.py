"""A connected client in front of a QuickBooks simulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from infra.local.quickbooks import QuickBooksSimulator, Realm, sales_line
from infra.local.wire import Clock

REALM = "9130357849536436"
Doc = dict[str, Any]


@dataclass
class Desk:
    """A connected client in front of a simulator with one customer and one item."""

    simulator: QuickBooksSimulator
    realm: Realm
    clock: Clock
    http: httpx.Client
    tokens: Doc
    customer: Doc
    item: Doc

    @property
    def base(self) -> str:
        return f"{self.simulator.url}/v3/company/{self.realm.realm_id}"

    def post(self, path: str, body: Any, **params: Any) -> httpx.Response:
        return self.http.post(f"{self.base}/{path}", json=body, params=params)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(f"{self.base}/{path}", params=params)

    def query(self, statement: str) -> Doc:
        answer = self.get("query", query=statement)
        assert answer.status_code == 200, answer.text
        response: Doc = answer.json()["QueryResponse"]
        return response

    def draft(self, *lines: Doc, **fields: Any) -> Doc:
        return {
            "CustomerRef": {"value": self.customer["Id"]},
            "Line": list(lines) or [sales_line(self.item["Id"], 100)],
            **fields,
        }

    def create(self, *lines: Doc, **fields: Any) -> Doc:
        answer = self.post("invoice", self.draft(*lines, **fields))
        assert answer.status_code == 200, answer.text
        invoice: Doc = answer.json()["Invoice"]
        return invoice

    def use(self, realm: Realm) -> None:
        """Work with another company from here on."""
        self.realm = realm
        self.tokens = self.simulator.grant(realm.realm_id)
        self.http.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        self.customer = realm.add_customer("Acme", "ap@acme.example")
        self.item = realm.add_item("Consulting")


def fault(answer: httpx.Response, code: str) -> Doc:
    """Return the only error of a refusal, and check the shape of the refusal."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["intuit_tid"]
    body = answer.json()
    assert body["Fault"]["type"] == "ValidationFault"
    (error,) = body["Fault"]["Error"]
    assert error["code"] == code, error
    assert set(error) == {"Message", "Detail", "code", "element"}
    refusal: Doc = error
    return refusal


def line_kinds(invoice: Doc) -> list[str]:
    return [line["DetailType"] for line in invoice["Line"]]
