"""Rows that spoil each read, and requests that QuickBooks cannot digest."""

from __future__ import annotations

import httpx

from tests.simulators.quickbooks.desk import Desk, Doc, fault

ALL = "select * from Invoice"


def batch(desk: Desk, *items: Doc) -> list[Doc]:
    numbered = [{"bId": str(number), **item} for number, item in enumerate(items)]
    answer = desk.post("batch", {"BatchItemRequest": numbered})
    assert answer.status_code == 200
    answers: list[Doc] = answer.json()["BatchItemResponse"]
    return sorted(answers, key=lambda each: int(each["bId"]))


class TestUnreadable:
    """4002 for the whole read: intuit/QuickBooks-V3-DotNET-SDK, issue 111."""

    def test_queries(self, desk: Desk) -> None:
        bad, good = desk.create(), desk.create()
        desk.realm.unreadable.add(("Invoice", bad["Id"]))
        error = fault(desk.get("query", query=ALL), "4002")
        assert error["Message"] == "Error processing query"
        assert error["Detail"] == "QueryProcessingError: To email address entered is invalid"
        fault(desk.get("query", query=f"select Id from Invoice where Id = '{bad['Id']}'"), "4002")
        fault(desk.get(f"invoice/{bad['Id']}"), "4002")
        both = f"('{bad['Id']}', '{good['Id']}')"
        fault(desk.get("query", query=f"{ALL} where Id in {both}"), "4002")
        assert desk.query(f"{ALL} where Id = '{good['Id']}'")["maxResults"] == 1
        assert desk.query("select count(*) from Invoice") == {"totalCount": 2}
        assert desk.query(f"{ALL} MAXRESULTS 1")["Invoice"][0]["Id"] == good["Id"]
        assert desk.query("select * from Customer")["maxResults"] == 1

    def test_a_batch_has_the_fault_in_its_place(self, desk: Desk) -> None:
        bad = desk.create()
        desk.realm.unreadable.add(("Invoice", bad["Id"]))
        spoiled, fine = batch(desk, {"Query": ALL}, {"Query": "select * from Item"})
        assert spoiled["Fault"]["Error"][0]["code"] == "4002"
        assert fine["QueryResponse"]["maxResults"] == 1

    def test_the_change_log_fails_as_a_whole(self, desk: Desk) -> None:
        since = desk.clock.now().isoformat()
        bad = desk.create()
        desk.realm.unreadable.add(("Invoice", bad["Id"]))
        fault(desk.get("cdc", entities="Customer,Invoice", changedSince=since), "4002")
        assert desk.get("cdc", entities="Customer", changedSince=since).status_code == 200
        desk.clock.advance(60)
        later = desk.clock.now().isoformat()
        assert desk.get("cdc", entities="Invoice", changedSince=later).status_code == 200
        desk.realm.unreadable.clear()
        assert desk.get("cdc", entities="Invoice", changedSince=since).status_code == 200

    def test_it_can_still_be_corrected(self, desk: Desk) -> None:
        bad = desk.create()
        desk.realm.unreadable.add(("Invoice", bad["Id"]))
        change = {"Id": bad["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "mended"}
        assert desk.post("invoice", change).status_code == 200


class TestIndigestible:
    """500 with code 10000, for days: ruckus/quickbooks-ruby, issues 224 and 285."""

    def check(self, answer: httpx.Response) -> None:
        assert answer.status_code == 500
        assert answer.headers["intuit_tid"]
        body = answer.json()["Fault"]
        assert (body["type"], body["Error"][0]["code"]) == ("SystemFault", "10000")

    def test_a_create(self, desk: Desk) -> None:
        desk.realm.indigestible.add(("Invoice", "ODD"))
        for _ in range(3):
            self.check(desk.post("invoice", desk.draft(DocNumber="ODD"), requestid="a"))
        desk.create(DocNumber="EVEN")
        assert [each["DocNumber"] for each in desk.realm.invoices] == ["EVEN"]
        create = {"operation": "create", "Invoice": desk.draft(DocNumber="ODD")}
        odd, even = batch(desk, create, {"operation": "create", "Invoice": desk.draft()})
        assert odd["Fault"]["Error"][0]["code"] == "10000"
        assert even["Invoice"]["Id"]
        desk.realm.indigestible.clear()
        answer = desk.post("invoice", desk.draft(DocNumber="ODD"), requestid="a")
        assert answer.status_code == 200

    def test_an_update_and_a_read(self, desk: Desk) -> None:
        made = desk.create()
        desk.realm.indigestible.add(("Invoice", made["Id"]))
        change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
        self.check(desk.post("invoice", change))
        self.check(desk.post("invoice", change, operation="void"))
        self.check(desk.get(f"invoice/{made['Id']}"))
        assert desk.get(f"customer/{desk.customer['Id']}").status_code == 200

    def test_a_customer_by_its_name(self, desk: Desk) -> None:
        desk.realm.indigestible.add(("Customer", "Bobby Tables"))
        self.check(desk.post("customer", {"DisplayName": "Bobby Tables"}))
        assert desk.post("customer", {"DisplayName": "Bobby"}).status_code == 200
