"""One click where a person must decide: seen before, kept after, and never against the guards."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.quickbooks import sales_line

from .conftest import PORTAL_ID, Flow

USER = "pat@example.com"  # whom the simulator of hubspot.fetch names


def resolve(flow: Flow, invoice_id: str, resolution: str, **more: Any) -> dict[str, Any]:
    found = flow.post(f"/v1/invoices/{invoice_id}/resolve", {"resolution": resolution, **more})
    flow.clock.advance(2)  # its calls count for QuickBooks' limit of ten a second
    return found


def seen(flow: Flow, invoice_id: str, resolution: str, **more: Any) -> dict[str, Any]:
    found = resolve(flow, invoice_id, resolution, preview=True, **more)
    assert not found["done"]
    return found


def refused(flow: Flow, invoice_id: str, resolution: str, **more: Any) -> str:
    path, body = f"/v1/invoices/{invoice_id}/resolve", {"resolution": resolution, **more}
    answer = flow.fetch("POST", path, body)
    assert answer.status == 409, answer.text
    flow.clock.advance(2)
    return str(answer.json()["detail"])


def click(flow: Flow, invoice_id: str, resolution: str, **more: Any) -> dict[str, Any]:
    """See what it would do, do it, and look again: what was foreseen has to be what came."""
    foreseen = seen(flow, invoice_id, resolution, **more)
    before = flow.status(invoice_id)
    code = before["failure"]["code"] if before["failure"] else ""
    done = resolve(flow, invoice_id, resolution, **more)
    assert (done["done"], done["says"]) == (True, foreseen["says"])
    flow.work()
    decision = flow.status(invoice_id)["decisions"][0]
    assert (decision["by"], decision["resolution"], decision["code"]) == (USER, resolution, code)
    return foreseen


def synced(flow: Flow, invoice_id: str) -> dict[str, Any]:
    status = flow.status(invoice_id)
    assert status["status"] == "synced", status["failure"]
    assert flow.get("/v1/failures/count")["failing"] == 0
    return status


def failing(flow: Flow, code: str, **options: Any) -> str:
    invoice_id = flow.invoice(**options)
    flow.work()
    assert flow.failure_code(invoice_id) == code
    flow.clock.advance(2)
    return invoice_id


def contact(flow: Flow, email: str, company: str = "", **more: str) -> dict[str, str]:
    """Options of an invoice for that contact."""
    own = {"contact_id": str(flow.portal.create("contacts", {"email": email, **more}))}
    if company:
        own["company_id"] = str(flow.portal.create("companies", {"name": company}))
    return own


class TestCustomerNotFound:
    def test_the_candidates_are_ranked_with_their_reasons(self, flow: Flow) -> None:
        domain = flow.realm.add_customer("Billing", "billing@acme.example")["Id"]
        name = flow.realm.add_customer("ACME Industrial, Inc.", "x@else.example")["Id"]
        similar = flow.realm.add_customer("Acme Industries", "y@else.example")["Id"]
        flow.realm.add_customer("Nothing alike", "z@else.example")
        who = contact(flow, "jo@acme.example", "Acme Industrial")
        invoice_id = failing(flow, "customer_not_found", **who)
        found = seen(flow, invoice_id, "use_customer")["candidates"]
        reasons = {one["id"]: one["reasons"] for one in found}
        assert [one["id"] for one in found] == [name, domain, similar]
        assert reasons[name] == ["same company name"]
        assert reasons[domain] == ["same email domain, acme.example"]
        assert reasons[similar] == ["similar name"]

    def test_the_same_email_in_another_case(self, flow: Flow) -> None:
        # Disputed: where it is so, the sync itself does not find it.
        flow.quickbooks.switches.case_sensitive_queries = True
        theirs = flow.realm.add_customer("A. Jones", "JO@Acme.example")["Id"]
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        (found,) = seen(flow, invoice_id, "use_customer")["candidates"]
        assert (found["id"], found["reasons"]) == (theirs, ["same email in another case"])

    def test_of_several_with_the_same_email_one_is_chosen(self, flow: Flow) -> None:
        one, other = (
            flow.realm.add_customer(name, "jo@acme.example")["Id"] for name in ("Acme", "Acme 2")
        )
        who = contact(flow, "jo@acme.example")
        invoice_id = failing(flow, "customer_not_found", **who)
        found = seen(flow, invoice_id, "use_customer")["candidates"]
        assert [(each["id"], each["reasons"]) for each in found] == [
            (one, ["same email"]),
            (other, ["same email"]),
        ]
        assert "not on offer" in refused(flow, invoice_id, "create_customer")
        click(flow, invoice_id, "use_customer", customerId=other)
        synced(flow, invoice_id)
        assert flow.in_quickbooks(invoice_id)[0]["CustomerRef"]["value"] == other

    def test_a_free_mail_address_says_nothing_about_a_company(self, flow: Flow) -> None:
        flow.realm.add_customer("Somebody", "somebody@gmail.com")
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@gmail.com"))
        assert seen(flow, invoice_id, "use_customer")["candidates"] == []

    def test_use_this_one_is_kept_also_when_the_email_changes(self, flow: Flow) -> None:
        chosen = flow.realm.add_customer("Acme Ltd", "x@else.example")["Id"]
        who = contact(flow, "jo@acme.example")
        invoice_id = failing(flow, "customer_not_found", **who)
        foreseen = click(flow, invoice_id, "use_customer", customerId=chosen)
        assert "Acme Ltd" in foreseen["says"]
        assert foreseen["preview"]["payload"]["CustomerRef"] == {"value": chosen}
        synced(flow, invoice_id)
        flow.portal.update("contacts", who["contact_id"], {"email": "other@else.example"})
        flow.realm.add_customer("Else", "other@else.example")
        later = flow.invoice(**who)
        flow.work()
        for one in (invoice_id, later):
            assert flow.in_quickbooks(one)[0]["CustomerRef"]["value"] == chosen

    def test_whoever_chose_the_wrong_one_chooses_again(self, flow: Flow) -> None:
        wrong = flow.realm.add_customer("Wrong", "w@else.example")["Id"]
        right = flow.realm.add_customer("Right", "r@else.example")["Id"]
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        click(flow, invoice_id, "use_customer", customerId=wrong)
        flow.clock.advance(2)
        click(flow, invoice_id, "use_customer", customerId=right)
        synced(flow, invoice_id)
        (found,) = flow.in_quickbooks(invoice_id)
        assert found["CustomerRef"]["value"] == right

    def test_a_customer_that_is_gone_since_is_not_used(self, flow: Flow) -> None:
        first = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        gone = flow.realm.add_customer("Gone", "g@else.example")["Id"]
        flow.realm.edit_customer(gone, Active=False)
        assert "no active customer" in refused(flow, first, "use_customer", customerId=gone)
        assert "no active customer" in refused(flow, first, "use_customer", customerId="99999")

    def test_not_one_in_another_currency(self, flow: Flow) -> None:
        flow.realm.set_preference("CurrencyPrefs.MultiCurrencyEnabled", True)
        euro = flow.realm.add_customer("Euro", "e@else.example", "EUR")["Id"]
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        assert "EUR" in refused(flow, invoice_id, "use_customer", customerId=euro)

    def test_create_it_though_the_setting_says_no(self, flow: Flow) -> None:
        who = contact(flow, "jo@acme.example", "Acme Industrial")
        invoice_id = failing(flow, "customer_not_found", **who)
        foreseen = click(flow, invoice_id, "create_customer")
        assert foreseen["preview"]["newCustomer"]["DisplayName"] == "Acme Industrial"
        synced(flow, invoice_id)
        again = flow.invoice(**who)
        stranger = flow.invoice(**contact(flow, "kim@other.example"))
        flow.work()
        assert flow.status(again)["status"] == "synced"
        assert flow.failure_code(stranger) == "customer_not_found"
        assert len(flow.realm.customers) == 2

    def test_without_a_contact_there_is_nothing_to_choose_for(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", contact_id=None)
        assert "not on offer" in refused(flow, invoice_id, "create_customer")
        contact_path = [one["url"] for one in flow.status(invoice_id)["failure"]["links"]]
        assert contact_path == [
            f"https://app.hubspot.com/contacts/{PORTAL_ID}/record/0-53/{invoice_id}"
        ]


class TestDuplicateDisplayName:
    @pytest.fixture
    def clash(self, flow: Flow) -> str:
        flow.settings(create_customers=True)
        self.theirs = str(flow.realm.add_customer("Umbrella", "other@umbrella.example")["Id"])
        who = contact(flow, "red@umbrella.example", "Umbrella", firstname="Red", lastname="Queen")
        return failing(flow, "duplicate_display_name", **who)

    def test_use_the_one_that_has_the_name(self, flow: Flow, clash: str) -> None:
        (found,) = seen(flow, clash, "use_customer")["candidates"]
        assert found["id"] == self.theirs
        assert "has the name that is taken" in found["reasons"]
        click(flow, clash, "use_customer", customerId=self.theirs)
        synced(flow, clash)
        assert len(flow.realm.customers) == 2

    def test_the_next_free_name(self, flow: Flow, clash: str) -> None:
        flow.realm.add_vendor("Umbrella (2)")
        foreseen = click(flow, clash, "next_free_name")
        assert foreseen["preview"]["newCustomer"]["DisplayName"] == "Umbrella (3)"
        synced(flow, clash)
        assert flow.in_quickbooks(clash)[0]["CustomerRef"]["name"] == "Umbrella (3)"

    def test_a_sub_customer(self, flow: Flow, clash: str) -> None:
        click(flow, clash, "sub_customer", customerId=self.theirs)
        synced(flow, clash)
        made = next(one for one in flow.realm.customers if one["DisplayName"] == "Red Queen")
        assert made["ParentRef"]["value"] == self.theirs
        assert made["FullyQualifiedName"] == "Umbrella:Red Queen"
        assert flow.in_quickbooks(clash)[0]["CustomerRef"]["value"] == made["Id"]


class TestServiceDate:
    @pytest.fixture(autouse=True)
    def _plan(self, flow: Flow) -> None:
        flow.realm.add_item("Support plan", revenue_recognition=True)

    LINE = {"name": "Support plan", "quantity": "1", "price": "1200"}
    STARTED = {"name": "Consulting", "quantity": "1", "price": "10"} | {
        "hs_recurring_billing_start_date": "2026-03-01"
    }

    def dates(self, flow: Flow, invoice_id: str) -> list[str]:
        (found,) = flow.in_quickbooks(invoice_id)
        lines = [one for one in found["Line"] if one["DetailType"] == "SalesItemLineDetail"]
        return [one["SalesItemLineDetail"].get("ServiceDate", "") for one in lines]

    def test_the_invoices_date_once(self, flow: Flow) -> None:
        invoice_id = failing(flow, "service_date_required", lines=[self.LINE])
        click(flow, invoice_id, "service_date_from_invoice_date")
        synced(flow, invoice_id)
        assert self.dates(flow, invoice_id) == [flow.in_quickbooks(invoice_id)[0]["TxnDate"]]
        failing(flow, "service_date_required", lines=[self.LINE])

    def test_or_always_also_for_those_that_fail_already(self, flow: Flow) -> None:
        other = failing(flow, "service_date_required", lines=[self.LINE])
        invoice_id = flow.invoice(lines=[self.LINE])
        flow.work()
        click(flow, invoice_id, "service_date_from_invoice_date", always=True)
        assert flow.get("/v1/settings")["serviceDate"] == "invoice_date"
        flow.work()
        assert flow.status(other)["status"] == "synced"
        synced(flow, invoice_id)

    def test_the_billing_start_of_another_line(self, flow: Flow) -> None:
        invoice_id = failing(flow, "service_date_required", lines=[self.LINE, self.STARTED])
        click(flow, invoice_id, "service_date_from_billing_start")
        synced(flow, invoice_id)
        assert self.dates(flow, invoice_id) == ["2026-03-01", "2026-03-01"]

    def test_not_where_no_line_has_one(self, flow: Flow) -> None:
        invoice_id = failing(flow, "service_date_required", lines=[self.LINE])
        refused(flow, invoice_id, "service_date_from_billing_start")


class TestModifiedOutside:
    @pytest.fixture
    def edited(self, flow: Flow) -> str:
        invoice_id = flow.invoice()
        flow.work()
        self.own = str(flow.in_quickbooks(invoice_id)[0]["Id"])
        self.edit(flow, "310.00")
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        flow.clock.advance(2)
        return invoice_id

    def edit(self, flow: Flow, amount: str) -> None:
        flow.realm.edit_invoice(self.own, Line=[sales_line(flow.item_id, amount)])

    def total(self, flow: Flow, invoice_id: str) -> Any:
        return flow.in_quickbooks(invoice_id)[0]["TotalAmt"]

    def test_re_apply_hubspot(self, flow: Flow, edited: str) -> None:
        foreseen = click(flow, edited, "reapply_hubspot")
        assert foreseen["preview"]["outcome"] == "update"
        synced(flow, edited)
        assert self.total(flow, edited) == 350

    def test_accept_quickbooks_until_one_of_them_changes(self, flow: Flow, edited: str) -> None:
        foreseen = click(flow, edited, "accept_quickbooks")
        assert foreseen["preview"]["outcome"] == "inStep"
        synced(flow, edited)
        flow.post(f"/v1/invoices/{edited}/retry")
        flow.work()
        synced(flow, edited)
        assert self.total(flow, edited) == 310
        flow.clock.advance(2)
        flow.set_price(edited, "180")
        flow.work()
        failure = flow.status(edited)["failure"]
        assert failure["code"] == "modified_outside_hubspot"
        assert "accepted" in failure["explanation"]
        assert self.total(flow, edited) == 310
        flow.clock.advance(2)
        click(flow, edited, "reapply_hubspot")
        synced(flow, edited)
        assert self.total(flow, edited) == 360

    def test_an_accepted_one_that_is_edited_again_fails_again(
        self, flow: Flow, edited: str
    ) -> None:
        click(flow, edited, "accept_quickbooks")
        flow.watch_quickbooks()
        self.edit(flow, "320.00")
        flow.work()
        assert flow.failure_code(edited) == "modified_outside_hubspot"

    def test_accepted_and_then_voided_in_hubspot(self, flow: Flow, edited: str) -> None:
        click(flow, edited, "accept_quickbooks")
        flow.clock.advance(2)
        flow.portal.update("invoices", edited, {"hs_invoice_status": "voided"})
        flow.work()
        assert "accepted" in flow.status(edited)["failure"]["explanation"]
        assert self.total(flow, edited) == 310
        flow.clock.advance(2)
        click(flow, edited, "reapply_hubspot")
        synced(flow, edited)
        assert self.total(flow, edited) == 0

    def test_voided_in_hubspot_and_kept_in_quickbooks(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.realm.receive_payment(flow.in_quickbooks(invoice_id)[0]["Id"], 100)
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
        flow.work()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        flow.clock.advance(2)
        click(flow, invoice_id, "accept_quickbooks")
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        synced(flow, invoice_id)
        assert self.total(flow, invoice_id) == 300

    @pytest.mark.parametrize("resolution", ["reapply_hubspot", "accept_quickbooks"])
    def test_only_what_was_seen_is_decided(self, flow: Flow, edited: str, resolution: str) -> None:
        self.edit(flow, "400.00")
        assert "changed again" in refused(flow, edited, resolution)
        flow.work()  # the new difference is shown now
        assert flow.failure_code(edited) == "modified_outside_hubspot"
        flow.clock.advance(2)
        click(flow, edited, resolution)
        synced(flow, edited)

    def test_edited_between_the_click_and_the_look(self, flow: Flow, edited: str) -> None:
        resolve(flow, edited, "reapply_hubspot")
        self.edit(flow, "400.00")
        flow.work()
        assert flow.failure_code(edited) == "modified_outside_hubspot"
        assert self.total(flow, edited) == 400

    def test_never_over_a_payment_or_a_closed_period(self, flow: Flow, edited: str) -> None:
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2030-01-01")
        flow.own.store.realm.forget(flow.realm.realm_id, ["PREFERENCES"])
        assert "closed" in refused(flow, edited, "reapply_hubspot")
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", None)
        flow.own.store.realm.forget(flow.realm.realm_id, ["PREFERENCES"])
        flow.realm.receive_payment(self.own, 100)
        assert "payments" in refused(flow, edited, "reapply_hubspot")
        assert self.total(flow, edited) == 310

    def test_paid_between_the_click_and_the_look(self, flow: Flow, edited: str) -> None:
        resolve(flow, edited, "reapply_hubspot")
        flow.realm.receive_payment(self.own, 100)
        flow.work()
        assert flow.failure_code(edited) == "modified_outside_hubspot"
        assert self.total(flow, edited) == 310

    def test_stop_and_resume(self, flow: Flow, edited: str) -> None:
        click(flow, edited, "stop_syncing")
        status = flow.status(edited)
        assert (status["status"], status["stopped"]) == ("skipped", True)
        assert flow.get("/v1/failures/count")["failing"] == 0
        flow.set_price(edited, "190")
        flow.post(f"/v1/invoices/{edited}/retry")
        flow.work()
        assert flow.status(edited)["status"] == "skipped"
        assert self.total(flow, edited) == 310
        flow.clock.advance(2)
        click(flow, edited, "resume_syncing")
        assert flow.failure_code(edited) == "modified_outside_hubspot"

    @pytest.mark.parametrize("way", ["void_invoice", "delete_invoice"])
    def test_create_again_what_somebody_voided_or_deleted(self, flow: Flow, way: str) -> None:
        flow.watch_quickbooks()
        invoice_id = flow.invoice(number="INV-50")
        flow.work()
        flow.clock.advance(2)
        (first,) = flow.in_quickbooks(invoice_id)
        getattr(flow.realm, way)(first["Id"])
        flow.work()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        flow.clock.advance(2)
        assert "not on offer" in refused(flow, invoice_id, "reapply_hubspot")
        click(flow, invoice_id, "create_again")
        synced(flow, invoice_id)
        alive = [one for one in flow.in_quickbooks(invoice_id) if one["TotalAmt"]]
        assert [one["DocNumber"] for one in alive] == [
            "INV-50-1" if way == "void_invoice" else "INV-50"
        ]
        # Once more is once: neither the old one nor another look makes a third.
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.set_price(invoice_id, "175")
        flow.work()
        synced(flow, invoice_id)
        alive = [one for one in flow.in_quickbooks(invoice_id) if one["TotalAmt"]]
        assert [one["TotalAmt"] for one in alive] == [350]


class TestDuplicateNumber:
    def taken(self, flow: Flow, amount: str = "80.00", **more: Any) -> str:
        line = sales_line(flow.item_id, amount)
        # Named, because the two services are not on the same day at every hour.
        day = "2026-03-10"
        theirs = flow.realm.add_invoice(flow.customer_id, [line], "INV-7", TxnDate=day, **more)
        self.theirs = str(theirs["Id"])
        dated = {"hs_invoice_date": day, "hs_due_date": "2026-04-09"}
        return failing(flow, "duplicate_document_number", number="INV-7", **dated)

    def test_the_next_free_number(self, flow: Flow) -> None:
        flow.realm.add_invoice(flow.customer_id, [sales_line(flow.item_id, "1.00")], "INV-7-1")
        invoice_id = self.taken(flow)
        foreseen = click(flow, invoice_id, "next_free_number")
        assert foreseen["preview"]["payload"]["DocNumber"] == "INV-7-2"
        assert synced(flow, invoice_id)["quickbooks"]["number"] == "INV-7-2"
        flow.clock.advance(2)
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.in_quickbooks(invoice_id)[0]["DocNumber"] == "INV-7-2"
        numbers = sorted(one["DocNumber"] for one in flow.realm.invoices)
        assert numbers == ["INV-7", "INV-7-1", "INV-7-2"]
        # HubSpot's own next number is followed again.
        flow.portal.update("invoices", invoice_id, {"hs_number": "INV-8"})
        flow.work()
        assert flow.in_quickbooks(invoice_id)[0]["DocNumber"] == "INV-8"

    @pytest.mark.parametrize("custom", [True, False])
    def test_let_quickbooks_number_it(self, flow: Flow, custom: bool) -> None:
        flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", custom)
        invoice_id = self.taken(flow)
        click(flow, invoice_id, "let_quickbooks_number")
        number = synced(flow, invoice_id)["quickbooks"]["number"]
        assert number.isdigit()
        flow.clock.advance(2)
        flow.set_price(invoice_id, "175")
        flow.work()
        assert flow.in_quickbooks(invoice_id)[0]["DocNumber"] == number

    def test_adopt_it_if_it_is_this_one(self, flow: Flow) -> None:
        invoice_id = self.taken(flow, "300.00")
        foreseen = click(flow, invoice_id, "adopt")
        assert foreseen["preview"]["outcome"] == "adopt"
        assert synced(flow, invoice_id)["quickbooks"]["id"] == self.theirs
        assert len(flow.realm.invoices) == 1

    def test_not_if_it_says_something_else(self, flow: Flow) -> None:
        invoice_id = self.taken(flow)
        assert "another total" in refused(flow, invoice_id, "adopt")
        assert flow.failure_code(invoice_id) == "duplicate_document_number"

    def test_nor_if_it_is_another_invoices(self, flow: Flow) -> None:
        first = flow.invoice(number="INV-7")
        flow.work()
        flow.clock.advance(2)
        second = failing(flow, "duplicate_document_number", number="INV-7")
        assert "another HubSpot invoice" in refused(flow, second, "adopt")
        assert flow.status(first)["status"] == "synced"

    def test_changed_between_the_click_and_the_look(self, flow: Flow) -> None:
        invoice_id = self.taken(flow, "300.00")
        resolve(flow, invoice_id, "adopt")
        flow.realm.edit_invoice(self.theirs, Line=[sales_line(flow.item_id, "301.00")])
        flow.work()
        assert flow.failure_code(invoice_id) == "duplicate_document_number"

    def test_a_number_that_is_too_long(self, flow: Flow) -> None:
        long = "INV-0123456789-0123456789"
        invoice_id = failing(flow, "document_number_too_long", number=long)
        click(flow, invoice_id, "let_quickbooks_number")
        synced(flow, invoice_id)


class TestPossibleDuplicate:
    @pytest.fixture
    def maybe(self, flow: Flow) -> str:
        """What a backfill found to be there already, under another number."""
        day = {"hs_invoice_date": "2026-03-10", "hs_due_date": "2026-04-09"}
        invoice_id = flow.invoice(number="INV-4", **day)
        line = sales_line(flow.item_id, "300.00")
        theirs = flow.realm.add_invoice(flow.customer_id, [line], "OLD-4", TxnDate="2026-03-10")
        self.theirs = str(theirs["Id"])
        flow.hubspot.webhooks.discard()
        for run in (False, True):
            body = {"from": "2026-03-01", "to": "2026-03-31", "run": run}
            flow.post("/v1/backfill", body)
            for _ in range(4):
                flow.work_later()
        assert flow.failure_code(invoice_id) == "possible_duplicate"
        preview = flow.get(f"/v1/invoices/{invoice_id}/preview")
        assert [one["code"] for one in preview["failures"]] == ["possible_duplicate"]
        flow.clock.advance(2)
        return invoice_id

    def test_it_is_the_same(self, flow: Flow, maybe: str) -> None:
        click(flow, maybe, "adopt")
        assert synced(flow, maybe)["quickbooks"]["id"] == self.theirs
        assert len(flow.realm.invoices) == 1

    def test_it_is_another(self, flow: Flow, maybe: str) -> None:
        click(flow, maybe, "create_anyway")
        synced(flow, maybe)
        assert len(flow.realm.invoices) == 2


class TestItems:
    def test_one_choice_serves_all_lines_of_that_name(self, flow: Flow) -> None:
        novelty = {"name": "Novelty service", "quantity": "1", "price": "10"}
        chosen = flow.realm.add_item("Novelties")["Id"]
        other_item = flow.realm.add_item("A service")["Id"]
        invoice_id = failing(flow, "item_not_found", lines=[novelty])
        other = flow.invoice(lines=[novelty])
        flow.work()
        flow.clock.advance(2)
        found = seen(flow, invoice_id, "use_item")["candidates"]
        assert {one["id"] for one in found} == {chosen, other_item}
        click(flow, invoice_id, "use_item", itemId=chosen)
        flow.work()
        assert flow.status(other)["status"] == "synced"
        synced(flow, invoice_id)
        later = flow.invoice(lines=[novelty])
        flow.work()
        (made,) = flow.in_quickbooks(later)
        assert made["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] == chosen

    def test_an_item_that_is_not_there(self, flow: Flow) -> None:
        novelty = {"name": "Novelty", "quantity": "1", "price": "10"}
        invoice_id = failing(flow, "item_not_found", lines=[novelty])
        assert "no active product" in refused(flow, invoice_id, "use_item", itemId="99999")


class TestOthers:
    def test_one_click_serves_all_invoices_of_the_contact(self, flow: Flow) -> None:
        who = contact(flow, "jo@acme.example", "Acme")
        own = [failing(flow, "customer_not_found", **who) for _ in range(3)]
        stranger = failing(flow, "customer_not_found", **contact(flow, "kim@other.example"))
        (group, _) = flow.get("/v1/failures?groupBy=cause")["causes"]
        assert group["invoices"] == 3
        assert group["exampleInvoiceId"] in own
        before = len(flow.status(stranger)["attempts"])
        done = resolve(flow, own[0], "create_customer")
        assert done["affects"] == 3
        flow.work()
        assert {flow.status(one)["status"] for one in own} == {"synced"}
        assert len(flow.status(stranger)["attempts"]) == before
        assert len(flow.realm.customers) == 2

    def test_a_changed_setting_is_followed_at_once(self, flow: Flow) -> None:
        novelty = {"name": "Novelty", "quantity": "1", "price": "10"}
        invoice_id = failing(flow, "item_not_found", lines=[novelty])
        settings = flow.get("/v1/settings")
        changed = {**settings, "fallbackItemId": flow.item_id}
        assert flow.fetch("PUT", "/v1/settings", changed).status == 200
        flow.work()
        synced(flow, invoice_id)

    def test_what_was_chosen_is_chosen_anew_once_it_is_inactive(self, flow: Flow) -> None:
        who = contact(flow, "jo@acme.example")
        first = failing(flow, "customer_not_found", **who)
        chosen = flow.realm.add_customer("Acme Ltd", "x@else.example")["Id"]
        resolve(flow, first, "use_customer", customerId=chosen)
        flow.realm.edit_customer(chosen, Active=False)
        flow.work()
        assert flow.failure_code(first) == "customer_not_found"
        flow.clock.advance(2)
        other = flow.realm.add_customer("Acme Inc", "y@else.example")["Id"]
        click(flow, first, "use_customer", customerId=other)
        synced(flow, first)

    def test_an_item_that_is_inactive_does_not_cost_the_customer(self, flow: Flow) -> None:
        who = contact(flow, "jo@acme.example")
        chosen = flow.realm.add_customer("Acme Ltd", "x@else.example")["Id"]
        first = failing(flow, "customer_not_found", **who)
        click(flow, first, "use_customer", customerId=chosen)
        flow.realm.edit_item(flow.item_id, Active=False)
        second = flow.invoice(**who)
        flow.work()
        assert flow.failure_code(second) == "item_not_found"
        flow.watch_quickbooks()
        flow.realm.edit_item(flow.item_id, Active=True)
        flow.work()
        synced(flow, second)
        assert flow.in_quickbooks(second)[0]["CustomerRef"]["value"] == chosen


class TestRefused:
    def test_what_the_failure_does_not_offer(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        words = refused(flow, invoice_id, "reapply_hubspot")
        assert "use_customer" in words
        assert "nothing" in refused(flow, "99999", "use_customer")
        path = f"/v1/invoices/{invoice_id}/resolve"
        for body in ({}, {"resolution": "use_customer", "customerId": "x' or '1'='1"}):
            assert flow.fetch("POST", path, body).status in (400, 409)
        assert flow.status(invoice_id)["decisions"] == []

    def test_without_the_argument(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        assert "argument" in refused(flow, invoice_id, "use_customer")

    def test_a_preview_writes_nothing(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        before = flow.own.store.records.get(PORTAL_ID, invoice_id)
        seen(flow, invoice_id, "create_customer")
        flow.work()
        assert flow.own.store.records.get(PORTAL_ID, invoice_id) == before
        assert len(flow.realm.customers) == 1

    def test_another_portals_invoice_cannot_be_decided(self, flow: Flow) -> None:
        invoice_id = failing(flow, "customer_not_found", **contact(flow, "jo@acme.example"))
        flow.hubspot.add_portal("13579")
        flow.quickbooks.add_realm("9130357849536499")
        flow.own.connect("13579", "9130357849536499")
        url = f"{flow.own.gateway.url}/v1/invoices/{invoice_id}/resolve"
        answer = flow.hubspot.fetch("13579", "POST", url, {"resolution": "create_customer"})
        assert answer.status == 409
        flow.work()
        assert flow.failure_code(invoice_id) == "customer_not_found"
