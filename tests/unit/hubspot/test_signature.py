"""Vectors computed with HubSpot's own Python library, or published by HubSpot."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invoice_sync.errors import SignatureError
from invoice_sync.hubspot.signature import sign, verify

SECRET = "hs-test-secret-0000-1111"
TIMESTAMP = "1767225600123"
NOW = datetime.fromtimestamp(1767225601, UTC)
CARD_PATH = "/v1/status"
CARD_QUERY = (
    "objectId=44446244097&objectTypeId=0-53&note=a%2Fb%3Ac%20d%26e&userId=77&portalId=24680"
    "&userEmail=jo%2Bx%40example.com&appId=9001"
)
CARD_SIGNATURE = "BnBdGSwEcmdPQLXiD5ckQN0Qlr/e+TbSC8neGVBY0OU="


@pytest.mark.parametrize(
    ("method", "uri", "body", "signature"),
    [
        (
            "POST",
            "https://abc123.execute-api.us-east-1.amazonaws.com/prod/hubspot/webhook",
            '[{"eventId":100,"subscriptionId":3321,"portalId":24680,"appId":9001,'
            '"occurredAt":1767225600000,"subscriptionType":"object.propertyChange",'
            '"attemptNumber":0,"objectId":44446244097,"objectTypeId":"0-53",'
            '"propertyName":"hs_invoice_status","propertyValue":"open","changeSource":"CRM_UI",'
            '"isSensitive":false}]',
            "e2X6AslPMe600eDaJbrjefp4EtW5+pGziaFxNdnavAY=",
        ),
        ("GET", f"https://sync.example.com{CARD_PATH}?{CARD_QUERY}", "", CARD_SIGNATURE),
        (
            "POST",
            "https://sync.example.com/v1/retry?userId=77&portalId=24680"
            "&userEmail=jo@example.com&appId=9001",
            '{"invoiceId":"44446244097","note":"Zahlung für Größe – 1€"}',  # noqa: RUF001
            "PgBvFFwpRQ8GLgGwMOkaFETUpBpG29AuCaTRQJgTb90=",
        ),
    ],
)
def test_vectors(method: str, uri: str, body: str, signature: str) -> None:
    assert sign(SECRET, method, uri, body.encode(), TIMESTAMP) == signature


def test_the_vector_that_hubspot_publishes() -> None:
    secret = "f6e94c08-85d0-4608-bcc6-e1850176e7b8"
    uri = "https://www.hubspot.com/webhook"
    signature = sign(secret, "POST", uri, b"REQUEST_BODY", "1632188626483")
    assert signature == "jf872r5vscVcxCiDRHA4rGrqe/8BPLNVkdJSHdMnGTU="


def event(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "rawPath": CARD_PATH,
        "rawQueryString": CARD_QUERY,
        "headers": {
            "x-hubspot-signature-v3": CARD_SIGNATURE,
            "x-hubspot-request-timestamp": TIMESTAMP,
        },
        "requestContext": {"domainName": "sync.example.com", "http": {"method": "GET"}},
        "isBase64Encoded": False,
    }
    return whole | changes


def test_a_genuine_request_passes() -> None:
    assert verify(SECRET, event(), NOW) == b""


def test_lower_case_percent_codes_are_decoded_too() -> None:
    lower = CARD_QUERY.replace("%2F", "%2f").replace("%3A", "%3a")
    assert verify(SECRET, event(rawQueryString=lower), NOW) == b""


def test_the_body_is_the_bytes_that_were_sent() -> None:
    body = "Größe".encode()
    uri = f"https://sync.example.com{CARD_PATH}"
    headers = {
        "x-hubspot-signature-v3": sign(SECRET, "POST", uri, body, TIMESTAMP),
        "x-hubspot-request-timestamp": TIMESTAMP,
    }
    wrapped = event(
        headers=headers,
        rawQueryString="",
        body=base64.b64encode(body).decode(),
        isBase64Encoded=True,
        requestContext={"domainName": "sync.example.com", "http": {"method": "POST"}},
    )
    assert verify(SECRET, wrapped, NOW) == body


@pytest.mark.parametrize(
    "changes",
    [
        {"rawQueryString": CARD_QUERY.replace("24680", "24681")},
        {"rawPath": "/v1/statuz"},
        {"body": "x"},
        {"headers": {}},
        {"headers": {"x-hubspot-signature-v3": CARD_SIGNATURE}},
        {
            "headers": {
                "x-hubspot-signature-v3": CARD_SIGNATURE,
                "x-hubspot-request-timestamp": "soon",
            }
        },
        {
            "headers": {
                "x-hubspot-signature-v3": "ü" + CARD_SIGNATURE,
                "x-hubspot-request-timestamp": TIMESTAMP,
            }
        },
    ],
)
def test_anything_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SignatureError):
        verify(SECRET, event(**changes), NOW)


@pytest.mark.parametrize("late", [timedelta(minutes=5, seconds=1), timedelta(minutes=-2)])
def test_old_and_future_requests_are_refused(late: timedelta) -> None:
    with pytest.raises(SignatureError, match="five minutes"):
        verify(SECRET, event(), NOW + late)


def test_an_empty_secret_signs_nothing() -> None:
    forged = sign("", "GET", f"https://sync.example.com{CARD_PATH}?{CARD_QUERY}", b"", TIMESTAMP)
    headers = {"x-hubspot-signature-v3": forged, "x-hubspot-request-timestamp": TIMESTAMP}
    with pytest.raises(SignatureError):
        verify("", event(headers=headers), NOW)
