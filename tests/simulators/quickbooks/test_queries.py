"""The query language."""

from __future__ import annotations

import pytest

from infra.local.quickbooks import sales_line
from tests.simulators.quickbooks.desk import Desk, fault


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
    customers = desk.query(ids)["Customer"]
    assert [each["Id"] for each in customers] == [desk.customer["Id"], amy["Id"]]
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
        ("select * from Vendor where PrimaryEmailAddr = 'a@b.example'", "4001",
         "property 'PrimaryEmailAddr' is not queryable"),
        ("select * from Employee where PrimaryEmailAddr = 'a@b.example'", "4001", "not queryable"),
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


@pytest.mark.parametrize("entity", ["customer", "CUSTOMER", "Customer"])
def test_entities_in_any_case(desk: Desk, entity: str) -> None:
    assert [each["Id"] for each in desk.query(f"select * from {entity}")["Customer"]] == [
        desk.customer["Id"]
    ]
    assert desk.query("select * from bill") == {}


def test_all_and_more(desk: Desk) -> None:
    assert desk.query("select *, Sku from Item")["Item"] == desk.realm.items


def test_new_rows_can_lag_behind(desk: Desk) -> None:
    desk.simulator.switches.query_lag_seconds = 30
    desk.clock.advance(60)
    invoice = desk.create(DocNumber="L1")
    statement = "select * from Invoice where DocNumber = 'L1'"
    assert desk.query(statement) == {}
    assert desk.get(f"invoice/{invoice['Id']}").status_code == 200
    desk.clock.advance(31)
    assert desk.query(statement)["maxResults"] == 1
