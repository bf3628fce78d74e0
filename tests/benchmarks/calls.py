"""How many calls an invoice costs, alone and in a batch, and a click. Run it with: make bench

Counts, not seconds: they are the same on every machine. Customer and items are known, as they are
for all but the first invoice of a customer.
"""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "ERROR")
os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")

import sync_worker
from infra.local.aws import LocalAws
from infra.local.on_moto import Moto
from infra.local.system import APP_SECRET, LocalSystem
from tests.driven_time import driving
from tests.flows.conftest import REALM_ID, Flow


def main() -> None:
    print(f"{'calls an invoice':20}{'HubSpot':>10}{'QuickBooks':>12}{'metered reads':>16}")
    with LocalAws(APP_SECRET, Moto()) as aws:
        for size in (1, 10, 100):
            aws.reset()
            # Both clocks are one: HubSpot signs with the services' time.
            with LocalSystem(aws) as own, driving(own.clock):
                own.clock.stand_still(tick=0.001)
                flow = Flow(own)
                flow.quickbooks.switches.rate_limits_on = False
                flow.invoice()
                flow.work()
                ids = [flow.invoice() for _ in range(size)]
                measure(flow, f"{size} created", ids)
                measure(flow, f"{size} unchanged", ids)
                for one in ids:
                    flow.set_price(one, "175")
                measure(flow, f"{size} changed", ids)
                if size == 1:
                    clicks(flow)


def clicks(flow: Flow) -> None:
    """What the API asks of both services for one person."""
    known = flow.invoice()
    shown(flow, "preview, created", lambda: flow.get(f"/v1/invoices/{known}/preview"))
    stranger = flow.portal.create("contacts", {"email": "jo@acme.example", "company": "Acme"})
    flow.realm.add_customer("Acme Ltd", "x@else.example")
    failing = flow.invoice(contact_id=stranger)
    flow.work()
    path = f"/v1/invoices/{failing}"
    shown(flow, "preview, failing", lambda: flow.get(f"{path}/preview"))
    wanted = {"resolution": "use_customer"}
    show = {**wanted, "preview": True}
    shown(flow, "candidates", lambda: flow.post(f"{path}/resolve", show))
    (found,) = flow.post(f"{path}/resolve", show)["candidates"]
    click = {**wanted, "customerId": found["id"]}
    shown(
        flow, "click, previewed", lambda: flow.post(f"{path}/resolve", {**click, "preview": True})
    )
    shown(flow, "the click", lambda: flow.post(f"{path}/resolve", click))
    shown(flow, "and its look", flow.work)


def measure(flow: Flow, name: str, ids: list[str]) -> None:
    """One pass of the worker over these invoices, nothing else."""
    flow.hubspot.webhooks.discard()
    hints = [flow.hint(one) for one in ids]
    shown(flow, name, lambda: sync_worker.collaborators().worker.run(hints), len(ids))


def shown(flow: Flow, name: str, do: Callable[[], object], shared_by: int = 1) -> None:
    flow.clock.advance(10)  # HubSpot's limit is for ten seconds
    before = totals(flow)
    do()
    spent = [(after - start) / shared_by for after, start in zip(totals(flow), before, strict=True)]
    print(f"{name:20}{spent[0]:>10.2f}{spent[1]:>12.2f}{spent[2]:>16.2f}")


def totals(flow: Flow) -> tuple[int, int, int]:
    return (
        flow.hubspot.calls.total(),
        flow.quickbooks.calls.total(),
        flow.quickbooks.metered_reads(REALM_ID),
    )


if __name__ == "__main__":
    main()
