"""The rules of writing: what may be created, changed, archived and associated, and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .answers import conflict, invalid, not_found
from .properties import REQUIRED, moment
from .records import MEMOS, PARTS, PAYMENTS, Record, Source
from .totals import Totals
from .types import ASSOCIATIONS, BY_ALIAS, PRIMARY, LinkType

Link = tuple[str, str, LinkType | None]  # of a new record: object type, id, type of association
_LOCKED = {"hs_number", "hs_currency", "hs_invoice_date", "hs_due_date"}
_NEVER_LOCKED = {"hs_invoice_status", "hubspot_owner_id"}


class Writing(Totals):
    def add(
        self,
        name: str,
        values: Mapping[str, str | None],
        links: Sequence[Link],
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
            start = {"hs_invoice_date": today, "hs_due_date": today}
            if word := self._switches.native_source:
                start["hs_invoice_source"] = word
            values = {**start, "hs_invoice_status": "draft", **values}
        if name == MEMOS:
            values = {"hs_credit_memo_status": "issued", **values}
        self._tell("object.creation", record, source, changeFlag="NEW")
        self._set(record, values, source, tell=self._switches.property_events_on_creation)
        for end, end_id, link_type in links:
            self.link(name, record.id, end, end_id, source, link_type)
        return record

    def change(self, record: Record, values: Mapping[str, str | None], source: Source) -> None:
        self.check_change(record, values, source)
        self._set(record, values, source)

    def archive(self, record: Record, source: Source) -> None:
        status = record.properties.get("hs_invoice_status")
        if record.type == "invoices" and status not in ("draft", "open"):
            raise invalid(f"An invoice that is {status} cannot be deleted.")
        self._check_part(record)
        self._mark_stale(record)
        record.archived_at = record.updated = self._clock.now()
        self._forget_addresses(record)
        self._tell("object.deletion", record, source)

    def link(
        self,
        start: str,
        start_id: str,
        end: str,
        end_id: str,
        source: Source,
        link_type: LinkType | None = None,
    ) -> list[LinkType]:
        """Associate two records and return the types of the pair, seen from the start.

        A label comes in addition to the plain association.
        """
        first, last = self.existing(start, start_id), self.existing(end, end_id)
        if (start, end) not in ASSOCIATIONS:
            raise invalid(f"{start} cannot be associated with {end}.")
        if link_type and link_type not in self.link_types(start, end):
            raise invalid(f"{link_type} is no association from {start} to {end}.")
        if last.id not in self.links(start, first.id, end):
            self._check_parts(first, last)
        types = self._pair(start, first.id, end, last.id)
        for new in self._new_types(first, last, link_type):
            if new in types:
                continue
            back = self.reverse(start, end, new)
            types.append(new)
            self._pair(end, last.id, start, first.id).append(back)
            self._tell_link(start, first.id, end, last.id, new, False, source)
            self._tell_link(end, last.id, start, first.id, back, False, source)
        self._relinked(first, last)
        return types

    def unlink(
        self,
        start: str,
        start_id: str,
        end: str,
        end_id: str,
        source: Source,
        label: LinkType | None = None,
    ) -> None:
        """Remove an association, or only a label of it."""
        first, last = self.existing(start, start_id), self.existing(end, end_id)
        types = self._links.get((start, first.id), {}).get(end, {}).get(last.id, [])
        if types:
            self._check_parts(first, last)
        for gone in [label] if label in types else list(types) if not label else []:
            back = self.reverse(start, end, gone)
            types.remove(gone)
            self._pair(end, last.id, start, first.id).remove(back)
            self._tell_link(start, first.id, end, last.id, gone, True, source)
            self._tell_link(end, last.id, start, first.id, back, True, source)
        self._mark_stale(first)
        self._mark_stale(last)
        if not types:
            self._links.get((start, first.id), {}).get(end, {}).pop(last.id, None)
            self._links.get((end, last.id), {}).get(start, {}).pop(first.id, None)
        self._relinked(first, last)

    # -- the rules

    def check_new(
        self,
        name: str,
        values: Mapping[str, str | None],
        links: Sequence[Link],
        source: Source,
    ) -> None:
        missing = [key for key in REQUIRED.get(name, ()) if not values.get(key)]
        if missing:
            raise invalid(
                f"Error creating {BY_ALIAS[name].type_id}. Some required properties were not set.",
                context={"properties": missing},
            )
        self._check_email(values, None)
        for end, end_id, _ in links:
            if not self.find(end, end_id):
                raise not_found(f"{end} {end_id} to associate with was not found")
            if name in PARTS and end == "invoices":
                self._check_open_to_edits(end_id)
        # Guide: the result of a creation is a draft.
        if not source.trusted and values.get("hs_invoice_status", "draft") != "draft":
            raise invalid("A new invoice must be a draft.")

    def check_change(
        self, record: Record, values: Mapping[str, str | None], source: Source
    ) -> None:
        self._check_email(values, record.id)
        self._check_document(record, values, source)
        if any(name in values and not values[name] for name in REQUIRED.get(record.type, ())):
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

    # -- locked invoices (knowledge base "Manage invoices")

    def locked(self, invoice: Record) -> bool:
        """Return whether nobody may edit it: with a payment, closed, or made by a subscription."""
        if invoice.properties.get("hs_invoice_status") in ("paid", "voided"):
            return True
        payments = (
            self._records[PAYMENTS][payment_id].properties.get("hs_latest_status")
            for payment_id in self.links("invoices", invoice.id, PAYMENTS)
        )
        subscriptions = self.links("invoices", invoice.id, "subscriptions")
        return bool(subscriptions) or any(status != "failed" for status in payments)

    def _check_document(
        self, record: Record, values: Mapping[str, str | None], source: Source
    ) -> None:
        """Refuse an edit that HubSpot's screens do not offer; of apps the same is assumed."""
        self._check_part(record, values)
        if record.type != "invoices":
            return
        new = {key for key, value in values.items() if record.properties.get(key) != value}
        numbered = {"hs_number"} if self._switches.number_fixed_once_open else set()
        fixed = sorted(new & (numbered | {"hs_currency"}))
        if fixed and record.properties.get("hs_invoice_status") != "draft":
            raise invalid(f"{fixed} of a finalized invoice cannot be changed.")
        if not self.locked(record):
            return
        if self._switches.wholly_locked:
            definitions = self.schemas["invoices"].properties
            kept = {key for key in new if not definitions[key].read_only} - _NEVER_LOCKED
            if source.trusted:  # people fill in an account's own properties beside the invoice
                kept = {key for key in kept if not definitions[key].custom}
        else:
            kept = new & _LOCKED
        if kept:
            raise invalid(f"{sorted(kept)}: this invoice has a payment and cannot be edited.")

    def _check_part(self, record: Record, values: Mapping[str, str | None] | None = None) -> None:
        """Refuse a change to a part of a locked invoice; `values` None: it is removed."""
        if record.type not in PARTS:
            return
        definitions = self.schemas[record.type].properties
        if values is not None and all(
            definitions[key].custom or record.properties.get(key) == value
            for key, value in values.items()
        ):
            return
        for invoice_id in self.links(record.type, record.id, "invoices"):
            self._check_open_to_edits(invoice_id)

    def _check_parts(self, first: Record, last: Record) -> None:
        for record, other in ((first, last), (last, first)):
            if record.type == "invoices" and other.type in PARTS:
                self._check_open_to_edits(record.id)

    def _check_open_to_edits(self, invoice_id: str) -> None:
        if self.locked(self.existing("invoices", invoice_id)):
            raise invalid("This invoice has a payment and its amounts cannot be edited.")

    def _check_email(self, values: Mapping[str, str | None], own_id: str | None) -> None:
        email = (values.get("email") or "").lower()
        holder = self.holder(email)
        if email and holder and holder != own_id:
            raise conflict(f"Contact already exists. Existing ID: {holder}")

    def _new_types(self, first: Record, last: Record, link_type: LinkType | None) -> list[LinkType]:
        """Return the types that an association brings; a contact's first company is its primary."""
        pair = (first.type, last.type)
        plain, primary = ASSOCIATIONS[pair], PRIMARY.get(pair)
        types = [plain] if link_type in (None, plain) else [plain, link_type]
        if not primary:
            return types
        contact, company = (first, last) if first.type == "contacts" else (last, first)
        mine = self._links.get(("contacts", contact.id), {}).get("companies", {})
        here, back = PRIMARY["contacts", "companies"], PRIMARY["companies", "contacts"]
        others = [other for other, kinds in mine.items() if here in kinds and other != company.id]
        if link_type == primary:
            for other in others:
                mine[other].remove(here)
                self._links["companies", other]["contacts"][contact.id].remove(back)
        elif not others:
            types.append(primary)
        return types

    def _relinked(self, first: Record, last: Record) -> None:
        for record, other in ((first, last), (last, first)):
            if record.type == "invoices" and other.type in (*PARTS, PAYMENTS, MEMOS):
                self._stale |= self._sharing(record.id)
            if record.type == "contacts" and other.type == "companies":
                mine = self.links("contacts", record.id, "companies")
                here = PRIMARY["contacts", "companies"]
                main = [company for company, types in mine.items() if here in types]
                self._calculated(record, {"associatedcompanyid": main[0] if main else None})
