"""Change data capture, the meter, and people who work in the same books."""

from __future__ import annotations

import threading

import httpx
import pytest

from infra.local.quickbooks import RefusalError, sales_line
from infra.local.wire import tls
from tests.simulators.quickbooks.desk import REALM, Desk, Doc, fault


def test_changes_since(desk: Desk) -> None:
    gone = desk.create()
    desk.clock.advance(3000)
    since = desk.create()["MetaData"]["LastUpdatedTime"]
    desk.realm.delete_invoice(gone["Id"])
    answer = desk.get("cdc", entities="Invoice,Customer,Vendor", changedSince=since).json()
    invoices, customers, vendors = answer["CDCResponse"][0]["QueryResponse"]
    assert [each.get("status") for each in invoices["Invoice"]] == [None, "Deleted"]
    assert invoices["maxResults"] == invoices["totalCount"] == 2
    assert [each["Id"] for each in customers["Customer"]] == [desk.customer["Id"]]
    assert vendors == {}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"entities": "Invoice"}, "2020"),
        ({"entities": "Invoices", "changedSince": "2996-01-01"}, "2000"),
        ({"entities": "Invoice", "changedSince": "yesterday"}, "2060"),
        ({"entities": "Invoice", "changedSince": "2020-01-01T00:00:00Z"}, "2190"),
    ],
)
def test_change_requests_that_are_refused(desk: Desk, params: Doc, code: str) -> None:
    fault(desk.get("cdc", **params), code)


def test_reads_are_metered_and_writes_are_not(desk: Desk) -> None:
    desk.create()
    desk.get("preferences")
    desk.get(f"companyinfo/{REALM}")
    desk.query("select * from Item")
    items = [{"bId": str(n), "Query": "select * from Item"} for n in range(3)]
    desk.post("batch", {"BatchItemRequest": items})
    assert desk.simulator.metered_reads(REALM) == 6
    assert desk.simulator.metered_reads("1") == 0
    assert desk.simulator.calls["POST invoice"] == 1
    assert desk.simulator.calls["GET query"] == 1
    assert desk.simulator.calls["POST batch"] == 1


def test_a_person_works_in_the_same_books(desk: Desk) -> None:
    invoice = desk.realm.add_invoice(
        desk.customer["Id"], [sales_line(desk.item["Id"], 12.34)], doc_number="P-1"
    )
    assert desk.get(f"invoice/{invoice['Id']}").json()["Invoice"] == invoice
    edited = desk.realm.edit_invoice(invoice["Id"], Line=[sales_line(desk.item["Id"], 20)])
    assert (edited["SyncToken"], edited["TotalAmt"]) == ("1", 20)
    desk.realm.receive_payment(invoice["Id"], "5.50")
    assert desk.realm.invoices[0]["Balance"] == 14.5
    with pytest.raises(RefusalError, match="6240"):
        desk.realm.add_vendor("acme")
    assert [change[:3] for change in desk.realm.changes][-3:] == [
        ("Invoice", invoice["Id"], "Update"),
        ("Payment", desk.realm.payments[0]["Id"], "Create"),
        ("Invoice", invoice["Id"], "Update"),
    ]


def test_many_writers_get_distinct_ids(desk: Desk) -> None:
    desk.simulator.switches.rate_limits_on = False

    def write() -> None:
        with httpx.Client(headers=desk.http.headers, verify=tls()) as http:
            for _ in range(10):
                http.post(f"{desk.base}/invoice", json=desk.draft()).raise_for_status()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    invoices = desk.realm.invoices
    assert len({each["Id"] for each in invoices}) == 80
    assert len({each["DocNumber"] for each in invoices}) == 80
