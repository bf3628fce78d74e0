"""What is remembered of a realm, so that it costs no read: every key, and how long each is kept.

These keys are not those of `failures.waits`, which say what a failing invoice waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NewType

from invoice_sync.model.hubspot import Invoice
from invoice_sync.model.quickbooks import Customer
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.store.store import Store

RememberedKey = NewType("RememberedKey", str)
# An item as lines name it: ("sku" | "name", casefolded value).
ItemName = tuple[str, str]

# When an invoice or a payment was last written, in ISO 8601.
LAST_WRITE = RememberedKey("LAST_WRITE")
PREFERENCES = RememberedKey("PREFERENCES")
PREFERENCES_KEPT = timedelta(hours=1)
# It never changes, so it is not read again each time that the preferences are old.
COUNTRY = RememberedKey("COUNTRY")
COUNTRY_KEPT = timedelta(days=30)
# Rates change with the year, and by a person's hand.
TAX_CODES_KEPT = timedelta(days=1)
# Emails move from customer to customer.
EMAILS_KEPT = timedelta(days=1)
# A link is made once and kept.
CUSTOMER_LINKS_KEPT = timedelta(days=3650)
ITEMS_KEPT = timedelta(days=30)
# Such an item becomes another type very rarely; forgotten, it would have invoices rewritten.
INVENTORY_KEPT = timedelta(days=3650)
# Longer than an invoice stays open, as a rule; after that a sweep sees the change.
PARTS_KEPT = timedelta(days=400)
# As long as somebody may still take a payment back.
PAYMENTS_KEPT = timedelta(days=400)
SHOWN_STATUS_KEPT = timedelta(days=400)


_UNREAD = "UNREAD#"
# A customer that took another one over may be taken over itself.
_MERGES_FOLLOWED = 5


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

    def forget(self, keys: Iterable[RememberedKey]) -> None:
        if self._keeps:
            self._store.realm.forget(self._realm_id, keys)

    def keep_emails(self, customers: Mapping[RememberedKey, str]) -> None:
        """Keep the customers' ids by `customer_email`, so that `forget_emails` finds them."""
        by_customer = {_email_of(customer_id, key): key for key, customer_id in customers.items()}
        self.keep({**customers, **by_customer}, EMAILS_KEPT)

    def forget_emails(self, customer_ids: Iterable[str], emails: Iterable[str]) -> None:
        """Forget by which email these customers were found, and who was found by these emails."""
        if not self._keeps:
            return
        realm, realm_id = self._store.realm, self._realm_id
        for customer_id in customer_ids:
            names = realm.remembered_names(realm_id, _email_of(customer_id))
            keys = [name.removeprefix(_email_of(customer_id)) for name in names]
            realm.forget(realm_id, [*keys, *names])
        for email in emails:
            realm.forget(realm_id, realm.remembered_names(realm_id, _by_email(email)))

    def customers_changed(self, ids: Iterable[str], customers: Iterable[Customer]) -> None:
        """Forget what the change of these customers may have made wrong. `customers`: those of them
        that were read; the others are read once it matters (`unread_customers`)."""
        read = {customer.id: customer for customer in customers}
        # No invoice can go to an inactive one.
        emails = {customer.email for customer in read.values() if customer.active} - {""}
        unread = {*ids} - read.keys()
        self.forget_emails({*ids}, emails)
        self.keep({RememberedKey(f"{_UNREAD}{each}"): True for each in unread}, EMAILS_KEPT)
        self.forget([RememberedKey(f"{_UNREAD}{each}") for each in read])

    def unread_customers(self) -> list[str]:
        """Return the customers that have changed and were not read since: any email that is
        remembered may be theirs now."""
        names = self._store.realm.remembered_names(self._realm_id, _UNREAD)
        return [name.removeprefix(_UNREAD) for name in names]

    def merged(self, customer_ids: Iterable[str]) -> dict[str, str]:
        """Return, for those of the customers that were merged into another, the one that is
        left."""
        left = {customer_id: customer_id for customer_id in customer_ids if customer_id}
        for _ in range(_MERGES_FOLLOWED):
            keys = {now: merged_into(now) for now in left.values()}
            winners = self.recall(keys.values()) if keys else {}
            if not winners:
                break
            left = {before: str(winners.get(keys[now], now)) for before, now in left.items()}
        return {before: now for before, now in left.items() if now != before}


def customer_link(portal_id: str, invoice: Invoice) -> RememberedKey | None:
    """Return the key of the customer that was made for the invoice's contact and company; None
    without a contact."""
    if invoice.contact is None:
        return None
    company_id = invoice.company.id if invoice.company else ""
    return RememberedKey(
        f"CUSTOMER#{portal_id}#{invoice.contact.id}#{company_id}#{invoice.currency}"
    )


def customer_choice(portal_id: str, invoice: Invoice) -> RememberedKey | None:
    """Return the key of what a person decided about the customer of the invoice's contact and
    company; None without a contact."""
    link = customer_link(portal_id, invoice)
    return RememberedKey(f"CHOICE#{link}") if link else None


def customer_email(invoice: Invoice) -> RememberedKey | None:
    """Return the key of the customer with the contact's email; None without an email."""
    email = contact_email(invoice)
    return RememberedKey(f"{_by_email(email)}{invoice.currency}") if email else None


def is_email(key: str, email: str = "") -> bool:
    """Tell whether a key is a `customer_email`: of that email, or without one, of any."""
    return key.startswith(_by_email(email) if email else "EMAIL#")


def _by_email(email: str) -> str:
    return f"EMAIL#{email.strip().casefold()}#"


def _email_of(customer_id: str, key: str = "") -> RememberedKey:
    """Return the key that says by which `customer_email` a customer was found; without one, what
    all of these begin with."""
    return RememberedKey(f"EMAILOF#{customer_id}#{key}")


def merged_into(customer_id: str) -> RememberedKey:
    """Return the key of the customer that took that one over in a merge."""
    return RememberedKey(f"MERGED#{customer_id}")


def keep_merge(memory: Memory, quickbooks: QuickBooks, loser: Customer, winner_id: str) -> None:
    """Remember that a customer was merged into another one: what leads to the first leads to the
    other from now on, its email too, unless an active customer has that.

    Raises UnavailableError, ReconnectRequiredError, FaultError.
    """
    memory.forget_emails([loser.id], [])
    memory.keep({merged_into(loser.id): winner_id}, CUSTOMER_LINKS_KEPT)
    if not loser.email:
        return
    holders = quickbooks.where_in("Customer", "PrimaryEmailAddr", [loser.email])
    if not holders:
        key = RememberedKey(f"{_by_email(loser.email)}{loser.currency}")
        memory.keep({key: winner_id}, CUSTOMER_LINKS_KEPT)


def contact_email(invoice: Invoice) -> str:
    """Return the casefolded email of the invoice's contact; empty without one."""
    return invoice.contact.email.casefold() if invoice.contact else ""


def tax_code(code_id: str) -> RememberedKey:
    return RememberedKey(f"TAXCODE#{code_id}")


def item(name: ItemName) -> RememberedKey:
    """Return the key of the id of the item with that SKU or name."""
    kind, value = name
    return RememberedKey(f"ITEM#{kind}#{value.casefold()}")


def inventory(item_id: str) -> RememberedKey:
    """Return the key that says that QuickBooks keeps the stock of that item."""
    return RememberedKey(f"INVENTORY#{item_id}")


def item_choice(name: ItemName) -> RememberedKey:
    """Return the key of the item that a person chose for lines of that SKU or name."""
    return RememberedKey(f"CHOICE#{item(name)}")


def part(portal_id: str, object_type: str, object_id: str) -> RememberedKey:
    """Return the key of the invoice that a line item, discount, fee, tax or payment belongs to: a
    deleted one has no associations any more."""
    return RememberedKey(f"PART#{portal_id}#{object_type}#{object_id}")


def payment(entity: str, quickbooks_id: str) -> RememberedKey:
    """Return the key of what a QuickBooks payment or credit pays (see `payment_links`)."""
    return RememberedKey(f"{entity.upper()}#{quickbooks_id}")


def shown_status(portal_id: str, invoice_id: str) -> RememberedKey:
    """Return the key of the digest of the status that a HubSpot invoice shows."""
    return RememberedKey(f"SHOWN#{portal_id}#{invoice_id}")
