"""A payment of several invoices that is in no book is listed with one of them, whatever becomes of
that one."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Flow
from .deciding import click
from .paying import look, paid, unrecorded
from .test_shared_payments import in_both, pay

NO_ACCOUNT = "999"


@pytest.fixture(autouse=True)
def _refuses_payments(flow: Flow) -> None:
    flow.settings(deposit_account_id=NO_ACCOUNT)


def payments(flow: Flow) -> list[dict[str, Any]]:
    return [each for each in unrecorded(flow) if each["kind"] == "payment"]


def test_one_that_is_deleted_in_hubspot_is_over_on_all_its_invoices(flow: Flow) -> None:
    ids = [in_both(flow), in_both(flow)]
    payment_id = pay(flow, "600", *ids)
    flow.work()
    assert [each["hubspotId"] for each in payments(flow)] == [payment_id]
    flow.portal.delete("commerce_payments", payment_id)
    flow.work()
    assert payment_id not in [each["hubspotId"] for each in payments(flow)]
    assert [paid(flow, each)["payments"] for each in ids] == [[], []]
    assert {flow.status(each)["status"] for each in ids} == {"synced"}


def test_one_that_is_taken_off_an_invoice_is_listed_with_the_other(flow: Flow) -> None:
    first, second = in_both(flow), in_both(flow)
    payment_id = pay(flow, "600", first, second)
    flow.work()
    flow.portal.dissociate("invoices", first, "commerce_payments", payment_id)
    flow.work()
    (listed,) = payments(flow)
    assert (listed["invoiceId"], listed["amount"]) == (second, "600.00")


def test_somebody_stops_syncing_the_invoice_that_keeps_it(flow: Flow) -> None:
    first, second = in_both(flow), in_both(flow)
    pay(flow, "600", first, second)
    flow.work()
    click(flow, first, "stop_syncing")
    flow.work()
    (listed,) = payments(flow)
    assert (listed["invoiceId"], listed["amount"]) == (second, "600.00")
    # However often the one that was stopped is looked at, the other has it to tell.
    look(flow, first)
    assert [each["invoiceId"] for each in payments(flow)] == [second]


def test_somebody_stops_syncing_all_its_invoices(flow: Flow) -> None:
    first, second = in_both(flow), in_both(flow)
    pay(flow, "600", first, second)
    flow.work()
    click(flow, first, "stop_syncing")
    click(flow, second, "stop_syncing")
    flow.work()
    (listed,) = payments(flow)
    assert listed["amount"] == "600.00"
    assert listed["reason"] == "A person stopped syncing this invoice."
    for each in (first, second):
        look(flow, each)
        assert len(payments(flow)) == 1


def test_an_invoice_of_it_is_deleted_in_hubspot(flow: Flow) -> None:
    first, second = in_both(flow), in_both(flow)
    pay(flow, "100", first, second)
    flow.work()
    assert [each["invoiceId"] for each in payments(flow)] == [first]
    flow.portal.delete("invoices", first)
    flow.work()
    assert [each["invoiceId"] for each in payments(flow)] == [second]
    flow.portal.delete("invoices", second)
    flow.work()
    # Nothing else in HubSpot tells of this money any more.
    assert [each["amount"] for each in payments(flow)] == ["100.00"]
