"""Signatures: vectors from HubSpot's own library and from its developer tools."""

from __future__ import annotations

from infra.local.hubspot import (
    signing,
)

"""Vectors computed with HubSpot's own library, and those of its developer tools."""

SECRET, WHEN = "hs-test-secret-0000-1111", 1767225600123


def test_webhook() -> None:
    url = "https://abc123.execute-api.us-east-1.amazonaws.com/prod/hubspot/webhook"
    body = (
        b'[{"eventId":100,"subscriptionId":3321,"portalId":24680,"appId":9001,'
        b'"occurredAt":1767225600000,"subscriptionType":"object.propertyChange",'
        b'"attemptNumber":0,"objectId":44446244097,"objectTypeId":"0-53",'
        b'"propertyName":"hs_invoice_status","propertyValue":"open",'
        b'"changeSource":"CRM_UI","isSensitive":false}]'
    )
    assert signing.v1(SECRET, body) == (
        "740b07f67db749c734cf2e5309bddeff765f9d211b76986b4c8cf51e0d98dc63"
    )
    assert signing.v2(SECRET, "POST", url, body) == (
        "c27dee0194b7fdf4050c192baf634cbdcc9e3b0f6bfcd1955e736aeaee7c4b31"
    )
    assert signing.v3(SECRET, "POST", url, body, WHEN) == (
        "e2X6AslPMe600eDaJbrjefp4EtW5+pGziaFxNdnavAY="
    )


def test_card() -> None:
    base = "https://sync.example.com/v1/status?objectId=44446244097&objectTypeId=0-53"
    received = (
        f"{base}&note=a%2Fb%3Ac%20d%26e&userId=77&portalId=24680"
        "&userEmail=jo%2Bx%40example.com&appId=9001"
    )
    assert signing.signed_url(received) == (
        f"{base}&note=a/b:c%20d%26e&userId=77&portalId=24680"
        "&userEmail=jo%2Bx@example.com&appId=9001"
    )
    assert signing.v3(SECRET, "GET", received, b"", WHEN) == (
        "BnBdGSwEcmdPQLXiD5ckQN0Qlr/e+TbSC8neGVBY0OU="
    )


def test_text_beyond_ascii() -> None:
    url = (
        "https://sync.example.com/v1/retry?userId=77&portalId=24680"
        "&userEmail=jo@example.com&appId=9001"
    )
    body = '{"invoiceId":"44446244097","note":"Zahlung für Größe \u2013 1€"}'.encode()
    assert len(body) == 66
    assert signing.v3(SECRET, "POST", url, body, WHEN) == (
        "PgBvFFwpRQ8GLgGwMOkaFETUpBpG29AuCaTRQJgTb90="
    )


def test_vectors_of_the_developer_tools() -> None:
    secret, url = "f6e94c08-85d0-4608-bcc6-e1850176e7b8", "https://www.hubspot.com/webhook"
    assert signing.v3(secret, "POST", url, b"REQUEST_BODY", 1632188626483) == (
        "jf872r5vscVcxCiDRHA4rGrqe/8BPLNVkdJSHdMnGTU="
    )
    assert signing.v2(secret, "POST", url, b"REQUEST_BODY") == (
        "57bb01a6e6ac92919b5e715d68f40265328701bbf1cf3fd73772887069945766"
    )
    assert signing.v2(secret, "POST", url, b"") == (
        "befaef2b7354f11bf651f6468e8b5cf6bd449048deaf057f712980afb2a682f5"
    )
