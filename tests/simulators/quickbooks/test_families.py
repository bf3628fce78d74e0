"""Who stands below whom: sub-customers, projects, categories; and two customers made one."""

from __future__ import annotations

import pytest

from infra.local.quickbooks import RefusalError, sales_line
from tests.simulators.quickbooks.desk import Desk, Doc, fault


def customer(desk: Desk, customer_id: str) -> Doc:
    read: Doc = desk.get(f"customer/{customer_id}").json()["Customer"]
    return read


class TestSubCustomers:
    def test_a_project_shares_its_parents_email(self, desk: Desk) -> None:
        project = desk.realm.add_sub_customer(desk.customer["Id"], "Website", project=True)
        assert (project["Job"], project["IsProject"], project["Level"]) == (True, True, 1)
        assert project["FullyQualifiedName"] == "Acme:Website"
        assert project["ParentRef"] == {"value": desk.customer["Id"], "name": "Acme"}
        both = desk.query("select * from Customer where PrimaryEmailAddr = 'ap@acme.example'")
        assert [each["DisplayName"] for each in both["Customer"]] == ["Acme", "Website"]
        invoice = desk.create(CustomerRef={"value": project["Id"]})
        assert invoice["CustomerRef"]["name"] == "Acme:Website"
        assert customer(desk, project["Id"])["Balance"] == 100
        above = customer(desk, desk.customer["Id"])
        assert (above["Balance"], above["BalanceWithJobs"]) == (0, 100)

    def test_only_people_make_projects(self, desk: Desk) -> None:
        parent = {"value": desk.customer["Id"]}
        body = {"DisplayName": "Site", "Job": True, "ParentRef": parent, "BillWithParent": True}
        made = desk.post("customer", {**body, "IsProject": True}).json()["Customer"]
        assert "IsProject" not in made
        assert made["BillWithParent"] is True
        alone = desk.post("customer", {"DisplayName": "Solo", "BillWithParent": True})
        assert alone.json()["Customer"]["BillWithParent"] is False

    def test_they_follow_a_new_name_and_a_new_place(self, desk: Desk) -> None:
        site = desk.realm.add_sub_customer(desk.customer["Id"], "Site")
        page = desk.realm.add_sub_customer(site["Id"], "Page")
        desk.create(CustomerRef={"value": page["Id"]})
        desk.realm.edit_customer(desk.customer["Id"], DisplayName="Acme Inc")
        assert customer(desk, page["Id"])["FullyQualifiedName"] == "Acme Inc:Site:Page"
        other = desk.realm.add_customer("Globex")
        desk.realm.edit_customer(site["Id"], ParentRef={"value": other["Id"]})
        assert customer(desk, page["Id"])["FullyQualifiedName"] == "Globex:Site:Page"
        owed = [
            customer(desk, each)["BalanceWithJobs"] for each in (desk.customer["Id"], other["Id"])
        ]
        assert owed == [0, 100]

    def test_no_circles_and_no_inactive_parents(self, desk: Desk) -> None:
        site = desk.realm.add_sub_customer(desk.customer["Id"], "Site")
        with pytest.raises(RefusalError, match="below itself"):
            desk.realm.edit_customer(desk.customer["Id"], Job=True, ParentRef={"value": site["Id"]})
        gone = desk.realm.add_customer("Gone", active=False)
        with pytest.raises(RefusalError, match="inactive"):
            desk.realm.add_sub_customer(gone["Id"], "Site 2")


class TestMerges:
    def test_all_goes_to_the_winner(self, desk: Desk) -> None:
        twin = desk.realm.add_customer("Acme Ltd", "new@acme.example")
        theirs = desk.create(CustomerRef={"value": twin["Id"]})
        paid = desk.realm.receive_payment(theirs["Id"], 30)
        credit = desk.realm.apply_credit(theirs["Id"], 10)
        desk.clock.advance(60)
        since = desk.clock.now().isoformat()
        desk.realm.merge_customers(desk.customer["Id"], twin["Id"])
        for path, row in (("invoice", theirs), ("payment", paid), ("payment", credit)):
            (read,) = desk.get(f"{path}/{row['Id']}").json().keys() - {"time"}
            moved = desk.get(f"{path}/{row['Id']}").json()[read]
            assert moved["CustomerRef"] == {"value": desk.customer["Id"], "name": "Acme"}
            assert moved["MetaData"]["LastUpdatedTime"] < since
        winner, loser = customer(desk, desk.customer["Id"]), customer(desk, twin["Id"])
        assert (winner["Balance"], loser["Balance"]) == (60, 0)
        assert winner["PrimaryEmailAddr"] == {"Address": "ap@acme.example"}
        assert (loser["Active"], loser["DisplayName"]) == (False, "Acme Ltd (deleted)")
        (changed,) = desk.get("cdc", entities="Customer", changedSince=since).json()["CDCResponse"]
        listed = {each["Id"] for each in changed["QueryResponse"][0]["Customer"]}
        assert listed == {winner["Id"], loser["Id"]}
        last = desk.realm.changes[-1]
        assert (last.id, last.operation, last.merged) == (winner["Id"], "Merge", loser["Id"])
        desk.realm.receive_payment(theirs["Id"], 60)
        assert customer(desk, winner["Id"])["Balance"] == 0

    def test_moved_transactions_may_count_as_changed(self, desk: Desk) -> None:
        desk.simulator.switches.merge_touches_transactions = True
        twin = desk.realm.add_customer("Acme Ltd")
        theirs = desk.create(CustomerRef={"value": twin["Id"]})
        desk.realm.merge_customers(desk.customer["Id"], twin["Id"])
        assert desk.realm.invoice(theirs["Id"])["SyncToken"] == "1"

    def test_merges_that_are_refused(self, desk: Desk) -> None:
        desk.realm.set_preference("CurrencyPrefs.MultiCurrencyEnabled", True)
        kept = desk.customer["Id"]
        parent = desk.realm.add_customer("Parent")
        project = desk.realm.add_sub_customer(parent["Id"], "Site", project=True)
        foreign = desk.realm.add_customer("Foreign", currency="EUR")
        gone = desk.realm.add_customer("Gone", active=False)
        for other in (parent, project, foreign, gone, desk.customer):
            with pytest.raises(RefusalError):
                desk.realm.merge_customers(kept, other["Id"])


class TestItems:
    def test_a_name_is_unique_within_its_category(self, desk: Desk) -> None:
        pumps, spares = (desk.realm.add_category(name) for name in ("Pumps", "Spares"))
        small = desk.realm.add_category("Small", pumps["Id"])
        kinds = [None, pumps["Id"], spares["Id"], small["Id"]]
        made = []
        for parent in kinds:
            above = {"ParentRef": {"value": parent}} if parent else {}
            body = {"Name": "Valve", "Type": "Service", "IncomeAccountRef": {"value": "79"}}
            made.append(desk.post("item", {**body, **above}).json()["Item"])
            fault(desk.post("item", {**body, **above, "Name": "VALVE"}), "6240")
        assert [each["FullyQualifiedName"] for each in made] == [
            "Valve",
            "Pumps:Valve",
            "Spares:Valve",
            "Pumps:Small:Valve",
        ]
        match = desk.query("select * from Item where Name = 'Valve'")["Item"]
        assert {each["Id"] for each in match} == {each["Id"] for each in made}
        desk.realm.edit_item(pumps["Id"], Name="Pump")
        read = desk.get(f"item/{made[3]['Id']}").json()["Item"]
        assert read["FullyQualifiedName"] == "Pump:Small:Valve"
        invoice = desk.create(sales_line(made[1]["Id"], 5))
        assert invoice["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"] == "Pump:Valve"

    def test_only_a_category_stands_above(self, desk: Desk) -> None:
        body = {"Name": "Valve", "Type": "Service", "IncomeAccountRef": {"value": "79"}}
        fault(desk.post("item", {**body, "ParentRef": {"value": desk.item["Id"]}}), "6000")
        fault(desk.post("item", {**body, "ParentRef": {"value": "999"}}), "2500")
        fault(desk.post("item", {"Name": "Pumps", "Type": "Category", "Sku": "P"}), "2600")

    def test_bundles_and_categories_cannot_be_sold(self, desk: Desk) -> None:
        kit = desk.realm.add_item("Kit", "KIT", type="Group")
        for item in (kit, desk.realm.add_category("Pumps")):
            error = fault(desk.post("invoice", desk.draft(sales_line(item["Id"], 5))), "6000")
            assert "category or bundle" in error["Detail"]
        fault(desk.post("item", {"Name": "Kit 2", "Type": "Group"}), "500")


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("a@acme.example", True),
        ("a.b+c@sub.acme.example", True),
        ("a@acme.example, b@acme.example,c@acme.example", True),
        ("nope", False),
        ("a@acme", False),
        ("a..b@acme.example", False),
        ("a.@acme.example", False),
        (".a@acme.example", False),
        ("a b@acme.example", False),
        ("Ada <a@acme.example>", False),
        ("a@acme.example;b@acme.example", False),
        ("a@acme.example,", False),
        ("a@-acme.example", False),
        ("a@acme..example", False),
        ("ä@acme.example", False),
        ("a@acme.example\u00a0", False),
    ],
)
def test_addresses(desk: Desk, address: str, taken: bool) -> None:
    """Source of the rules: Intuit's reference, RFC 822; of the words: public reports."""
    person = {"DisplayName": "X", "PrimaryEmailAddr": {"Address": address}}
    invoice = desk.draft(BillEmail={"Address": address})
    for path, body in (("customer", person), ("invoice", invoice)):
        answer = desk.post(path, body)
        if taken:
            assert answer.status_code == 200
        else:
            assert fault(answer, "2210")["Detail"] == (
                "Email Address does not conform to the syntax rules of RFC 822. "
                f"Supplied value:{address}"
            )


def test_several_addresses_have_a_hundred_characters_in_all(desk: Desk) -> None:
    long = ",".join(["someone@acme.example"] * 5)
    person = {"DisplayName": "X", "PrimaryEmailAddr": {"Address": long}}
    fault(desk.post("customer", person), "2050")
    fault(desk.post("invoice", desk.draft(BillEmail={"Address": long})), "2050")
