"""The gateway: tokens, limits, media types and trouble on demand."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from werkzeug import Request
from werkzeug.test import EnvironBuilder

from infra.local.wire import Answer, Fault, tls
from tests.simulators.quickbooks.desk import REALM, Desk, fault
from tests.simulators.waiting import wait_until


def test_a_request_without_a_token_gets_the_lower_case_body(desk: Desk) -> None:
    answer = httpx.get(f"{desk.base}/customer/1", verify=tls())
    assert answer.status_code == 401
    body = answer.json()
    assert body["fault"]["type"] == "AUTHENTICATION"
    assert isinstance(body["time"], int)
    assert body["batchItemResponse"] == []


def test_an_access_token_lives_for_an_hour(desk: Desk) -> None:
    assert desk.get(f"customer/{desk.customer['Id']}").status_code == 200
    desk.clock.advance(3601)
    answer = desk.get(f"customer/{desk.customer['Id']}")
    assert answer.status_code == 401
    (error,) = answer.json()["fault"]["error"]
    assert error["message"] == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    assert error["code"] == "3200"
    assert error["detail"].startswith("Token expired")


def test_a_token_opens_only_its_own_company(desk: Desk) -> None:
    desk.simulator.add_realm("9130000000000009")
    answer = desk.http.get(f"{desk.simulator.url}/v3/company/9130000000000009/preferences")
    assert answer.status_code == 403
    (error,) = answer.json()["fault"]["error"]
    assert "errorCode=003100; statusCode=403" in error["message"]


def test_ten_requests_a_second(desk: Desk) -> None:
    desk.simulator.switches.rate_limits_on = True
    statuses = [desk.get("preferences").status_code for _ in range(40)]
    assert statuses == [200] * 10 + [429] * 30
    desk.clock.advance(0.9)
    assert desk.get("preferences").status_code == 429
    desk.clock.advance(0.1)
    assert desk.get("preferences").status_code == 200


def test_the_limits_answer_in_xml_and_pass_with_time(desk: Desk) -> None:
    desk.simulator.switches.rate_limits_on = True
    batch = {"BatchItemRequest": [{"bId": "1", "Query": "select * from Term"}]}
    for _ in range(40):
        assert desk.post("batch", batch).status_code == 200
        desk.clock.advance(1)
    answer = desk.post("batch", batch)
    assert answer.status_code == 429
    assert answer.headers["content-type"].startswith("application/xml")
    assert "ThrottleExceeded; errorCode=003001; statusCode=429" in answer.text
    desk.clock.advance(60)
    assert desk.post("batch", batch).status_code == 200
    desk.simulator.switches.rate_limits_on = False
    assert all(desk.post("batch", batch).status_code == 200 for _ in range(50))


def test_five_hundred_requests_a_minute(desk: Desk) -> None:
    desk.simulator.switches.rate_limits_on = True
    # Without a socket, which would take the most of the time here.
    address, headers = f"/v3/company/{REALM}/preferences", list(desk.http.headers.items())
    request = Request(EnvironBuilder(address, headers=headers).get_environ())
    for _ in range(500):
        assert desk.simulator.answer(request).status == 200
        desk.clock.advance(0.11)
    assert desk.get("preferences").status_code == 429
    desk.clock.advance(6)  # a minute after the first of them
    assert desk.get("preferences").status_code == 200


def test_ten_at_a_time(desk: Desk) -> None:
    """Nobody is answered while a person holds the books, so that all of them are under way."""
    desk.simulator.switches.rate_limits_on = True

    def ask(_: int) -> int:
        return httpx.get(
            f"{desk.base}/preferences", headers=desk.http.headers, verify=tls()
        ).status_code

    with ThreadPoolExecutor(10) as threads:
        with desk.realm.lock:
            answers = [threads.submit(ask, number) for number in range(10)]
            wait_until(lambda: desk.simulator.under_way(REALM) == 10)
            desk.clock.advance(1)  # so that it is not the limit of a second
            assert [ask(number) for number in range(4)] == [429] * 4
        assert [answer.result() for answer in answers] == [200] * 10
    assert desk.get("preferences").status_code == 200


def test_without_asking_for_json_the_answer_is_xml(desk: Desk) -> None:
    answer = desk.http.get(f"{desk.base}/preferences", headers={"Accept": "*/*"})
    assert answer.status_code == 200
    root = ET.fromstring(answer.text)  # noqa: S314
    assert root.tag == "{http://schema.intuit.com/finance/v3}IntuitResponse"
    answer = desk.http.post(
        f"{desk.base}/invoice", json={"Line": []}, headers={"Accept": "application/xml"}
    )
    assert answer.status_code == 400
    error = ET.fromstring(answer.text).find(".//{*}Error")  # noqa: S314
    assert error is not None
    assert error.get("code") == "2020"


@pytest.mark.parametrize("version", ["1", "75"])
def test_any_known_minor_version_will_do(desk: Desk, version: str) -> None:
    assert desk.get("preferences", minorversion=version).status_code == 200


@pytest.mark.parametrize("version", ["76", "0", "new"])
def test_an_unknown_minor_version_will_not(desk: Desk, version: str) -> None:
    fault(desk.get("preferences", minorversion=version), "500")


def test_unknown_addresses_are_unsupported_operations(desk: Desk) -> None:
    error = fault(desk.get("customer/1/5"), "500")
    assert f"/v3/company/{REALM}/customer/1/5 of full path: http" in error["Detail"]
    fault(desk.get("invoice"), "500")
    fault(desk.http.put(f"{desk.base}/invoice", json={}), "500")
    fault(desk.post("estimate", {}), "500")
    fault(desk.post("customer", {"Id": "1", "SyncToken": "0"}, operation="delete"), "500")


def test_writes_are_json_in_utf8(desk: Desk) -> None:
    url = f"{desk.base}/invoice"
    plain = desk.http.post(url, content=b"{}", headers={"Content-Type": "text/plain"})
    fault(plain, "1050")
    kind = {"Content-Type": "application/json"}
    fault(desk.http.post(url, content=b"{not json", headers=kind), "2010")
    error = fault(desk.http.post(url, content=b'{"DocNumber":"\xe9"}', headers=kind), "500")
    assert "MalformedByteSequenceException" in error["Detail"]


def test_faults_on_demand_before_and_after_the_effect(desk: Desk) -> None:
    body = {
        "Fault": {
            "Error": [
                {
                    "Message": "An application error has occurred while processing your request",
                    "Detail": "System Failure Error: no more",
                    "code": "10000",
                    "element": "",
                }
            ],
            "type": "SystemFault",
        }
    }
    desk.simulator.faults = [
        Fault(lambda r: r.path.endswith("/invoice"), Answer(500, body)),
        Fault(lambda r: r.path.endswith("/invoice"), None, before_effect=False),
    ]
    assert desk.post("invoice", desk.draft()).status_code == 500
    assert desk.realm.invoices == []
    with pytest.raises(httpx.TransportError):
        desk.post("invoice", desk.draft())
    assert len(desk.realm.invoices) == 1
