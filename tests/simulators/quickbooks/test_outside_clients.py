"""Clients that nobody here wrote work whole scenarios on the simulator.

python-quickbooks and Intuit's own intuit-oauth speak to it over HTTP, with what they send by
themselves: "" for what they do not know, numbers as SyncToken, "*, Sku" in queries.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects import (
    Account,
    Customer,
    EmailAddress,
    Invoice,
    Item,
    Payment,
    PaymentLine,
    Preferences,
    SalesItemLine,
    SalesItemLineDetail,
    TaxCode,
    Term,
)

from infra.local.quickbooks.server import CLIENT_ID, CLIENT_SECRET, DISCOVERY
from tests.simulators.quickbooks.desk import Desk

BACK = "https://app.example/callback"


@pytest.fixture
def auth(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AuthClient:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    client = AuthClient(CLIENT_ID, CLIENT_SECRET, BACK, desk.simulator.url + DISCOVERY)
    client.get_bearer_token(desk.simulator.authorization_code(desk.realm.realm_id, BACK))
    return client


@pytest.fixture
def books(desk: Desk, auth: AuthClient, monkeypatch: pytest.MonkeyPatch) -> QuickBooks:
    monkeypatch.setattr(QuickBooks, "api_url_v3", f"{desk.simulator.url}/v3")
    return QuickBooks(auth_client=auth, company_id=desk.realm.realm_id, minorversion=75)


def a_customer(books: QuickBooks, name: str = "Initech") -> Any:
    customer = Customer()
    customer.DisplayName = name
    customer.CompanyName = name
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = f"{name}@mail.example".lower()
    return customer.save(qb=books)


def an_item(books: QuickBooks, name: str = "Support") -> Any:
    item = Item()
    item.Name = name
    item.Type = "Service"
    item.Sku = name.upper()
    item.IncomeAccountRef = Account.get(1, qb=books).to_ref()
    return item.save(qb=books)


def an_invoice(customer: Any, item: Any, amount: float = 100) -> Any:
    invoice = Invoice()
    invoice.CustomerRef = customer.to_ref()
    line = SalesItemLine()
    line.LineNum = 1
    line.Description = "Work"
    line.Amount = amount
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = item.to_ref()
    invoice.Line.append(line)
    return invoice


def a_payment(invoice: Any, amount: float) -> Any:
    payment = Payment()
    payment.TotalAmt = amount
    payment.CustomerRef = invoice.CustomerRef
    line = PaymentLine()
    line.Amount = amount
    line.LinkedTxn.append(invoice.to_linked_txn())
    line.LinkedTxn[0].TxnLineId = 0
    payment.Line.append(line)
    return payment


# -- tokens


def test_tokens_are_refreshed_and_revoked(desk: Desk, auth: AuthClient) -> None:
    desk.simulator.tokens.redirect_uris.add(BACK)
    assert auth.get_authorization_url([Scopes.ACCOUNTING]).startswith(desk.simulator.url)
    assert auth.expires_in == 3600
    before, held = auth.access_token, auth.refresh_token
    auth.refresh()
    assert (auth.access_token == before, auth.refresh_token) == (False, held)
    desk.clock.advance(timedelta(hours=25).total_seconds())
    auth.refresh()
    assert auth.refresh_token != held
    with pytest.raises(AuthClientError) as refused:
        auth.refresh(refresh_token=held)
    assert refused.value.status_code == 400
    assert auth.revoke() is True
    with pytest.raises(AuthClientError):
        auth.refresh()


def test_bad_codes_and_clients_are_refused(desk: Desk) -> None:
    address = desk.simulator.url + DISCOVERY
    with pytest.raises(AuthClientError):
        AuthClient(CLIENT_ID, CLIENT_SECRET, BACK, address).get_bearer_token("XAB1-no-such-code")
    stranger = AuthClient(CLIENT_ID, "guessed", BACK, address)
    with pytest.raises(AuthClientError) as refused:
        stranger.get_bearer_token(desk.simulator.authorization_code(desk.realm.realm_id, BACK))
    assert refused.value.status_code == 401


def test_a_token_that_has_ended_opens_nothing(desk: Desk, books: QuickBooks) -> None:
    desk.simulator.tokens.expire_access(desk.realm.realm_id)
    with pytest.raises(AuthorizationException):
        Customer.all(qb=books)


# -- names


def test_customers(books: QuickBooks) -> None:
    made = a_customer(books)
    read = Customer.get(made.Id, qb=books)
    assert (read.DisplayName, read.PrimaryEmailAddr.Address) == ("Initech", "initech@mail.example")
    read.Notes = "Pays late"
    saved = read.save(qb=books)
    assert (saved.Notes, saved.SyncToken, saved.CompanyName) == ("Pays late", "1", "Initech")
    with pytest.raises(QuickbooksException) as refused:
        read.save(qb=books)
    assert refused.value.error_code == 5010
    with pytest.raises(QuickbooksException) as refused:
        a_customer(books, "INITECH")
    assert refused.value.error_code == 6240
    with pytest.raises(ObjectNotFoundException):
        Customer.get(999, qb=books)
    by_name = Customer.filter(DisplayName="Initech", qb=books)
    by_email = Customer.where("PrimaryEmailAddr = 'initech@mail.example'", qb=books)
    assert [each.Id for each in by_name + by_email] == [made.Id, made.Id]
    assert Customer.count(qb=books) == 2


def test_items(books: QuickBooks) -> None:
    made = an_item(books)
    assert {each.Sku for each in Item.all(qb=books) if each.Sku} == {"SUPPORT"}
    read = Item.get(made.Id, qb=books)
    read.UnitPrice = 12.5
    assert read.save(qb=books).UnitPrice == 12.5
    assert Item.choose(["Support", "Nothing"], field="Name", qb=books)[0].Id == made.Id


def test_settings_and_lists(books: QuickBooks) -> None:
    assert Preferences.get(qb=books).CurrencyPrefs.HomeCurrency.value == "USD"
    assert {each.Name for each in Term.all(qb=books)} >= {"Net 30"}
    assert TaxCode.all(qb=books)[0].Name == "California"


# -- transactions


def test_an_invoice_from_its_making_to_its_end(desk: Desk, books: QuickBooks) -> None:
    made = an_invoice(a_customer(books), an_item(books)).save(qb=books)
    assert (made.TotalAmt, made.Balance, made.SyncToken) == (100, 100, "0")
    read = Invoice.get(made.Id, qb=books)
    assert read.Line[0].SalesItemLineDetail.ItemRef.name == "Support"
    read.PrivateNote = "Read, changed, saved"
    read.Line[0].Amount = 150
    saved = read.save(qb=books)
    assert (saved.TotalAmt, saved.PrivateNote) == (150, "Read, changed, saved")
    assert saved.Line[0].Id == made.Line[0].Id
    assert (saved.TxnDate, saved.DueDate) == (made.TxnDate, made.DueDate)
    sparse = Invoice()
    sparse.__dict__ = {"Id": made.Id, "SyncToken": saved.SyncToken, "sparse": True}
    sparse.CustomerMemo = {"value": "Thanks"}
    slight = sparse.save(qb=books)
    assert (slight.PrivateNote, slight.CustomerMemo.value) == ("Read, changed, saved", "Thanks")
    slight.void(qb=books)
    voided = Invoice.get(made.Id, qb=books)
    assert (voided.TotalAmt, voided.PrivateNote) == (0, "Voided - Read, changed, saved")
    voided.delete(qb=books)
    with pytest.raises(ObjectNotFoundException):
        Invoice.get(made.Id, qb=books)
    assert desk.realm.invoices == []


def test_invoices_that_are_refused(books: QuickBooks) -> None:
    customer, item = a_customer(books), an_item(books)
    wrong = an_invoice(customer, item)
    wrong.Line[0].SalesItemLineDetail.Qty = 3
    wrong.Line[0].SalesItemLineDetail.UnitPrice = 5
    with pytest.raises(QuickbooksException) as refused:
        wrong.save(qb=books)
    assert refused.value.error_code == 6070
    wrong = an_invoice(customer, item)
    wrong.DocNumber = "x" * 22
    with pytest.raises(ValidationException) as invalid:
        wrong.save(qb=books)
    assert invalid.value.error_code == 2050
    wrong = an_invoice(customer, item)
    wrong.BillEmail = EmailAddress()
    wrong.BillEmail.Address = "nobody"
    with pytest.raises(ValidationException) as invalid:
        wrong.save(qb=books)
    assert invalid.value.error_code == 2210


def test_a_request_id_makes_one_invoice(desk: Desk, books: QuickBooks) -> None:
    draft = an_invoice(a_customer(books), an_item(books))
    body = draft.to_json()
    answers = [books.create_object("Invoice", body, request_id="r-1") for _ in range(2)]
    assert answers[0]["Invoice"]["Id"] == answers[1]["Invoice"]["Id"]
    assert len(desk.realm.invoices) == 1


def test_payments(desk: Desk, books: QuickBooks) -> None:
    invoice = an_invoice(a_customer(books), an_item(books)).save(qb=books)
    made = a_payment(invoice, 60).save(qb=books)
    assert made.Line[0].LinkedTxn[0].TxnId == invoice.Id
    assert Payment.get(made.Id, qb=books).UnappliedAmt == 0
    assert Invoice.get(invoice.Id, qb=books).Balance == 40
    assert Payment.filter(CustomerRef=invoice.CustomerRef.value, qb=books)[0].Id == made.Id
    with pytest.raises(QuickbooksException) as refused:
        a_payment(invoice, 60).save(qb=books)
    assert refused.value.error_code == 6000


def test_batches_and_changes(desk: Desk, books: QuickBooks) -> None:
    since = desk.clock.now()
    desk.clock.advance(60)
    customer, item = a_customer(books), an_item(books)
    drafts = [an_invoice(customer, item, amount) for amount in (10, 20, 30)]
    drafts[1].CustomerRef = Customer().to_ref()
    drafts[1].CustomerRef.value = "999"
    made = batch_create(drafts, qb=books)
    assert sorted(each.TotalAmt for each in made.successes) == [10, 30]
    assert made.faults[0].original_object.Line[0].Amount == 20
    for each in made.successes:
        each.PrivateNote = "Batched"
    changed = batch_update(made.successes, qb=books)
    assert {each.PrivateNote for each in changed.successes} == {"Batched"}
    changes = change_data_capture([Invoice, Customer], since.isoformat(), qb=books)
    assert len(changes.Invoice) == 2
    assert customer.Id in {each.Id for each in changes.Customer}
    gone = batch_delete(changed.successes, qb=books)
    assert len(gone.successes) == 2
    assert desk.realm.invoices == []
