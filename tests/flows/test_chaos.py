"""Everything goes wrong at random, then nothing does any more: all must be right in the end."""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta

import pytest

from .acting import make_trouble
from .conftest import Flow, check_numbers

pytestmark = pytest.mark.sockets


def edit_one(flow: Flow, chosen: random.Random, ids: list[str], voided: set[str]) -> None:
    """Change the price of an invoice that is not void, and sometimes void it."""
    invoice_id = chosen.choice(ids)
    if invoice_id in voided:
        return
    flow.set_price(invoice_id, str(chosen.randint(10, 500)))
    if chosen.random() < 0.15:
        flow.portal.update("invoices", invoice_id, {"hs_invoice_status": "voided"})
        voided.add(invoice_id)


def two_workers_at_once(
    flow: Flow, chosen: random.Random, ids: list[str], moment: datetime
) -> None:
    """Run two workers side by side on overlapping invoices. Trouble may end them half-way."""
    workers = [
        threading.Thread(
            target=flow.sync_at(moment).run,
            args=([flow.hint(invoice_id) for invoice_id in chosen.sample(ids, 5)],),
        )
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def check_right(flow: Flow, invoice_id: str, *, voided: bool) -> None:
    """The invoice is in QuickBooks at most once, with HubSpot's amount, or with none if void."""
    status, posted = flow.status(invoice_id), flow.in_quickbooks(invoice_id)
    assert len(posted) <= 1, "more than one invoice in QuickBooks"
    if voided:
        assert status["status"] in ("synced", "skipped")
        assert [invoice["TotalAmt"] for invoice in posted] in ([], [0])
        return
    assert status["status"] == "synced", status["failure"]
    properties = flow.portal.record("invoices", invoice_id).properties
    assert float(posted[0]["TotalAmt"]) == float(properties["hs_amount_billed"] or 0)


@pytest.mark.parametrize("seed", [1, 2, 24])
def test_after_any_trouble_every_invoice_is_there_once_and_right(flow: Flow, seed: int) -> None:
    chosen = random.Random(seed)  # noqa: S311
    flow.quickbooks.switches.honour_request_id = seed % 2 == 0
    flow.quickbooks.switches.rate_limits_on = False
    flow.settings(create_customers=True)
    company = flow.portal.create("companies", {"name": "Acme"})
    ada = flow.portal.create("contacts", {"email": "ada@acme.example", "firstname": "Ada"})
    make_trouble(flow, seed)
    ids = [
        flow.invoice(**chosen.choice([{}, {"contact_id": ada, "company_id": company}]))
        for _ in range(8)
    ]
    voided, moment = set[str](), flow.clock.now()
    for _ in range(6):
        flow.hubspot.deliver()
        edit_one(flow, chosen, ids, voided)
        # Each round is a little later than the one before.
        step = chosen.choice([11, 40, 130])
        moment += timedelta(seconds=step)
        flow.clock.advance(step)
        two_workers_at_once(flow, chosen, ids, moment)
        check_numbers(flow)
    flow.quickbooks.faults.clear()
    flow.hubspot.faults.clear()
    hints = [flow.hint(invoice_id) for invoice_id in ids]
    for _ in range(4):
        moment += timedelta(minutes=5)
        flow.clock.advance(300)
        flow.sync_at(moment).run(hints)
    for invoice_id in ids:
        check_right(flow, invoice_id, voided=invoice_id in voided)
    names = [customer["DisplayName"] for customer in flow.realm.customers]
    assert sorted(names) in (["Acme", "Globex"], ["Globex"])
