"""hubspot.fetch: how a card's request reaches the backend."""

from __future__ import annotations

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.local.hubspot import (
    HubSpotSimulator,
    signing,
)
from tests.simulators.hubspot.client import PORTAL, Receiver
from tests.simulators.waiting import wait_until


def test_what_is_added_and_signed(hubspot: HubSpotSimulator, receiver: Receiver) -> None:
    receiver.statuses, receiver.body = [200], '{"failing": 3}'
    url = f"{receiver.url}/v1/failures?note=a%2Fb%20c"
    result = hubspot.fetch(PORTAL, "GET", url, user_email="jo+x@example.com")
    assert (result.status, result.json(), result.attempts) == (200, {"failing": 3}, 1)
    [request] = receiver.requests
    query = request.query_string.decode()
    assert query.startswith("note=a%2Fb%20c&userId=77&portalId=24680&")
    assert query.endswith("userEmail=jo%2Bx%40example.com&appId=9001")
    signed = f"{receiver.url}/v1/failures?{query}".replace("%2F", "/").replace("%40", "@")
    stamp = int(request.headers["X-HubSpot-Request-Timestamp"])
    expected = signing.v3(hubspot.client_secret, "GET", signed, b"", stamp)
    assert request.headers["X-HubSpot-Signature-v3"] == expected
    assert request.headers["X-HubSpot-Signature-Version"] == "v2"
    assert result.envelope["status"] == "success"


def test_bodies_are_json(hubspot: HubSpotSimulator, receiver: Receiver) -> None:
    hubspot.fetch(PORTAL, "put", f"{receiver.url}/v1/settings", {"note": "Größe"})
    [request] = receiver.requests
    assert (request.method, request.mimetype) == ("PUT", "application/json")
    assert request.get_json() == {"note": "Größe"}
    with pytest.raises(ValueError, match="1 MB"):
        hubspot.fetch(PORTAL, "POST", receiver.url, {"note": "x" * 1_000_001})


def test_one_repeat_and_no_redirect(hubspot: HubSpotSimulator, receiver: Receiver) -> None:
    receiver.statuses = [503, 200]
    result = hubspot.fetch(PORTAL, "POST", receiver.url, {})
    assert (result.status, result.attempts) == (200, 2)
    receiver.statuses = [500, 502, 200]
    result = hubspot.fetch(PORTAL, "GET", receiver.url)
    assert (result.status, result.attempts) == (502, 2)
    assert result.envelope["category"] == "BAD_GATEWAY"
    receiver.statuses = [302]
    assert hubspot.fetch(PORTAL, "GET", receiver.url).status == 302
    receiver.statuses = [404]
    assert hubspot.fetch(PORTAL, "GET", receiver.url).attempts == 1
    unreachable = hubspot.fetch(PORTAL, "GET", "http://127.0.0.1:9/")
    assert (unreachable.status, unreachable.attempts) == (0, 2)


def test_twenty_at_a_time(hubspot: HubSpotSimulator, receiver: Receiver) -> None:
    receiver.hold = threading.Event()
    with ThreadPoolExecutor(21) as threads:
        running = [threads.submit(hubspot.fetch, PORTAL, "GET", receiver.url) for _ in range(21)]
        wait_until(lambda: any(request.done() for request in running))
        receiver.hold.set()
    statuses = [request.result().status for request in running]
    assert (statuses.count(204), statuses.count(429)) == (20, 1)


def test_a_line_for_the_shell(hubspot: HubSpotSimulator, receiver: Receiver) -> None:
    line = hubspot.curl(PORTAL, "POST", f"{receiver.url}/v1/retry?a=1", {"note": "it's"})
    subprocess.run(["bash", "-c", line], check=True, timeout=60)
    [request] = receiver.requests
    stamp = int(request.headers["X-HubSpot-Request-Timestamp"])
    url = f"{receiver.url}/v1/retry?{request.query_string.decode()}"
    expected = signing.v3(hubspot.client_secret, "POST", url, request.get_data(), stamp)
    assert request.headers["X-HubSpot-Signature-v3"] == expected
    assert request.get_json() == {"note": "it's"}
