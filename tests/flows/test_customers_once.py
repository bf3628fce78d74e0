"""One QuickBooks customer for each HubSpot contact, whatever gets lost while it is created."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from werkzeug import Request

from infra.local.wire import Answer, Fault
from invoice_sync.model.quickbooks import NewCustomer
from invoice_sync.plan.names import names_to_try
from invoice_sync.sync import customers
from invoice_sync.sync.customers import CustomerMaker
from invoice_sync.sync.worker import Worker

from .conftest import PORTAL_ID, Flow


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
@pytest.mark.parametrize("moment", ["it was looked for", "it is claimed"])
def test_two_workers_for_two_invoices_of_one_contact(
    lagging: Flow, monkeypatch: pytest.MonkeyPatch, email: dict[str, str], moment: str
) -> None:
    contact_id = ada(lagging, **email)
    first, second = (lagging.invoice(contact_id=contact_id) for _ in range(2))
    other, done = worker(lagging), list[int]()
    make = CustomerMaker.make

    def meanwhile(this: str) -> None:
        if this == moment and not done:
            done.append(1)
            other.run([lagging.hint(second)])

    def looked_for(*given: Any) -> Any:
        meanwhile("it was looked for")
        return make(*given)

    def claimed(customer: NewCustomer) -> list[str]:
        meanwhile("it is claimed")
        return names_to_try(customer)

    monkeypatch.setattr(CustomerMaker, "make", looked_for)
    monkeypatch.setattr(customers, "names_to_try", claimed)
    worker(lagging).run([lagging.hint(first)])
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
        with suppress(KeyboardInterrupt):
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


def test_its_first_request_takes_effect_late(lagging: Flow) -> None:
    contact_id, sent = ada(lagging), list[int]()

    def late(request: Request) -> bool:
        if not creates_a_customer(request):
            return False
        sent.append(1)
        if len(sent) == 2:
            marker = f"HubSpot contact {contact_id} (portal {PORTAL_ID})"
            lagging.realm.add_customer("Ada Byron", Notes=marker)
        return len(sent) == 1

    lagging.quickbooks.faults.append(Fault(late, None, times=2))
    invoice_id = lagging.invoice(contact_id=contact_id)
    lagging.work()
    assert names(lagging) == ["Globex"]
    settle(lagging, invoice_id)
    assert len(sent) > 1
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
