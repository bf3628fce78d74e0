"""Everything goes wrong at random, then nothing does any more: all must be right in the end."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest

from .acting import make_trouble
from .conftest import Flow, check_numbers


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
    voided, moment = set(), datetime.now(UTC)
    for _ in range(6):
        flow.hubspot.deliver()
        one = chosen.choice(ids)
        if one not in voided:
            flow.set_price(one, str(chosen.randint(10, 500)))
        if chosen.random() < 0.15 and one not in voided:
            flow.portal.update("invoices", one, {"hs_invoice_status": "voided"})
            voided.add(one)
        # Two workers at once, each a little later than the round before, some dying half-way.
        step = chosen.choice([11, 40, 130])
        moment += timedelta(seconds=step)
        flow.clock.advance(step)
        workers = [
            threading.Thread(
                target=flow.sync_at(moment).run,
                args=([flow.hint(i) for i in chosen.sample(ids, 5)],),
            )
            for _ in range(2)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        check_numbers(flow)
    flow.quickbooks.faults.clear()
    flow.hubspot.faults.clear()
    hints = [flow.hint(one) for one in ids]
    for _ in range(4):
        moment += timedelta(minutes=5)
        flow.clock.advance(300)
        flow.sync_at(moment).run(hints)
    for one in ids:
        status, found = flow.status(one), flow.in_quickbooks(one)
        assert len(found) <= 1, "more than one invoice in QuickBooks"
        record = flow.portal.record("invoices", one).properties
        if one in voided:
            assert status["status"] in ("synced", "skipped")
            assert [invoice["TotalAmt"] for invoice in found] in ([], [0])
        else:
            assert status["status"] == "synced", status["failure"]
            assert float(found[0]["TotalAmt"]) == float(record["hs_amount_billed"] or 0)
    names = [one["DisplayName"] for one in flow.realm.customers]
    assert sorted(names) in (["Acme", "Globex"], ["Globex"])
