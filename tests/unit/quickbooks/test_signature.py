"""Intuit's webhook signature."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from infra.local.quickbooks import webhooks as simulated
from invoice_sync.errors import SignatureError
from invoice_sync.quickbooks.signature import verify

from .signed_events import (
    CLOUD,
    CLOUD_SIGNATURE,
    CLOUD_TOKEN,
    LEGACY,
    LEGACY_SIGNATURE,
    LEGACY_TOKEN,
)


def request(body: str, signature: str, **more: Any) -> dict[str, Any]:
    return {"body": body, "headers": {"intuit-signature": signature}, **more}


@pytest.mark.parametrize(
    ("token", "body", "signature"),
    [
        (LEGACY_TOKEN, LEGACY, LEGACY_SIGNATURE),
        (LEGACY_TOKEN, LEGACY + "\n", "VaqdThFKvBmD2tK1ikX8ItwCWNBU6CRW9VfGtglvj7o="),
        (CLOUD_TOKEN, CLOUD, CLOUD_SIGNATURE),
    ],
)
def test_vectors(token: str, body: str, signature: str) -> None:
    assert verify(token, request(body, signature)) == body.encode()
    assert simulated.sign(token, body.encode()) == signature
    wrapped = base64.b64encode(body.encode()).decode()
    assert verify(token, request(wrapped, signature, isBase64Encoded=True)) == body.encode()


@pytest.mark.parametrize(
    "event",
    [
        request(LEGACY + " ", LEGACY_SIGNATURE),
        request(LEGACY, CLOUD_SIGNATURE),
        request(LEGACY, ""),
        request(LEGACY, "ü"),
        {"body": LEGACY, "headers": {}},
        {"body": LEGACY},
        {"headers": {"intuit-signature": LEGACY_SIGNATURE}},
    ],
)
def test_whatever_is_not_signed_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(SignatureError):
        verify(LEGACY_TOKEN, event)


def test_an_empty_token_refuses_even_what_is_signed_with_it() -> None:
    with pytest.raises(SignatureError, match="no verifier token"):
        verify("", request(LEGACY, simulated.sign("", LEGACY.encode())))
