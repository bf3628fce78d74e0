"""One QuickBooks customer for each HubSpot contact, whatever gets lost while it is created."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from werkzeug import Request

from infra.local.wire import Answer, Fault
from invoice_sync.sync import customers
from invoice_sync.sync.worker import Worker

from .conftest import Flow


def creates_a_customer(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith("/customer")


@pytest.fixture
def lagging(flow: Flow) -> Flow:
    """QuickBooks' queries miss what is younger than 20 seconds, `requestid` has no effect, and a
    name that is taken gets a number."""
    flow.settings(create_customers=True, on_display_name_clash="number")
    flow.quickbooks.switches.honour_request_id = False
    flow.clock.advance(30)
    flow.quickbooks.switches.query_lag_seconds = 20
    return flow


def ada(flow: Flow, **properties: str) -> str:
    whole = {"firstname": "Ada", "lastname": "Byron", **properties}
    return str(flow.portal.create("contacts", whole))


def names(flow: Flow) -> list[str]:
    return [each["DisplayName"] for each in flow.realm.customers]


def worker(flow: Flow, seconds: float = 0) -> Worker:
    return flow.sync_at(flow.clock.now() + timedelta(seconds=seconds))


def settle(flow: Flow, *invoice_ids: str) -> None:
    """Let all waits end and queries catch up, twice: a lease of the dead ends too."""
    for _ in range(2):
        flow.clock.advance(150)
        flow.work_later()
    assert [flow.status(each)["status"] for each in invoice_ids] == ["synced"] * len(invoice_ids)


@pytest.mark.parametrize("email", [{}, {"email": "ada@byron.example"}], ids=["nameless", "email"])
def test_two_workers_for_two_invoices_of_one_contact(lagging: Flow, email: dict[str, str]) -> None:
    contact_id = ada(lagging, **email)
    first, second = (lagging.invoice(contact_id=contact_id) for _ in range(2))
    other, done = worker(lagging), list[int]()

    def meanwhile(request: Request) -> bool:
        if creates_a_customer(request) and not done:
            done.append(1)
            other.run([lagging.hint(second)])
        return False

    lagging.quickbooks.faults.append(Fault(meanwhile, None))
    worker(lagging).run([lagging.hint(first)])
    assert done
    settle(lagging, first, second)
    assert names(lagging) == ["Globex", "Ada Byron"]


def test_it_is_made_after_another_worker_looked_for_it(lagging: Flow) -> None:
    contact_id = ada(lagging, email="ada@byron.example")
    first, second = (lagging.invoice(contact_id=contact_id) for _ in range(2))
    other, done = worker(lagging), list[int]()

    def meanwhile(request: Request) -> bool:
        if "from Customer" in request.args.get("query", "") and not done:
            done.append(1)
            other.run([lagging.hint(first)])
        return False

    lagging.quickbooks.faults.append(Fault(meanwhile, None))
    worker(lagging).run([lagging.hint(second)])
    assert done
    settle(lagging, first, second)
    assert names(lagging) == ["Globex", "Ada Byron"]


def throttled(*_: object) -> None:
    error = {"Error": {"Code": "ProvisionedThroughputExceededException", "Message": ""}}
    raise ClientError(error, "BatchWriteItem")  # type: ignore[arg-type]


def killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("end", [throttled, killed])
def test_its_creator_ends_before_it_can_note_the_answer(
    lagging: Flow, monkeypatch: pytest.MonkeyPatch, end: Any
) -> None:
    contact_id = ada(lagging)
    first, second = (lagging.invoice(contact_id=contact_id) for _ in range(2))
    dying = worker(lagging)
    with monkeypatch.context() as patched:
        patched.setattr(customers, "_remember", end)
        with pytest.raises((ClientError, KeyboardInterrupt)):
            dying.run([lagging.hint(first)])
    assert names(lagging) == ["Globex", "Ada Byron"]
    worker(lagging).run([lagging.hint(second)])
    settle(lagging, first, second)
    assert names(lagging) == ["Globex", "Ada Byron"]


def test_its_answer_is_lost(lagging: Flow) -> None:
    lagging.quickbooks.switches.lose_first_customer_answer = True
    first = lagging.invoice(contact_id=(contact_id := ada(lagging)))
    lagging.work()
    second = lagging.invoice(contact_id=contact_id)
    lagging.work()
    lagging.work_later()
    assert names(lagging) == ["Globex", "Ada Byron"]
    settle(lagging, first, second)
    assert names(lagging) == ["Globex", "Ada Byron"]


def test_its_answer_is_lost_and_a_person_renames_the_contact(lagging: Flow) -> None:
    lagging.quickbooks.switches.lose_first_customer_answer = True
    contact_id = ada(lagging)
    invoice_id = lagging.invoice(contact_id=contact_id)
    lagging.work()
    lagging.portal.update("contacts", contact_id, {"lastname": "Lovelace"})
    settle(lagging, invoice_id)
    assert names(lagging) == ["Globex", "Ada Byron"]


def test_until_an_answer_is_known_the_request_id_stays(flow: Flow) -> None:
    flow.settings(create_customers=True)
    sent: list[str] = []

    def note(request: Request) -> bool:
        if creates_a_customer(request):
            sent.append(request.args["requestid"])
        return False

    flow.quickbooks.faults.append(Fault(note, None))
    flow.quickbooks.faults.append(Fault(creates_a_customer, None, times=1))
    busy = {"Fault": {"Error": [{"Message": "No", "Detail": "No", "code": "2020"}]}}
    flow.quickbooks.faults.append(Fault(creates_a_customer, Answer(400, busy), times=1))
    invoice_id = flow.invoice(contact_id=ada(flow))
    flow.work()
    flow.clock.advance(40)
    flow.work_later()
    assert flow.failure_code(invoice_id) == "unexpected"
    flow.post(f"/v1/invoices/{invoice_id}/retry")
    flow.work()
    lost, refused, answered = sent
    assert lost == refused != answered
    assert flow.status(invoice_id)["status"] == "synced"
