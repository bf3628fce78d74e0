"""Invoices that get each other's numbers in HubSpot while nobody tells us."""

from __future__ import annotations

import pytest

from .acting import lose_everything, run_sweep
from .conftest import Flow


def renumber(flow: Flow, invoice_id: str, *numbers: str) -> None:
    for number in numbers:
        flow.portal.update("invoices", invoice_id, {"hs_number": number})


def numbers(flow: Flow, *invoice_ids: str) -> list[str]:
    return [each["DocNumber"] for one in invoice_ids for each in flow.in_quickbooks(one)]


def until_synced(flow: Flow, *invoice_ids: str) -> None:
    """Let sweeps find what was lost, for at most two hours."""
    lose_everything(flow)
    for _ in range(24):
        flow.clock.advance(300)
        run_sweep(flow)
        flow.work_later()
        if all(flow.status(each)["status"] == "synced" for each in invoice_ids):
            return
    raise AssertionError([flow.status(each)["failure"] for each in invoice_ids])


@pytest.fixture(params=[True, False], ids=["custom numbers", "QuickBooks' numbers"])
def loose(flow: Flow, request: pytest.FixtureRequest) -> Flow:
    flow.realm.set_preference("SalesFormsPrefs.CustomTxnNumbers", request.param)
    flow.hubspot.switches.number_fixed_once_open = False
    run_sweep(flow)
    flow.work()
    return flow


def made(flow: Flow, *numbers: str) -> list[str]:
    ids = [flow.invoice(number=number) for number in numbers]
    flow.work()
    flow.clock.advance(5)
    return ids


def test_one_moves_on_and_another_takes_its_number(loose: Flow) -> None:
    first, second = made(loose, "INV-7", "INV-8")
    renumber(loose, first, "INV-9")
    renumber(loose, second, "INV-7")
    new = loose.invoice(number="INV-8")
    until_synced(loose, first, second, new)
    assert numbers(loose, first, second, new) == ["INV-9", "INV-7", "INV-8"]


def test_two_change_their_numbers(loose: Flow) -> None:
    first, second = made(loose, "INV-7", "INV-8")
    renumber(loose, first, "INV-X")
    renumber(loose, second, "INV-7")
    renumber(loose, first, "INV-8")
    until_synced(loose, first, second)
    assert numbers(loose, first, second) == ["INV-8", "INV-7"]


def test_three_give_theirs_on(loose: Flow) -> None:
    first, second, third = made(loose, "INV-6", "INV-7", "INV-8")
    renumber(loose, first, "INV-X")
    renumber(loose, third, "INV-6")
    renumber(loose, second, "INV-8")
    renumber(loose, first, "INV-7")
    loose.set_price(first, "175")
    until_synced(loose, first, second, third)
    assert numbers(loose, first, second, third) == ["INV-7", "INV-8", "INV-6"]
    assert loose.in_quickbooks(first)[0]["TotalAmt"] == 350


def test_a_number_of_somebody_else_is_not_made_room_for(loose: Flow) -> None:
    (ours,) = made(loose, "INV-7")
    line = loose.realm.invoices[0]["Line"]
    loose.realm.add_invoice(loose.customer_id, line, "INV-8")
    renumber(loose, ours, "INV-8")
    for _ in range(2):
        loose.clock.advance(3700)
        run_sweep(loose)
        loose.work_later()
    assert loose.failure_code(ours) == "duplicate_document_number"
    assert numbers(loose, ours) == ["INV-7"]
