"""The five failures that users of HubSpot's own sync know: seen, explained, and gone when fixed."""

from __future__ import annotations

import pytest

from infra.local.wire import Answer, Fault

from .acting import refusing
from .conftest import Flow


def failing(flow: Flow, invoice_id: str, code: str) -> dict[str, object]:
    status = flow.status(invoice_id)
    assert status["status"] == "failing"
    failure: dict[str, object] = status["failure"]
    assert failure["code"] == code
    assert flow.get("/v1/failures/count")["byCode"] == {code: 1}
    listed = flow.get(f"/v1/failures?code={code}")["failures"]
    assert [one["invoiceId"] for one in listed] == [invoice_id]
    return failure


def healed(flow: Flow, invoice_id: str) -> None:
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"
    assert len(flow.in_quickbooks(invoice_id)) == 1
    count = flow.get("/v1/failures/count")
    assert (count["failing"], count["byCode"], count["oldestFailedAt"]) == (0, {}, None)


class TestCustomerNotFound:
    def test_no_contact_until_one_is_associated(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.portal.dissociate("invoices", invoice_id, "contacts", flow.contact_id)
        flow.work()
        failure = failing(flow, invoice_id, "customer_not_found")
        assert "no contact" in str(failure["explanation"])
        flow.portal.associate("invoices", invoice_id, "contacts", flow.contact_id)
        healed(flow, invoice_id)

    def test_an_unknown_email_until_the_contact_gets_the_right_one(self, flow: Flow) -> None:
        stranger = flow.portal.create("contacts", {"email": "who@else.example"})
        invoice_id = flow.invoice(contact_id=stranger)
        flow.work()
        failing(flow, invoice_id, "customer_not_found")
        flow.realm.add_customer("Else", "somebody@else.example")
        flow.portal.update("contacts", stranger, {"email": "somebody@else.example"})
        healed(flow, invoice_id)

    def test_or_until_the_customer_is_there_and_someone_retries(self, flow: Flow) -> None:
        stranger = flow.portal.create("contacts", {"email": "who@else.example"})
        invoice_id = flow.invoice(contact_id=stranger)
        flow.work()
        failing(flow, invoice_id, "customer_not_found")
        flow.realm.add_customer("Else", "WHO@else.example")
        assert flow.post("/v1/failures/retry?code=customer_not_found")["queued"] == 1
        healed(flow, invoice_id)

    def test_a_customer_is_created_where_that_is_allowed_and_then_used_again(
        self, flow: Flow
    ) -> None:
        flow.settings(create_customers=True)
        company = flow.portal.create("companies", {"name": "Acme: Industrial"})
        ada = flow.portal.create("contacts", {"email": "ada@acme.example", "firstname": "Ada"})
        first = flow.invoice(contact_id=ada, company_id=company)
        second = flow.invoice(contact_id=ada, company_id=company)
        flow.work()
        names = [one["DisplayName"] for one in flow.realm.customers]
        assert names == ["Globex", "Acme Industrial"]
        refs = {flow.in_quickbooks(one)[0]["CustomerRef"]["value"] for one in (first, second)}
        assert len(refs) == 1


class TestDuplicateDisplayName:
    def test_a_vendor_has_the_name_until_it_is_renamed(self, flow: Flow) -> None:
        flow.settings(create_customers=True)
        vendor = flow.realm.add_vendor("Umbrella")["Id"]
        company = flow.portal.create("companies", {"name": "Umbrella"})
        red = flow.portal.create("contacts", {"email": "red@umbrella.example"})
        invoice_id = flow.invoice(contact_id=red, company_id=company)
        flow.work()
        failure = failing(flow, invoice_id, "duplicate_display_name")
        assert failure["title"] == "The display name is a duplicate"
        assert '"Umbrella"' in str(failure["explanation"])
        flow.realm.edit_vendor(vendor, DisplayName="Umbrella (vendor)")
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        healed(flow, invoice_id)

    def test_never_attached_to_a_customer_of_that_name_with_another_email(self, flow: Flow) -> None:
        flow.settings(create_customers=True, on_display_name_clash="number")
        flow.realm.add_customer("Umbrella", "other@umbrella.example")
        company = flow.portal.create("companies", {"name": "Umbrella"})
        red = flow.portal.create("contacts", {"email": "red@umbrella.example"})
        invoice_id = flow.invoice(contact_id=red, company_id=company)
        flow.work()
        (found,) = flow.in_quickbooks(invoice_id)
        assert found["CustomerRef"]["name"] == "Umbrella (2)"


def test_service_date_required_until_the_line_has_a_billing_start(flow: Flow) -> None:
    flow.realm.add_item("Support plan", revenue_recognition=True)
    line = {"name": "Support plan", "quantity": "1", "price": "1200"}
    invoice_id = flow.invoice(lines=[line])
    flow.work()
    failure = failing(flow, invoice_id, "service_date_required")
    assert "Enter a service date" in str(failure["title"])
    start = {"hs_recurring_billing_start_date": "2026-02-01"}
    flow.portal.update("line_items", flow.line_of(invoice_id), start)
    healed(flow, invoice_id)
    (found,) = flow.in_quickbooks(invoice_id)
    assert found["Line"][0]["SalesItemLineDetail"]["ServiceDate"] == "2026-02-01"


class TestDuplicateDocumentNumber:
    @pytest.mark.parametrize("custom_numbers", [True, False])
    def test_it_names_the_document_until_that_is_renumbered(
        self, flow: Flow, custom_numbers: bool
    ) -> None:
        # With the preference off QuickBooks itself takes the number twice without a word.
        flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", custom_numbers)
        theirs = flow.realm.add_invoice(flow.customer_id, [self.line(flow)], "INV-7")["Id"]
        invoice_id = flow.invoice(number="INV-7")
        flow.work()
        failure = failing(flow, invoice_id, "duplicate_document_number")
        assert 'the invoice of "Globex" dated ' in str(failure["explanation"])
        assert len(flow.realm.invoices) == 1
        flow.realm.edit_invoice(theirs, DocNumber="OLD-7")
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        healed(flow, invoice_id)

    @staticmethod
    def line(flow: Flow) -> dict[str, object]:
        from infra.local.quickbooks import sales_line

        return sales_line(flow.item_id, 80)


class TestModifiedOutsideHubSpot:
    def test_the_difference_is_shown_and_nothing_overwritten_until_it_is_undone(
        self, flow: Flow
    ) -> None:
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        changed = [{**ours["Line"][0], "Amount": 310, "SalesItemLineDetail": {}}]
        changed[0]["SalesItemLineDetail"] = {"ItemRef": {"value": flow.item_id}}
        flow.realm.edit_invoice(ours["Id"], Line=changed)
        flow.set_price(invoice_id, "175")
        flow.work()
        failure = failing(flow, invoice_id, "modified_outside_hubspot")
        rows = {one["field"]: one for one in failure["differences"]}  # type: ignore[attr-defined]
        assert (rows["total"]["written"], rows["total"]["quickbooks"]) == (
            "300.00 USD",
            "310.00 USD",
        )
        assert rows["total"]["hubspot"] == "350.00 USD"
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 310
        flow.realm.edit_invoice(ours["Id"], Line=ours["Line"])
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        healed(flow, invoice_id)
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 350

    def test_harmless_edits_are_kept(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        flow.realm.edit_invoice(ours["Id"], PrivateNote=ours["PrivateNote"] + " - seen by Jo")
        flow.set_price(invoice_id, "175")
        healed(flow, invoice_id)
        (now,) = flow.in_quickbooks(invoice_id)
        assert now["PrivateNote"].endswith("seen by Jo")
        assert now["TotalAmt"] == 350

    def test_a_paid_invoice_is_never_overwritten(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        (ours,) = flow.in_quickbooks(invoice_id)
        flow.realm.receive_payment(ours["Id"], 100)
        flow.set_price(invoice_id, "175")
        flow.work()
        failure = failing(flow, invoice_id, "modified_outside_hubspot")
        assert "payments" in str(failure["explanation"])
        assert flow.in_quickbooks(invoice_id)[0]["TotalAmt"] == 300

    def test_deleted_in_quickbooks(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.realm.delete_invoice(flow.in_quickbooks(invoice_id)[0]["Id"])
        flow.set_price(invoice_id, "175")
        flow.work()
        failure = failing(flow, invoice_id, "modified_outside_hubspot")
        assert "deleted" in str(failure["explanation"])
        assert flow.realm.invoices == []


class TestBeyondTheFive:
    def test_item_not_found_names_it_until_it_exists(self, flow: Flow) -> None:
        invoice_id = flow.invoice(lines=[{"name": "Novelty", "quantity": "1", "price": "10"}])
        flow.work()
        failure = failing(flow, invoice_id, "item_not_found")
        assert "Novelty" in str(failure["explanation"])
        flow.realm.add_item("Novelty")
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        healed(flow, invoice_id)

    def test_total_mismatch_posts_nothing(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.portal.update("invoices", invoice_id, {"hs_amount_billed": "300.01"})
        flow.work()
        failing(flow, invoice_id, "total_mismatch")
        assert flow.realm.invoices == []

    def test_closed_period(self, flow: Flow) -> None:
        flow.realm.set_preference("AccountingInfoPrefs.BookCloseDate", "2026-06-30")
        invoice_id = flow.invoice(hs_invoice_date="2026-06-01", hs_due_date="2026-07-01")
        flow.work()
        failing(flow, invoice_id, "closed_period")

    def test_a_subscription_that_lapsed(self, flow: Flow) -> None:
        flow.realm.subscription_active = False
        invoice_id = flow.invoice()
        flow.work()
        failing(flow, invoice_id, "subscription_lapsed")
        flow.realm.subscription_active = True
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        healed(flow, invoice_id)

    def test_an_item_made_inactive_is_looked_up_once_more_then_named(self, flow: Flow) -> None:
        flow.invoice()
        flow.work()
        flow.realm.edit_item(flow.item_id, Active=False)
        invoice_id = flow.invoice()
        flow.work()
        failing(flow, invoice_id, "item_not_found")
        again = flow.realm.add_item("Consulting", "CON-HOUR")["Id"]
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        healed(flow, invoice_id)
        line = flow.in_quickbooks(invoice_id)[0]["Line"][0]["SalesItemLineDetail"]
        assert line["ItemRef"]["value"] == again

    def test_what_quickbooks_takes_for_inactive_is_said_with_names(self, flow: Flow) -> None:
        flow.settings(fallback_item_id=flow.item_id)
        invoice_id = flow.invoice(lines=[{"name": "Novelty", "quantity": "1", "price": "10"}])
        refusing(flow, "2500", "Invalid Reference Id : Something is inactive")
        flow.work()
        failing(flow, invoice_id, "reference_inactive")
        failure = flow.status(invoice_id)["failure"]
        assert 'Its customer is "Globex". Its products are "Novelty".' in failure["explanation"]
        assert "Customer Globex" in [link["label"] for link in failure["links"]]
        assert failure["remedy"]["hubspot"][0].startswith("Use a contact and products")
        assert failure["remedy"]["app"] == ["Choose a different customer."]
        assert failure["setting"] is None

    def test_something_unheard_of_shows_quickbooks_own_words(self, flow: Flow) -> None:
        """HubSpot takes no address that looks wrong: QuickBooks' rule must be stricter."""
        flow.portal.update("contacts", flow.contact_id, {"email": "billing@globex.example"})
        flow.settings(create_customers=True)
        words = "Email Address does not conform to the RFC822 standard."
        error = {"Message": "Invalid Email Address format", "Detail": words, "code": "2210"}
        refusal = Answer(400, {"Fault": {"Error": [error], "type": "ValidationFault"}})
        refusal.headers["intuit_tid"] = "1-65f1c8a2-0f5a"
        flow.quickbooks.faults.append(
            Fault(lambda request: request.path.endswith("/customer"), refusal, times=10)
        )
        invoice_id = flow.invoice()
        flow.work()
        failure = failing(flow, invoice_id, "unexpected")
        assert "RFC822" in str(failure["explanation"])
        assert failure["intuitTid"]

    def test_a_setting_changed_in_quickbooks_counts_at_the_next_retry(self, flow: Flow) -> None:
        tax = {"hs_label": "Sales tax", "hs_type": "PERCENT", "hs_value": "10"}
        invoice_id = flow.invoice(taxes=[tax])
        flow.work()
        failing(flow, invoice_id, "tax_code_missing")
        flow.realm.set_preference("TaxPrefs.UsingSalesTax", True)
        flow.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        healed(flow, invoice_id)

    def test_one_invoice_with_an_odd_number_does_not_hold_up_the_others(self, flow: Flow) -> None:
        odd = flow.invoice(lines=[{"name": "Consulting", "quantity": "1", "price": "1" * 18}])
        good = flow.invoice()
        flow.work()
        failing(flow, odd, "too_many_digits")
        assert flow.status(good)["status"] == "synced"


class TestAnotherTotalInQuickBooks:
    """Sales tax is switched off in QuickBooks behind our back: it then drops the tax silently."""

    def taxed(self, flow: Flow) -> str:
        flow.realm.set_preference("TaxPrefs.UsingSalesTax", True)
        flow.realm.set_preference("TaxPrefs.PartnerTaxEnabled", True)
        flow.invoice()
        flow.work()
        flow.realm.set_preference("TaxPrefs.UsingSalesTax", False)
        tax = {"hs_label": "Sales tax", "hs_type": "PERCENT", "hs_value": "10"}
        return flow.invoice(taxes=[tax])

    def test_the_invoice_is_taken_back(self, flow: Flow) -> None:
        invoice_id = self.taxed(flow)
        flow.work()
        failure = failing(flow, invoice_id, "total_mismatch")
        assert "330.00" in str(failure["explanation"])
        assert failure["intuitTid"]
        assert flow.in_quickbooks(invoice_id) == []
        assert flow.status(invoice_id)["quickbooks"] is None

    @pytest.mark.parametrize("status", [400, 429, 500])
    def test_or_if_that_fails_it_is_known_and_never_made_twice(
        self, flow: Flow, status: int
    ) -> None:
        refusal = {
            "Fault": {
                "Error": [
                    {
                        "Message": "Deposited Transaction cannot be changed",
                        "Detail": "",
                        "code": "6540",
                    }
                ],
                "type": "ValidationFault",
            }
        }
        answer = Answer(status, refusal if status == 400 else "busy")
        flow.quickbooks.faults.append(
            Fault(lambda request: request.args.get("operation") == "delete", answer, 10)
        )
        invoice_id = self.taxed(flow)
        flow.work()
        failing(flow, invoice_id, "total_mismatch")
        flow.post(f"/v1/invoices/{invoice_id}/retry")
        flow.work()
        assert len(flow.in_quickbooks(invoice_id)) == 1
        assert flow.failure_code(invoice_id) in ("total_mismatch", "tax_code_missing")


def test_a_name_that_no_query_can_hold_spoils_nothing_for_the_others(flow: Flow) -> None:
    odd = flow.invoice(lines=[{"name": "Two\nlines, O'Neil \\ Co", "quantity": "1", "price": "1"}])
    quoted = flow.invoice(lines=[{"name": "O'Neil \\ Co", "quantity": "1", "price": "1"}])
    flow.realm.add_item("O'Neil \\ Co")
    flow.work()
    assert flow.failure_code(odd) == "item_not_found"
    assert flow.status(quoted)["status"] == "synced"
