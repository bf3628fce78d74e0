"""Observe QuickBooks' customers: those that the contacts of invoices are matched with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from invoice_sync.errors import FaultError
from invoice_sync.model import normal_forms
from invoice_sync.model.failure import Failure
from invoice_sync.model.hubspot import Contact, Invoice
from invoice_sync.model.quickbooks import Customer
from invoice_sync.model.record import CustomerChoice
from invoice_sync.plan.identity import kept_customer_id, moved_from, names_another_payer, took_over
from invoice_sync.plan.payer import Payer, ancestors, disagrees, payer_of
from invoice_sync.quickbooks import parse
from invoice_sync.quickbooks.query import ANY_STATE
from invoice_sync.store.items import from_map
from invoice_sync.sync import forgotten, remembered, trouble
from invoice_sync.sync.batch import Batch, Observation, Trouble
from invoice_sync.sync.remembered import RememberedKey
from invoice_sync.sync.retired import successors

_Customers = tuple[Customer, ...]
# Customers go four levels deep below the top (QuickBooks' limit, fault 6180).
_LEVELS = 4
# A merged customer may be merged again.
_MERGES = 3


@dataclass(frozen=True)
class CustomerMatch:
    """Who pays an invoice, the QuickBooks customers that match, and what a person decided about
    them. `unreadable`: why they are not known."""

    payer: Payer | None = None
    choice: CustomerChoice | None = None
    # Inactive customers with the payer's email, where no active one has it.
    retired: _Customers = ()
    unreadable: Failure | Trouble | None = None

    def seen(self, observation: Observation) -> Observation:
        """Return the observation with what the match tells about the invoice's payer."""
        invoice = observation.invoice
        if invoice is None or self.payer is None:
            return observation
        payer = {"contact": self.payer.contact, "company": self.payer.company}
        side = replace(
            observation.quickbooks,
            customers=self.payer.customers,
            payer_is_unknown=self.payer.is_unknown,
            retired=self.retired,
            choice=self.choice,
        )
        return replace(observation, invoice=invoice.model_copy(update=payer), quickbooks=side)


@dataclass
class _Found:
    """The customers with a contact's emails, by contact id, and the emails for which QuickBooks
    refuses to return them."""

    customers: dict[str, _Customers] = field(default_factory=dict)
    refused: dict[str, FaultError] = field(default_factory=dict)
    # Inactive ones, of contacts that have no other.
    retired: dict[str, _Customers] = field(default_factory=dict)

    def unreadable_for(self, invoice: Invoice) -> Failure | Trouble | None:
        emails = [email for payer in invoice.payers for email in payer.emails]
        for email in emails:
            if email in self.refused:
                return trouble.of_unreadable(self.refused[email], "customer with the email", email)
        return None


def read_customers(batch: Batch, observations: Sequence[Observation]) -> dict[str, CustomerMatch]:
    """Return the match of each invoice, by its id: as a person chose, else by saved link, else by
    email. All are remembered, so a known customer costs no read; nor does a written invoice, whose
    customer is decided.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    matches = {each.task.invoice_id: CustomerMatch() for each in observations}
    invoices = {
        each.task.invoice_id: each.invoice
        for each in observations
        if each.invoice and _is_undecided(each, each.invoice)
    }
    recalled = batch.memory.recall(dict.fromkeys(_keys(batch, invoices.values())))
    choices = {
        invoice_id: _choice(batch, invoice, recalled) for invoice_id, invoice in invoices.items()
    }
    known = {
        invoice_id: _linked_id(batch, invoice, choices[invoice_id], recalled)
        for invoice_id, invoice in invoices.items()
    }
    successors = _merged(batch, known.values())
    rest = [invoice for invoice_id, invoice in invoices.items() if not known[invoice_id]]
    found = _by_email(batch, rest, recalled)
    for invoice_id, invoice in invoices.items():
        choice, customer_id = choices[invoice_id], known[invoice_id]
        if customer_id:
            # It was chosen, or made, for this currency.
            customer = Customer(
                id=successors.get(customer_id, customer_id),
                display_name="",
                currency=invoice.currency,
            )
            payer = Payer(invoice.contact, invoice.company, (customer,))
            matches[invoice_id] = CustomerMatch(payer, choice)
        elif unreadable := found.unreadable_for(invoice):
            matches[invoice_id] = CustomerMatch(None, choice, unreadable=unreadable)
        else:
            payer = payer_of(invoice, found.customers)
            retired = found.retired.get(payer.contact.id, ()) if payer.contact else ()
            matches[invoice_id] = CustomerMatch(payer, choice, retired)
    return matches


def _is_undecided(observation: Observation, invoice: Invoice) -> bool:
    """Tell whether an invoice needs a customer, or names another payer than it was written for."""
    record = observation.record
    return not kept_customer_id(record) or names_another_payer(invoice, record)


def _keys(batch: Batch, invoices: Iterable[Invoice]) -> list[RememberedKey]:
    portal_id = batch.connection.portal_id
    keys: list[RememberedKey | None] = []
    for invoice in invoices:
        keys += [
            remembered.customer_choice(portal_id, invoice),
            remembered.customer_link(portal_id, invoice),
            *map(remembered.customers_of, invoice.payers),
        ]
    return [key for key in keys if key]


def _choice(batch: Batch, invoice: Invoice, recalled: Mapping[str, Any]) -> CustomerChoice | None:
    key = remembered.customer_choice(batch.connection.portal_id, invoice)
    if batch.assumptions.customer or key is None or key not in recalled:
        return batch.assumptions.customer
    return from_map(CustomerChoice, recalled[key])


def _linked_id(
    batch: Batch, invoice: Invoice, choice: CustomerChoice | None, recalled: Mapping[str, Any]
) -> str:
    """Return the customer that a person chose or that was made for the contact; else nothing."""
    if choice and choice.customer_id:
        return choice.customer_id
    link = remembered.customer_link(batch.connection.portal_id, invoice)
    return str(recalled[link]) if link and link in recalled else ""


def _merged(batch: Batch, customer_ids: Iterable[str]) -> dict[str, str]:
    """Return, for those of the customers that were merged into another one, the one that is
    left."""
    left = {customer_id: customer_id for customer_id in customer_ids if customer_id}
    for _ in range(_MERGES):
        keys = {customer_id: remembered.merged(customer_id) for customer_id in left.values()}
        recalled = batch.memory.recall(keys.values())
        if not recalled:
            break
        winners = {each: str(recalled[key]) for each, key in keys.items() if key in recalled}
        left = {before: winners.get(now, now) for before, now in left.items()}
    return left


# -- by email


def _by_email(batch: Batch, invoices: Sequence[Invoice], recalled: Mapping[str, Any]) -> _Found:
    """Return the customers of all who may pay. What is remembered counts as far as it decides: who
    shares an email with another is looked for again."""
    taken = _emails_of_changed(batch) if invoices and recalled else set()
    customers = {
        payer.id: tuple(from_map(Customer, each) for each in recalled[key])
        for invoice in invoices
        for payer in invoice.payers
        if (key := remembered.customers_of(payer)) and key in recalled
        if taken.isdisjoint(payer.emails)
    }
    found = _Found(customers)
    unknown = [invoice for invoice in invoices if not _decides(invoice, customers)]
    contacts = {payer.id: payer for invoice in unknown for payer in invoice.payers}
    read = _read_by_email(batch, [*contacts.values()])
    for contact_id, customer in [*forgotten.customers(batch, unknown, read.customers)]:
        known = read.customers if customer.active else read.retired
        known[contact_id] = (*known.get(contact_id, ()), customer)
    found.customers |= read.customers
    found.refused, found.retired = read.refused, read.retired
    batch.memory.keep_customers(
        {
            key: read.customers[payer.id]
            for invoice in unknown
            if _decides(invoice, found.customers)
            for payer in invoice.payers
            if (key := remembered.customers_of(payer)) and read.customers.get(payer.id)
        }
    )
    return found


def _emails_of_changed(batch: Batch) -> set[str]:
    """Read the customers that have changed and were not read since, and return their emails: who
    is remembered by one of these may not be the only one who has it. As a rule there are none."""
    unread = batch.memory.unread_customers()
    if not unread:
        return set()
    rows = batch.quickbooks.find("Customer", "Id", unread).rows
    emails = {email for row in rows for email in normal_forms.emails(parse.customer(row).email)}
    batch.memory.forget_customers(unread, emails)
    batch.memory.mark_read(unread)
    return emails


def _decides(invoice: Invoice, customers: Mapping[str, _Customers]) -> bool:
    """Tell whether these customers settle who pays the invoice."""
    if any(payer.emails and payer.id not in customers for payer in invoice.payers):
        return False
    payer = payer_of(invoice, customers)
    fits = len(payer.customers) == 1 and payer.customers[0].currency in ("", invoice.currency)
    return fits and not payer.is_unknown and not disagrees(payer.customers[0], invoice)


def _read_by_email(batch: Batch, contacts: Sequence[Contact]) -> _Found:
    """Return the customers that have one of a contact's emails: the main one, or else another.

    A customer's email field may hold several addresses, which only a search within the field finds:
    one more read for each address of a contact for whom nobody is found otherwise.
    """
    spellings = {
        spelling
        for contact in contacts
        for spelling in (*contact.emails, normal_forms.tidy(contact.email))
        if "@" in spelling
    }
    found = batch.quickbooks.find("Customer", "PrimaryEmailAddr", spellings, ANY_STATE)
    by_email = _grouped(row for row in found.rows if row.get("Active", True))
    by_email |= _taken_over(batch, {e for c in contacts for e in c.emails} - by_email.keys())
    retired = _grouped(row for row in found.rows if not row.get("Active", True))
    by_email |= _merged_unheard(batch, retired, by_email)
    refused = {email.casefold(): fault for email, fault in found.refused.items()}
    missing = {
        email
        for contact in contacts
        if not any(each in by_email or each in refused for each in contact.emails)
        for email in contact.emails
    }
    if missing:
        searches = [("Customer", "PrimaryEmailAddr", email) for email in sorted(missing)]
        rows = [row for group in batch.quickbooks.resembling(searches) for row in group]
        by_email |= {key: each for key, each in _grouped(rows).items() if key in missing}
    customers, left = {}, dict[str, _Customers]()
    for contact in contacts:
        main = [each for each in contact.emails[:1] if each in by_email]
        emails = main or [each for each in contact.emails if each in by_email]
        every = (customer for email in emails for customer in by_email[email])
        customers[contact.id] = tuple(dict.fromkeys(every))
        if not customers[contact.id]:
            gone = (customer for email in contact.emails for customer in retired.get(email, ()))
            left[contact.id] = tuple(dict.fromkeys(gone))
    return _Found(customers, refused, left)


def _merged_unheard(
    batch: Batch, retired: Mapping[str, list[Customer]], by_email: Mapping[str, object]
) -> dict[str, list[Customer]]:
    """Return the customers, by email, that took over from inactive ones, where nobody else has the
    email."""
    asked = {email: gone for email, gone in retired.items() if email not in by_email}
    winners = successors(batch, {each for gone in asked.values() for each in gone})
    left = {
        email: list(dict.fromkeys(winners[each.id] for each in gone if each.id in winners))
        for email, gone in asked.items()
    }
    return {email: customers for email, customers in left.items() if customers}


def _taken_over(batch: Batch, emails: Iterable[str]) -> dict[str, list[Customer]]:
    """Return the customers, by email, that took over the ones with these emails."""
    keys = {remembered.email_taken_over(email): email for email in emails}
    recalled = batch.memory.recall(keys) if keys else {}
    winners = {keys[RememberedKey(key)]: str(winner) for key, winner in recalled.items()}
    left = _merged(batch, winners.values())
    rows = batch.quickbooks.find("Customer", "Id", left.values()).rows if left else []
    customers = {row["Id"]: parse.customer(row) for row in rows}
    return {
        email: [customers[left[winner]]]
        for email, winner in winners.items()
        if left[winner] in customers
    }


def _grouped(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Customer]]:
    """Return the customers by each of their addresses."""
    by_email: dict[str, list[Customer]] = {}
    for row in rows:
        customer = parse.customer(row)
        for email in normal_forms.emails(customer.email):
            by_email.setdefault(email, []).append(customer)
    return by_email


# -- written invoices


def with_names(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Read the names of both customers where HubSpot names another payer than a written invoice
    has. As a rule there are none."""
    asked: dict[str, set[str]] = {}
    for each in observations:
        kept = kept_customer_id(each.record)
        ids = {customer.id for customer in each.quickbooks.customers}
        if kept and ids and kept not in ids:
            asked[each.task.invoice_id] = {kept, *ids}
    if not asked:
        return [*observations]
    found = batch.quickbooks.find("Customer", "Id", set().union(*asked.values()), ANY_STATE)
    names = {row["Id"]: parse.customer(row).display_name for row in found.rows}
    return [
        replace(each, quickbooks=replace(each.quickbooks, customer_names=names))
        if each.task.invoice_id in asked
        else each
        for each in observations
    ]


def with_successors(batch: Batch, observations: Sequence[Observation]) -> list[Observation]:
    """Find out, where QuickBooks has an invoice with another customer than we wrote, whether that
    customer took over from ours: by a merge, or as its project. As a rule there are none."""
    moved = {
        each.task.invoice_id: (before, each.existing.customer_id)
        for each in observations
        if each.existing and (before := moved_from(each.record, each.existing))
    }
    if not moved:
        return [*observations]
    customers = _with_parents(
        batch, {customer_id for pair in moved.values() for customer_id in pair}
    )
    winners = _merged(batch, {before for before, _ in moved.values()})
    over = {
        invoice_id: (before, now)
        for invoice_id, (before, now) in moved.items()
        if took_over(before, now, customers, "" if winners[before] == before else winners[before])
    }
    for before, now in over.values():
        if before not in ancestors(customers[now], customers):
            email = customers[before].email if before in customers else ""
            batch.memory.keep_merge(before, normal_forms.emails(email), now)
    names = {customer.id: customer.display_name for customer in customers.values()}
    return [
        replace(
            each,
            quickbooks=replace(
                each.quickbooks,
                customer_took_over=each.task.invoice_id in over,
                customer_names={**names, **each.quickbooks.customer_names},
            ),
        )
        if each.task.invoice_id in moved
        else each
        for each in observations
    ]


def _with_parents(batch: Batch, customer_ids: Iterable[str]) -> dict[str, Customer]:
    """Return the customers by id, inactive ones too, and all above them."""
    customers: dict[str, Customer] = {}
    missing = {*customer_ids}
    for _ in range(1 + _LEVELS):
        found = batch.quickbooks.find("Customer", "Id", missing, ANY_STATE)
        customers |= {row["Id"]: parse.customer(row) for row in found.rows}
        parents = {customer.parent_id for customer in customers.values()} - {""}
        missing = parents - customers.keys() - missing
        if not missing:
            break
    return customers
