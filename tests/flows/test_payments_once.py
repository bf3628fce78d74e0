"""Each payment is recorded once, whatever gets lost."""

from __future__ import annotations

import random
import threading
from datetime import timedelta

import pytest
from werkzeug import Request

from infra.local.wire import Answer, Fault
from invoice_sync.hints import Hint
from invoice_sync.runtime import clock
from invoice_sync.sync.load_quickbooks import QUERY_LAG
from tests.driven_time import DrivenTime

from .acting import KilledError, killed, make_trouble, take
from .conftest import PORTAL_ID, Flow, check_numbers
from .paying import balance, look, paid, pays, states, synced, unrecorded
from .test_shared_payments import pay


class TestOnceOnly:
    @pytest.mark.parametrize("honoured", [True, False], ids=["requestid honoured", "and ignored"])
    def test_the_answer_is_lost(self, flow: Flow, honoured: bool) -> None:
        flow.quickbooks.switches.honour_request_id = honoured
        flow.quickbooks.switches.lose_first_payment_answer = True
        ids = [flow.invoice() for _ in range(4)]
        for one in ids:
            take(flow, one, "100")
            take(flow, one, "200")
        flow.work()
        for _ in range(4):
            flow.work_later()
        assert [balance(flow, flow.in_quickbooks(one)[0]["Id"]) for one in ids] == [0] * 4
        assert len(flow.realm.payments) == 8
        assert {paid(flow, one)["status"] for one in ids} == {"paid"}
        assert {flow.status(one)["status"] for one in ids} == {"synced"}

    def test_a_query_that_lags_behind_does_not_make_a_second_one(self, flow: Flow) -> None:
        flow.quickbooks.switches.honour_request_id = False
        invoice_id, quickbooks_id = synced(flow)
        flow.clock.advance(30)
        flow.quickbooks.switches.query_lag_seconds = 20
        flow.quickbooks.switches.lose_first_payment_answer = True
        take(flow, invoice_id, "100")
        flow.work()
        assert flow.status(invoice_id)["status"] == "pending"
        look(flow, invoice_id, QUERY_LAG * 2)
        assert len(flow.realm.payments) == 1
        flow.clock.advance(25)
        flow.work_later()
        assert len(flow.realm.payments) == 1
        assert flow.status(invoice_id)["status"] == "synced"
        assert balance(flow, quickbooks_id) == 200

    def test_one_that_never_arrived_is_sent_again_with_the_same_request_id(
        self, flow: Flow
    ) -> None:
        sent: list[str] = []

        def seen(request: Request) -> bool:
            if pays(request):
                sent.append(request.args["requestid"])
            return pays(request)

        flow.quickbooks.faults.append(Fault(seen, None, times=1))
        flow.quickbooks.faults.append(Fault(lambda request: seen(request) and False, None))
        invoice_id, _ = synced(flow)
        take(flow, invoice_id, "300")
        flow.work()
        assert flow.realm.payments == []
        assert flow.status(invoice_id)["status"] == "pending"
        look(flow, invoice_id)
        assert flow.realm.payments == []
        look(flow, invoice_id, QUERY_LAG * 2)
        assert len(flow.realm.payments) == 1
        assert len(sent) == 2
        assert len(set(sent)) == 1
        assert flow.status(invoice_id)["status"] == "synced"

    def test_refunded_while_the_answer_is_unknown(self, flow: Flow) -> None:
        flow.quickbooks.faults.append(Fault(pays, None))
        lost, _ = synced(flow)
        payment_id = take(flow, lost, "300")
        flow.work()
        changes = {"hs_latest_status": "refunded", "hs_refunds_amount": "300"}
        flow.portal.update("commerce_payments", payment_id, changes)
        look(flow, lost, QUERY_LAG * 2)
        assert flow.realm.payments == []
        assert states(flow, lost) == [("not_synced", "300.00")]

    def test_our_memory_is_lost(self, flow: Flow) -> None:
        invoice_id = flow.invoice(number="INV-7")
        take(flow, invoice_id, "100")
        flow.work()
        flow.own.aws.client("dynamodb").delete_item(
            TableName=flow.own.aws.environment["TABLE_NAME"],
            Key={"pk": {"S": f"PORTAL#{PORTAL_ID}"}, "sk": {"S": f"INVOICE#{invoice_id}"}},
        )
        take(flow, invoice_id, "200")
        flow.work()
        assert sorted(one["TotalAmt"] for one in flow.realm.payments) == [100, 200]
        assert states(flow, invoice_id) == [("recorded", "100.00"), ("recorded", "200.00")]

    def test_another_worker_has_the_invoice(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flow.quickbooks.switches.honour_request_id = False
        invoice_id, _ = synced(flow)
        take(flow, invoice_id, "300")
        flow.hubspot.webhooks.discard()
        hint, now = flow.hint(invoice_id), flow.clock.now()
        slow, quick = flow.sync_at(now), flow.sync_at(now + timedelta(seconds=130))
        answer, waiting = flow.quickbooks.answer, [hint]
        outcomes: list[dict[Hint, float]] = []
        time: DrivenTime = vars(clock)["time"]

        def answer_late(request: Request) -> Answer:
            # While the first one reads, its lease ends, and the second one does the whole work.
            if waiting:
                with time.set_aside():
                    outcomes.append(quick.run([waiting.pop()]))
            return answer(request)

        monkeypatch.setattr(flow.quickbooks, "answer", answer_late)
        again = slow.run([hint])
        assert outcomes == [{}]
        assert hint in again
        assert len(flow.realm.payments) == 1
        assert states(flow, invoice_id) == [("recorded", "300.00")]

    def test_the_worker_dies_after_the_payment(
        self, flow: Flow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flow.quickbooks.switches.honour_request_id = False
        flow.watch_quickbooks()
        invoice_id = flow.invoice()
        take(flow, invoice_id, "100")
        flow.hubspot.webhooks.discard()
        dying = flow.sync_at(flow.clock.now())
        monkeypatch.setattr(dying._store, "commit", killed)
        with pytest.raises(KilledError):
            dying.run([flow.hint(invoice_id)])
        look(flow, invoice_id, timedelta(minutes=5))
        assert len(flow.realm.invoices) == len(flow.realm.payments) == 1
        assert states(flow, invoice_id) == [("recorded", "100.00")]
        # QuickBooks' own events still find their way.
        flow.work()
        flow.clock.advance(2)
        flow.realm.receive_payment(flow.in_quickbooks(invoice_id)[0]["Id"], 200)
        flow.work()
        assert paid(flow, invoice_id)["status"] == "paid"

    @pytest.mark.parametrize("seed", [3, 4])
    def test_after_any_trouble_every_payment_is_there_once(self, flow: Flow, seed: int) -> None:
        flow.quickbooks.switches.honour_request_id = seed % 2 == 0
        flow.quickbooks.switches.rate_limits_on = False
        make_trouble(flow, seed)
        ids = [flow.invoice() for _ in range(6)]
        moment = flow.clock.now()
        for step in (11, 40, 130, 11, 40):
            for one in ids:
                take(flow, one, "50")
            moment += timedelta(seconds=step)
            flow.clock.advance(step)
            hints = [flow.hint(one) for one in ids]
            workers = [
                threading.Thread(target=flow.sync_at(moment).run, args=(some,))
                for some in (hints[:4], hints[2:])
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            check_numbers(flow)
        flow.quickbooks.faults.clear()
        flow.hubspot.faults.clear()
        for _ in range(4):
            moment += timedelta(minutes=5)
            flow.clock.advance(300)
            flow.sync_at(moment).run([flow.hint(one) for one in ids])
        notes = [one["PrivateNote"] for one in flow.realm.payments]
        assert len(notes) == len(set(notes)) == 30
        assert {balance(flow, flow.in_quickbooks(one)[0]["Id"]) for one in ids} == {50}
        assert {flow.status(one)["status"] for one in ids} == {"synced"}

    @pytest.mark.parametrize("seed", [1, 2])
    def test_payments_of_several_invoices_too(self, flow: Flow, seed: int) -> None:
        flow.quickbooks.switches.honour_request_id = False
        flow.quickbooks.switches.rate_limits_on = False
        chosen = random.Random(seed)  # noqa: S311
        ids = [flow.invoice() for _ in range(5)]
        make_trouble(flow, seed)
        moment, total = flow.clock.now(), 0
        for step in (11, 40, 130, 11, 40):
            amount = chosen.choice((50, 300, 420))
            total += amount
            pay(flow, str(amount), *chosen.sample(ids, chosen.choice((1, 2, 3))))
            moment += timedelta(seconds=step)
            flow.clock.advance(step)
            hints = [flow.hint(each) for each in chosen.sample(ids, 4)]
            workers = [
                threading.Thread(target=flow.sync_at(moment).run, args=(some,))
                for some in (hints[:2], hints[2:])
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            check_numbers(flow)
        flow.quickbooks.faults.clear()
        flow.hubspot.faults.clear()
        for _ in range(5):
            moment += timedelta(minutes=5)
            flow.clock.advance(300)
            flow.sync_at(moment).run([flow.hint(each) for each in ids])
        notes = [each["PrivateNote"] for each in flow.realm.payments]
        assert len(notes) == len(set(notes)) == 5
        assert sum(each["TotalAmt"] for each in flow.realm.payments) == total
        # HubSpot may have split them otherwise; no money is missing.
        assert [each for each in unrecorded(flow) if each["kind"] == "payment"] == []
        assert {flow.status(each)["status"] for each in ids} == {"synced"}
