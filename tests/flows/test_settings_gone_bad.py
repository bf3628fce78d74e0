"""A setting that was right when somebody chose it, and then something happened in QuickBooks: the
failure names the setting, and putting the setting right heals it."""

from __future__ import annotations

import pytest

from invoice_sync.sync import remembered

from .acting import refusing, take
from .conftest import REALM_ID, Flow
from .taxing import tax
from .test_settings import CANADA, change, strange_invoice, unknown_payer


def setting(flow: Flow, invoice_id: str) -> str:
    named = flow.status(invoice_id)["failure"]["setting"]
    assert named is None or named["label"]
    return str(named["name"]) if named else ""


@pytest.mark.parametrize("code", ["610", "2500"])
def test_the_fallback_item_became_inactive(flow: Flow, code: str) -> None:
    flow.quickbooks.switches.inactive_reference_code = code
    fallback = flow.realm.add_item("Anything")["Id"]
    flow.settings(fallback_item_id=fallback)
    flow.realm.edit_item(fallback, Active=False)
    invoice_id = strange_invoice(flow)
    flow.work()
    failure = flow.status(invoice_id)["failure"]
    assert failure["code"] == "reference_inactive"
    assert failure["setting"]["name"] == "fallbackItemId"
    assert '"Anything"' in failure["explanation"]
    assert failure["setting"]["label"] in failure["explanation"]
    assert change(flow, fallbackItemId=flow.item_id)["retries"] == 1
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"


def test_the_item_of_the_fees_became_inactive(flow: Flow) -> None:
    fees = flow.realm.add_item("Fees")["Id"]
    flow.settings(fee_item_id=fees)
    flow.realm.edit_item(fees, Active=False)
    invoice_id = flow.invoice(fees=[{"hs_label": "Handling", "hs_type": "FIXED", "hs_value": "5"}])
    flow.work()
    assert setting(flow, invoice_id) == "feeItemId"


def test_the_account_of_discounts_became_inactive(flow: Flow) -> None:
    account = flow.realm.add_account("Rebates", "Income", "DiscountsRefundsGiven")
    flow.settings(discount_account_id=account)
    flow.realm.set_active("Account", account, active=False)
    discount = {"hs_label": "Friends", "hs_type": "FIXED", "hs_value": "5"}
    invoice_id = flow.invoice(discounts=[discount])
    plain = flow.invoice()
    flow.work()
    assert setting(flow, invoice_id) == "discountAccountId"
    assert flow.status(plain)["status"] == "synced"


def test_another_record_is_not_blamed_on_a_setting(flow: Flow) -> None:
    fallback = flow.realm.add_item("Anything")["Id"]
    flow.settings(fallback_item_id=fallback, fee_item_id=fallback)
    flow.work()
    flow.realm.edit_item(fallback, Active=False)
    invoice_id = flow.invoice()
    refusing(flow, "2500", "Invalid Reference Id : Something is inactive")
    flow.work()
    failure = flow.status(invoice_id)["failure"]
    assert failure["code"] == "reference_inactive"
    assert failure["setting"] is None


@pytest.mark.parametrize("kind", ["inactive", "type"])
def test_the_account_of_payments(flow: Flow, kind: str) -> None:
    flow.settings(deposit_account_id="35")
    invoice_id = flow.invoice()
    flow.work()
    if kind == "inactive":
        flow.realm.set_active("Account", "35", active=False)
    else:
        flow.realm.rows["Account"]["35"].doc["AccountType"] = "Income"
    take(flow, invoice_id, "300")
    flow.work()
    failure = flow.status(invoice_id)["failure"]
    assert failure["code"] == "payment_not_recorded"
    assert failure["setting"]["name"] == "depositAccountId"
    assert "the deposit account of this app's settings" in failure["explanation"]
    change(flow, depositAccountId="4")
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"
    assert len(flow.realm.payments) == 1


@CANADA
def test_tax_codes(flow: Flow) -> None:
    taxed = flow.invoice(taxes=[tax("GST", "5")], currency="CAD")
    untaxed = flow.invoice(currency="CAD")
    flow.work()
    assert setting(flow, taxed) == "taxCodes"
    assert setting(flow, untaxed) == "untaxedCodeId"
    answer = change(flow, taxCodes={"GST": "2"}, untaxedCodeId="7")
    assert answer["retries"] == 2
    flow.clock.advance(2)
    flow.work()
    assert {flow.status(each)["status"] for each in (taxed, untaxed)} == {"synced"}
    flow.realm.set_tax_code_active("7", active=False)
    late = flow.invoice(currency="CAD")
    flow.own.store.realm.forget(REALM_ID, [remembered.tax_code("7")])
    flow.work()
    assert setting(flow, late) == "untaxedCodeId"


def test_what_a_setting_could_heal(flow: Flow) -> None:
    payer, novelty = unknown_payer(flow), strange_invoice(flow)
    flow.portal.dissociate("invoices", flow.invoice(), "contacts", flow.contact_id)
    flow.work()
    assert setting(flow, payer) == "createCustomers"
    assert setting(flow, novelty) == "fallbackItemId"
    nobody = next(
        row for row in flow.get("/v1/failures")["failures"] if not row["failure"]["setting"]
    )
    assert nobody["failure"]["detail"]["variant"] == "no_contact"
