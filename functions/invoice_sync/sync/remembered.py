"""What is remembered of a realm, so that it costs no read: every key, and how long each is kept.

These keys are not those of `failures.waits`, which say what a failing invoice waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NewType

from invoice_sync.model.hubspot import Contact, Invoice
from invoice_sync.model.quickbooks import Customer, ItemName
from invoice_sync.store.store import Store

RememberedKey = NewType("RememberedKey", str)
_EMAIL = "EMAIL#"

# When an invoice or a payment was last written, in ISO 8601.
LAST_WRITE = RememberedKey("LAST_WRITE")
PREFERENCES = RememberedKey("PREFERENCES")
PREFERENCES_KEPT = timedelta(hours=1)
# It never changes, so it is not read again with the preferences.
COUNTRY = RememberedKey("COUNTRY")
COUNTRY_KEPT = timedelta(days=30)
# Rates change with the year, and by a person's hand.
TAX_CODES_KEPT = timedelta(days=1)
# A rate of a day that is over does not change; today's may.
PAST_RATES_KEPT = timedelta(days=400)
RATES_KEPT = timedelta(hours=4)
# Emails move from customer to customer.
EMAILS_KEPT = timedelta(days=1)
# A link is made once and kept.
CUSTOMER_LINKS_KEPT = timedelta(days=3650)
ITEMS_KEPT = timedelta(days=30)
# Such an item very rarely becomes another type. If this were forgotten, invoices would be
# rewritten.
INVENTORY_KEPT = timedelta(days=3650)
# Longer than an invoice stays open, as a rule; after that a sweep sees the change.
PARTS_KEPT = timedelta(days=400)
# As long as somebody may still take a payment back.
PAYMENTS_KEPT = timedelta(days=400)
SHOWN_STATUS_KEPT = timedelta(days=400)
# A little less than such a hint is under way: it must not take itself for another one.
STATUS_HINTS_KEPT = timedelta(minutes=14)


class Memory:
    """The remembered values of one realm. A dry run recalls them, and keeps and forgets nothing."""

    def __init__(self, store: Store, realm_id: str, now: datetime, *, keeps: bool = True) -> None:
        self._store, self._realm_id, self._now, self._keeps = store, realm_id, now, keeps

    def recall(self, keys: Iterable[RememberedKey]) -> dict[str, Any]:
        """Return the values by key, without those whose time is over."""
        return self._store.realm.recall(self._realm_id, keys, self._now)

    def keep(self, values: Mapping[RememberedKey, Any], kept: timedelta) -> None:
        if self._keeps:
            by_key = {str(key): value for key, value in values.items()}
            self._store.realm.remember(self._realm_id, by_key, self._now, kept)

    def keep_customers(self, found: Mapping[RememberedKey, Sequence[Customer]]) -> None:
        """Keep the customers that contacts were matched with, so that a change of any of them has
        the match forgotten."""
        values: dict[RememberedKey, Any] = {}
        for key, customers in found.items():
            values[key] = [
                customer.model_dump(mode="json", by_alias=True, exclude_defaults=True)
                for customer in customers
            ]
            values |= {_matched(customer.id, key): True for customer in customers}
        self.keep(values, EMAILS_KEPT)

    def forget_customers(self, ids: Iterable[str], emails: Iterable[str] = ()) -> None:
        """Forget what the customers were matched with, and who is matched by these emails."""
        if not self._keeps:
            return
        marks = [*map(_matched, ids), *(f"{_EMAIL}{email}" for email in emails)]
        for mark in dict.fromkeys(marks):
            names = self._store.realm.remembered_names(self._realm_id, mark)
            matches = (name.removeprefix(mark) for name in names if name.startswith("MATCHED#"))
            self._store.realm.forget(self._realm_id, [*names, *matches])

    def keep_merge(self, loser_id: str, emails: Iterable[str], winner_id: str) -> None:
        """Keep which customer took over from another, and the emails of the other."""
        keys = [merged(loser_id), *map(email_taken_over, emails)]
        self.keep(dict.fromkeys(keys, winner_id), CUSTOMER_LINKS_KEPT)

    def mark_unread(self, customer_ids: Iterable[str]) -> None:
        """Note that these customers have changed and were not read: any email that is remembered
        may be theirs now."""
        self.keep({_unread(each): True for each in customer_ids}, EMAILS_KEPT)

    def mark_read(self, customer_ids: Iterable[str]) -> None:
        self.forget(map(_unread, customer_ids))

    def unread_customers(self) -> list[str]:
        """Return the customers that have changed and were not read since."""
        names = self._store.realm.remembered_names(self._realm_id, _unread())
        return [name.removeprefix(_unread()) for name in names]

    def forget(self, keys: Iterable[RememberedKey]) -> None:
        if self._keeps:
            self._store.realm.forget(self._realm_id, keys)


def customer_link(portal_id: str, invoice: Invoice) -> RememberedKey | None:
    """Return the key of the customer that was made for the invoice's contact and company; None
    without a contact. While nobody knows which of several contacts pays, the key is for all of
    them."""
    if not invoice.payers:
        return None
    payers = "+".join(sorted(payer.id for payer in invoice.payers))
    companies = "+".join(sorted(company.id for company in invoice.companies))
    return RememberedKey(f"CUSTOMER#{portal_id}#{payers}#{companies}#{invoice.currency}")


def invoice_of(customer_id: str) -> RememberedKey:
    """Return the key of the QuickBooks invoice that was written last for the customer."""
    return RememberedKey(f"INVOICE_OF#{customer_id}")


def customer_choice(portal_id: str, invoice: Invoice) -> RememberedKey | None:
    """Return the key of what a person decided about the customer of the invoice's contact and
    company; None without a contact."""
    link = customer_link(portal_id, invoice)
    return RememberedKey(f"CHOICE#{link}") if link else None


def customers_of(contact: Contact) -> RememberedKey | None:
    """Return the key of the customers with the contact's emails; None without an email."""
    return RememberedKey(f"{_EMAIL}{'|'.join(contact.emails)}") if contact.emails else None


def merged(customer_id: str) -> RememberedKey:
    """Return the key of the customer that took over from this one in a merge."""
    return RememberedKey(f"MERGED#{customer_id}")


def email_taken_over(email: str) -> RememberedKey:
    """Return the key of the customer that took over the one with that email."""
    return RememberedKey(f"TAKENOVER#{email}")


def _unread(customer_id: str = "") -> RememberedKey:
    return RememberedKey(f"UNREAD#{customer_id}")


def _matched(customer_id: str, key: str = "") -> RememberedKey:
    """Return the key that says under which other key a customer is remembered; without one, what
    all of these begin with."""
    return RememberedKey(f"MATCHED#{customer_id}#{key}")


def tax_code(code_id: str) -> RememberedKey:
    return RememberedKey(f"TAXCODE#{code_id}")


def exchange_rate(currency: str, day: date) -> RememberedKey:
    """Return the key of a currency's rate of that day."""
    return RememberedKey(f"RATE#{currency}#{day.isoformat()}")


def item(name: ItemName) -> RememberedKey:
    """Return the key of the id of the item with that SKU or name."""
    kind, value = name
    return RememberedKey(f"ITEM#{kind}#{value}")


def inventory(item_id: str) -> RememberedKey:
    """Return the key that says that QuickBooks keeps the stock of that item."""
    return RememberedKey(f"INVENTORY#{item_id}")


def item_choice(name: ItemName) -> RememberedKey:
    """Return the key of the item that a person chose for lines of that SKU or name."""
    return RememberedKey(f"CHOICE#{item(name)}")


def part(portal_id: str, object_type: str, object_id: str) -> RememberedKey:
    """Return the key of the invoice that a line item, discount, fee or tax belongs to, or of the
    invoices of a payment, with spaces between: a deleted one has no associations any more."""
    return RememberedKey(f"PART#{portal_id}#{object_type}#{object_id}")


def payment(entity: str, quickbooks_id: str) -> RememberedKey:
    """Return the key of what a QuickBooks payment or credit pays (see `payment_links`)."""
    return RememberedKey(f"{entity.upper()}#{quickbooks_id}")


def shown_status(portal_id: str, invoice_id: str) -> RememberedKey:
    """Return the key of the digest of the status that a HubSpot invoice shows."""
    return RememberedKey(f"SHOWN#{portal_id}#{invoice_id}")


def status_hint(portal_id: str, invoice_id: str) -> RememberedKey:
    """Return the key that says that a hint to show an invoice's status is under way."""
    return RememberedKey(f"STATUS_HINT#{portal_id}#{invoice_id}")
