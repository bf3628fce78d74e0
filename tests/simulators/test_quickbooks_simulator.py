"""What the QuickBooks simulator accepts, refuses, computes and remembers.

Set RECORD_TO to a folder to keep each test's exchanges there as JSON lines.
"""

from __future__ import annotations

import base64
import os
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.quickbooks import QuickBooksSimulator, Realm, RefusalError, sales_line
from infra.local.wire import Answer, Clock, Fault, Recorder

REALM = "9130357849536436"
Doc = dict[str, Any]


@dataclass
class Desk:
    """A connected client in front of a simulator with one customer and one item."""

    simulator: QuickBooksSimulator
    realm: Realm
    clock: Clock
    http: httpx.Client
    tokens: Doc
    customer: Doc
    item: Doc

    @property
    def base(self) -> str:
        return f"{self.simulator.url}/v3/company/{self.realm.realm_id}"

    def post(self, path: str, body: Any, **params: Any) -> httpx.Response:
        return self.http.post(f"{self.base}/{path}", json=body, params=params)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(f"{self.base}/{path}", params=params)

    def query(self, statement: str) -> Doc:
        answer = self.get("query", query=statement)
        assert answer.status_code == 200, answer.text
        response: Doc = answer.json()["QueryResponse"]
        return response

    def draft(self, *lines: Doc, **fields: Any) -> Doc:
        return {
            "CustomerRef": {"value": self.customer["Id"]},
            "Line": list(lines) or [sales_line(self.item["Id"], 100)],
            **fields,
        }

    def create(self, *lines: Doc, **fields: Any) -> Doc:
        answer = self.post("invoice", self.draft(*lines, **fields))
        assert answer.status_code == 200, answer.text
        invoice: Doc = answer.json()["Invoice"]
        return invoice

    def use(self, realm: Realm) -> None:
        """Work with another company from here on."""
        self.realm = realm
        self.tokens = self.simulator.grant(realm.realm_id)
        self.http.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        self.customer = realm.add_customer("Acme", "ap@acme.example")
        self.item = realm.add_item("Consulting")


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    folder = Path(os.environ.get("RECORD_TO", tmp_path))
    recorder = Recorder(folder / f"{request.node.name.replace('/', '-')}.jsonl")
    clock = Clock()
    simulator = QuickBooksSimulator(clock, recorder).start()
    simulator.switches.rate_limits_on = False
    realm = simulator.add_realm(REALM)
    with httpx.Client(headers={"Accept": "application/json"}) as http:
        new = Desk(simulator, realm, clock, http, {}, {}, {})
        new.use(realm)
        yield new
    simulator.stop()
    recorder.close()


def fault(answer: httpx.Response, code: str) -> Doc:
    """The one error of a refusal, whose shape is checked on the way."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["intuit_tid"]
    body = answer.json()
    assert body["Fault"]["type"] == "ValidationFault"
    (error,) = body["Fault"]["Error"]
    assert error["code"] == code, error
    assert set(error) == {"Message", "Detail", "code", "element"}
    found: Doc = error
    return found


def line_kinds(invoice: Doc) -> list[str]:
    return [line["DetailType"] for line in invoice["Line"]]


# -- the gateway
def test_a_request_without_a_token_gets_the_lower_case_body(desk: Desk) -> None:
    answer = httpx.get(f"{desk.base}/customer/1")
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
    statuses = [desk.get("preferences").status_code for _ in range(40)]  # well within a second
    assert statuses[:10] == [200] * 10
    assert 429 in statuses
    desk.clock.advance(2)
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
    for _ in range(500):
        assert desk.get("preferences").status_code == 200
        desk.clock.advance(0.11)
    assert desk.get("preferences").status_code == 429


def test_ten_at_a_time(desk: Desk) -> None:
    desk.simulator.switches.rate_limits_on = True
    desk.simulator.switches.latency_seconds = 0.5
    statuses: list[int] = []

    def ask() -> None:
        for_all.wait()
        answer = httpx.get(f"{desk.base}/preferences", headers=desk.http.headers)
        statuses.append(answer.status_code)

    for_all = threading.Barrier(14)
    threads = [threading.Thread(target=ask) for _ in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(200) <= 10
    assert 429 in statuses


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
    fault(desk.post("creditmemo", {}), "500")
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


# -- creating invoices
def test_a_created_invoice_has_what_recorded_ones_have(desk: Desk) -> None:
    answer = desk.post(
        "invoice",
        desk.draft(
            sales_line(
                desk.item["Id"], 750, Description="January", Qty=5, UnitPrice=150,
                ServiceDate="2026-01-31", TaxCodeRef={"value": "NON"},
            ),
            TxnDate="2026-02-03",
            PrivateNote="HubSpot invoice 7781",
            CustomerMemo={"value": "Thank you"},
            BillEmail={"Address": "ap@acme.example"},
        ),
        minorversion=75,
    )  # fmt: skip
    assert answer.status_code == 200
    assert set(answer.json()) == {"Invoice", "time"}
    invoice = answer.json()["Invoice"]
    assert invoice["SyncToken"] == "0"
    assert invoice["DocNumber"] == "1001"
    assert invoice["TotalAmt"] == invoice["Balance"] == 750
    assert invoice["DueDate"] == "2026-03-05"
    assert invoice["CustomerRef"] == {"value": desk.customer["Id"], "name": "Acme"}
    assert invoice["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}
    assert invoice["LinkedTxn"] == []
    assert invoice["TxnTaxDetail"] == {"TotalTax": 0}
    assert invoice["EmailStatus"] == "NotSet"
    assert invoice["MetaData"]["CreateTime"].endswith("-08:00")
    first, last = invoice["Line"]
    assert (first["Id"], first["LineNum"], first["Description"]) == ("1", 1, "January")
    assert first["SalesItemLineDetail"]["ItemRef"]["name"] == "Consulting"
    assert last == {"Amount": 750, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    read = desk.get(f"invoice/{invoice['Id']}").json()["Invoice"]
    assert read == invoice


@pytest.mark.parametrize(
    ("changes", "code", "detail"),
    [
        ({"BadJson": True}, "2010", 'Unrecognized field "BadJson"'),
        ({"docNumber": "1"}, "2010", "com.intuit.schema.finance.v3.Invoice"),
        ({"CustomerRef": {"value": "101", "id": "1"}}, "2010", "ReferenceType"),
        ({"CustomerRef": {"name": "Acme"}}, "2020", "CustomerRef.value"),
        ({"CustomerRef": "101"}, "2120", "CustomerRef"),
        ({"CustomerRef": None}, "2020", "Required parameter CustomerRef is missing"),
        ({"CustomerRef": {"value": "999"}}, "2500", "Customers element id 999 not found"),
        ({"Line": []}, "2020", "Required parameter Line is missing in the request"),
        ({"Line": {}}, "2120", "Line must be an array"),
        ({"DocNumber": 7}, "2120", "DocNumber"),
        ({"DocNumber": "x" * 22}, "2050", "Min:0 Max:21 supported. Supplied length: 22"),
        ({"PrivateNote": "x" * 4001}, "2050", "Max:4,000 supported. Supplied length: 4,001"),
        ({"TxnDate": "3.2.2026"}, "2060", "3.2.2026"),
        ({"TxnDate": "2026-02-30"}, "2070", "2026-02-30"),
        ({"TxnDate": "2026-02-03T00:00:00Z"}, "2060", "2026-02-03T"),
        ({"EmailStatus": "Sent"}, "2170", "Invalid Enumeration : Sent"),
        ({"ApplyTaxAfterDiscount": "true"}, "2230", "ApplyTaxAfterDiscount"),
        ({"ExchangeRate": "1.1"}, "2110", "ExchangeRate"),
        ({"BillEmail": {"Address": "foo"}}, "2210", "RFC822 standard. Supplied value:foo"),
        ({"EmailStatus": "NeedToSend"}, "6420", "email"),
        ({"SalesTermRef": {"value": "77"}}, "2500", "77"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000", "multicurrency"),
        ({"Deposit": 5}, "6000", "Deposit"),
        ({"CustomField": [{"DefinitionId": "9", "StringValue": "x"}]}, "3000", "custom"),
        ({"sparse": True}, "2020", "Id"),
        ({"Id": "1.5", "SyncToken": "0"}, "2030", "Supplied value:1.5"),
        ({"Id": None}, "2030", "Supplied value:null"),
        ({"TxnTaxDetail": {"TaxLine": [{"Amount": 1}]}}, "2020", "Line.DetailType"),
    ],
)  # fmt: skip
def test_invoices_that_are_refused(desk: Desk, changes: Doc, code: str, detail: str) -> None:
    error = fault(desk.post("invoice", {**desk.draft(), **changes}), code)
    assert detail in error["Detail"]
    assert desk.realm.invoices == []


def _detail(**fields: Any) -> Doc:
    return {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": fields}


@pytest.mark.parametrize(
    ("line", "code", "detail"),
    [
        ({"Amount": 5}, "2020", "Line.DetailType"),
        ({"Amount": 5, "DetailType": "SalesItemLineDetail"}, "2020", "Line.SalesItemLineDetail"),
        (_detail(), "2020", "Line.Amount"),
        ({"Amount": "5", **_detail()}, "2110", "Line.Amount"),
        ({"Amount": 5.001, **_detail()}, "2140", "5.001"),
        ({"Amount": 745, **_detail(Qty=5, UnitPrice=150)}, "6070",
         "Amount is not equal to UnitPrice * Qty. Supplied value:745"),
        ({"Amount": 5, **_detail(quantity=1)}, "2010", "SalesItemLineDetail"),
        ({"Amount": 5, **_detail(ItemRef={"value": "999"})}, "2500", "999"),
        ({"Amount": 5, **_detail(), "DiscountLineDetail": {}}, "2600", "DiscountLineDetail"),
        ({"Amount": 5, "DetailType": "Sale"}, "2170", "Sale"),
        ({"DetailType": "DescriptionOnly", "Description": "text"}, "6000", "at least one"),
        ({"Amount": 5, **_detail(ServiceDate="soon")}, "2060", "soon"),
        ({"Amount": 5, "Description": "x" * 4001, **_detail()}, "2050", "4,001"),
    ],
)  # fmt: skip
def test_lines_that_are_refused(desk: Desk, line: Doc, code: str, detail: str) -> None:
    if "SalesItemLineDetail" in line and code not in ("2500", "2010"):
        line["SalesItemLineDetail"].setdefault("ItemRef", {"value": desk.item["Id"]})
    assert detail in fault(desk.post("invoice", desk.draft(line)), code)["Detail"]


def test_the_amount_may_be_a_rounded_product(desk: Desk) -> None:
    invoice = desk.create(sales_line(desk.item["Id"], 1.01, Qty=3, UnitPrice=0.335))
    assert invoice["TotalAmt"] == 1.01


def test_inactive_references_are_refused(desk: Desk) -> None:
    desk.realm.edit_item(desk.item["Id"], Active=False)
    error = fault(desk.post("invoice", desk.draft()), "2500")
    assert error["Detail"].startswith("Invalid Reference Id : Something you're trying to use has")
    desk.simulator.switches.inactive_reference_code = "610"
    fault(desk.post("invoice", desk.draft()), "610")
    desk.realm.edit_item(desk.item["Id"], Active=True)
    desk.realm.edit_customer(desk.customer["Id"], Active=False)
    fault(desk.post("invoice", desk.draft()), "610")


def test_a_category_is_no_item_of_a_line(desk: Desk) -> None:
    category = desk.realm.add_item("Things", type="Category")
    answer = desk.post("invoice", desk.draft(sales_line(category["Id"], 1)))
    assert "category" in fault(answer, "6000")["Detail"]


def test_a_line_without_an_item_gets_the_default_one_or_counts_for_nothing(desk: Desk) -> None:
    plain = {"Amount": 50, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    invoice = desk.create(plain, sales_line(desk.item["Id"], 10))
    assert invoice["TotalAmt"] == 10
    assert line_kinds(invoice)[0] == "DescriptionOnly"
    default = [{"Name": "SalesFormsPrefs.DefaultItem", "Value": desk.item["Id"]}]
    desk.realm.set_preference("OtherPrefs.NameValue", default)
    assert desk.create(plain)["TotalAmt"] == 50


def test_terms_decide_the_due_date(desk: Desk) -> None:
    invoice = desk.create(TxnDate="2026-02-03", SalesTermRef={"value": "2"})
    assert invoice["DueDate"] == "2026-02-18"
    assert invoice["SalesTermRef"]["name"] == "Net 15"
    assert desk.create(TxnDate="2026-02-03", DueDate="2026-02-04")["DueDate"] == "2026-02-04"


def test_descriptions_and_inline_subtotals(desk: Desk) -> None:
    invoice = desk.create(
        sales_line(desk.item["Id"], 10),
        sales_line(desk.item["Id"], 5.5),
        {"DetailType": "DescriptionOnly", "Description": "Subtotal:"},
        {"DetailType": "DescriptionOnly", "Description": "Thank you"},
        sales_line(desk.item["Id"], 1),
    )
    texts = [line.get("Description") for line in invoice["Line"]]
    assert texts == [None, None, "Subtotal: 15.50", "Thank you", None, None]
    assert invoice["TotalAmt"] == 16.5


def test_a_discount_of_the_whole_invoice(desk: Desk) -> None:
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 8.5},
    }
    invoice = desk.create(sales_line(desk.item["Id"], 100), discount)
    assert line_kinds(invoice) == [
        "SalesItemLineDetail",
        "SubTotalLineDetail",
        "DiscountLineDetail",
    ]
    assert invoice["Line"][-1]["Amount"] == 8.5
    assert invoice["Line"][-1]["DiscountLineDetail"]["DiscountAccountRef"]["value"] == "86"
    assert invoice["TotalAmt"] == 91.5
    fixed = {"Amount": 30, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
    assert desk.create(sales_line(desk.item["Id"], 100), fixed)["TotalAmt"] == 70
    too_much = {**fixed, "Amount": 130}
    lines = [sales_line(desk.item["Id"], 100), too_much]
    assert "0 or greater" in fault(desk.post("invoice", desk.draft(*lines)), "6000")["Detail"]
    lines[1] = {**fixed, "Amount": -5}
    fault(desk.post("invoice", desk.draft(*lines)), "2290")
    lines[1] = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True}}
    fault(desk.post("invoice", desk.draft(*lines)), "6090")
    fault(desk.post("invoice", desk.draft(lines[0], fixed, fixed)), "6000")
    desk.realm.set_preference("SalesFormsPrefs.AllowDiscount", False)
    fault(desk.post("invoice", desk.draft(lines[0], fixed)), "6000")


# -- document numbers
def test_without_custom_numbers_the_system_counts(desk: Desk) -> None:
    numbers = [desk.create()["DocNumber"] for _ in range(2)]
    assert numbers == ["1001", "1002"]
    assert desk.create(DocNumber="1003")["DocNumber"] == "1003"
    assert desk.create()["DocNumber"] == "1003"  # a number from outside does not move the counter
    assert desk.create(DocNumber="1001")["DocNumber"] == "1001"


def test_with_custom_numbers_a_duplicate_names_its_holder(desk: Desk) -> None:
    desk.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", True)
    assert "DocNumber" not in desk.create()
    holder = desk.create(DocNumber="HS-7781")
    error = fault(desk.post("invoice", desk.draft(DocNumber="HS-7781")), "6140")
    assert error["Message"] == "Duplicate Document Number Error"
    assert error["Detail"] == (
        "Duplicate Document Number Error : You must specify a different number. This number has "
        "already been used. DocNumber=HS-7781 is assigned to TxnType=Invoice with "
        f"TxnId={holder['Id']}"
    )
    again = desk.post("invoice", desk.draft(DocNumber="HS-7781"), include="allowduplicatedocnum")
    assert again.status_code == 200
    other = desk.create(DocNumber="HS-1")
    changes = {"Id": other["Id"], "SyncToken": "0", "sparse": True, "DocNumber": "HS-7781"}
    fault(desk.post("invoice", changes), "6140")
    for invoice in (holder, again.json()["Invoice"]):
        desk.realm.delete_invoice(invoice["Id"])
    assert desk.post("invoice", changes).json()["Invoice"]["DocNumber"] == "HS-7781"


def test_a_number_can_be_asked_for(desk: Desk) -> None:
    desk.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", True)
    assert desk.create(AutoDocNumber=True)["DocNumber"] == "1001"


# -- changing invoices
def test_sync_tokens_rise_and_old_ones_are_stale(desk: Desk) -> None:
    invoice = desk.create(PrivateNote="first")
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "second"}
    changed = desk.post("invoice", change).json()["Invoice"]
    assert changed["SyncToken"] == "1"
    assert changed["PrivateNote"] == "second"
    assert changed["Line"] == invoice["Line"]
    error = fault(desk.post("invoice", change), "5010")
    assert error["Message"] == "Stale Object Error"
    assert "were working on this at the same time" in error["Detail"]
    fault(desk.post("invoice", {**change, "Id": "999"}), "610")
    del change["SyncToken"]
    fault(desk.post("invoice", change), "2020")
    fault(desk.post("invoice", desk.draft(), operation="update"), "2020")


def test_a_sparse_update_with_lines_replaces_the_set(desk: Desk) -> None:
    item = desk.item["Id"]
    invoice = desk.create(*(sales_line(item, amount) for amount in (10, 20, 30)))
    change = {
        "Id": invoice["Id"], "SyncToken": "0", "sparse": True,
        "Line": [{**sales_line(item, 25), "Id": "2"}, sales_line(item, 5), invoice["Line"][-1]],
    }  # fmt: skip
    changed = desk.post("invoice", change, operation="update").json()["Invoice"]
    assert [(line.get("Id"), line["Amount"]) for line in changed["Line"]] == [
        ("2", 25), ("4", 5), (None, 30),
    ]  # fmt: skip
    assert changed["TotalAmt"] == changed["Balance"] == 30
    fault(desk.post("invoice", {**change, "SyncToken": "1", "Line": []}), "2020")


def test_a_full_update_forgets_what_it_leaves_out(desk: Desk) -> None:
    desk.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", True)
    invoice = desk.create(DocNumber="A1", PrivateNote="ours", BillEmail={"Address": "a@b.example"})
    change = desk.draft(Id=invoice["Id"], SyncToken="0", DocNumber="A1")
    changed = desk.post("invoice", change).json()["Invoice"]
    assert "PrivateNote" not in changed
    assert "BillEmail" not in changed
    del change["Line"]
    fault(desk.post("invoice", {**change, "SyncToken": "1"}), "2020")


def test_an_update_rewrites_addresses(desk: Desk) -> None:
    address = {"Line1": "1 Main St", "City": "Tucson", "CountrySubDivisionCode": "AZ"}
    invoice = desk.create(BillAddr={**address, "PostalCode": "85719"})
    assert invoice["BillAddr"]["Line1"] == "1 Main St"
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    changed = desk.post("invoice", change).json()["Invoice"]
    assert changed["BillAddr"] == {
        "Id": invoice["BillAddr"]["Id"],
        "Line1": "Acme", "Line2": "1 Main St", "Line3": "Tucson, AZ 85719",
    }  # fmt: skip


def test_voiding_empties_an_invoice(desk: Desk) -> None:
    invoice = desk.create(
        sales_line(desk.item["Id"], 10, Qty=2, UnitPrice=5), PrivateNote="HubSpot invoice 1"
    )
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    voided = desk.post("invoice", body, operation="void").json()["Invoice"]
    assert voided["SyncToken"] == "1"
    assert voided["PrivateNote"] == "Voided - HubSpot invoice 1"
    assert voided["TotalAmt"] == voided["Balance"] == voided["TxnTaxDetail"]["TotalTax"] == 0
    assert [line["Amount"] for line in voided["Line"]] == [0, 0]
    assert "Qty" not in voided["Line"][0]["SalesItemLineDetail"]
    assert voided["DocNumber"] == invoice["DocNumber"]
    fault(desk.post("invoice", body, operation="void"), "5010")
    plain = desk.create()
    body = {"Id": plain["Id"], "SyncToken": "0"}
    answer = desk.post("invoice", body, operation="void").json()["Invoice"]
    assert answer["PrivateNote"] == "Voided"


def test_deleting_leaves_nothing_behind(desk: Desk) -> None:
    invoice = desk.create()
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    answer = desk.post("invoice", body, operation="delete").json()
    assert answer["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": invoice["Id"]}
    fault(desk.get(f"invoice/{invoice['Id']}"), "610")
    error = fault(desk.post("invoice", {**body, "sparse": True}), "610")
    assert error["Detail"] == "Object Not Found: Another user has deleted this transaction."
    assert desk.query("select count(*) from Invoice") == {"totalCount": 0}


def test_a_customer_owes_what_its_invoices_say(desk: Desk) -> None:
    invoice = desk.create()
    read = desk.get(f"customer/{desk.customer['Id']}").json()["Customer"]
    assert read["Balance"] == 100
    assert read["SyncToken"] == "0"
    answer = desk.post(
        "customer", {"Id": read["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    )
    assert "non-zero balance" in fault(answer, "6220")["Detail"]
    desk.realm.void_invoice(invoice["Id"])
    read = desk.get(f"customer/{desk.customer['Id']}").json()["Customer"]
    assert read["Balance"] == 0


def test_payments_lower_the_balance(desk: Desk) -> None:
    invoice = desk.create()
    linked = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    payment = {
        "CustomerRef": {"value": desk.customer["Id"]},
        "TotalAmt": 60,
        "Line": [{"Amount": 60, "LinkedTxn": linked}],
    }
    paid = desk.post("payment", payment).json()["Payment"]
    assert paid["UnappliedAmt"] == 0
    assert desk.get(f"payment/{paid['Id']}").json()["Payment"] == paid
    read = desk.get(f"invoice/{invoice['Id']}").json()["Invoice"]
    assert (read["TotalAmt"], read["Balance"]) == (100, 40)
    assert read["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert read["SyncToken"] == "0"
    assert "open balance" in fault(desk.post("payment", payment), "6000")["Detail"]
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    fault(desk.post("invoice", body, operation="delete"), "6000")
    desk.realm.receive_payment(invoice["Id"], 40)
    assert desk.realm.invoice(invoice["Id"])["Balance"] == 0
    voided = desk.post("invoice", body, operation="void").json()["Invoice"]
    assert voided["LinkedTxn"] == []
    assert desk.get(f"payment/{paid['Id']}").json()["Payment"]["UnappliedAmt"] == 60


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TotalAmt": None}, "2020"),
        ({"TotalAmt": "5"}, "2110"),
        ({"CustomerRef": {"value": "999"}}, "2500"),
        ({"Line": [{"Amount": 5, "LinkedTxn": []}]}, "2020"),
        ({"Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]}]}, "2500"),
        ({"Amount": 5}, "2010"),
        ({"DepositToAccountRef": {"value": "999"}}, "2500"),
        ({"DepositToAccountRef": {"value": "84"}}, "6430"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
    ],
)
def test_payments_that_are_refused(desk: Desk, changes: Doc, code: str) -> None:
    payment = {"CustomerRef": {"value": desk.customer["Id"]}, "TotalAmt": 5}
    fault(desk.post("payment", {**payment, **changes}), code)


def test_a_payment_names_its_currency_where_there_are_several(desk: Desk) -> None:
    desk.realm.set_preference("CurrencyPrefs.MultiCurrencyEnabled", True)
    payment = {"CustomerRef": {"value": desk.customer["Id"]}, "TotalAmt": 5}
    fault(desk.post("payment", payment), "2020")
    sent = {**payment, "CurrencyRef": {"value": "USD"}}
    assert desk.post("payment", sent).json()["Payment"]["CurrencyRef"]["value"] == "USD"


def test_a_credit_lowers_the_balance_and_a_deleted_payment_raises_it(desk: Desk) -> None:
    invoice = desk.create()
    paid = desk.realm.receive_payment(invoice["Id"], 60)
    credit = desk.realm.apply_credit(invoice["Id"], 40)
    assert credit["TotalAmt"] == 0
    assert desk.realm.invoice(invoice["Id"])["Balance"] == 0
    desk.realm.delete_payment(paid["Id"])
    read = desk.realm.invoice(invoice["Id"])
    assert read["Balance"] == 60
    assert read["LinkedTxn"] == [{"TxnId": credit["Id"], "TxnType": "Payment"}]


# -- settings that decide
def test_closed_books_refuse_every_change(desk: Desk) -> None:
    invoice = desk.create(TxnDate="2026-01-15")
    desk.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-01-31")
    error = fault(desk.post("invoice", desk.draft(TxnDate="2026-01-31")), "6210")
    assert error["Message"] == "Account Period Closed"
    assert error["Detail"].startswith("The account period has closed")
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    fault(desk.post("invoice", {**body, "sparse": True, "TxnDate": "2026-02-01"}), "6210")
    fault(desk.post("invoice", body, operation="void"), "6210")
    fault(desk.post("invoice", body, operation="delete"), "6210")
    assert desk.create(TxnDate="2026-02-01")["SyncToken"] == "0"


def test_a_lapsed_subscription_only_reads(desk: Desk) -> None:
    desk.realm.subscription_active = False
    error = fault(desk.post("invoice", desk.draft()), "6190")
    assert error["Message"] == "Invalid Company Status"
    fault(desk.post("customer", {"DisplayName": "New"}), "6190")
    assert desk.get(f"customer/{desk.customer['Id']}").status_code == 200


def test_revenue_recognition_asks_for_a_service_date(desk: Desk) -> None:
    item = desk.realm.add_item("Support plan", revenue_recognition=True)
    assert item["DeferredRevenue"] is True
    error = fault(desk.post("invoice", desk.draft(sales_line(item["Id"], 12))), "6000")
    assert error["Message"].startswith("A business validation error has occurred")
    assert error["Detail"] == (
        "Business Validation Error: Enter a service date for each product or service with a "
        "revenue recognition schedule."
    )
    line = sales_line(item["Id"], 12, ServiceDate="2026-02-01")
    stored = desk.create(line)["Line"][0]["SalesItemLineDetail"]
    assert stored["ServiceDate"] == "2026-02-01"


def test_a_tax_amount_is_taken_as_it_is(desk: Desk) -> None:
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    assert desk.create(line, TxnTaxDetail={"TotalTax": 8.25})["TotalAmt"] == 108.25
    by_code = desk.create(line, TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}})
    assert by_code["TotalAmt"] == 108
    assert by_code["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 100
    fault(desk.post("invoice", desk.draft(line, TxnTaxDetail={"TotalTax": 1.234})), "2140")
    wrong = {"TxnTaxCodeRef": {"value": "99"}}
    fault(desk.post("invoice", desk.draft(line, TxnTaxDetail=wrong)), "2500")
    numeric = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "2"})
    fault(desk.post("invoice", desk.draft(numeric)), "6100")
    desk.realm.set_preference("TaxPrefs.UsingSalesTax", False)
    ignored = desk.create(line, TxnTaxDetail={"TotalTax": 8.25})
    assert ignored["TotalAmt"] == 100
    assert ignored["TxnTaxDetail"] == {"TotalTax": 0}


def test_automated_sales_tax_replaces_the_code_and_keeps_an_amount(desk: Desk) -> None:
    desk.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    code = {"TxnTaxCodeRef": {"value": "99"}}
    computed = desk.create(line, TxnTaxDetail=code)
    assert computed["TxnTaxDetail"]["TxnTaxCodeRef"] == {"value": "2"}
    assert computed["TotalAmt"] == 108
    assert desk.create(line, TxnTaxDetail={**code, "TotalTax": 7})["TotalAmt"] == 107
    assert desk.create(sales_line(desk.item["Id"], 100))["TotalAmt"] == 100


def test_a_silent_sparse_update_keeps_the_tax(desk: Desk) -> None:
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    invoice = desk.create(line, TxnTaxDetail={"TotalTax": 8.25})
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert desk.post("invoice", change).json()["Invoice"]["TotalAmt"] == 108.25
    change |= {"SyncToken": "1", "Line": [sales_line(desk.item["Id"], 50)]}
    assert desk.post("invoice", change).json()["Invoice"]["TotalAmt"] == 58.25


@pytest.mark.parametrize(("country", "word"), [("CA", "GST/HST"), ("GB", "VAT")])
def test_abroad_each_line_needs_a_tax_code(desk: Desk, country: str, word: str) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country=country))
    error = fault(desk.post("invoice", desk.draft()), "6000")
    assert error["Detail"] == (
        f"Business Validation Error: Make sure all your transactions have a {word} rate before "
        "you save."
    )
    coded = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "5"})
    invoice = desk.create(coded, GlobalTaxCalculation="TaxExcluded")
    assert invoice["TotalAmt"] == 100 + invoice["TxnTaxDetail"]["TotalTax"] > 100
    unknown = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "TAX"})
    fault(desk.post("invoice", desk.draft(unknown)), "2500")
    none = {"GlobalTaxCalculation": "NotApplicable", "TxnTaxDetail": {"TotalTax": 1}}
    fault(desk.post("invoice", desk.draft(coded, **none)), "6170")


def abroad(desk: Desk, *codes: str, **fields: Any) -> Doc:
    """A line of 1.59 for each code, and the TxnTaxDetail and total that come of them."""
    lines = [sales_line(desk.item["Id"], "1.59", TaxCodeRef={"value": one}) for one in codes]
    return desk.create(*lines, GlobalTaxCalculation="TaxExcluded", **fields)


def tax_line(rate_id: str, amount: float) -> Doc:
    detail = {"TaxRateRef": {"value": rate_id}}
    return {"Amount": amount, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


def test_abroad_tax_is_rounded_line_by_line(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="CA"))
    assert abroad(desk, *["5"] * 8)["TxnTaxDetail"]["TotalTax"] == 1.68
    desk.simulator.switches.tax_rounded_per_line = False
    assert abroad(desk, *["5"] * 8)["TxnTaxDetail"]["TotalTax"] == 1.65


def test_abroad_a_code_may_have_several_rates(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="CA"))
    found = abroad(desk, "9", "2")["TxnTaxDetail"]
    shown = {one["TaxLineDetail"]["TaxRateRef"]["value"]: one["Amount"] for one in found["TaxLine"]}
    assert shown == {"3": 0.16, "10": 0.16}
    code = desk.query("select * from TaxCode where Id in ('9')")["TaxCode"][0]
    assert [one["TaxRateRef"]["value"] for one in code["SalesTaxRateList"]["TaxRateDetail"]] == [
        "3",
        "10",
    ]


def test_abroad_a_discount_comes_off_before_the_tax_or_does_not(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="GB"))
    less = {"Amount": 50, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "2"})
    assert desk.create(line, less)["TotalAmt"] == 60
    desk.simulator.switches.tax_after_discount = False
    assert desk.create(line, less)["TotalAmt"] == 70


def test_abroad_tax_lines_override_when_each_rate_is_there_once(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="CA"))
    lines = [tax_line("3", 0.09), tax_line("10", 0.17)]
    found = abroad(desk, "9", TxnTaxDetail={"TotalTax": 0.26, "TaxLine": lines})
    assert (found["TxnTaxDetail"]["TotalTax"], found["TotalAmt"]) == (0.26, 1.85)
    bare = abroad(desk, "9", TxnTaxDetail={"TotalTax": 9})
    assert bare["TxnTaxDetail"]["TotalTax"] == 0.24
    coded = sales_line(desk.item["Id"], "1.59", TaxCodeRef={"value": "9"})
    for wrong, words in (
        (lines[:1], "calculating tax"),
        ([*lines, lines[0]], "calculating tax"),
        ([*lines, tax_line("6", 1)], "Invalid tax rate id - 6"),
    ):
        answer = desk.post("invoice", desk.draft(coded, TxnTaxDetail={"TaxLine": wrong}))
        assert words in fault(answer, "6000")["Detail"]
    other = {"TaxLine": [{**lines[0], "DetailType": "DescriptionOnly"}]}
    fault(desk.post("invoice", desk.draft(coded, TxnTaxDetail=other)), "2600")
    change = {"Id": found["Id"], "SyncToken": "0", "sparse": True, "Line": [coded, coded]}
    changed = desk.post("invoice", change).json()["Invoice"]
    assert changed["TxnTaxDetail"]["TotalTax"] == 0.48


def test_abroad_without_sales_tax_no_code_is_needed_or_kept(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="GB"))
    desk.realm.set_preference("TaxPrefs.UsingSalesTax", False)
    found = desk.create(TxnTaxDetail={"TotalTax": 5})
    assert (found["TotalAmt"], found["TxnTaxDetail"]) == (100, {"TotalTax": 0})
    assert "TaxCodeRef" not in found["Line"][0]["SalesItemLineDetail"]


def test_abroad_an_inactive_code_is_refused(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000002", country="GB"))
    desk.realm.set_tax_code_active("5", False)
    coded = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "5"})
    fault(desk.post("invoice", desk.draft(coded)), "2500")
    assert desk.query("select * from TaxCode where Id in ('2', '5')")["maxResults"] == 1


def test_in_the_us_there_is_no_tax_without_a_taxable_line(desk: Desk) -> None:
    detail = {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": 8.25}
    line = sales_line(desk.item["Id"], 100, TaxCodeRef={"value": "NON"})
    assert desk.create(line, TxnTaxDetail=detail)["TotalAmt"] == 100


def test_multicurrency(desk: Desk) -> None:
    desk.use(desk.simulator.add_realm("9130000000000003", multicurrency=True))
    desk.realm.exchange_rates["EUR"] = desk.realm.exchange_rates.get("EUR") or _decimal("1.1")
    desk.customer = desk.realm.add_customer("Müller GmbH", currency="EUR")
    fault(desk.post("invoice", desk.draft()), "2020")
    dollars = desk.draft(CurrencyRef={"value": "USD"})
    assert "currency" in fault(desk.post("invoice", dollars), "6000")["Detail"]
    invoice = desk.create(CurrencyRef={"value": "EUR"})
    assert invoice["ExchangeRate"] == 1.1
    assert invoice["HomeTotalAmt"] == 110
    assert desk.create(CurrencyRef={"value": "EUR"}, ExchangeRate=1.2)["HomeTotalAmt"] == 120
    body = {"Id": invoice["Id"], "SyncToken": "0"}
    assert desk.post("invoice", body, operation="void").json()["Invoice"]["HomeTotalAmt"] == 0
    change = {"Id": desk.customer["Id"], "SyncToken": "0", "sparse": True}
    fault(desk.post("customer", {**change, "CurrencyRef": {"value": "USD"}}), "6000")
    fault(desk.post("customer", {"DisplayName": "X", "CurrencyRef": {"value": "eur"}}), "2220")


def _decimal(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


def test_preferences_and_company(desk: Desk) -> None:
    desk.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", True)
    preferences = desk.get("preferences").json()["Preferences"]
    assert preferences["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert preferences["CurrencyPrefs"]["HomeCurrency"] == {"value": "USD"}
    assert desk.query("select * from Preferences")["Preferences"] == [preferences]
    company = desk.get(f"companyinfo/{REALM}").json()["CompanyInfo"]
    assert company["Country"] == "US"
    closed = desk.simulator.add_realm("9130000000000004", book_close_date="2025-12-31")
    assert closed.preference("AccountingInfoPrefs.BookCloseDate") == "2025-12-31"


# -- names
def test_a_created_customer_has_what_recorded_ones_have(desk: Desk) -> None:
    answer = desk.post(
        "customer",
        {
            "DisplayName": "  Doe5,   Jane ",
            "PrimaryEmailAddr": {"Address": "jane@doe.example"},
            "PrimaryPhone": {"FreeFormNumber": "555"},
            "BillAddr": {"Line1": "1 Main St", "City": "Tucson"},
        },
    )
    customer = answer.json()["Customer"]
    assert customer["DisplayName"] == customer["FullyQualifiedName"] == "Doe5, Jane"
    assert customer["PrintOnCheckName"] == "Doe5, Jane"
    assert customer["Active"] is True
    assert customer["Balance"] == 0
    assert customer["CurrencyRef"]["value"] == "USD"
    assert desk.get(f"customer/{customer['Id']}").json()["Customer"] == customer
    built = desk.post("customer", {"GivenName": "Jane", "FamilyName": "Roe"}).json()["Customer"]
    assert built["DisplayName"] == "Jane Roe"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "6080"),
        ({"CompanyName": "X"}, "6080"),
        ({"DisplayName": "a:b"}, "2040"),
        ({"DisplayName": "a\tb"}, "2040"),
        ({"GivenName": "a\nb"}, "2040"),
        ({"DisplayName": "x" * 501}, "2050"),
        ({"DisplayName": "X", "GivenName": "x" * 101}, "2050"),
        ({"DisplayName": "X", "PrimaryEmailAddr": {"Address": "a@b"}}, "2210"),
        ({"DisplayName": "X", "PrimaryEmailAddr": {"address": "a@b.example"}}, "2010"),
        ({"DisplayName": "X", "PrimaryEmailAddr": "a@b.example"}, "2120"),
        ({"DisplayName": "X", "Email": "a@b.example"}, "2010"),
        ({"DisplayName": "X", "Job": True}, "6150"),
        ({"DisplayName": "X", "ParentRef": {"value": "999"}}, "2500"),
        ({"DisplayName": "X", "CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"DisplayName": 7}, "2120"),
        ([], "2120"),
    ],
)
def test_customers_that_are_refused(desk: Desk, body: Any, code: str) -> None:
    fault(desk.post("customer", body), code)


@pytest.mark.parametrize("kind", ["customer", "vendor", "employee"])
def test_a_display_name_is_taken_by_any_kind_of_name(desk: Desk, kind: str) -> None:
    desk.post(kind, {"DisplayName": "Bob's Burgers", "GivenName": "Bob"}).raise_for_status()
    error = fault(desk.post("customer", {"DisplayName": " bob's  BURGERS"}), "6240")
    assert error["Message"] == "Duplicate Name Exists Error"
    assert error["Detail"] == (
        "The name supplied already exists. : Another customer, vendor or employee is already "
        "using this \nname. Please use a different name."
    )


def test_deactivation_frees_the_name(desk: Desk) -> None:
    for _ in range(2):
        customer = desk.post("customer", {"DisplayName": "Gone"}).json()["Customer"]
        change = {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Active": False}
        answer = desk.post("customer", change).json()["Customer"]
        assert answer["DisplayName"].startswith("Gone (deleted")
        assert answer["Active"] is False
    holder = desk.realm.add_customer("Gone")
    back = {"Id": customer["Id"], "SyncToken": "1", "sparse": True, "Active": True}
    fault(desk.post("customer", back), "6240")
    desk.realm.edit_customer(holder["Id"], DisplayName="Still here")
    assert desk.post("customer", back).json()["Customer"]["DisplayName"] == "Gone"


def test_sub_customers(desk: Desk) -> None:
    parent = desk.customer
    for depth in range(1, 6):
        body = {"DisplayName": f"Job {depth}", "Job": True, "ParentRef": {"value": parent["Id"]}}
        answer = desk.post("customer", body)
        if depth == 5:
            fault(answer, "6180")
            break
        parent = answer.json()["Customer"]
        assert parent["Level"] == depth
    assert parent["FullyQualifiedName"] == "Acme:Job 1:Job 2:Job 3:Job 4"


def test_updates_of_customers(desk: Desk) -> None:
    change = {"Id": desk.customer["Id"], "SyncToken": "0", "sparse": True, "DisplayName": ""}
    changed = desk.post("customer", {**change, "Notes": "kept"}).json()["Customer"]
    assert (changed["DisplayName"], changed["SyncToken"]) == ("Acme", "1")
    assert changed["PrimaryEmailAddr"] == {"Address": "ap@acme.example"}
    fault(desk.post("customer", change), "5010")
    full = {"Id": desk.customer["Id"], "SyncToken": "1", "DisplayName": "Acme Inc"}
    wiped = desk.post("customer", full).json()["Customer"]
    assert "PrimaryEmailAddr" not in wiped
    assert "Notes" not in wiped
    invoice = desk.create()
    desk.realm.edit_customer(desk.customer["Id"], DisplayName="Acme AG")
    read = desk.get(f"invoice/{invoice['Id']}").json()["Invoice"]
    assert read["CustomerRef"]["name"] == "Acme AG"


def test_items(desk: Desk) -> None:
    body = {"Name": "Pump", "Type": "Service", "Sku": "P-1", "IncomeAccountRef": {"value": "79"}}
    item = desk.post("item", body).json()["Item"]
    assert item["FullyQualifiedName"] == "Pump"
    assert item["IncomeAccountRef"]["name"] == "Sales of Product Income"
    assert desk.get(f"item/{item['Id']}").json()["Item"] == item
    fault(desk.post("item", {**body, "Name": "PUMP"}), "6240")
    fault(desk.post("item", {**body, "Name": "a:b"}), "2040")
    fault(desk.post("item", {"Type": "Service"}), "2020")
    fault(desk.post("item", {"Name": "X"}), "2020")
    fault(desk.post("item", {**body, "Name": "X", "Type": "Thing"}), "2170")
    fault(desk.post("item", {**body, "Name": "X", "IncomeAccountRef": {"value": "84"}}), "6430")
    fault(desk.post("item", {**body, "Name": "X", "Type": "Inventory"}), "2020")
    change = {"Id": item["Id"], "SyncToken": "0", "sparse": True, "UnitPrice": 12.5}
    assert desk.post("item", change).json()["Item"]["UnitPrice"] == 12.5
    change = {"Id": item["Id"], "SyncToken": "1", "sparse": True, "Active": False}
    assert desk.post("item", change).json()["Item"]["Name"] == "Pump (deleted)"


def test_reading_what_is_not_there(desk: Desk) -> None:
    error = fault(desk.get("customer/999"), "610")
    assert error["Detail"].startswith("Object Not Found : Something you're trying to use has been")
    assert fault(desk.get("customer/1.5"), "2030")["element"] == "Id"
    assert desk.get("term/3").json()["Term"]["DueDays"] == 30
    assert desk.get("account/86").json()["Account"]["AccountSubType"] == "DiscountsRefundsGiven"


# -- the query language
def test_queries_find_by_every_documented_form(desk: Desk) -> None:
    amy = desk.realm.add_customer("Amy's Bird Sanctuary", "birds+1@amy.example")
    desk.realm.add_customer("Robertson & Associates", active=False)
    by_name = desk.query("select * from Customer where DisplayName = 'Amy\\'s Bird Sanctuary'")
    assert [each["Id"] for each in by_name["Customer"]] == [amy["Id"]]
    assert (by_name["startPosition"], by_name["maxResults"]) == (1, 1)
    mail = "SELECT * FROM Customer WHERE PrimaryEmailAddr = 'BIRDS+1@amy.example'"
    assert desk.query(mail)["Customer"][0]["Id"] == amy["Id"]
    like = desk.query("select Id, DisplayName from Customer where DisplayName LIKE '%bird%'")
    assert like["Customer"] == [{"Id": amy["Id"], "DisplayName": "Amy's Bird Sanctuary"}]
    assert desk.query("select * from Customer where DisplayName = 'nobody'") == {}
    assert desk.query("select count(*) from Customer") == {"totalCount": 2}
    both = "select count(*) from Customer where Active IN (true, false)"
    assert desk.query(both) == {"totalCount": 3}
    gone = desk.query("select * from Customer where Active = false")
    assert gone["Customer"][0]["DisplayName"] == "Robertson & Associates (deleted)"
    ids = f"select * from Customer where Id IN ('{amy['Id']}', '{desk.customer['Id']}') ORDERBY Id"
    found = desk.query(ids)["Customer"]
    assert [each["Id"] for each in found] == [desk.customer["Id"], amy["Id"]]
    desk.simulator.switches.case_sensitive_queries = True
    assert desk.query(mail) == {}


def test_queries_over_invoices(desk: Desk) -> None:
    for number in range(5):
        desk.create(
            sales_line(desk.item["Id"], 100 * (number + 1)),
            TxnDate=f"2026-01-0{number + 1}", DocNumber=f"N{number}",
        )  # fmt: skip
    rich = "select * from Invoice where TotalAmt > '250.00' AND TxnDate <= '2026-01-04' ORDERBY Id"
    assert [each["DocNumber"] for each in desk.query(rich)["Invoice"]] == ["N2", "N3"]
    page = desk.query("select * from Invoice ORDERBY TxnDate DESC STARTPOSITION 2 MAXRESULTS 2")
    assert [each["DocNumber"] for each in page["Invoice"]] == ["N3", "N2"]
    assert (page["startPosition"], page["maxResults"]) == (2, 2)
    assert desk.query("select * from Invoice MAXRESULTS 1000 STARTPOSITION 6") == {}
    numbers = "select * from Invoice where DocNumber in ('n0','N4') ORDERBY DocNumber"
    assert [each["DocNumber"] for each in desk.query(numbers)["Invoice"]] == ["N0", "N4"]
    owner = f"select count(*) from Invoice where CustomerRef = '{desk.customer['Id']}'"
    assert desk.query(owner) == {"totalCount": 5}
    desk.clock.advance(3000)
    since = "2026-01-01T00:00:00+01:00"
    new = f"select count(*) from Invoice where MetaData.LastUpdatedTime > '{since}'"
    assert desk.query(new) == {"totalCount": 5}
    assert desk.query(new.replace("2026-01-01", "2996-01-01")) == {"totalCount": 0}
    statement = "select * from Bill where Id = '1'"
    assert desk.query(statement) == {}


def test_a_page_holds_a_hundred_rows(desk: Desk) -> None:
    for number in range(101):
        desk.realm.add_customer(f"Customer {number:03}")
    assert desk.query("select * from Customer")["maxResults"] == 100
    assert desk.query("select * from Customer MAXRESULTS 1000")["maxResults"] == 102


@pytest.mark.parametrize(
    ("statement", "code", "detail"),
    [
        ("select * from Custmoer", "4001",
         "QueryValidationError: invalid context declaration: Custmoer"),
        ("select * from customer", "4001", "invalid context declaration: customer"),
        ("select * from Invoice where PrivateNote = 'x'", "4001",
         "QueryValidationError: property 'PrivateNote' is not queryable"),
        ("select * from Invoice where Nonsense = 'x'", "4001",
         "QueryValidationError: Property Nonsense not found for Entity Invoice"),
        ("select Nonsense from Invoice", "4001", "Property Nonsense not found"),
        ("select * from Item where ParentRef = '1'", "4001", "not queryable"),
        ("select * from Invoice where TotalAmt > 300", "4000",
         'QueryParserError: Encountered " <INTEGER> "300 "" at line 1, column 40.'),
        ("select * from Invoice where TxnDate 'x'", "4000", "QueryParserError: Encountered"),
        ("select * from Customer where DisplayName = 'Peet''s'", "4000", "Encountered"),
        ("select * from Customer where DisplayName = 'Peet", "4000", "Encountered"),
        ("select * from Customer where Id = '1' OR Id = '2'", "4000", '"OR "'),
        ("select * from Customer where Id != '1'", "4000", "Encountered"),
        ("select * from Customer ORDER BY Id", "4000", "Encountered"),
        ("select * from Customer MAXRESULTS 1001", "4001", "too large"),
        ("select * from Customer STARTPOSITION 0", "4001",
         "QueryValidationError: value 0 is too small. Min allowed value is 1"),
        ("select * from Customer where Active = 'true'", "4001", "Active"),
        ("select * from Invoice where Balance > 'much'", "4001", "much"),
        ("select * from Invoice where TxnDate > 'soon'", "4001", "soon"),
        ("delete from Customer", "4000", "Encountered"),
        ("", "2020", "query"),
    ],
)  # fmt: skip
def test_queries_that_are_refused(desk: Desk, statement: str, code: str, detail: str) -> None:
    error = fault(desk.get("query", query=statement), code)
    assert detail in error["Detail"]


def test_a_query_may_be_posted_as_text(desk: Desk) -> None:
    url, text = f"{desk.base}/query", "select * from Customer"
    kind = {"Content-Type": "application/text"}
    answer = desk.http.post(url, content=text, headers=kind)
    assert answer.json()["QueryResponse"]["maxResults"] == 1
    fault(desk.http.post(url, json=text), "1050")


def test_new_rows_can_lag_behind(desk: Desk) -> None:
    desk.simulator.switches.query_lag_seconds = 30
    desk.clock.advance(60)
    invoice = desk.create(DocNumber="L1")
    statement = "select * from Invoice where DocNumber = 'L1'"
    assert desk.query(statement) == {}
    assert desk.get(f"invoice/{invoice['Id']}").status_code == 200
    desk.clock.advance(31)
    assert desk.query(statement)["maxResults"] == 1


# -- batch
def _by_id(answer: httpx.Response) -> dict[str, Doc]:
    assert answer.status_code == 200, answer.text
    return {item["bId"]: item for item in answer.json()["BatchItemResponse"]}


def test_a_batch_answers_item_by_item(desk: Desk) -> None:
    kept, voided, stale = desk.create(), desk.create(), desk.create()
    desk.realm.edit_invoice(stale["Id"], PrivateNote="touched")
    items = [
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "Batched"}},
        {"bId": "2", "operation": "create", "Invoice": desk.draft(DocNumber="B1")},
        {"bId": "3", "operation": "update",
         "Invoice": {"Id": kept["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}},
        {"bId": "4", "operation": "update", "optionsData": "void",
         "Invoice": {"Id": voided["Id"], "SyncToken": "0"}},
        {"bId": "5", "operation": "delete", "Invoice": {"Id": stale["Id"], "SyncToken": "0"}},
        {"bId": "6", "Query": "select * from Item"},
        {"bId": "7", "Query": "select * from Invoice where DocNumber = 'none'"},
        {"bId": "8", "operation": "delete", "Invoice": {"Id": "999", "SyncToken": "0"}},
        {"bId": "9", "operation": "create", "Customer": {"DisplayName": "Acme"}},
    ]  # fmt: skip
    answer = desk.post("batch", {"BatchItemRequest": items})
    assert set(answer.json()) == {"BatchItemResponse", "time"}
    found = _by_id(answer)
    assert found["1"]["Customer"]["DisplayName"] == "Batched"
    assert found["2"]["Invoice"]["DocNumber"] == "B1"
    assert found["3"]["Invoice"]["SyncToken"] == "1"
    assert found["4"]["Invoice"]["PrivateNote"] == "Voided"
    assert found["5"]["Fault"]["Error"][0]["code"] == "5010"
    assert found["6"]["QueryResponse"]["maxResults"] == 1
    assert found["7"]["QueryResponse"] == {}
    assert found["8"]["Fault"]["Error"][0]["code"] == "610"
    assert found["9"]["Fault"]["Error"][0]["code"] == "6240"
    assert answer.json()["BatchItemResponse"][0]["bId"] == "9"


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "400"),
        ([{"bId": "1", "Query": "select * from Term"}] * 2, "2600"),
        ([{"Query": "select * from Term"}], "2020"),
        ([{"bId": 1, "Query": "select * from Term"}], "2020"),
        ([{"bId": "1", "Customer": {"DisplayName": "X"}}], "2020"),
        ([{"bId": "1", "operation": "create"}], "2600"),
        ([{"bId": "1", "Query": 5}], "2120"),
        ([{"bId": str(n), "Query": "select * from Term"} for n in range(31)], "1040"),
    ],
)
def test_batches_that_are_refused(desk: Desk, items: list[Doc], code: str) -> None:
    fault(desk.post("batch", {"BatchItemRequest": items}), code)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"operation": "create", "Bill": {}}, "2000"),
        ({"operation": "void", "Invoice": {"Id": "1", "SyncToken": "0"}}, "2170"),
        ({"operation": "create", "Invoice": {"Id": "1", "SyncToken": "0"}}, "2600"),
        ({"operation": "update", "Customer": {"DisplayName": "X"}}, "2020"),
        ({"Query": "select * from Customer where Id != '1'"}, "4000"),
    ],
)
def test_batch_items_that_are_refused(desk: Desk, item: Doc, code: str) -> None:
    answer = desk.post("batch", {"BatchItemRequest": [{"bId": "a", **item}]})
    assert _by_id(answer)["a"]["Fault"]["Error"][0]["code"] == code


# -- idempotency
def test_a_repeated_request_id_replays_the_first_answer(desk: Desk) -> None:
    first = desk.post("invoice", desk.draft(), requestid="hs-1")
    other = desk.draft(sales_line(desk.item["Id"], 7))
    again = desk.post("invoice", other, requestid="hs-1")
    assert again.content == first.content
    assert len(desk.realm.invoices) == 1
    batch = {"BatchItemRequest": [{"bId": "1", "operation": "create", "Invoice": desk.draft()}]}
    answers = [desk.post("batch", batch, requestid="hs-2").content for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(desk.realm.invoices) == 2


def test_faults_are_replayed_too(desk: Desk) -> None:
    body = desk.draft(CustomerRef={"value": "103"})
    fault(desk.post("invoice", body, requestid="hs-3"), "2500")
    desk.realm.add_customer("Now there")
    fault(desk.post("invoice", body, requestid="hs-3"), "2500")
    assert desk.post("invoice", body, requestid="hs-4").status_code == 200
    desk.simulator.switches.replay_faults = False
    fault(desk.post("invoice", {}, requestid="hs-5"), "2020")
    assert desk.post("invoice", body, requestid="hs-5").status_code == 200


def test_request_ids_have_a_length(desk: Desk) -> None:
    assert desk.post("invoice", desk.draft(), requestid="x" * 50).status_code == 200
    fault(desk.post("invoice", desk.draft(), requestid="x" * 51), "2130")
    batch = {"BatchItemRequest": [{"bId": "12345678901", "Query": "select * from Term"}]}
    assert desk.post("batch", batch).status_code == 200
    fault(desk.post("batch", batch, requestid="short"), "2130")
    fault(desk.post("batch", batch, requestid="x" * 37), "2130")


def test_the_service_may_ignore_request_ids(desk: Desk) -> None:
    desk.simulator.switches.honour_request_id = False
    for _ in range(2):
        desk.post("invoice", desk.draft(), requestid="hs-1").raise_for_status()
    assert len(desk.realm.invoices) == 2


def test_each_first_answer_can_be_lost(desk: Desk) -> None:
    desk.simulator.switches.lose_first_create_answer = True
    for mark in ({"DocNumber": "HS-1"}, {"PrivateNote": "HubSpot invoice 2"}):
        with pytest.raises(httpx.TransportError):
            desk.post("invoice", desk.draft(**mark), requestid=str(mark))
        assert desk.post("invoice", desk.draft(**mark), requestid=str(mark)).status_code == 200
    assert len(desk.realm.invoices) == 2
    batch = {
        "BatchItemRequest": [
            {"bId": "1", "operation": "create", "Invoice": desk.draft(DocNumber="HS-3")}
        ]
    }
    with pytest.raises(httpx.TransportError):
        desk.post("batch", batch)
    assert desk.query("select * from Invoice where DocNumber = 'HS-3'")["maxResults"] == 1
    assert desk.post("customer", {"DisplayName": "Heard"}).status_code == 200
    desk.simulator.switches.lose_first_customer_answer = True
    with pytest.raises(httpx.TransportError):
        desk.post("customer", {"DisplayName": "Unheard"})
    assert desk.query("select * from Customer where DisplayName = 'Unheard'")["maxResults"] == 1


def test_a_refused_create_is_not_lost(desk: Desk) -> None:
    desk.simulator.switches.lose_first_create_answer = True
    fault(desk.post("invoice", {}), "2020")


# -- change data capture
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


# -- tokens
def _token(desk: Desk, path: str = "/oauth2/v1/tokens/bearer", **form: str) -> httpx.Response:
    client = (desk.simulator.client_id, desk.simulator.client_secret)
    return httpx.post(f"{desk.simulator.url}{path}", data=form, auth=client)


def _refresh(desk: Desk, value: str) -> httpx.Response:
    return _token(desk, grant_type="refresh_token", refresh_token=value)


def test_the_refresh_value_changes_once_a_day(desk: Desk) -> None:
    first = desk.tokens["refresh_token"]
    answer = _refresh(desk, first).json()
    assert answer["refresh_token"] == first
    assert answer["access_token"] != desk.tokens["access_token"]
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)
    assert answer["x_refresh_token_expires_in"] == 8640000
    desk.clock.advance(25 * 3600)
    second = _refresh(desk, first).json()["refresh_token"]
    assert second != first
    old = _refresh(desk, first)
    assert old.status_code == 400
    assert old.json()["error"] == "invalid_grant"
    assert _refresh(desk, second).status_code == 200
    desk.simulator.switches.rotate_refresh_token_always = True
    desk.simulator.switches.refresh_token_grace_seconds = 60
    assert _refresh(desk, second).json()["refresh_token"] != second
    assert _refresh(desk, second).status_code == 200


def test_a_hundred_idle_days_end_a_grant(desk: Desk) -> None:
    desk.clock.advance(99 * 86400)
    value = _refresh(desk, desk.tokens["refresh_token"]).json()["refresh_token"]
    desk.clock.advance(101 * 86400)
    assert _refresh(desk, value).json()["error"] == "invalid_grant"


def test_a_code_is_exchanged_once(desk: Desk) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": desk.simulator.authorization_code(REALM),
        "redirect_uri": "https://app.example/callback",
    }
    tokens = _token(desk, **form).json()
    answer = desk.http.get(
        f"{desk.base}/preferences", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert answer.status_code == 200
    assert _token(desk, **form).json()["error"] == "invalid_grant"
    assert _token(desk, grant_type="authorization_code").json()["error"] == "invalid_request"
    assert _token(desk, grant_type="password").json()["error"] == "unsupported_grant_type"


def test_only_the_client_gets_tokens(desk: Desk) -> None:
    url = f"{desk.simulator.url}/oauth2/v1/tokens/bearer"
    form = {"grant_type": "refresh_token", "refresh_token": desk.tokens["refresh_token"]}
    answer = httpx.post(url, data=form, auth=("somebody", "else"))
    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_client"}
    assert httpx.post(url, data=form).status_code == 401
    secret = f"{desk.simulator.client_id}:{desk.simulator.client_secret}"
    basic = {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    assert httpx.post(url, json=form, headers=basic).json()["error"] == "invalid_request"


def test_revocation(desk: Desk) -> None:
    client = (desk.simulator.client_id, desk.simulator.client_secret)
    url = f"{desk.simulator.url}/oauth2/v1/tokens/revoke"
    body = {"token": desk.tokens["refresh_token"]}
    assert httpx.post(url, json=body, auth=client).status_code == 200
    assert desk.get("preferences").status_code == 401
    assert _refresh(desk, desk.tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert httpx.post(url, json=body, auth=client).status_code == 400


# -- meter and people
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
        with httpx.Client(headers=desk.http.headers) as http:
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
