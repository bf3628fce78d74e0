"""An update writes what HubSpot changed, and leaves what people changed in QuickBooks.

Sources: intuit/quickbooks-online-mcp-server pull request 86 (an update without the lines' own
references wipes class and tax code of every line); HubSpot's help: a service date may be added in
QuickBooks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.wire import Fault

from .conftest import Flow
from .deciding import click

OTHER_LINE = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "1", "price": "80"}
TEXT_LINE = {
    "DetailType": "DescriptionOnly",
    "Description": "Thank you",
    "DescriptionLineDetail": {},
}


def synced(flow: Flow, **options: Any) -> tuple[str, dict[str, Any]]:
    invoice_id = flow.invoice(**options)
    flow.work()
    flow.clock.advance(2)
    return invoice_id, copy_of(flow, invoice_id)


def copy_of(flow: Flow, invoice_id: str) -> dict[str, Any]:
    (copy,) = flow.in_quickbooks(invoice_id)
    return copy


def edit(flow: Flow, copy: dict[str, Any], **changes: Any) -> None:
    flow.realm.edit_invoice(copy["Id"], **changes)
    flow.clock.advance(2)


def edit_line(flow: Flow, copy: dict[str, Any], position: int, **detail: Any) -> None:
    """Change the detail of one line, as a person does on QuickBooks' screen: the rest stays."""
    lines = [line for line in copy["Line"] if line["DetailType"] != "SubTotalLineDetail"]
    lines[position]["SalesItemLineDetail"] |= detail
    edit(flow, copy, Line=lines)


def detail_of(copy: dict[str, Any], position: int = 0) -> dict[str, Any]:
    detail: dict[str, Any] = copy["Line"][position]["SalesItemLineDetail"]
    return detail


# What somebody changes in HubSpot, by a name.
def price(flow: Flow, invoice_id: str) -> None:
    flow.set_price(invoice_id, "175")


def due_date(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("invoices", invoice_id, {"hs_due_date": "2030-01-01"})


def comment(flow: Flow, invoice_id: str) -> None:
    flow.portal.update("invoices", invoice_id, {"hs_comments": "See you"})


def another_line(flow: Flow, invoice_id: str) -> None:
    flow.portal.create("line_items", OTHER_LINE, [("invoices", invoice_id)])


def discount(flow: Flow, invoice_id: str) -> None:
    values = {"hs_label": "Goodwill", "hs_type": "FIXED", "hs_value": "20"}
    flow.portal.create("discounts", values, [("invoices", invoice_id)])


CHANGES = [price, due_date, comment, another_line, discount]


class TestPeoplesEditsStay:
    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("DepartmentRef", {"value": "5"}),
            ("ShipDate", "2026-04-01"),
            ("TrackingNum", "1Z999"),
            ("BillEmailCc", {"Address": "boss@globex.example"}),
            ("BillEmail", {"Address": "office@globex.example"}),
            ("DocNumber", "GL-77"),
        ],
    )
    def test_of_the_invoice(
        self, flow: Flow, change: Callable[[Flow, str], None], member: str, value: Any
    ) -> None:
        invoice_id, copy = synced(flow)
        edit(flow, copy, **{member: value})
        change(flow, invoice_id)
        flow.work()
        after = copy_of(flow, invoice_id)
        assert flow.status(invoice_id)["status"] == "synced"
        assert after["SyncToken"] == "2"
        assert after[member] == value
        assert float(after["TotalAmt"]) == float(
            flow.portal.record("invoices", invoice_id).properties["hs_amount_billed"]
        )

    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize(
        ("member", "value"),
        [("ServiceDate", "2026-02-01"), ("ClassRef", {"value": "5000000000000000007"})],
    )
    def test_of_a_line(
        self, flow: Flow, change: Callable[[Flow, str], None], member: str, value: Any
    ) -> None:
        invoice_id, copy = synced(flow)
        edit_line(flow, copy, 0, **{member: value})
        change(flow, invoice_id)
        flow.work()
        after = copy_of(flow, invoice_id)
        assert flow.status(invoice_id)["status"] == "synced"
        assert detail_of(after)[member] == value
        assert after["Line"][0]["Id"] == copy["Line"][0]["Id"]

    def test_of_a_line_that_was_made_anew_in_hubspot(self, flow: Flow) -> None:
        invoice_id, copy = synced(flow)
        edit_line(flow, copy, 0, ClassRef={"value": "7"})
        same = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "2", "price": "150"}
        flow.portal.delete("line_items", flow.line_of(invoice_id))
        flow.portal.create("line_items", same, [("invoices", invoice_id)])
        another_line(flow, invoice_id)
        flow.work()
        after = copy_of(flow, invoice_id)
        assert detail_of(after)["ClassRef"] == {"value": "7"}
        assert after["TotalAmt"] == 380

    def test_of_the_lines_that_remain_when_one_goes(self, flow: Flow) -> None:
        first = {"name": "Consulting", "hs_sku": "CON-HOUR", "quantity": "2", "price": "150"}
        invoice_id, copy = synced(flow, lines=[first, OTHER_LINE])
        edit_line(flow, copy, 1, ClassRef={"value": "7"})
        flow.portal.delete("line_items", flow.line_of(invoice_id))
        flow.work()
        after = copy_of(flow, invoice_id)
        assert (after["TotalAmt"], detail_of(after)["ClassRef"]) == (80, {"value": "7"})
        assert after["Line"][0]["Id"] == copy["Line"][1]["Id"]

    def test_a_line_of_text_stays(self, flow: Flow) -> None:
        invoice_id, copy = synced(flow)
        edit(flow, copy, Line=[copy["Line"][0], TEXT_LINE])
        price(flow, invoice_id)
        flow.work()
        after = copy_of(flow, invoice_id)
        assert [line.get("Description") for line in after["Line"]][1] == "Thank you"
        assert after["TotalAmt"] == 350

    def test_a_memo_of_people_is_not_emptied_because_hubspot_has_none(self, flow: Flow) -> None:
        invoice_id, copy = synced(flow)
        edit(flow, copy, CustomerMemo={"value": "Pay soon"})
        due_date(flow, invoice_id)
        flow.work()
        after = copy_of(flow, invoice_id)
        assert (after["CustomerMemo"], after["DueDate"]) == ({"value": "Pay soon"}, "2030-01-01")

    def test_a_comment_that_hubspot_empties_goes(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow, hs_comments="Hello")
        flow.portal.update("invoices", invoice_id, {"hs_comments": ""})
        flow.work()
        assert copy_of(flow, invoice_id).get("CustomerMemo", {"value": ""}) == {"value": ""}


class TestBothChanged:
    """The field fails with both values, and a person decides."""

    def at_odds(self, flow: Flow) -> str:
        invoice_id, copy = synced(flow, hs_comments="Hello")
        edit(flow, copy, CustomerMemo={"value": "Pay soon"})
        comment(flow, invoice_id)
        flow.work()
        flow.clock.advance(2)
        return invoice_id

    def test_a_person_sees_both_values(self, flow: Flow) -> None:
        invoice_id = self.at_odds(flow)
        failure = flow.status(invoice_id)["failure"]
        assert failure["code"] == "modified_outside_hubspot"
        (row,) = failure["differences"]
        assert (row["field"], row["hubspot"], row["quickbooks"]) == ("memo", "See you", "Pay soon")
        assert copy_of(flow, invoice_id)["CustomerMemo"] == {"value": "Pay soon"}

    def test_hubspots_version(self, flow: Flow) -> None:
        invoice_id = self.at_odds(flow)
        click(flow, invoice_id, "reapply_hubspot")
        assert copy_of(flow, invoice_id)["CustomerMemo"] == {"value": "See you"}
        assert flow.status(invoice_id)["status"] == "synced"

    def test_quickbooks_version(self, flow: Flow) -> None:
        invoice_id = self.at_odds(flow)
        click(flow, invoice_id, "accept_quickbooks")
        assert copy_of(flow, invoice_id)["CustomerMemo"] == {"value": "Pay soon"}
        assert flow.status(invoice_id)["status"] == "synced"
        # What comes after the decision is HubSpot's to say again.
        flow.clock.advance(2)
        price(flow, invoice_id)
        flow.work()
        after = copy_of(flow, invoice_id)
        assert (after["TotalAmt"], after["CustomerMemo"]) == (350, {"value": "Pay soon"})

    def test_an_edit_from_before_another_update_is_not_forgotten(self, flow: Flow) -> None:
        invoice_id, copy = synced(flow, hs_comments="Hello")
        edit(flow, copy, CustomerMemo={"value": "Pay soon"})
        price(flow, invoice_id)
        flow.work()
        flow.clock.advance(2)
        comment(flow, invoice_id)
        flow.work()
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
        assert copy_of(flow, invoice_id)["CustomerMemo"] == {"value": "Pay soon"}

    def test_the_same_value_on_both_sides_is_no_difference(self, flow: Flow) -> None:
        invoice_id, copy = synced(flow)
        edit(flow, copy, DueDate="2030-01-01")
        due_date(flow, invoice_id)
        flow.work()
        assert flow.status(invoice_id)["status"] == "synced"


def lose_an_update(flow: Flow, *, had_effect: bool) -> None:
    def is_batch(request: Any) -> bool:
        return bool(request.path.endswith("/batch"))

    flow.quickbooks.faults.append(Fault(is_batch, None, before_effect=not had_effect))


def test_an_update_whose_answer_is_lost_is_no_edit_of_somebody(flow: Flow) -> None:
    invoice_id, _ = synced(flow, hs_comments="Hello")

    lose_an_update(flow, had_effect=True)
    comment(flow, invoice_id)
    flow.work()
    flow.portal.update("invoices", invoice_id, {"hs_comments": "Good bye"})
    flow.work_later()
    assert copy_of(flow, invoice_id)["CustomerMemo"] == {"value": "Good bye"}
    assert flow.status(invoice_id)["status"] == "synced"


class TestHubSpotTakesBackWhatAnUnansweredUpdateSaid:
    @pytest.mark.parametrize("had_effect", [True, False])
    def test_so_does_quickbooks(self, flow: Flow, had_effect: bool) -> None:
        invoice_id, _ = synced(flow, hs_comments="Hello")
        lose_an_update(flow, had_effect=had_effect)
        comment(flow, invoice_id)
        price(flow, invoice_id)
        flow.work()
        assert copy_of(flow, invoice_id)["TotalAmt"] == (350 if had_effect else 300)
        flow.set_price(invoice_id, "150")
        flow.portal.update("invoices", invoice_id, {"hs_comments": "Hello"})
        flow.work_later()
        assert copy_of(flow, invoice_id)["TotalAmt"] == 300
        assert copy_of(flow, invoice_id)["CustomerMemo"] == {"value": "Hello"}
        assert flow.status(invoice_id)["status"] == "synced"

    def test_a_comment_alone(self, flow: Flow) -> None:
        invoice_id, _ = synced(flow, hs_comments="Hello")
        lose_an_update(flow, had_effect=True)
        comment(flow, invoice_id)
        flow.work()
        flow.portal.update("invoices", invoice_id, {"hs_comments": "Hello"})
        flow.work_later()
        assert copy_of(flow, invoice_id)["CustomerMemo"] == {"value": "Hello"}

    def test_but_it_was_paid_meanwhile(self, flow: Flow) -> None:
        invoice_id, copy = synced(flow)
        lose_an_update(flow, had_effect=True)
        price(flow, invoice_id)
        flow.work()
        flow.realm.receive_payment(copy["Id"], 350)
        flow.set_price(invoice_id, "150")
        flow.work_later()
        assert copy_of(flow, invoice_id)["TotalAmt"] == 350
        assert flow.failure_code(invoice_id) == "modified_outside_hubspot"
