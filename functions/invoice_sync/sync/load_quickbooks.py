"""Load what a look needs: HubSpot's records whole, QuickBooks' only as far as not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from invoice_sync.model.markers import marker
from invoice_sync.model.quickbooks import Customer, Preferences, QuickBooksInvoice, TaxCode
from invoice_sync.model.record import CustomerChoice
from invoice_sync.plan.customer import in_currency
from invoice_sync.quickbooks import parse
from invoice_sync.runtime.parallel import together
from invoice_sync.store.store import Store
from invoice_sync.sync.batch import Batch, Task, Waiting
from invoice_sync.sync.remembered import (
    choice_key,
    contact_email,
    email_key,
    item_choice_key,
    item_key,
    link_key,
    tax_code_key,
)

# QuickBooks' queries may lag behind its writes: a creation of unknown outcome that cannot be
# found is not sent again before this.
QUERY_LAG = timedelta(seconds=30)
_CLOCK_SKEW = timedelta(minutes=5)
_PREFERENCES_KEPT = timedelta(hours=1)
_IDS_KEPT = timedelta(days=30)
# Rates change with the year, and by a person's hand.
_TAX_CODES_KEPT = timedelta(days=1)
# Emails move from customer to customer.
_EMAILS_KEPT = timedelta(days=1)


class QuickBooksLoader:
    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    def load(self, this: Batch) -> None:
        """All that is needed to plan the jobs still open."""
        looks = [job for job in this.pending if job.look]
        together(
            partial(self._preferences, this),
            partial(self._customers, this),
            partial(self._items, this),
            partial(self._adopt_unanswered, this),
            partial(self.existing, this, looks),
        )

    def _remember(self, this: Batch, values: Mapping[str, Any], kept: timedelta) -> None:
        if this.remembers:
            self._store.remember(this.connection.realm_id, values, this.now, kept)

    def _preferences(self, this: Batch) -> None:
        """The realm's settings, and where it is abroad, the tax codes that ours name."""
        realm_id = this.connection.realm_id
        known = self._store.known(realm_id, ["PREFERENCES", "COUNTRY"], this.now)
        # Whoever clicks on retry has often just changed a setting.
        asked = any(
            job.hint.trigger == "retry" and job.before.status == "failing" for job in this.pending
        )
        country = known.get("COUNTRY")
        if country is None:
            country = parse.country(this.quickbooks.company_info())
            # It never changes, so it is not read again each time that the preferences are old.
            self._remember(this, {"COUNTRY": country}, _IDS_KEPT)
        if "PREFERENCES" in known and not asked:
            this.preferences = Preferences.model_validate(known["PREFERENCES"])
        else:
            this.preferences = parse.preferences(this.quickbooks.preferences())
            data = this.preferences.model_dump(mode="json", by_alias=True)
            self._remember(this, {"PREFERENCES": data}, _PREFERENCES_KEPT)
        this.preferences = this.preferences.model_copy(update={"country": country})
        if this.preferences.abroad and this.preferences.sales_tax:
            self._tax_codes(this, fresh=asked and not this.tax_codes)

    def _tax_codes(self, this: Batch, *, fresh: bool) -> None:
        """Those that the settings name, with their rates: two reads a day, and at a retry."""
        realm_id, settings = this.connection.realm_id, this.connection.settings
        named = {settings.tax_code_id, settings.untaxed_code_id, *settings.tax_codes.values()}
        wanted = {tax_code_key(code_id): code_id for code_id in named - {""}}
        known = {} if fresh else self._store.known(realm_id, wanted, this.now)
        this.tax_codes = {
            wanted[key]: TaxCode.model_validate(found) for key, found in known.items()
        }
        codes = this.quickbooks.where_in(
            "TaxCode", "Id", {code_id for key, code_id in wanted.items() if key not in known}
        )
        rate_ids = {one for code in codes for one in parse.rate_ids(code)}
        rates = {row["Id"]: row for row in this.quickbooks.where_in("TaxRate", "Id", rate_ids)}
        read = [
            parse.tax_code(code, rates)
            for code in codes
            if rates.keys() >= set(parse.rate_ids(code))
        ]
        this.tax_codes |= {code.id: code for code in read}
        data = {tax_code_key(one.id): one.model_dump(mode="json", by_alias=True) for one in read}
        self._remember(this, data, _TAX_CODES_KEPT)

    def _customers(self, this: Batch) -> None:
        """As somebody chose, else by saved link, else by email. All are remembered, so a known
        customer costs no read."""
        realm_id = this.connection.realm_id
        jobs = [job for job in this.pending if job.invoice and job.invoice.contact]
        keys = [
            key for job in jobs for key in (choice_key(job), link_key(job), email_key(job)) if key
        ]
        known = self._store.known(realm_id, keys, this.now)
        for job in jobs:
            if job.choice is None and choice_key(job) in known:
                job.choice = CustomerChoice.model_validate(known[choice_key(job)])
        unknown = [
            job
            for job in jobs
            if not (job.choice and job.choice.customer_id)
            and link_key(job) not in known
            and email_key(job) not in known
            and contact_email(job)
        ]
        found: dict[str, list[Customer]] = {}
        if unknown:
            emails = {contact_email(job) for job in unknown}
            for row in this.quickbooks.where_in("Customer", "PrimaryEmailAddr", emails):
                customer = parse.customer(row)
                found.setdefault(customer.email.casefold(), []).append(customer)
        for job in jobs:
            customer_id = known.get(link_key(job)) or known.get(email_key(job))
            if job.choice and job.choice.customer_id:
                customer_id = job.choice.customer_id
            if customer_id:
                # It was found, or made, for this currency: both keys name it.
                currency = job.invoice.currency if job.invoice else ""
                job.customers = (Customer(id=customer_id, display_name="", currency=currency),)
            else:
                job.customers = tuple(found.get(contact_email(job), []))
        # Only unambiguous ones: who shares an email with another has to be told apart.
        fresh = {
            email_key(job): fitting[0].id
            for job in unknown
            if job.invoice and len(fitting := in_currency(job.customers, job.invoice.currency)) == 1
        }
        self._remember(this, fresh, _EMAILS_KEPT)

    def _items(self, this: Batch) -> None:
        """By SKU, and by name where there is no SKU to find the item by."""
        realm_id = this.connection.realm_id
        lines = [line for job in this.pending if job.invoice for line in job.invoice.lines]
        fees = [fee for job in this.pending if job.invoice for fee in job.invoice.fees]
        skus = {line.sku for line in lines} - {""}
        names = ({line.name for line in lines} | {fee.label for fee in fees}) - {""}
        keys = {item_key("sku", sku): ("sku", sku.casefold()) for sku in skus}
        keys |= {item_key("name", name): ("name", name.casefold()) for name in names}
        choices = {item_choice_key(*name): name for name in keys.values()}
        known = self._store.known(realm_id, [*keys, *choices], this.now)
        this.items |= {keys[key]: known[key] for key in keys.keys() & known.keys()}
        chosen = {choices[key]: known[key] for key in choices.keys() & known.keys()}
        this.chosen_items = chosen | this.chosen_items
        this.items |= this.chosen_items

        def missing(kind: str, value: str) -> bool:
            return bool(value) and (kind, value.casefold()) not in this.items

        reads = {
            "Sku": {sku for sku in skus if missing("sku", sku)},
            "Name": {line.name for line in lines if not line.sku or missing("sku", line.sku)}
            | ({fee.label for fee in fees} if not this.connection.settings.fee_item_id else set()),
        }
        fresh: dict[str, str] = {}
        for field_name, values in reads.items():
            kind = field_name.lower()
            wanted = {value for value in values if missing(kind, value)}
            for row in this.quickbooks.where_in("Item", field_name, wanted):
                if parse.item(row).usable:
                    value = str(row.get(field_name, ""))
                    this.items[kind, value.casefold()] = row["Id"]
                    fresh[item_key(kind, value)] = row["Id"]
        self._remember(this, fresh, _IDS_KEPT)

    def _adopt_unanswered(self, this: Batch) -> None:
        """A creation whose answer was lost may have taken effect: find it by its number and our
        marker, or by its time and our marker, and go on from there."""
        jobs = [job for job in this.pending if job.record.intent and not job.record.quickbooks_id]
        numbers = {job.record.intent.number for job in jobs if job.record.intent} - {""}
        if numbers:
            self._adopt(jobs, this.quickbooks.where_in("Invoice", "DocNumber", numbers))
        jobs = [job for job in jobs if not job.record.quickbooks_id]
        if jobs:
            since = min(job.record.intent.first_sent_at for job in jobs if job.record.intent)
            self._adopt(jobs, this.quickbooks.invoices_created_since(since - _CLOCK_SKEW))
        for job in jobs:
            intent = job.record.intent
            if not job.record.quickbooks_id and intent:
                rest = QUERY_LAG - (self._clock() - intent.last_sent_at)
                if rest > timedelta():
                    job.outcome = Waiting(
                        "quickbooks_unavailable", "QuickBooks", rest.total_seconds() + 1
                    )

    def _adopt(self, jobs: Iterable[Task], rows: Iterable[dict[str, Any]]) -> None:
        found = [parse.invoice(row) for row in rows]
        for job in jobs:
            posted = next((one for one in found if is_own(job, one)), None)
            if posted is not None:
                take_over(job, posted)

    def existing(self, this: Batch, jobs: Iterable[Task]) -> None:
        jobs = [job for job in jobs if job.record.quickbooks_id]
        ids = [job.record.quickbooks_id for job in jobs]
        if not ids:
            return
        rows = this.quickbooks.where_in("Invoice", "Id", ids)
        by_id = {row["Id"]: parse.invoice(row) for row in rows}
        for job in jobs:
            job.existing = by_id.get(job.record.quickbooks_id)


def is_own(job: Task, posted: QuickBooksInvoice) -> bool:
    """Made by us for this invoice, and not given up since."""
    own = marker(job.record.portal_id, job.record.invoice_id)
    return own in posted.private_note and posted.id not in job.record.former_ids


def take_over(job: Task, posted: QuickBooksInvoice) -> None:
    """An invoice that we made, though we never heard the answer: it is the one to go on with."""
    intent = job.record.intent
    job.record = job.record.model_copy(
        update={
            "quickbooks_id": posted.id,
            "fingerprint": intent.fingerprint if intent else "",
            "written": posted,
            "intent": None,
        }
    )
    job.look, job.existing = True, posted
