"""What people do in QuickBooks in the very second of our own write.

Events and times cannot tell it from our own; the record's version can, and the sweep sees that.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from infra.local.quickbooks import sales_line

from .acting import run_sweep, take
from .conftest import REALM_ID, Flow
from .paying import cash, states


@pytest.fixture
def watched(flow: Flow) -> Flow:
    run_sweep(flow)
    flow.work()  # the report of the night is out of the way
    flow.watch_quickbooks()
    # Time stands still but for milliseconds: all that follows is in one second.
    flow.clock.advance(1 - flow.clock.now().microsecond / 1_000_000)
    flow.clock.stand_still(tick=0.000001)
    return flow


def synced(flow: Flow) -> tuple[str, str]:
    invoice_id = flow.invoice()
    flow.work()
    (found,) = flow.in_quickbooks(invoice_id)
    return invoice_id, found["Id"]


def sweep_later(flow: Flow) -> None:
    flow.clock.advance(300)
    run_sweep(flow)
    flow.work()


def test_an_edit_is_noticed_by_the_next_sweep(watched: Flow) -> None:
    invoice_id, quickbooks_id = synced(watched)
    ours = watched.realm.invoice(quickbooks_id)["MetaData"]["LastUpdatedTime"]
    line = sales_line(watched.item_id, 330)
    theirs = watched.realm.edit_invoice(quickbooks_id, Line=[line])["MetaData"]["LastUpdatedTime"]
    assert ours == theirs
    sweep_later(watched)
    assert watched.failure_code(invoice_id) == "modified_outside_hubspot"


def test_one_that_is_no_news_is_read_once(watched: Flow) -> None:
    invoice_id, quickbooks_id = synced(watched)
    watched.realm.edit_invoice(quickbooks_id, CustomerMemo={"value": "Thank you"})
    before = watched.quickbooks.metered_reads(REALM_ID)
    sweep_later(watched)
    once = watched.quickbooks.metered_reads(REALM_ID)
    assert once == before + 2  # the change log, and the invoice
    sweep_later(watched)
    assert watched.quickbooks.metered_reads(REALM_ID) == once + 1
    assert watched.status(invoice_id)["status"] == "synced"


def test_our_own_writes_are_not_read_again(watched: Flow) -> None:
    ids = [synced(watched)[0] for _ in range(3)]
    for each in ids:
        watched.set_price(each, "175")
    watched.work()
    before = watched.quickbooks.metered_reads(REALM_ID)
    sweep_later(watched)
    assert watched.quickbooks.metered_reads(REALM_ID) == before + 1


def test_a_payment_that_somebody_corrects_at_once(watched: Flow) -> None:
    invoice_id, quickbooks_id = synced(watched)
    take(watched, invoice_id, "300.00")
    watched.work()
    (payment,) = cash(watched)
    watched.realm.void_payment(payment["Id"])
    assert watched.realm.invoice(quickbooks_id)["Balance"] == Decimal(300)
    sweep_later(watched)
    assert watched.status(invoice_id)["status"] == "failing"
    assert states(watched, invoice_id)[0][0] != "recorded"
