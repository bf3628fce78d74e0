"""Settings as a person changes them on the settings page, and what they are checked against."""

from __future__ import annotations

from collections import ChainMap
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from invoice_sync.model.connection import Settings

from .acting import end_connection
from .conftest import PORTAL_ID, Flow

STRANGER = "13579"
CANADA = pytest.mark.parametrize("flow", [{"country": "CA", "home_currency": "CAD"}], indirect=True)


def change(flow: Flow, **settings: Any) -> dict[str, Any]:
    flow.clock.advance(2)  # its reads count for QuickBooks' limit of ten a second
    answer = flow.fetch("PATCH", "/v1/settings", settings)
    assert answer.status == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


def refusal(flow: Flow, body: dict[str, Any], method: str = "PATCH") -> str:
    """What a change is refused with; it must leave everything as it is."""
    before = flow.get("/v1/settings")
    answer = flow.fetch(method, "/v1/settings", body)
    assert answer.status == 400, answer.text
    assert flow.get("/v1/settings") == before
    problem = answer.json()
    assert problem["code"] == "setting_invalid"
    return str(problem["detail"])


def strange_invoice(flow: Flow) -> str:
    return flow.invoice(lines=[{"name": "Novelty", "quantity": "1", "price": "10"}])


def unknown_payer(flow: Flow) -> str:
    contact = {"email": "new@initech.example", "firstname": "Bill", "lastname": "Lumbergh"}
    return flow.invoice(contact_id=flow.portal.create("contacts", contact))


class TestChanging:
    def test_only_what_is_named_changes(self, flow: Flow) -> None:
        flow.settings(create_customers=True, terms={"30": "3"})
        before = flow.get("/v1/settings")
        answer = change(flow, fallbackItemId=flow.item_id)
        assert answer["done"]
        assert answer["settings"] == before | {"fallbackItemId": flow.item_id}
        assert flow.get("/v1/settings") == answer["settings"]

    def test_a_preview_says_it_by_name_and_changes_nothing(self, flow: Flow) -> None:
        flow.settings(terms={"30": "3"})
        strange_invoice(flow)
        flow.work()
        before = flow.get("/v1/settings")
        answer = change(
            flow,
            preview=True,
            fallbackItemId=flow.item_id,
            createCustomers=True,
            terms={"30": "3", "120": "4", "15": "2"},
            serviceDate="invoice_date",
            recordPayments=True,
        )
        assert flow.get("/v1/settings") == before
        assert not answer["done"]
        assert answer["retries"] == 1
        said = {each["setting"]: (each["before"], each["after"]) for each in answer["changes"]}
        assert said == {
            "createCustomers": ("no", "yes"),
            "fallbackItemId": ("", "Consulting"),
            "terms": ("30 days: Net 30", "15 days: Net 15; 30 days: Net 30; 120 days: Net 60"),
            "serviceDate": ("none", "the date of the invoice"),
        }

    def test_a_setting_is_taken_away(self, flow: Flow) -> None:
        flow.settings(fallback_item_id=flow.item_id)
        flow.realm.edit_item(flow.item_id, Active=False)
        answer = change(flow, fallbackItemId="")
        (said,) = answer["changes"]
        assert said["before"] == "Consulting (inactive)"
        assert said["after"] == ""
        assert flow.get("/v1/settings")["fallbackItemId"] == ""

    def test_only_what_may_have_waited_for_it_is_tried_again(self, flow: Flow) -> None:
        waiting, other = strange_invoice(flow), unknown_payer(flow)
        flow.work()
        attempts = len(flow.status(other)["attempts"])
        answer = change(flow, fallbackItemId=flow.item_id)
        assert answer["retries"] == 1
        flow.work()
        assert flow.status(waiting)["status"] == "synced"
        assert flow.failure_code(other) == "customer_not_found"
        assert len(flow.status(other)["attempts"]) == attempts

    def test_a_second_change_tries_again_while_the_first_retry_runs(self, flow: Flow) -> None:
        waiting = strange_invoice(flow)
        flow.work()
        change(flow, feeItemId=flow.item_id)
        job = flow.own.store.jobs.all(PORTAL_ID)[0]
        running = job.next_version(job.updated_at, state="running")
        assert flow.own.store.jobs.put(running)
        change(flow, fallbackItemId=flow.item_id)
        flow.clock.advance(2)
        flow.work()
        assert flow.status(waiting)["status"] == "synced"

    def test_people_change_different_settings_at_the_same_time(self, flow: Flow) -> None:
        """What they share is the store: on Lambda each has a function of their own."""
        changes: list[dict[str, Any]] = [
            {"create_customers": True},
            {"service_date": "invoice_date"},
            {"document_number": "quickbooks"},
            {"display_name": "person"},
        ]
        connections = flow.own.store.connections
        with ThreadPoolExecutor(len(changes)) as people:
            for each in range(20):
                connections.change_settings(PORTAL_ID, dict(Settings()))
                done = people.map(lambda one: connections.change_settings(PORTAL_ID, one), changes)
                assert all(done), each
                connection = connections.get(PORTAL_ID)
                assert connection
                expected = Settings().model_copy(update=dict(ChainMap(*changes)))
                assert connection.settings == expected

    def test_each_of_them_gets_an_answer_of_their_own(self, flow: Flow) -> None:
        changes: list[dict[str, Any]] = [
            {"createCustomers": True},
            {"displayName": "person"},
            {"nativeSync": "was_on"},
        ]
        with ThreadPoolExecutor(len(changes)) as people:
            answers = list(people.map(lambda each: change(flow, **each), changes))
        for sent, answer in zip(changes, answers, strict=True):
            assert [each["setting"] for each in answer["changes"]] == [*sent]
        after = flow.get("/v1/settings")
        assert all(after[name] == value for each in changes for name, value in each.items())

    def test_a_portal_that_is_not_connected_has_none(self, flow: Flow) -> None:
        flow.hubspot.add_portal(STRANGER)
        for method, path in (("PATCH", "/v1/settings"), ("GET", "/v1/settings/choices")):
            url = flow.own.gateway.url + path
            body: dict[str, Any] | None = {} if method == "PATCH" else None
            assert flow.hubspot.fetch(STRANGER, method, url, body).status == 404

    def test_what_needs_no_look_at_quickbooks_can_be_changed_without_it(self, flow: Flow) -> None:
        end_connection(flow)
        assert change(flow, createCustomers=True)["settings"]["createCustomers"]
        answer = flow.fetch("PATCH", "/v1/settings", {"fallbackItemId": flow.item_id})
        assert answer.status == 409


class TestRefused:
    """Each of these was taken, and failed every invoice that it concerned."""

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"fallbackItemId": "9999"}, "Item for lines that match none: QuickBooks has no"),
            ({"fallbackItemId": "the blue one"}, "is a number"),
            ({"terms": {"thirty": "3"}}, "whole number from 0 to 365"),
            ({"terms": {"030": "3"}}, "whole number from 0 to 365"),
            ({"terms": {"366": "3"}}, "whole number from 0 to 365"),
            ({"terms": {"30": "99"}}, "Payment terms, 30 days: QuickBooks has no term"),
            ({"terms": {"30": ""}}, "Leave the entry out"),
            ({"taxCodes": {"VAT": "999"}}, 'Tax codes by tax, "VAT": QuickBooks has no tax code'),
            ({"taxCodes": {" ": "2"}}, "must not be empty"),
            ({"taxCodes": {"VAT": "2", "vat ": "2"}}, "named twice"),
            ({"taxCodeId": "TAX"}, "is a number"),
            ({"depositAccountId": "86"}, '"Discounts given" (Income: Discounts Refunds Given)'),
            ({"depositAccountId": "777"}, "no account with the id 777"),
            ({"discountAccountId": "35"}, "Discounts need an account of the type Income"),
            ({"untaxedCodeId": "2"}, '"California" (8 %) does not fit'),
            ({"sources": ["hubspot", " "]}, "a source must not be empty"),
            ({"sources": []}, "Invoice sources: name at least one, or no invoice would be synced"),
            ({"sources": ["x" * 256]}, "at most 255 characters"),
            ({"taxCodes": {str(number): "2" for number in range(101)}}, "at most 100 entries"),
        ],
    )
    def test_what_quickbooks_does_not_have(
        self, flow: Flow, body: dict[str, Any], words: str
    ) -> None:
        assert words in refusal(flow, body)

    def test_what_is_inactive_or_cannot_be_sold(self, flow: Flow) -> None:
        old = flow.realm.add_item("Old plan")["Id"]
        flow.realm.edit_item(old, Active=False)
        category = flow.realm.add_category("Plans")["Id"]
        flow.realm.set_active("Account", "35", active=False)
        flow.realm.set_active("Term", "3", active=False)
        flow.realm.set_tax_code_active("2", active=False)
        wrong: dict[str, Any] = {
            "fallbackItemId": old,
            "depositAccountId": "35",
            "terms": {"30": "3"},
            "taxCodeId": "2",
        }
        detail = refusal(flow, wrong)
        for setting in ("lines that match none", "Account for payments", "30 days", "other taxes"):
            assert setting in detail
        assert detail.count("is inactive in QuickBooks") == 4
        assert "(category) does not fit" in refusal(flow, {"feeItemId": category})

    def test_a_replacement_is_checked_too(self, flow: Flow) -> None:
        whole = flow.get("/v1/settings") | {"fallbackItemId": "9999"}
        assert "9999" in refusal(flow, whole, "PUT")

    def test_what_went_bad_before_does_not_keep_others_from_being_changed(self, flow: Flow) -> None:
        flow.settings(fallback_item_id=flow.item_id, tax_codes={"VAT": "2"})
        flow.realm.edit_item(flow.item_id, Active=False)
        flow.realm.set_tax_code_active("2", active=False)
        whole = flow.get("/v1/settings") | {"createCustomers": True}
        assert flow.fetch("PUT", "/v1/settings", whole).status == 200
        assert "taxCodes" in change(flow, taxCodes={})["changes"][0]["setting"]

    @CANADA
    def test_a_tax_on_tax_and_a_code_for_lines_without_tax(self, flow: Flow) -> None:
        change(flow, untaxedCodeId="7", taxCodes={"GST": "2", "HST": "5"})
        code_id = flow.realm.add_tax_code("Old", {"Old rate": "4"})
        for row in flow.realm.rows["TaxRate"].values():
            if row.doc["Name"] == "Old rate":
                row.doc["Active"] = False
        assert "one of its rates is inactive" in refusal(flow, {"taxCodes": {"GST": code_id}})
        compound = flow.realm.add_tax_code("Compound", {"One": "5", "Two": "9"})
        details = flow.realm.rows["TaxCode"][compound].doc["SalesTaxRateList"]["TaxRateDetail"]
        details[1]["TaxTypeApplicable"] = "TaxOnTax"
        assert "a tax on tax" in refusal(flow, {"taxCodeId": compound})


class TestChoices:
    def test_what_can_be_chosen_by_name(self, flow: Flow) -> None:
        flow.realm.add_item("advice")
        gone = flow.realm.add_item("Gone")["Id"]
        flow.realm.edit_item(gone, Active=False)
        flow.realm.add_category("Plans")
        flow.realm.add_term("Monthly", Type="DATE_DRIVEN", DayOfMonthDue=15)
        flow.realm.set_active("Term", "4", active=False)
        flow.realm.set_active("Account", "35", active=False)
        answer = flow.get("/v1/settings/choices")
        assert [(each["name"], each["about"]) for each in answer["items"]] == [
            ("advice", "service"),
            ("Consulting", "service, SKU CON-HOUR"),
        ]
        assert [(each["name"], each["about"]) for each in answer["terms"]] == [
            ("Due on receipt", "due at once"),
            ("Monthly", "due on day 15 of the month"),
            ("Net 15", "due in 15 days"),
            ("Net 30", "due in 30 days"),
        ]
        assert [(each["name"], each["about"]) for each in answer["taxCodes"]] == [
            ("California", "8 %")
        ]
        fits = {each["name"]: each["fits"] for each in answer["accounts"]}
        assert fits["Undeposited Funds"] == ["depositAccountId"]
        assert fits["Discounts given"] == ["discountAccountId"]
        assert "Checking" not in fits
        assert "Accounts Receivable (A/R)" not in fits
        assert answer["leftOut"] == ""

    def test_every_choice_can_be_set(self, flow: Flow) -> None:
        answer = flow.get("/v1/settings/choices")
        for choice in [*answer["items"], *answer["accounts"], *answer["taxCodes"]]:
            for setting in {*choice["fits"]} - {"taxCodes", "terms"}:
                change(flow, preview=True, **{setting: choice["id"]})

    def test_they_are_kept_for_an_hour(self, flow: Flow) -> None:
        first = flow.get("/v1/settings/choices")
        assert (first["cached"], first["meteredReads"]) == (False, 5)
        flow.realm.add_item("Advice")
        kept = flow.get("/v1/settings/choices")
        assert (kept["cached"], kept["meteredReads"]) == (True, 0)
        assert kept["items"] == first["items"]
        assert kept["readAt"] == first["readAt"]
        fresh = flow.get("/v1/settings/choices?refresh=true")
        assert [each["name"] for each in fresh["items"]] == ["Advice", "Consulting"]
        assert not fresh["cached"]
        assert flow.get("/v1/settings/choices")["items"] == fresh["items"]

    def test_thousands_of_items_with_long_names(self, flow: Flow) -> None:
        for number in range(3100):
            flow.realm.add_item(f"Großpumpe {number:05} " + "größer " * 8)
        flow.realm.add_item("Zebra")
        answer = flow.fetch("GET", "/v1/settings/choices")
        assert answer.status == 200
        assert len(answer.text.encode()) < 1_000_000
        listed = answer.json()
        assert len(listed["items"]) == 3000
        assert "Search for one that is not here" in listed["leftOut"]
        assert flow.get("/v1/settings/choices")["items"] == listed["items"]
        sizes = [len(str(item)) for item in flow.table()]
        assert max(sizes) < 400_000
        # One that is not listed can be set all the same.
        zebra = flow.realm.items[-1]["Id"]
        assert change(flow, preview=True, fallbackItemId=zebra)["changes"][0]["after"] == "Zebra"
