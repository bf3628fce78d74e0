"""One HubSpot account: its records, what its users do in the UI, and what changes as a result.

Everything that changes goes through here, whether a user or the API asks for it, so that
calculated properties and webhook events come out the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from ..wire import Clock
from . import money
from .answers import conflict, invalid, invalid_properties, not_found
from .properties import REQUIRED, BadValueError, Schema, moment, normalise, schema
from .types import ASSOCIATIONS, BY_ALIAS, PRIMARY, TYPES, ObjectType, reverse_type

ADJUSTMENTS = ("discounts", "fees", "taxes")
PAYMENTS = "commerce_payments"


@dataclass
class Switches:
    """Where the facts are open, or a test wants the service at its worst."""

    missing_as_207: bool = True  # batch reads of unknown ids; else 200 with them left out
    no_associations_as_207: bool = True
    to_object_id_as_text: bool = False
    search_lag: float = 0.0  # seconds until search sees a change
    association_page: int = 500  # associations of one record in one answer
    calculated_events: bool = False  # whether calculated properties fire webhooks
    touch_on_recalculation: bool = True  # whether a new total moves the modification date
    property_events_on_creation: bool = True


@dataclass(frozen=True)
class Source:
    """Who made a change, as webhooks and the property history say it."""

    kind: str
    id: str
    trusted: bool = False  # a user in the UI, or seeding: may do what the API may not


USER = Source("CRM_UI", "userId:77", trusted=True)


class Emit(Protocol):
    def __call__(
        self,
        portal_id: int,
        subscription_type: str,
        object_type: ObjectType,
        occurred: datetime,
        fields: Mapping[str, Any],
    ) -> None: ...


@dataclass
class Record:
    """Holds no empty values: a name that is missing here is null on the wire."""

    id: str
    type: str
    created: datetime
    updated: datetime
    properties: dict[str, str] = field(default_factory=dict)
    archived_at: datetime | None = None
    history: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)  # calculated, but set by seeding: left alone
    before: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)  # for search lag


class Ids:
    """Unique across types and portals, and beyond 32 bits as real ones are."""

    def __init__(self, start: int = 44_446_244_097) -> None:
        self._next, self._lock = start, threading.Lock()

    def take(self) -> str:
        with self._lock:
            self._next += 7
            return str(self._next)


class Portal:
    def __init__(
        self,
        portal_id: int,
        *,
        clock: Clock,
        ids: Ids,
        emit: Emit,
        switches: Switches,
        time_zone: str = "US/Eastern",
        currency: str = "USD",
    ) -> None:
        self.id, self.time_zone, self.currency = portal_id, time_zone, currency
        self.installed = True
        self.lock = threading.RLock()
        self.schemas: dict[str, Schema] = {one.name: schema(one.name) for one in TYPES}
        self.tax_rates: dict[str, dict[str, Any]] = {}
        self.next_number = 1001
        self._clock, self._ids, self._emit, self._switches = clock, ids, emit, switches
        self._records: dict[str, dict[str, Record]] = {one.name: {} for one in TYPES}
        self._links: dict[tuple[str, str], dict[str, dict[str, list[int]]]] = {}
        self._emails: dict[str, str] = {}
        self._stale: set[str] = set()  # invoices whose total must be calculated again
        self._depth = 0

    # -- what a user does in the UI

    def create(
        self,
        object_type: str,
        properties: Mapping[str, object],
        associations: Iterable[tuple[str, str]] = (),
    ) -> str:
        """`associations`: (type, id) pairs. Read-only properties may be set too, and then stay."""
        name = BY_ALIAS[object_type].name
        links = [(BY_ALIAS[other].name, other_id, None) for other, other_id in associations]
        with self.operation():
            return self.add(name, self.checked(name, properties, USER), links, USER).id

    def update(self, object_type: str, record_id: str, properties: Mapping[str, object]) -> None:
        name = BY_ALIAS[object_type].name
        with self.operation():
            values = self.checked(name, properties, USER)
            self.change(self.existing(name, record_id), values, USER)

    def delete(self, object_type: str, record_id: str) -> None:
        with self.operation():
            self.archive(self.existing(BY_ALIAS[object_type].name, record_id), USER)

    def restore(self, object_type: str, record_id: str) -> None:
        """Out of the recycling bin."""
        with self.operation():
            record = self._records[BY_ALIAS[object_type].name][record_id]
            record.archived_at = None
            if record.type == "contacts" and "email" in record.properties:
                self._emails[record.properties["email"].lower()] = record.id
            self._touch(record)
            self._mark_stale(record)
            self._tell("object.restore", record, USER)

    def associate(self, start: str, start_id: str, end: str, end_id: str) -> None:
        with self.operation():
            self.link(BY_ALIAS[start].name, start_id, BY_ALIAS[end].name, end_id, USER)

    def dissociate(self, start: str, start_id: str, end: str, end_id: str) -> None:
        with self.operation():
            self.unlink(BY_ALIAS[start].name, start_id, BY_ALIAS[end].name, end_id, USER)

    def record(self, object_type: str, record_id: str) -> Record:
        """A copy of it as it is now, archived or not. KeyError when there never was one."""
        with self.lock:
            found = self._records[BY_ALIAS[object_type].name][record_id]
            return Record(
                found.id,
                found.type,
                found.created,
                found.updated,
                dict(found.properties),
                found.archived_at,
            )

    def ids(self, object_type: str) -> list[str]:
        with self.lock:
            return [one.id for one in self.records(BY_ALIAS[object_type].name)]

    def associated(self, start: str, start_id: str, end: str) -> list[str]:
        with self.lock:
            return list(self.links(BY_ALIAS[start].name, start_id, BY_ALIAS[end].name))

    def add_tax_rate(self, name: str, percent: Decimal | str | int, active: bool = True) -> str:
        """A tax rate of the account's settings, for a line's `hs_tax_rate_group_id`."""
        with self.lock:
            now, rate_id = moment(self._clock.now(), True), self._ids.take()
            self.tax_rates[rate_id] = {
                "id": rate_id,
                "name": name,
                "label": name,
                "percentageRate": float(Decimal(str(percent))),
                "active": active,
                "createdAt": now,
                "updatedAt": now,
            }
            return rate_id

    def create_invoice(
        self,
        contact_id: str | None = None,
        company_id: str | None = None,
        currency: str = "USD",
        lines: Sequence[Mapping[str, object]] = (),
        discounts: Sequence[Mapping[str, object]] = (),
        fees: Sequence[Mapping[str, object]] = (),
        taxes: Sequence[Mapping[str, object]] = (),
        status: str = "open",
        number: str | None = None,
        **properties: object,
    ) -> str:
        """As a user would: a draft, its lines and recipients, then the final status."""
        draft = {"hs_currency": currency, "hs_invoice_status": "draft", **properties}
        if number is not None:
            draft["hs_number"] = number
        with self.operation():
            invoice = self.create("invoices", draft)
            for kind, id_ in (("contacts", contact_id), ("companies", company_id)):
                if id_:
                    self.associate("invoices", invoice, kind, id_)
            parts = {"line_items": lines, "discounts": discounts, "fees": fees, "taxes": taxes}
            for kind, wanted in parts.items():
                for place, part in enumerate(wanted):
                    order = "hs_position_on_quote" if kind == "line_items" else "hs_sort_order"
                    self.create(kind, {order: place, **part}, [("invoices", invoice)])
            if status != "draft":
                self.update("invoices", invoice, {"hs_invoice_status": status})
            return invoice

    # -- for the API

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Totals are calculated once, when the outermost change is complete."""
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                while not self._depth and self._stale:
                    self._recalculate(self._stale.pop())

    def records(self, name: str, archived: bool = False) -> Iterator[Record]:
        """In the order of their ids, which is the order of their creation."""
        return (one for one in self._records[name].values() if bool(one.archived_at) is archived)

    def find(self, name: str, record_id: str, archived: bool = False) -> Record | None:
        found = self._records[name].get(record_id)
        return found if found and bool(found.archived_at) is archived else None

    def existing(self, name: str, record_id: str) -> Record:
        found = self.find(name, record_id)
        if not found:
            raise not_found()
        return found

    def links(self, start: str, start_id: str, end: str) -> dict[str, list[int]]:
        """Association type ids by id of the other record, in the order of the ids."""
        if not self.find(start, start_id):
            return {}
        ends = self._links.get((start, start_id), {}).get(end, {})
        others = self._records[end]
        return {one: ends[one] for one in sorted(ends, key=int) if not others[one].archived_at}

    def indexed(self, record: Record) -> dict[str, str] | None:
        """Its properties as search sees them; None when it does not yet."""
        seen_until = self._clock.now() - timedelta(seconds=self._switches.search_lag)
        record.before = [one for one in record.before if one[0] > seen_until]
        if self._switches.search_lag and record.created > seen_until:
            return None
        return record.before[0][1] if record.before else record.properties

    def checked(
        self, name: str, values: Mapping[str, object], source: Source
    ) -> dict[str, str | None]:
        """The values as they will be kept. Refuses unknown, read-only and malformed ones."""
        found, problems = {}, []
        for key, value in values.items():
            definition = self.schemas[name].find(key)
            if not definition:
                problems.append((key, "PROPERTY_DOESNT_EXIST", f'Property "{key}" does not exist'))
            elif definition.read_only and not source.trusted:
                problems.append((key, "READ_ONLY_VALUE", f'"{key}" is a read only property'))
            else:
                try:
                    found[key] = normalise(definition, value)
                except BadValueError as bad:
                    problems.append((key, bad.code, str(bad)))
        if problems:
            raise invalid_properties(problems)
        return found

    def add(
        self,
        name: str,
        values: Mapping[str, str | None],
        links: Sequence[tuple[str, str, int | None]],
        source: Source,
    ) -> Record:
        self.check_new(name, values, links, source)
        now = self._clock.now()
        kind = BY_ALIAS[name]
        record = Record(self._ids.take(), name, now, now)
        self._records[name][record.id] = record
        record.properties |= {
            kind.created: moment(now, True),
            kind.modified: moment(now, True),
            "hs_object_id": record.id,
            "hs_object_source": source.kind,
            "hs_object_source_id": source.id,
        }
        if name == "invoices":
            today = moment(now)
            start = {"hs_invoice_date": today, "hs_due_date": today, "hs_invoice_source": "hubspot"}
            values = {**start, "hs_invoice_status": "draft", **values}
        self._tell("object.creation", record, source, changeFlag="NEW")
        self._set(record, values, source, tell=self._switches.property_events_on_creation)
        for end, end_id, type_id in links:
            self.link(name, record.id, end, end_id, source, type_id)
        return record

    def change(self, record: Record, values: Mapping[str, str | None], source: Source) -> None:
        self.check_change(record, values, source)
        self._set(record, values, source)

    def archive(self, record: Record, source: Source) -> None:
        status = record.properties.get("hs_invoice_status")
        if record.type == "invoices" and status not in ("draft", "open"):
            raise invalid(f"An invoice that is {status} cannot be deleted.")
        self._mark_stale(record)
        record.archived_at = record.updated = self._clock.now()
        if email := record.properties.get("email"):
            self._emails.pop(email.lower(), None)
        self._tell("object.deletion", record, source)

    def link(
        self,
        start: str,
        start_id: str,
        end: str,
        end_id: str,
        source: Source,
        type_id: int | None = None,
    ) -> list[int]:
        """Answers the types of the pair afterwards, seen from the start."""
        first, last = self.existing(start, start_id), self.existing(end, end_id)
        if (start, end) not in ASSOCIATIONS:
            raise invalid(f"{start} cannot be associated with {end}.")
        wanted = [type_id or ASSOCIATIONS[start, end]]
        primary = PRIMARY.get((start, end))
        if primary:
            wanted = self._with_primary(start, start_id, end, end_id, wanted[0])
        types = self._pair(start, start_id, end, end_id)
        for one in wanted:
            if one in types:
                continue
            back = reverse_type(start, end, one)
            types.append(one)
            self._pair(end, end_id, start, start_id).append(back)
            main = one == primary
            self._tell_link(start, start_id, end, end_id, one, main, False, source)
            self._tell_link(end, end_id, start, start_id, back, main, False, source)
        self._relinked(first, last)
        return types

    def unlink(self, start: str, start_id: str, end: str, end_id: str, source: Source) -> None:
        first, last = self.existing(start, start_id), self.existing(end, end_id)
        types = self._links.get((start, start_id), {}).get(end, {}).pop(end_id, [])
        self._links.get((end, end_id), {}).get(start, {}).pop(start_id, None)
        for one in types:
            back, main = reverse_type(start, end, one), PRIMARY.get((start, end)) == one
            self._tell_link(start, start_id, end, end_id, one, main, True, source)
            self._tell_link(end, end_id, start, start_id, back, main, True, source)
        self._relinked(first, last)

    # -- inside

    def _pair(self, start: str, start_id: str, end: str, end_id: str) -> list[int]:
        ends = self._links.setdefault((start, start_id), {}).setdefault(end, {})
        return ends.setdefault(end_id, [])

    def _with_primary(
        self, start: str, start_id: str, end: str, end_id: str, type_id: int
    ) -> list[int]:
        """The types to add between a contact and a company: the first company is the primary."""
        primary, plain = PRIMARY[start, end], ASSOCIATIONS[start, end]
        contact_id = start_id if start == "contacts" else end_id
        company_id = end_id if start == "contacts" else start_id
        mine = self._links.get(("contacts", contact_id), {}).get("companies", {})
        others = [one for one, types in mine.items() if 1 in types and one != company_id]
        if type_id == primary:
            for other in others:
                mine[other].remove(1)
                self._links["companies", other]["contacts"][contact_id].remove(2)
        elif others:
            return [plain]
        return [plain, primary]

    def _relinked(self, first: Record, last: Record) -> None:
        for one, other in ((first, last), (last, first)):
            if one.type == "invoices" and other.type in ("line_items", *ADJUSTMENTS, PAYMENTS):
                self._stale.add(one.id)
            if one.type == "contacts" and other.type == "companies":
                mine = self.links("contacts", one.id, "companies")
                main = [company for company, types in mine.items() if 1 in types]
                self._calculated(one, {"associatedcompanyid": main[0] if main else None})

    def check_new(
        self,
        name: str,
        values: Mapping[str, str | None],
        links: Sequence[tuple[str, str, int | None]],
        source: Source,
    ) -> None:
        missing = [one for one in REQUIRED.get(name, ()) if not values.get(one)]
        if missing:
            raise invalid(
                f"Error creating {BY_ALIAS[name].type_id}. Some required properties were not set.",
                context={"properties": missing},
            )
        self._check_email(values, None)
        for end, end_id, _ in links:
            if not self.find(end, end_id):
                raise not_found(f"{end} {end_id} to associate with was not found")
        # Guide: the result of a creation is a draft.
        if not source.trusted and values.get("hs_invoice_status", "draft") != "draft":
            raise invalid("A new invoice must be a draft.")

    def check_change(
        self, record: Record, values: Mapping[str, str | None], source: Source
    ) -> None:
        self._check_email(values, record.id)
        if any(one in values and not values[one] for one in REQUIRED.get(record.type, ())):
            raise invalid("A required property cannot be cleared.")
        new, old = values.get("hs_invoice_status"), record.properties.get("hs_invoice_status")
        if source.trusted or "hs_invoice_status" not in values or new == old:
            return
        # Only this step is documented; whether the API may set `paid` or `voided` is open.
        if (old, new) != ("draft", "open"):
            raise invalid(f"An invoice cannot go from {old} to {new} through the API.")
        if {**record.properties, **values}.get("hs_invoice_billable") == "false":
            return
        for other, words in (("contacts", "a contact"), ("line_items", "a line item")):
            if not self.links("invoices", record.id, other):
                raise invalid(f"The invoice needs {words} before it can be opened.")

    def _check_email(self, values: Mapping[str, str | None], own_id: str | None) -> None:
        email = (values.get("email") or "").lower()
        holder = self._emails.get(email)
        if email and holder and holder != own_id:
            raise conflict(f"Contact already exists. Existing ID: {holder}")

    def _set(
        self,
        record: Record,
        values: Mapping[str, str | None],
        source: Source,
        tell: bool = True,
    ) -> None:
        values = dict(values)
        definitions = self.schemas[record.type].properties
        for key, value in values.items():
            if definitions[key].read_only and value is not None:
                record.fixed.add(key)
            else:
                record.fixed.discard(key)  # cleared: calculated again
        opened = record.type == "invoices" and values.get("hs_invoice_status") not in (
            None,
            "draft",
        )
        if opened and not (values.get("hs_number") or record.properties.get("hs_number")):
            values["hs_number"] = f"INV-{self.next_number}"
            self.next_number += 1
        if record.type == "contacts" and "email" in values:
            self._emails.pop(record.properties.get("email", "").lower(), None)
            if values["email"]:
                self._emails[values["email"].lower()] = record.id
        changed = self._store(record, values, source)
        self._touch(record)
        if tell:
            for key in changed:
                self._tell_property(record, key, source)
        self._mark_stale(record)

    def _store(self, record: Record, values: Mapping[str, str | None], source: Source) -> list[str]:
        """Names of the values that are really other than before."""
        now = self._clock.now()
        changed = [key for key, new in values.items() if record.properties.get(key) != new]
        if self._switches.search_lag:
            record.before.append((now, dict(record.properties)))
        for key in changed:
            new = values[key]
            if new is None:
                del record.properties[key]
            else:
                record.properties[key] = new
            entry = {
                "value": new or "",
                "timestamp": moment(now, True),
                "sourceType": source.kind,
                "sourceId": source.id,
            }
            record.history.setdefault(key, []).insert(0, entry)
        return changed

    def _touch(self, record: Record) -> None:
        """Every write moves the modification date, our own properties included."""
        record.updated = self._clock.now()
        record.properties[BY_ALIAS[record.type].modified] = moment(record.updated, True)

    def _mark_stale(self, record: Record) -> None:
        if record.type == "invoices":
            self._stale.add(record.id)
        elif record.type in ("line_items", *ADJUSTMENTS, PAYMENTS):
            invoices = self.links(record.type, record.id, "invoices")
            self._stale.update(invoices)
            if record.type == "line_items" and not invoices:
                self._calculate_line(record, self.currency)

    def _calculated(self, record: Record, values: Mapping[str, str | None]) -> None:
        values = {key: value for key, value in values.items() if key not in record.fixed}
        if all(record.properties.get(key) == value for key, value in values.items()):
            return
        source = Source("CALCULATED", "calculated")
        changed = self._store(record, values, source)
        if self._switches.touch_on_recalculation:
            self._touch(record)
        if self._switches.calculated_events:
            for key in changed:
                self._tell_property(record, key, source)

    def _calculate_line(self, line: Record, currency: str) -> None:
        rate = self.tax_rates.get(line.properties.get("hs_tax_rate_group_id", ""))
        values = dict(line.properties)
        found: dict[str, str | None] = {}
        if "hs_tax_amount" not in line.fixed:
            values.pop("hs_tax_amount", None)
            label = str(rate["label"]) if rate else None
            found = {"hs_tax_amount": None, "hs_tax_rate": None, "hs_tax_label": label}
        percent = Decimal(str(rate["percentageRate"])) if rate and found else None
        own_currency = line.properties.get("hs_line_item_currency_code", currency)
        found |= money.line_amounts(values, own_currency, percent)
        self._calculated(line, found)

    def _recalculate(self, invoice_id: str) -> None:
        invoice = self.find("invoices", invoice_id)
        if not invoice:
            return
        currency = invoice.properties["hs_currency"]
        parts = {
            kind: [self._records[kind][one] for one in self.links("invoices", invoice_id, kind)]
            for kind in ("line_items", *ADJUSTMENTS)
        }
        for line in parts["line_items"]:
            self._calculate_line(line, currency)
        lines, discounts, fees, taxes = (
            [one.properties for one in parts[kind]] for kind in ("line_items", *ADJUSTMENTS)
        )
        total = money.invoice_total(lines, discounts, fees, taxes, currency)
        billed = Decimal(invoice.properties.get("hs_amount_billed", "0"))
        if "hs_amount_billed" not in invoice.fixed:
            billed = total
        payments = [
            self._records[PAYMENTS][one].properties
            for one in self.links("invoices", invoice_id, PAYMENTS)
        ]
        paid = money.received(payments)
        if "hs_amount_paid" in invoice.fixed:
            paid = money.number(invoice.properties, "hs_amount_paid")
        status = invoice.properties.get("hs_invoice_status")
        due = Decimal(0) if status in ("paid", "voided") else billed - paid
        self._calculated(
            invoice,
            {
                "hs_amount_billed": f"{total:f}",
                "hs_amount_paid": f"{money.rounded(paid, currency):f}" if payments else None,
                "hs_balance_due": f"{money.rounded(due, currency):f}",
            },
        )
        if payments and status == "open" and billed and paid >= billed:
            # Guide "Payments API": a payment that is associated marks the invoice paid.
            self._set(invoice, {"hs_invoice_status": "paid"}, Source("PAYMENTS", "payments"))

    # -- telling the webhooks

    def _tell(self, kind: str, record: Record, source: Source, **fields: Any) -> None:
        if not self.installed:
            return
        object_type = BY_ALIAS[record.type]
        event = {
            "objectId": int(record.id),
            "objectTypeId": object_type.type_id,
            **fields,
            "changeSource": source.kind,
            "sourceId": source.id,
        }
        self._emit(self.id, kind, object_type, self._clock.now(), event)

    def _tell_property(self, record: Record, key: str, source: Source) -> None:
        self._tell(
            "object.propertyChange",
            record,
            source,
            propertyName=key,
            propertyValue=record.properties.get(key, ""),
            isSensitive=False,
        )

    def _tell_link(
        self,
        start: str,
        start_id: str,
        end: str,
        end_id: str,
        type_id: int,
        main: bool,
        removed: bool,
        source: Source,
    ) -> None:
        if not self.installed:
            return
        event = {
            "fromObjectId": int(start_id),
            "fromObjectTypeId": BY_ALIAS[start].type_id,
            "toObjectId": int(end_id),
            "toObjectTypeId": BY_ALIAS[end].type_id,
            "associationTypeId": type_id,
            "associationCategory": "HUBSPOT_DEFINED",
            "associationRemoved": removed,
            "isPrimaryAssociation": main,
            "changeSource": source.kind,
            "sourceId": source.id,
        }
        self._emit(self.id, "object.associationChange", BY_ALIAS[start], self._clock.now(), event)
