"""A portal that the owner takes out of the deployment's list is out, connected or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import api
import hubspot_webhook
import sweep
import sync_worker
from infra.local import aws_calls
from invoice_sync.jobs import retry

from .acting import run_sweep
from .browser import NEW_PORTAL
from .conftest import PORTAL_ID, Flow


def restart() -> None:
    for function in (api, hubspot_webhook, sweep, sync_worker):
        function.collaborators.cache_clear()
        with aws_calls.made_by(function.__name__):
            function.collaborators()


@pytest.fixture
def synced(flow: Flow) -> Iterator[str]:
    """An invoice of a portal that has been taken out since."""
    invoice_id = flow.invoice()
    flow.work()
    assert flow.status(invoice_id)["status"] == "synced"
    flow.watch_quickbooks()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALLOWED_PORTAL_IDS", NEW_PORTAL)
        restart()
        yield invoice_id
    restart()


def calls(flow: Flow) -> int:
    return flow.hubspot.calls.total() + flow.quickbooks.calls.total()


def test_its_api_answers_with_words(flow: Flow, synced: str) -> None:
    for method, path in (
        ("GET", "/v1/failures/count"),
        ("GET", "/v1/connection"),
        ("POST", f"/v1/invoices/{synced}/retry"),
    ):
        answer = flow.fetch(method, path)
        assert answer.status == 403
        problem = answer.json()
        assert problem["code"] == "not_allowed"
        assert problem["detail"].startswith("This HubSpot account may not use this app.")


def test_nothing_of_it_is_synced(flow: Flow, synced: str) -> None:
    before = calls(flow)
    flow.set_price(synced, "175")
    flow.hubspot.deliver()
    assert sum(flow.own.poller.depth()) == 0  # the webhook is accepted and ignored
    flow.queue.send([flow.hint(synced)])  # what was on the queue already
    retry.begin(flow.own.store, flow.queue, PORTAL_ID, now=flow.clock.now())
    (invoice,) = flow.in_quickbooks(synced)
    flow.realm.edit_invoice(invoice["Id"], PrivateNote="edited")
    flow.work_later()
    run_sweep(flow)
    flow.work_later()
    assert calls(flow) == before
    assert sum(flow.own.poller.depth()) == 0
