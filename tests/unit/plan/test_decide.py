from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from invoice_sync.failures.describe import explain
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import (
    CustomerNotFound,
    DocumentNumberTooLong,
    ItemNotFound,
    TotalMismatch,
)
from invoice_sync.model.hubspot import Adjustment, Company, Invoice
from invoice_sync.model.quickbooks import (
    Customer,
    DesiredInvoice,
    QuickBooksInvoice,
    QuickBooksLine,
    TaxCode,
    TaxRate,
)
from invoice_sync.model.record import Record, Skip
from invoice_sync.plan.decide import decide
from invoice_sync.plan.plans import (
    Create,
    InStep,
    NeedsRead,
    ObservedQuickBooks,
    Update,
    Void,
)
from tests.unit import make

D = Decimal


def created(
    invoice: Invoice, side: ObservedQuickBooks | None = None, **settings: Any
) -> tuple[DesiredInvoice, Create]:
    decided = decide(invoice, make.record(), side or make.observed(), make.connection(**settings))
    assert isinstance(decided, Create), decided
    return decided.desired, decided


def failure(
    invoice: Invoice | None,
    side: ObservedQuickBooks | None = None,
    record: Record | None = None,
    **settings: Any,
) -> Failure:
    decided = decide(
        invoice, record or make.record(), side or make.observed(), make.connection(**settings)
    )
    assert isinstance(decided, Failure), decided
    return decided


def amount(label: str, value: str, *, percent: bool = False) -> Adjustment:
    return Adjustment(id="1", label=label, percent=percent, value=D(value))


class TestWhatIsSkipped:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"status": "draft"}, "draft"),
            ({"source": "data_sync"}, "copied this invoice in"),
            ({"status": "voided"}, "voided before"),
            ({"status": "outstanding"}, "outstanding"),
        ],
    )
    def test_with_a_reason(self, changes: dict[str, Any], words: str) -> None:
        decided = decide(make.invoice(**changes), make.record(), make.observed(), make.connection())
        assert isinstance(decided, Skip)
        assert words in decided.reason

    def test_gone_before_it_was_synced(self) -> None:
        decided = decide(None, make.record(), make.observed(), make.connection())
        assert isinstance(decided, Skip)

    def test_gone_after_it_was_synced_is_a_failure(self) -> None:
        found = failure(None, record=make.record(quickbooks_id="146"))
        assert found.code == "hubspot_record_gone"


class TestMoney:
    def test_plain_lines(self) -> None:
        document, _ = created(make.invoice())
        line = document.lines[0]
        assert (line.item_id, line.quantity, line.unit_price, line.amount) == (
            "21",
            D(2),
            D(50),
            D("100.00"),
        )
        assert (document.total, document.discount, document.tax) == (D("100.00"), D(0), D(0))

    def test_line_discounts_go_into_the_unit_price(self) -> None:
        lines = (
            make.line(id="1", discount_percentage=D(10)),
            make.line(id="2", discount=D("0.50")),
        )
        document, _ = created(make.invoice(lines=lines, total=D("189.00")))
        assert [one.unit_price for one in document.lines] == [D("45.0"), D("49.50")]
        assert "50 less 10 %" in document.lines[0].description

    def test_an_amount_that_is_not_quantity_times_price_is_sent_alone(self) -> None:
        # Tiered pricing: HubSpot's net amount is right, the unit price is not.
        lines = (make.line(amount=D("90.01")),)
        document, _ = created(make.invoice(lines=lines, total=D("90.01")))
        line = document.lines[0]
        assert (line.quantity, line.unit_price, line.amount) == (None, None, D("90.01"))
        assert "quantity 2" in line.description

    def test_a_unit_price_with_an_endless_fraction_is_not_sent(self) -> None:
        lines = (make.line(quantity=D(3), price=D("33.33"), discount_percentage=D("33.333")),)
        document, _ = created(make.invoice(lines=lines, total=D("66.66")))
        assert (document.lines[0].unit_price, document.lines[0].amount) == (None, D("66.66"))

    def test_discounts_then_fees_then_taxes_each_on_what_is_left(self) -> None:
        taxed = make.PREFERENCES.model_copy(update={"sales_tax": True, "automated_sales_tax": True})
        side = make.observed(
            preferences=taxed, items={("name", "consulting"): "21", ("name", "shipping"): "30"}
        )
        invoice = make.invoice(
            discounts=(amount("Partner", "10", percent=True), amount("Goodwill", "5")),
            fees=(amount("Shipping", "10", percent=True),),
            taxes=(amount("VAT", "8.25", percent=True),),
            # 100 - 10 - 5 = 85; + 8.50 = 93.50; 8.25 % of it = 7.71375
            total=D("101.21"),
        )
        document, _ = created(invoice, side)
        assert (document.discount, document.tax, document.total) == (
            D("15.00"),
            D("7.71"),
            D("101.21"),
        )
        assert (document.lines[-1].item_id, document.lines[-1].amount) == ("30", D("8.50"))
        assert {one.tax_code for one in document.lines} == {"TAX"}

    def test_a_second_percentage_is_of_the_discounted_amount(self) -> None:
        twice = (amount("A", "50", percent=True), amount("B", "50", percent=True))
        document, _ = created(make.invoice(discounts=twice, total=D("25.00")))
        assert document.discount == D("75.00")

    def test_yen_has_no_decimals(self) -> None:
        yen = make.PREFERENCES.model_copy(update={"home_currency": "JPY"})
        lines = (make.line(quantity=D(1), price=D("999"), discount_percentage=D("12.5")),)
        document, _ = created(
            make.invoice(currency="JPY", lines=lines, total=D("874")),
            make.observed(preferences=yen),
        )
        assert document.total == D("874")

    @pytest.mark.parametrize("total", [D("100.01"), D("99.99"), None])
    def test_a_cent_off_posts_nothing(self, total: Decimal | None) -> None:
        found = failure(make.invoice(total=total))
        assert found.code == "total_mismatch"
        assert found.detail == TotalMismatch(
            variant="unknown" if total is None else "prevented",
            hubspot_total=total,
            quickbooks_total=D("100.00"),
            currency="USD",
        )

    def test_tax_needs_sales_tax_and_a_code(self) -> None:
        invoice = make.invoice(taxes=(amount("VAT", "10"),), total=D("110.00"))
        assert failure(invoice).code == "tax_code_missing"
        manual = make.PREFERENCES.model_copy(update={"sales_tax": True})
        assert failure(invoice, make.observed(preferences=manual)).code == "tax_code_missing"
        code = TaxCode(id="2", rates=(TaxRate(id="3", percent=D("10")),))
        side = make.observed(preferences=manual, tax_codes={"2": code})
        document, _ = created(invoice, side, tax_code_id="2")
        assert (document.tax, document.tax_code_id) == (D("10.00"), "2")


class TestTheDocument:
    def test_number_dates_terms_memo_and_marker(self) -> None:
        invoice = make.invoice(comments="Thank you", purchase_order_number="4711")
        document, _ = created(invoice, terms={"30": "3"})
        assert document.number == "INV-1"
        assert (document.due_date - document.invoice_date).days == 30
        assert document.term_id == "3"
        assert document.memo == "Purchase order: 4711\nThank you"
        assert document.marker == "HubSpot invoice 512 (portal 24680)"

    def test_21_characters_fit_22_do_not(self) -> None:
        assert created(make.invoice(number="N" * 21))[0].number == "N" * 21
        found = failure(make.invoice(number="N" * 22))
        assert found.detail == DocumentNumberTooLong(number="N" * 22, length=22)

    def test_quickbooks_may_number_it(self) -> None:
        document, _ = created(make.invoice(number="N" * 22), document_number="quickbooks")
        assert document.number == ""

    def test_the_service_date_is_the_billing_start_or_on_request_the_invoice_date(self) -> None:
        invoice = make.invoice()
        assert created(invoice)[0].lines[0].service_date is None
        dated = created(invoice, service_date="invoice_date")[0].lines[0].service_date
        assert dated == invoice.invoice_date

    def test_another_email_does_not_change_the_fingerprint_another_price_does(self) -> None:
        moved = make.CONTACT.model_copy(update={"email": "new@acme.example"})
        before = created(make.invoice())[0].fingerprint()
        assert created(make.invoice(contact=moved))[0].fingerprint() == before
        dearer = make.invoice(lines=(make.line(price=D(51)),), total=D("102.00"))
        assert created(dearer)[0].fingerprint() != before

    def test_the_same_amount_written_otherwise_does_not_change_the_fingerprint(self) -> None:
        plain, spelled = (
            make.invoice(lines=(make.line(price=price),)) for price in (D("50"), D("50.00"))
        )
        assert created(plain)[0].fingerprint() == created(spelled)[0].fingerprint()


class TestItems:
    def test_sku_wins_over_name_and_case_does_not_matter(self) -> None:
        items = {("sku", "con-1"): "7", ("name", "consulting"): "21"}
        invoice = make.invoice(lines=(make.line(sku="CON-1", name="CONSULTING"),))
        assert created(invoice, make.observed(items=items))[0].lines[0].item_id == "7"
        del items[("sku", "con-1")]
        assert created(invoice, make.observed(items=items))[0].lines[0].item_id == "21"

    def test_then_the_fallback_then_a_failure_that_names_it(self) -> None:
        side = make.observed(items={})
        assert created(make.invoice(), side, fallback_item_id="99")[0].lines[0].item_id == "99"
        found = failure(make.invoice(), side)
        assert found.detail == ItemNotFound(name="Consulting")


class TestCustomers:
    def test_no_contact(self) -> None:
        assert failure(make.invoice(contact=None)).code == "customer_not_found"

    def test_nobody_has_the_email(self) -> None:
        found = failure(make.invoice(), make.observed(customers=()))
        assert found.code == "customer_not_found"
        assert "ap@acme" not in explain(found)

    def test_an_email_that_two_customers_share_is_never_guessed(self) -> None:
        both = tuple(Customer(id=one, display_name=one, email="x@y.example") for one in "12")
        found = failure(make.invoice(), make.observed(customers=both), create_customers=True)
        assert isinstance(found.detail, CustomerNotFound)
        assert (found.detail.variant, found.detail.customer_ids) == ("several", ("1", "2"))

    def test_the_currency_tells_two_customers_apart(self) -> None:
        many = make.PREFERENCES.model_copy(update={"multicurrency": True})
        both = (
            Customer(id="1", display_name="Acme", currency="USD"),
            Customer(id="2", display_name="Acme EUR", currency="EUR"),
        )
        side = make.observed(preferences=many, customers=both, exchange_rate=D("1.1"))
        document, _ = created(make.invoice(currency="EUR"), side)
        assert (document.customer_id, document.send_currency) == ("2", True)

    def test_a_customer_in_another_currency_only(self) -> None:
        many = make.PREFERENCES.model_copy(update={"multicurrency": True})
        side = make.observed(
            preferences=many,
            customers=(Customer(id="1", display_name="A", currency="USD"),),
            exchange_rate=D("1.1"),
        )
        assert failure(make.invoice(currency="EUR"), side).code == "currency_mismatch"
        _, decided = created(make.invoice(currency="EUR"), side, create_customers=True)
        assert decided.customer
        assert decided.customer.display_name == "Ada Byron (EUR)"

    def test_a_foreign_currency_without_multicurrency(self) -> None:
        assert failure(make.invoice(currency="EUR")).code == "currency_mismatch"

    @pytest.mark.parametrize(
        ("setting", "name"),
        [
            ("company", "Acme Inc"),
            ("person", "Ada Byron"),
            ("company_person", "Acme Inc (Ada Byron)"),
        ],
    )
    def test_the_name_of_a_new_one(self, setting: str, name: str) -> None:
        invoice = make.invoice(company=Company(id="9", name="Acme: Inc"))
        _, decided = created(
            invoice, make.observed(customers=()), create_customers=True, display_name=setting
        )
        assert decided.customer
        assert decided.customer.display_name == name
        assert decided.desired.customer_id == ""


def synced(**changes: Any) -> tuple[Record, DesiredInvoice]:
    document, _ = created(make.invoice())
    whole: dict[str, Any] = {
        "status": "synced",
        "quickbooks_id": "146",
        "fingerprint": document.fingerprint(),
        "written": make.posted(document),
        **changes,
    }
    return make.record(**whole), document


class TestASyncedInvoice:
    dearer = make.invoice(lines=(make.line(price=D(51)),), total=D("102.00"))

    def decide(self, invoice: Invoice, record: Record, existing: QuickBooksInvoice | None) -> Any:
        return decide(
            invoice,
            record,
            make.observed(existing=existing, existing_was_read=True),
            make.connection(),
        )

    def test_unchanged_needs_no_look(self) -> None:
        record, _ = synced()
        assert isinstance(
            decide(make.invoice(), record, make.observed(), make.connection()), InStep
        )

    def test_changed_looks_first_then_updates_with_the_current_token(self) -> None:
        record, document = synced()
        assert isinstance(
            decide(self.dearer, record, make.observed(), make.connection()), NeedsRead
        )
        decided = self.decide(self.dearer, record, make.posted(document, sync_token="4"))
        assert isinstance(decided, Update)
        assert (decided.existing.id, decided.existing.sync_token) == ("146", "4")

    def test_harmless_edits_in_quickbooks_do_not_matter(self) -> None:
        record, document = synced()
        noted = make.posted(document, sync_token="3", private_note=document.marker + " seen")
        assert isinstance(self.decide(make.invoice(), record, noted), InStep)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"customer_id": "77"}, "customer"),
            ({"tax": D(5)}, "tax"),
            ({"discount": D(5)}, "discount"),
            ({"lines": (QuickBooksLine(item_id="21", amount=D("90")),)}, "lines"),
        ],
    )
    def test_changed_in_quickbooks_says_what(self, change: dict[str, Any], field: str) -> None:
        record, document = synced()
        found = self.decide(make.invoice(), record, make.posted(document, **change))
        assert isinstance(found, Failure)
        assert found.code == "modified_outside_hubspot"
        assert [one.field for one in found.differences] == [field]
        assert found.differences[0].written != found.differences[0].quickbooks

    def test_and_is_over_when_hubspot_says_the_same(self) -> None:
        record, _ = synced()
        document, _ = created(self.dearer)
        assert isinstance(self.decide(self.dearer, record, make.posted(document)), InStep)

    def test_payments_keep_amounts_from_being_overwritten_but_not_dates(self) -> None:
        record, document = synced()
        paid = make.posted(document, balance=D("40.00"))
        found = self.decide(self.dearer, record, paid)
        assert isinstance(found, Failure)
        assert found.code == "modified_outside_hubspot"
        assert {one.field for one in found.differences} == {"lines", "total"}
        later = make.invoice(number="INV-2")
        assert isinstance(self.decide(later, record, paid), Update)

    def test_deleted_or_voided_in_quickbooks(self) -> None:
        record, document = synced()
        gone = self.decide(make.invoice(), record, None)
        assert isinstance(gone, Failure)
        assert gone.detail.variant == "deleted"
        void = self.decide(make.invoice(), record, make.posted(document, voided=True))
        assert isinstance(void, Failure)
        assert void.detail.variant == "voided"

    def test_voided_in_hubspot(self) -> None:
        voided = make.invoice(status="voided")
        record, document = synced()
        assert isinstance(decide(voided, record, make.observed(), make.connection()), NeedsRead)
        assert self.decide(voided, record, make.posted(document)) == Void("146", "0")
        paid = self.decide(voided, record, make.posted(document, balance=D(0)))
        assert isinstance(paid, Failure)
        done, _ = synced(written=make.posted(document, voided=True))
        assert isinstance(decide(voided, done, make.observed(), make.connection()), InStep)


def test_an_invoice_in_the_home_currency_names_it_only_with_multicurrency() -> None:
    assert created(make.invoice())[0].send_currency is False
