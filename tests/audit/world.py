"""The two companies' systems with ours between them, and what all who act there have in common."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from infra.local.aws import LocalAws
from infra.local.system import LocalSystem
from tests.driven_time import driving
from tests.flows.conftest import Flow

from .ledger import Ledger

HOME, FOREIGN, RATE = "USD", "EUR", "1.1"
# Products of both systems, and one that QuickBooks does not have at first.
PRODUCTS = [("Consulting", "CON-HOUR"), ("Support plan", "SUP"), ("Audit", "AUD")]
PRICES = ["150", "99.99", "0.35", "1200.10"]


class World(RuleBasedStateMachine):
    """One portal and one realm, from the day on which they were connected."""

    def __init__(self, aws: LocalAws) -> None:
        super().__init__()
        self._aws, self._open = aws, ExitStack()
        self.ledger = Ledger()
        self.flow: Flow
        # Ids in HubSpot.
        self.contacts: list[str] = []
        self.companies: list[str] = []
        self.invoices: list[str] = []
        # Those that somebody deleted.
        self.deleted: list[str] = []
        self.people = self.acts = 0

    @initialize(
        several_currencies=st.booleans(),
        creates_customers=st.booleans(),
        numbers=st.sampled_from(["hubspot", "quickbooks"]),
        applies_credits=st.booleans(),
    )
    def connected(
        self,
        several_currencies: bool,
        creates_customers: bool,
        numbers: str,
        applies_credits: bool,
    ) -> None:
        self._aws.reset()
        system = LocalSystem(self._aws)
        self._open.enter_context(driving(system.clock))
        self._open.enter_context(system)
        self.flow = Flow(system, multicurrency=several_currencies)
        self.flow.quickbooks.switches.rate_limits_on = False
        self.flow.settings(create_customers=creates_customers, document_number=numbers)
        realm = self.flow.realm
        realm.add_item("Support plan", "SUP")
        realm.set_preference("SalesFormsPrefs.AutoApplyCredit", applies_credits)
        self.contacts.append(self.flow.contact_id)
        self.watch_emails()
        if several_currencies:
            realm.exchange_rates[FOREIGN] = Decimal(RATE)
            realm.add_customer("Initech", "pay@initech.example", FOREIGN)
            self.new_contact("pay@initech.example")
        self.flow.watch_quickbooks()

    def teardown(self) -> None:
        self._open.close()

    # -- for those who act

    def watch_emails(self) -> None:
        """Note whose addresses are whose now, for the auditor."""
        self.ledger.watch_emails(self.flow.portal, self.flow.realm)

    def new_contact(self, email: str, **properties: str) -> str:
        contact_id = self.flow.portal.create("contacts", {"email": email, **properties})
        self.contacts.append(contact_id)
        return contact_id

    def new_email(self) -> str:
        self.people += 1
        return f"person{self.people}@customer.example"

    def amount_due(self, invoice_id: str) -> str:
        return self.property_of(invoice_id, "hs_balance_due") or "0"

    def property_of(self, invoice_id: str, name: str) -> str:
        return str(self.flow.portal.record("invoices", invoice_id).properties.get(name) or "")

    def open_invoices(self) -> list[str]:
        """Return those that HubSpot would let people change: open, and nothing paid."""
        return [
            invoice_id
            for invoice_id in self.invoices
            if self.property_of(invoice_id, "hs_invoice_status") == "open"
            and not self.flow.portal.associated("invoices", invoice_id, "commerce_payments")
        ]

    def copies(self) -> list[dict[str, Any]]:
        """Return QuickBooks' copies of our invoices, without void ones."""
        return [
            copy
            for invoice_id in self.invoices
            for copy in self.flow.in_quickbooks(invoice_id)
            if "Voided" not in copy["PrivateNote"]
        ]


def chosen(data: st.DataObject, things: Sequence[Any]) -> Any:
    return data.draw(st.sampled_from(list(things)))
