"""What QuickBooks does not take: left out, cut with the rest kept, or a failure that says so."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault

from .acting import FOR_EVER, take
from .conftest import Flow

LONG = f"accounts.payable.{'x' * 40}@{'y' * 60}.globex.example"
BAD = {
    LONG: "more than the 100 characters",
    "ap.@globex.example": "no email address",
    "müller@globex.example": "no email address",
}


def contact_with(flow: Flow, email: str, **properties: str) -> str:
    return str(flow.portal.create("contacts", {"email": email, **properties}))


def refuse_emails(flow: Flow, path: str, member: bytes) -> None:
    """QuickBooks refuses every address there."""
    error = {
        "Message": "Invalid Email Address format",
        "Detail": "Email Address does not conform to the syntax rules of RFC 822.",
        "code": "2210",
        "element": member.decode(),
    }
    body = {"Fault": {"Error": [error], "type": "ValidationFault"}}

    def match(request: Request) -> bool:
        return request.path.endswith(path) and member in request.get_data()

    flow.quickbooks.faults.append(Fault(match, Answer(400, body), FOR_EVER))


class TestEmailAddresses:
    """Acctivate and DBSync report addresses that QuickBooks refuses by RFC 822. No address is worth
    a missing receivable."""

    @pytest.mark.parametrize("email", BAD)
    def test_a_known_customers_invoice_is_posted_without_it(self, flow: Flow, email: str) -> None:
        invoice_id = flow.invoice(contact_id=contact_with(flow, email))
        flow.work()
        chosen = {"resolution": "use_customer", "customerId": flow.customer_id}
        flow.post(f"/v1/invoices/{invoice_id}/resolve", chosen)
        flow.clock.advance(2)
        flow.work()
        (posted,) = flow.in_quickbooks(invoice_id)
        assert posted["CustomerRef"]["value"] == flow.customer_id
        assert "BillEmail" not in posted
        (left_out,) = flow.status(invoice_id)["leftOut"]
        assert left_out["field"] == "email"
        assert BAD[email] in left_out["reason"]

    def test_a_new_customer_has_it_in_the_notes(self, flow: Flow) -> None:
        flow.settings(create_customers=True)
        invoice_id = flow.invoice(contact_id=contact_with(flow, LONG, firstname="Long"))
        flow.work()
        (posted,) = flow.in_quickbooks(invoice_id)
        assert posted["CustomerRef"]["name"] == "Long"
        (customer,) = [one for one in flow.realm.customers if one["DisplayName"] == "Long"]
        assert LONG in customer["Notes"]

    def test_one_that_quickbooks_refuses_after_all(self, flow: Flow) -> None:
        refuse_emails(flow, "/invoice", b"BillEmail")
        invoice_id = flow.invoice()
        flow.work()
        assert len(flow.in_quickbooks(invoice_id)) == 1
        (left_out,) = flow.status(invoice_id)["leftOut"]
        assert left_out == {"field": "email", "reason": "QuickBooks refused the email address."}

    def test_one_that_it_refuses_of_a_new_customer(self, flow: Flow) -> None:
        refuse_emails(flow, "/customer", b"PrimaryEmailAddr")
        flow.settings(create_customers=True)
        invoice_id = flow.invoice(contact_id=contact_with(flow, "new@else.example"))
        flow.work()
        assert len(flow.in_quickbooks(invoice_id)) == 1

    def test_one_that_it_refuses_in_an_update(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        flow.set_price(invoice_id, "175")
        batch = [{"Message": "Invalid", "Detail": "RFC 822", "code": "2210"}]
        answer = {"bId": "0", "Fault": {"Error": batch, "type": "ValidationFault"}}

        def match(request: Request) -> bool:
            return request.path.endswith("/batch") and b"BillEmail" in request.get_data()

        body = {"BatchItemResponse": [answer]}
        flow.quickbooks.faults.append(Fault(match, Answer(200, body), FOR_EVER))
        flow.work()
        (posted,) = flow.in_quickbooks(invoice_id)
        assert posted["TotalAmt"] == 350

    def test_a_good_one_leaves_nothing_out(self, flow: Flow) -> None:
        invoice_id = flow.invoice()
        flow.work()
        assert flow.status(invoice_id)["leftOut"] == []
        assert flow.in_quickbooks(invoice_id)[0]["BillEmail"] == {"Address": "ap@globex.example"}


class TestTexts:
    def test_the_rest_of_a_long_message_is_in_the_private_note(self, flow: Flow) -> None:
        comments = " ".join(f"word{number}" for number in range(300))
        invoice_id = flow.invoice(hs_comments=comments)
        flow.work()
        (posted,) = flow.in_quickbooks(invoice_id)
        memo = posted["CustomerMemo"]["value"]
        assert len(memo) <= 1000
        kept = memo.removesuffix("…")
        assert comments.startswith(kept + " ")  # at a word
        assert posted["PrivateNote"].endswith(comments[len(kept) :].strip())

    def test_a_line_that_is_longer_than_all(self, flow: Flow) -> None:
        line = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "2", "price": "150"}
        invoice_id = flow.invoice(lines=[{**line, "description": "a\x0b " + "lorem ipsum " * 900}])
        flow.work()
        (posted,) = flow.in_quickbooks(invoice_id)
        assert len(posted["Line"][0]["Description"]) <= 4000
        assert len(posted["PrivateNote"]) <= 4000
        assert "\x0b" not in posted["Line"][0]["Description"]
        assert flow.status(invoice_id)["status"] == "synced"

    def test_everything_of_a_new_customer_is_too_long(self, flow: Flow) -> None:
        flow.settings(create_customers=True)
        contact = {
            name: f"{name} " + "long " * 120
            for name in ("firstname", "lastname", "company", "address", "city", "state", "zip")
        }
        contact_id = contact_with(flow, "new@else.example", phone="0" * 40, **contact)
        invoice_id = flow.invoice(contact_id=contact_id)
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"


class TestNumbers:
    @pytest.mark.parametrize(
        "line",
        [
            {"quantity": "1", "price": "1" * 18},
            {"quantity": "1", "price": "12345678901234567.89"},
            {"quantity": "1" * 16, "price": "0.1"},
        ],
    )
    def test_more_digits_than_a_number_can_have_are_foreseen(
        self, flow: Flow, line: dict[str, str]
    ) -> None:
        odd = flow.invoice(lines=[{"name": "Consulting", **line}])
        good = flow.invoice()
        preview = flow.get(f"/v1/invoices/{odd}/preview")
        flow.clock.advance(2)
        assert "too_many_digits" in [one["code"] for one in preview["failures"]]
        flow.work()
        failure = flow.status(odd)["failure"]
        assert failure["code"] == "too_many_digits"
        assert "15 digits" in failure["explanation"]
        assert flow.status(good)["status"] == "synced"

    def test_fifteen_digits_are_kept(self, flow: Flow) -> None:
        line = {"name": "Consulting", "quantity": "1", "price": "1234567890123.45"}
        invoice_id = flow.invoice(lines=[line])
        flow.work()
        (posted,) = flow.in_quickbooks(invoice_id)
        assert str(posted["TotalAmt"]) == "1234567890123.45"


def less(kind: str, value: str) -> list[dict[str, Any]]:
    return [{"hs_label": "Goodwill", "hs_type": kind, "hs_value": value}]


class TestDiscounts:
    """Optix, "What do the QuickBooks error codes mean on my invoices?"."""

    def test_nothing_is_left_to_pay(self, flow: Flow) -> None:
        invoice_id = flow.invoice(discounts=less("PERCENT", "100"))
        flow.work()
        (posted,) = flow.in_quickbooks(invoice_id)
        assert posted["TotalAmt"] == 0
        status = flow.status(invoice_id)
        assert (status["status"], status["payment"]["status"]) == ("synced", "paid")
        flow.portal.update("invoices", invoice_id, {"hs_comments": "With our compliments"})
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"

    @pytest.mark.parametrize("discount", ["300.01", "301", "1000"])
    def test_less_than_nothing(self, flow: Flow, discount: str) -> None:
        invoice_id = flow.invoice(discounts=less("FIXED", discount))
        flow.work()
        assert flow.in_quickbooks(invoice_id) == []
        assert flow.failure_code(invoice_id) == "total_below_zero"
        flow.set_price(invoice_id, "1000")
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"


def test_a_payments_reference_is_kept_whole(flow: Flow) -> None:
    invoice_id = flow.invoice()
    flow.work()
    take(flow, invoice_id, "300.00", hs_reference_number="pi_" + "7" * 40)
    flow.work()
    (payment,) = flow.realm.payments
    assert len(payment["PaymentRefNum"]) == 21
    assert "pi_" + "7" * 40 in payment["PrivateNote"]
