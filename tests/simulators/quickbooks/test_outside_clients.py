"""Clients that nobody here wrote work with the simulator, in whole scenarios over real HTTP.

They are PyPI python-quickbooks and Intuit's own intuit-oauth.
"""

from __future__ import annotations

from typing import Any

import pytest
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks import exceptions as refusals
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.objects import (
    CreditMemo,
    Customer,
    EmailAddress,
    Invoice,
    Item,
    Payment,
    PaymentLine,
    Preferences,
    Ref,
    SalesItemLine,
    SalesItemLineDetail,
)

from infra.local.quickbooks.server import CLIENT_ID, CLIENT_SECRET
from infra.local.quickbooks.webhooks import sign
from tests.simulators.quickbooks.desk import REALM, Desk

CALLBACK = "https://app.example/callback"
VERIFIER = "verifier"


@pytest.fixture(autouse=True)
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator has no certificate, which the clients' OAuth library insists on."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def auth_client(desk: Desk, secret: str = CLIENT_SECRET, **tokens: str) -> Any:
    document = f"{desk.simulator.url}/.well-known/openid_configuration"
    return AuthClient(CLIENT_ID, secret, CALLBACK, document, **tokens)


@pytest.fixture
def client(desk: Desk) -> Any:
    auth = auth_client(desk, access_token=desk.tokens["access_token"])
    new = QuickBooks(
        auth_client=auth,
        refresh_token=desk.tokens["refresh_token"],
        company_id=REALM,
        minorversion=75,
        verifier_token=VERIFIER,
    )
    new.api_url_v3 = f"{desk.simulator.url}/v3"
    return new


def refer(record_id: str) -> Any:
    reference = Ref()
    reference.value = record_id
    return reference


def named(name: str, email: str = "") -> Any:
    customer = Customer()
    customer.DisplayName = name
    if email:
        customer.PrimaryEmailAddr = EmailAddress()
        customer.PrimaryEmailAddr.Address = email
    return customer


def sale(desk: Desk, price: float, quantity: float = 1) -> Any:
    line = SalesItemLine()
    line.Amount = price * quantity
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = refer(desk.item["Id"])
    line.SalesItemLineDetail.UnitPrice = price
    line.SalesItemLineDetail.Qty = quantity
    return line


def bill(desk: Desk, price: float = 100, number: str | None = None) -> Any:
    invoice = Invoice()
    invoice.CustomerRef = refer(desk.customer["Id"])
    invoice.DocNumber = number
    invoice.Line = [sale(desk, price)]
    return invoice


def paying(desk: Desk, total: float, *shares: tuple[Any, float]) -> Any:
    payment = Payment()
    payment.CustomerRef = refer(desk.customer["Id"])
    payment.TotalAmt = total
    for invoice, amount in shares:
        line = PaymentLine()
        line.Amount = amount
        line.LinkedTxn = [invoice.to_linked_txn()]
        line.LinkedTxn[0].TxnLineId = 0
        payment.Line.append(line)
    return payment


class TestCustomersAndItems:
    def test_a_customer(self, desk: Desk, client: Any) -> None:
        made = named("Globex", "ap@globex.example").save(qb=client)
        read = Customer.get(made.Id, qb=client)
        assert (read.DisplayName, read.PrintOnCheckName) == ("Globex", "Globex")
        read.Notes = "called"
        changed = read.save(qb=client)
        assert (changed.Notes, changed.SyncToken) == ("called", "1")
        with pytest.raises(refusals.QuickbooksException) as refused:
            read.save(qb=client)
        assert refused.value.error_code == 5010
        (match,) = Customer.filter(PrimaryEmailAddr="ap@globex.example", qb=client)
        assert match.Id == made.Id
        assert Customer.count(qb=client) == 2
        assert len(Customer.all(qb=client)) == 2
        changed.Active = False
        assert changed.save(qb=client).DisplayName == "Globex (deleted)"

    def test_a_sub_customer(self, desk: Desk, client: Any) -> None:
        site = named("Site", "ap@acme.example")
        site.Job = True
        site.ParentRef = refer(desk.customer["Id"])
        assert site.save(qb=client).FullyQualifiedName == "Acme:Site"

    @pytest.mark.parametrize(
        ("name", "email", "code"),
        [
            ("acme", "", 6240),
            ("a:b", "", 2040),
            ("X", "nope", 2210),
            pytest.param("x" * 501, "", 2050, id="too long"),
        ],
    )
    def test_customers_that_are_refused(
        self, client: Any, name: str, email: str, code: int
    ) -> None:
        with pytest.raises(refusals.QuickbooksException) as refused:
            named(name, email).save(qb=client)
        assert refused.value.error_code == code

    def test_an_item(self, client: Any) -> None:
        item = Item()
        item.Name, item.Type, item.Sku = "Pump", "Service", "P-1"
        item.IncomeAccountRef = refer("79")
        made = item.save(qb=client)
        made.UnitPrice = 12.5
        assert made.save(qb=client).UnitPrice == 12.5
        assert {each.Name for each in Item.all(qb=client)} == {"Consulting", "Pump"}
        (match,) = Item.where("Sku = 'P-1'", qb=client)
        assert match.Id == made.Id

    def test_a_record_that_is_not_there(self, client: Any) -> None:
        with pytest.raises(refusals.ObjectNotFoundException):
            Customer.get("999", qb=client)


class TestInvoices:
    def test_from_creation_to_deletion(self, desk: Desk, client: Any) -> None:
        made = bill(desk, 100, "N-1").save(qb=client)
        assert (made.TotalAmt, made.Balance, made.DocNumber) == (100, 100, "N-1")
        read = Invoice.get(made.Id, qb=client)
        read.PrivateNote = "full"
        full = read.save(qb=client)
        assert (full.PrivateNote, full.DueDate, full.TotalAmt) == ("full", made.DueDate, 100)
        full.Line = [sale(desk, 20, 2)]
        full.sparse = True
        sparse = full.save(qb=client)
        assert (sparse.TotalAmt, sparse.PrivateNote, sparse.SyncToken) == (40, "full", "2")
        sparse.void(qb=client)
        voided = Invoice.get(made.Id, qb=client)
        assert (voided.TotalAmt, voided.Balance) == (0, 0)
        voided.delete(qb=client)
        with pytest.raises(refusals.ObjectNotFoundException):
            Invoice.get(made.Id, qb=client)

    def test_a_line_with_only_an_amount(self, desk: Desk, client: Any) -> None:
        """The client sends a quantity and a price of 0 beside it."""
        draft = bill(desk, 100)
        draft.Line[0].SalesItemLineDetail = SalesItemLineDetail()
        draft.Line[0].SalesItemLineDetail.ItemRef = refer(desk.item["Id"])
        assert draft.save(qb=client).TotalAmt == 100

    def test_queries(self, desk: Desk, client: Any) -> None:
        for number in range(5):
            bill(desk, 10 + number, f"N-{number}").save(qb=client)
        (match,) = Invoice.filter(DocNumber="N-3", qb=client)
        assert match.TotalAmt == 13
        chosen = Invoice.choose(["N-1", "N-2"], field="DocNumber", qb=client)
        assert {each.DocNumber for each in chosen} == {"N-1", "N-2"}
        page = Invoice.where("TotalAmt > '10'", "TxnDate", 2, 2, qb=client)
        assert len(page) == 2
        assert Invoice.count("TotalAmt > '10'", qb=client) == 4
        with pytest.raises(refusals.ValidationException):
            Invoice.where("PrivateNote = 'x'", qb=client)

    def test_a_creation_sent_twice(self, desk: Desk, client: Any) -> None:
        first = bill(desk).save(qb=client, request_id="a")
        second = bill(desk).save(qb=client, request_id="a")
        assert first.Id == second.Id
        assert len(desk.realm.invoices) == 1

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"Line": []}, 2020),
            ({"CustomerRef": refer("999")}, 2500),
            ({"TxnDate": "soon"}, 2060),
            ({"DocNumber": "x" * 22}, 2050),
        ],
    )
    def test_invoices_that_are_refused(
        self, desk: Desk, client: Any, changes: dict[str, Any], code: int
    ) -> None:
        invoice = bill(desk)
        for name, value in changes.items():
            setattr(invoice, name, value)
        with pytest.raises(refusals.ValidationException) as refused:
            invoice.save(qb=client)
        assert refused.value.error_code == code


class TestPayments:
    def test_from_creation_to_deletion(self, desk: Desk, client: Any) -> None:
        first, second = (bill(desk).save(qb=client) for _ in range(2))
        made = paying(desk, 150, (first, 100), (second, 30)).save(qb=client)
        assert made.UnappliedAmt == 20
        read = Payment.get(made.Id, qb=client)
        assert [line.LinkedTxn[0].TxnId for line in read.Line] == [first.Id, second.Id]
        read.PrivateNote = "cheque"
        full = read.save(qb=client)
        assert (full.PrivateNote, full.UnappliedAmt) == ("cheque", 20)
        full.Line = full.Line[:1]
        full.sparse = True
        assert full.save(qb=client).UnappliedAmt == 50
        assert Invoice.get(second.Id, qb=client).Balance == 100
        Payment.get(made.Id, qb=client).void(qb=client)
        voided = Payment.get(made.Id, qb=client)
        assert (voided.TotalAmt, voided.Line) == (0, [])
        assert Invoice.get(first.Id, qb=client).Balance == 100
        voided.delete(qb=client)
        assert Payment.all(qb=client) == []

    def test_more_than_is_open(self, desk: Desk, client: Any) -> None:
        invoice = bill(desk).save(qb=client)
        with pytest.raises(refusals.QuickbooksException) as refused:
            paying(desk, 200, (invoice, 101)).save(qb=client)
        assert refused.value.error_code == 6000

    def test_a_credit_memo(self, desk: Desk, client: Any) -> None:
        memo = CreditMemo()
        memo.CustomerRef = refer(desk.customer["Id"])
        memo.Line = [sale(desk, 30)]
        made = memo.save(qb=client)
        assert CreditMemo.get(made.Id, qb=client).RemainingCredit == 30
        assert bill(desk).save(qb=client).Balance == 70
        assert Preferences.get(qb=client).SalesFormsPrefs.AutoApplyCredit is True


class TestManyAtOnce:
    def test_batches(self, desk: Desk, client: Any) -> None:
        names = [named(f"Customer {number}") for number in range(32)]
        made = batch_create([*names, named("acme")], qb=client)
        assert len(made.successes) == 32
        (fault,) = made.faults
        assert (fault.original_object.DisplayName, fault.Error[0].code) == ("acme", "6240")
        for customer in made.successes[:2]:
            customer.Notes = "called"
        changed = batch_update(made.successes[:2], qb=client)
        assert {each.Notes for each in changed.successes} == {"called"}
        invoices = batch_create([bill(desk), bill(desk)], qb=client)
        gone = batch_delete(invoices.successes, qb=client)
        assert gone.faults == []
        assert desk.realm.invoices == []

    def test_changes(self, desk: Desk, client: Any) -> None:
        since = desk.clock.now()
        desk.clock.advance(60)
        gone = bill(desk).save(qb=client)
        made = bill(desk).save(qb=client)
        gone.delete(qb=client)
        answer = change_data_capture([Invoice, Customer, Item], since.isoformat(), qb=client)
        changed = {each.Id: getattr(each, "status", None) for each in answer.Invoice}
        assert changed == {made.Id: None, gone.Id: "Deleted"}
        assert [each.Id for each in answer.Customer] == [desk.customer["Id"]]

    def test_its_check_of_signatures(self, client: Any) -> None:
        body = '[{"id": "ä"}]'
        assert client.validate_webhook_signature(body, sign(VERIFIER, body.encode()))
        assert not client.validate_webhook_signature(body, sign("another", body.encode()))


class TestAccess:
    def test_from_consent_to_revocation(self, desk: Desk) -> None:
        auth = auth_client(desk)
        assert auth.get_authorization_url([Scopes.ACCOUNTING]).startswith(desk.simulator.url)
        auth.get_bearer_token(desk.simulator.authorization_code(REALM, CALLBACK), realm_id=REALM)
        first = auth.access_token
        auth.refresh()
        assert auth.access_token != first
        assert (auth.expires_in, auth.realm_id) == (3600, REALM)
        client = QuickBooks(
            auth_client=auth,
            refresh_token=auth.refresh_token,
            company_id=REALM,
            minorversion=75,
        )
        client.api_url_v3 = f"{desk.simulator.url}/v3"
        assert len(Customer.all(qb=client)) == 1
        client.company_id = "1"
        with pytest.raises(Exception, match="403"):
            Customer.all(qb=client)
        client.company_id = REALM
        assert auth.revoke()
        with pytest.raises(refusals.AuthorizationException):
            Customer.all(qb=client)

    def test_a_code_works_once(self, desk: Desk) -> None:
        code = desk.simulator.authorization_code(REALM, CALLBACK)
        auth_client(desk).get_bearer_token(code)
        with pytest.raises(AuthClientError) as refused:
            auth_client(desk).get_bearer_token(code)
        assert (refused.value.status_code, refused.value.content) == (
            400,
            b'{"error": "invalid_grant", "error_description": "Invalid authorization code"}',
        )

    def test_a_bad_refresh_token(self, desk: Desk) -> None:
        with pytest.raises(AuthClientError) as refused:
            auth_client(desk).refresh(refresh_token="AB11nonsense")
        assert refused.value.status_code == 400
        assert b"invalid_grant" in refused.value.content
        assert refused.value.intuit_tid

    def test_the_wrong_client(self, desk: Desk) -> None:
        auth = auth_client(desk, secret="another")
        with pytest.raises(AuthClientError) as refused:
            auth.refresh(refresh_token=desk.tokens["refresh_token"])
        assert refused.value.status_code == 401
        assert b"invalid_client" in refused.value.content
