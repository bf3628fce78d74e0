"""From what the system knows to what the API answers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from invoice_sync.api.links import Hosts
from invoice_sync.api.presenters.invoice import sync_status, unknown
from invoice_sync.api.presenters.settings import requested_settings, settings_answer
from invoice_sync.api.schemas.settings import SettingsAnswer, SettingsRequest
from invoice_sync.model.connection import Settings
from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import Attempt, Balances, Decision, PaymentState
from tests.unit import make

NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
HOSTS = Hosts("https://sandbox-quickbooks.api.intuit.com", "https://sync.example")


def test_settings_survive_the_way_out_and_back() -> None:
    settings = Settings(
        create_customers=True,
        display_name="person",
        on_display_name_clash="number",
        document_number="quickbooks",
        service_date="invoice_date",
        fallback_item_id="1",
        fee_item_id="2",
        discount_account_id="3",
        tax_code_id="4",
        untaxed_code_id="5",
        tax_codes={"VAT": "6"},
        terms={"30": "7"},
        record_payments=False,
        deposit_account_id="8",
        sources=["hubspot", "crm"],
        native_sync="was_on",
        may_act=["pat@example.com", "77"],
    )
    assert settings.model_fields_set == set(Settings.model_fields)
    answer = settings_answer(settings).model_dump(by_alias=True)
    assert requested_settings(SettingsRequest.model_validate(answer)) == settings


def test_the_api_has_every_setting() -> None:
    assert SettingsAnswer.model_fields.keys() == Settings.model_fields.keys()
    assert SettingsRequest.model_fields.keys() == Settings.model_fields.keys()
    assert requested_settings(SettingsRequest()) == Settings()


WRITTEN = QuickBooksInvoice(
    id="146",
    sync_token="0",
    number="INV-1",
    customer_id="58",
    currency="USD",
    total=Decimal(1200),
    balance=Decimal(950),
)
BALANCES = Balances(
    currency="USD", quickbooks=WRITTEN.balance, quickbooks_total=WRITTEN.total, quickbooks_at=NOW
)
PAYMENTS = (
    PaymentState(
        id="88",
        state="recorded",
        amount=Decimal(250),
        currency="USD",
        paid_on=date(2026, 11, 19),
        quickbooks_id="151",
    ),
    PaymentState(id="89", state="not_synced", amount=None, reason="It has no amount."),
)


def test_an_invoice_in_step_is_shown_with_what_is_paid() -> None:
    record = make.record(
        status="synced",
        quickbooks_id="146",
        written=WRITTEN,
        balances=BALANCES,
        synced_at=NOW,
        payments=PAYMENTS,
    )
    answer = sync_status(record, [], [], {}, HOSTS, "", may_act=True, connected=True).model_dump(
        mode="json", by_alias=True
    )
    assert answer["quickbooks"] == {
        "id": "146",
        "number": "INV-1",
        "link": "https://app.sandbox.qbo.intuit.com/app/invoice?txnId=146",
    }
    paid = answer["payment"]
    assert (paid["status"], paid["currency"]) == ("partly_paid", "USD")
    assert (paid["total"], paid["balance"]) == ("1200.00", "950.00")
    assert [(one["hubspotId"], one["amount"], one["date"]) for one in paid["payments"]] == [
        ("88", "250.00", "2026-11-19"),
        ("89", "", ""),
    ]
    assert answer["failure"] is None


def test_attempts_and_decisions_are_shown() -> None:
    attempt = Attempt(
        at=NOW,
        trigger="webhook",
        event="object.creation",
        decided="create",
        action="created",
        status="synced",
        duration_ms=1240,
        calls={"hubspot": 11, "quickbooks": 1, "meteredReads": 0},
    )
    arguments = {"customerId": "58"}
    decision = Decision(
        at=NOW, by="pat@example.com", resolution="use_customer", arguments=arguments
    )
    status = sync_status(
        make.record(), [attempt], [decision], {}, HOSTS, "", may_act=True, connected=True
    )
    answer = status.model_dump(mode="json", by_alias=True)
    (shown,) = answer["attempts"]
    assert shown["calls"] == {"hubspot": 11, "quickbooks": 1, "meteredReads": 0}
    assert (shown["trigger"], shown["event"], shown["code"]) == ("webhook", "object.creation", "")
    (decided,) = answer["decisions"]
    assert (decided["by"], decided["arguments"]) == ("pat@example.com", arguments)


def test_an_invoice_that_is_not_in_quickbooks_has_no_amounts() -> None:
    record = make.record(status="skipped", reason="It is a draft.", payments_unread="HubSpot: 403")
    answer = sync_status(record, [], [], {}, HOSTS, "no scope", may_act=True, connected=True)
    assert answer.quickbooks is None
    assert answer.payment
    assert (answer.payment.status, answer.payment.total, answer.payment.unread) == (
        "unknown",
        "",
        "HubSpot: 403",
    )
    assert (answer.reason, answer.not_shown) == ("It is a draft.", "no scope")


def test_an_unknown_invoice_has_all_fields_too() -> None:
    known = (
        sync_status(make.record(), [], [], {}, HOSTS, "", may_act=True, connected=True)
        .model_dump()
        .keys()
    )
    assert unknown("24680", "512", {}, may_act=True, connected=True).model_dump().keys() == known
    assert unknown("24680", "512", {}, may_act=True, connected=True).status == "unknown"
