"""The local front hands over what API Gateway's HTTP API would (payload 2.0)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.gateway import Gateway, Route
from infra.local.wire import tls

SEEN: list[dict[str, Any]] = []


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    SEEN.append(event)
    if event["rawPath"] == "/broken":
        raise RuntimeError("on purpose")
    if event["rawPath"] == "/plain":
        return {"plain": True}
    return {
        "statusCode": 201,
        "headers": {"X-One": "1"},
        "cookies": ["a=b"],
        "body": base64.b64encode(b"\xff").decode(),
        "isBase64Encoded": True,
    }


@pytest.fixture
def url() -> Iterator[str]:
    SEEN.clear()
    routes = [
        Route("POST", "/things/{id}/act", "f", handler),
        Route("GET", "/plain", "f", handler),
        Route("GET", "/broken", "f", handler),
    ]
    gateway = Gateway(routes).start()
    yield gateway.url
    gateway.stop()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(verify=tls()) as client:
        yield client


def test_the_query_stays_raw_and_the_path_is_decoded(url: str, http: httpx.Client) -> None:
    http.post(f"{url}/things/a%20b/act?x=%2F&x=2&y=%C3%A9", content=b"{}", headers=json_type())
    (event,) = SEEN
    assert event["rawQueryString"] == "x=%2F&x=2&y=%C3%A9"
    assert event["queryStringParameters"] == {"x": "/,2", "y": "é"}
    assert (event["rawPath"], event["pathParameters"]) == ("/things/a b/act", {"id": "a b"})
    assert event["routeKey"] == "POST /things/{id}/act"
    assert event["version"] == "2.0"
    assert event["requestContext"]["http"]["method"] == "POST"
    assert f"http://{event['requestContext']['domainName']}" == url


@pytest.mark.parametrize(
    ("kind", "encoded"), [("application/json", False), ("application/octet-stream", True)]
)
def test_a_body_that_is_no_text_is_encoded(
    url: str, http: httpx.Client, kind: str, encoded: bool
) -> None:
    http.post(f"{url}/things/1/act", content="Größe".encode(), headers={"Content-Type": kind})
    (event,) = SEEN
    body = base64.b64decode(event["body"]) if encoded else event["body"].encode()
    assert (event["isBase64Encoded"], body.decode()) == (encoded, "Größe")


def test_a_body_that_only_says_it_is_text_loses_no_byte(url: str, http: httpx.Client) -> None:
    http.post(f"{url}/things/1/act", content=b'{"a":"\xff"}', headers=json_type())
    (event,) = SEEN
    assert event["isBase64Encoded"]
    assert base64.b64decode(event["body"]) == b'{"a":"\xff"}'


def test_headers_are_lower_case_and_joined_cookies_are_apart(url: str, http: httpx.Client) -> None:
    headers = [("X-One", "1"), ("X-One", "2"), ("Cookie", 'a="b c"; d=e; d=f')]
    http.post(f"{url}/things/1/act", headers=headers)
    (event,) = SEEN
    assert event["headers"]["x-one"].replace(", ", ",") == "1,2"
    assert event["headers"]["x-forwarded-proto"] == "http"
    assert "cookie" not in event["headers"]
    assert event["cookies"] == ['a="b c"', "d=e", "d=f"]
    assert not {"body", "queryStringParameters"} & event.keys()


def test_the_path_ends_at_a_decoded_question_mark(url: str, http: httpx.Client) -> None:
    http.post(f"{url}/things/1%2Fact%3Fb?c=d")
    (event,) = SEEN
    assert (event["rawPath"], event["rawQueryString"]) == ("/things/1/act", "c=d")


def test_answers_come_back(url: str, http: httpx.Client) -> None:
    answer = http.post(f"{url}/things/1/act")
    assert (answer.status_code, answer.content) == (201, b"\xff")
    assert (answer.headers["x-one"], answer.cookies["a"]) == ("1", "b")
    assert http.get(f"{url}/plain").json() == {"plain": True}


def test_unknown_routes_and_broken_functions(url: str, http: httpx.Client) -> None:
    for missing in ("/nothing", "/things/1/act", "/things/1/2/act"):
        answer = http.get(url + missing)
        assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})
    answer = http.get(f"{url}/broken")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def json_type() -> dict[str, str]:
    return {"Content-Type": "application/json"}
