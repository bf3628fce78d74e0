"""A client of the HubSpot simulator, a receiver of what it sends, and how it says no."""

from __future__ import annotations

import json
import threading
from typing import Any

import httpx
from werkzeug import Request, Response

from infra.local.wire import HttpServer, tls
from tests.simulators.waiting import PATIENCE_SECONDS

PORTAL = 24680
LINES: list[dict[str, object]] = [
    {"name": "Consulting", "quantity": 2, "price": "10.50"},
    {"name": "Setup", "quantity": 1, "price": 5},
]


class Api:
    """A client with a token."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=url, headers=headers, verify=tls())

    def __call__(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.http.request(method, path, json=body)

    def read(self, kind: str, ids: list[str], *properties: str) -> httpx.Response:
        body = {"inputs": [{"id": record_id} for record_id in ids], "properties": list(properties)}
        return self("POST", f"/crm/v3/objects/{kind}/batch/read", body)

    def search(self, kind: str, **body: Any) -> httpx.Response:
        return self("POST", f"/crm/v3/objects/{kind}/search", body)

    def associations(self, start: str, end: str, ids: list[str]) -> httpx.Response:
        body = {"inputs": [{"id": record_id} for record_id in ids]}
        return self("POST", f"/crm/v4/associations/{start}/{end}/batch/read", body)


class Receiver:
    """A backend that remembers requests and answers the given statuses, then 204."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.statuses: list[int] = []
        self.body = ""
        self.hold: threading.Event | None = None
        self.server = HttpServer(self._application).start()
        self.url = self.server.url

    def _application(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        request.get_data(cache=True)
        self.requests.append(request)
        if self.hold:
            self.hold.wait(PATIENCE_SECONDS)
        status = self.statuses.pop(0) if self.statuses else 204
        return Response(self.body, status, {"Location": self.url})(environ, start_response)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for request in self.requests for event in json.loads(request.get_data())]


def refused(response: httpx.Response, status: int, category: str) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["category"]) == (status, category), body
    assert body["status"] == "error"
    return body


def invalid(response: httpx.Response) -> dict[str, Any]:
    return refused(response, 400, "VALIDATION_ERROR")


def code(response: httpx.Response) -> str:
    return str(invalid(response)["errors"][0]["code"])
