"""What HubSpot says about its limits."""

from __future__ import annotations

import pytest

from invoice_sync.hubspot import responses
from invoice_sync.runtime.http_client import Response

MAX, INTERVAL = "X-HubSpot-RateLimit-Max", "X-HubSpot-RateLimit-Interval-Milliseconds"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({MAX: "190", INTERVAL: "10000"}, (190, 10.0)),
        ({MAX: "110", INTERVAL: "10000"}, (110, 10.0)),
        ({}, None),
        ({MAX: "110"}, None),
        ({MAX: "0", INTERVAL: "10000"}, None),
        ({MAX: "110", INTERVAL: "0"}, None),
        ({MAX: "-1", INTERVAL: "10000"}, None),
        ({MAX: "many", INTERVAL: "10000"}, None),
        ({MAX: "9" * 5000, INTERVAL: "10000"}, None),
    ],
)
def test_the_limit_is_in_the_headers(
    headers: dict[str, str], expected: tuple[int, float] | None
) -> None:
    assert responses.limit(Response(200, headers, b"")) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"policyName": "DAILY"}', 3600),
        (b'{"policyName": "TEN_SECONDLY_ROLLING"}', 0),
        (b'["DAILY"]', 0),
        (b"<html>", 0),
        (b"", 0),
    ],
)
def test_a_day_without_calls_is_a_long_pause(content: bytes, expected: float) -> None:
    assert responses.pause(Response(429, {}, content)) == expected
