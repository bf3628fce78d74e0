"""Days of both companies: people act, at night the system settles and the auditor looks."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

import sweep
import sync_worker
from infra.local.lambda_context import LambdaContext
from tests.flows.acting import meanwhile
from tests.flows.conftest import PORTAL_ID, REALM_ID, check_numbers

from .auditor import Auditor
from .hubspot_people import HubSpotPeople
from .quickbooks_people import QuickBooksPeople
from .world import PRICES, chosen

_ACTS_A_DAY = 8
_ROUNDS = 8
_FIVE_MINUTES, _TEN_MINUTES, _TO_NEXT_DAY = 300, 600, 20 * 3600
# Calls of a look, in their order.
_DURING = [
    ("hubspot", "/associations/invoices/line_items/batch/read"),
    ("hubspot", "/objects/line_items/batch/read"),
    ("quickbooks", "/batch"),
    ("hubspot", "/objects/invoices/batch/update"),
]
# Clicks that a person can make without an argument.
_ALONE = (
    "create_customer",
    "next_free_name",
    "reapply_hubspot",
    "accept_quickbooks",
    "create_again",
    "create_anyway",
    "next_free_number",
    "let_quickbooks_number",
    "stop_syncing",
)


class Days(HubSpotPeople, QuickBooksPeople):
    @rule()
    def webhooks_are_lost(self) -> None:
        self.flow.hubspot.webhooks.discard()
        self.flow.quickbooks.webhooks.discard()

    @rule()
    def a_moment_passes(self) -> None:
        self.flow.work()
        self.flow.clock.advance(5)

    @rule()
    def the_sweep_runs(self) -> None:
        self.flow.clock.advance(_FIVE_MINUTES)
        sweep.handler({}, LambdaContext("sweep"))
        self.flow.work()

    @precondition(lambda self: self.copies())
    @rule(
        data=st.data(),
        call=st.sampled_from(_DURING),
        price=st.sampled_from(PRICES),
        is_told=st.booleans(),
    )
    def somebody_edits_what_is_being_looked_at(
        self, data: st.DataObject, call: tuple[str, str], price: str, is_told: bool
    ) -> None:
        """The price of its line changes while we read, post or show the invoice."""
        self.flow.work()
        posted = [each for each in self.open_invoices() if self.flow.in_quickbooks(each)]
        if not posted:
            return
        invoice_id = chosen(data, posted)

        def edit() -> None:
            if invoice_id in self.open_invoices():
                self.flow.set_price(invoice_id, price)
            if not is_told:
                self.flow.hubspot.webhooks.discard()

        service, path = call
        simulator = getattr(self.flow, service)
        due = data.draw(st.sampled_from(["2030-02-28", "2030-03-31"]))
        self.flow.portal.update("invoices", invoice_id, {"hs_due_date": due})
        meanwhile(simulator, path, edit)
        self.flow.work()
        simulator.faults.clear()

    @rule()
    def the_access_ends_and_somebody_connects_again(self) -> None:
        """Settings and start stay; what failed for it is looked at."""
        self.flow.quickbooks.tokens.revoke_realm(REALM_ID)
        sync_worker.collaborators.cache_clear()
        self.flow.work()
        grants = {
            "hubspot": self.flow.hubspot.grant(PORTAL_ID),
            "quickbooks": self.flow.quickbooks.grant(REALM_ID),
        }
        self.flow.own.renew(PORTAL_ID, grants)
        for module in (sync_worker, sweep):
            module.collaborators.cache_clear()
        self.flow.post("/v1/failures/retry?code=reconnect_required")

    @rule(data=st.data())
    def somebody_clicks(self, data: st.DataObject) -> None:
        """Carry out one of the resolutions that a failing invoice offers."""
        self.flow.work()
        rows = self.flow.get("/v1/failures?limit=100")["failures"]
        offers = [
            (row["invoiceId"], resolution["name"])
            for row in rows
            for resolution in row["failure"]["resolutions"]
            if resolution["name"] in _ALONE
        ]
        if not offers:
            return
        invoice_id, name = chosen(data, offers)
        path = f"/v1/invoices/{invoice_id}/resolve"
        answer = self.flow.fetch("POST", path, {"resolution": name})
        assert answer.status in (200, 409), answer.text
        if answer.status == 200:
            self.ledger.decisions.setdefault(invoice_id, []).append(name)

    @invariant()
    def night_comes_after_some_acts(self) -> None:
        self.acts += 1
        self.watch_emails()
        if self.acts % _ACTS_A_DAY == 0:
            self._night()

    def _night(self) -> None:
        self._settle()
        findings = Auditor(self.flow, self.ledger).findings()
        assert not findings, "\n".join(findings)
        check_numbers(self.flow)
        self.flow.clock.advance(_TO_NEXT_DAY)

    def _settle(self) -> None:
        """Let the schedule and the queue run until nothing is pending."""
        for _ in range(_ROUNDS):
            self.flow.work_later()
            sweep.handler({}, LambdaContext("sweep"))
            self.flow.work_later()
            self.flow.clock.advance(_TEN_MINUTES)
            if not any(record.status == "pending" for record in self.flow.records()):
                return
