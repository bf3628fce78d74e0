"""The rules of writing: what may be created, changed, archived and associated, and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .answers import conflict, invalid, not_found
from .properties import REQUIRED, moment
from .records import ADJUSTMENTS, PAYMENTS, Record, Source
from .totals import Totals
from .types import ASSOCIATIONS, BY_ALIAS, PRIMARY, reverse_type


class Writing(Totals):
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
        """Associate two records and return the types of the pair, seen from the start."""
        first, last = self.existing(start, start_id), self.existing(end, end_id)
        if (start, end) not in ASSOCIATIONS:
            raise invalid(f"{start} cannot be associated with {end}.")
        type_ids = [type_id or ASSOCIATIONS[start, end]]
        primary = PRIMARY.get((start, end))
        if primary:
            type_ids = self._with_primary(start, start_id, end, end_id, type_ids[0])
        types = self._pair(start, start_id, end, end_id)
        for new_id in type_ids:
            if new_id in types:
                continue
            back = reverse_type(start, end, new_id)
            types.append(new_id)
            self._pair(end, end_id, start, start_id).append(back)
            main = new_id == primary
            self._tell_link(start, start_id, end, end_id, new_id, main, False, source)
            self._tell_link(end, end_id, start, start_id, back, main, False, source)
        self._relinked(first, last)
        return types

    def unlink(self, start: str, start_id: str, end: str, end_id: str, source: Source) -> None:
        first, last = self.existing(start, start_id), self.existing(end, end_id)
        types = self._links.get((start, start_id), {}).get(end, {}).pop(end_id, [])
        self._links.get((end, end_id), {}).get(start, {}).pop(start_id, None)
        for type_id in types:
            back, main = reverse_type(start, end, type_id), PRIMARY.get((start, end)) == type_id
            self._tell_link(start, start_id, end, end_id, type_id, main, True, source)
            self._tell_link(end, end_id, start, start_id, back, main, True, source)
        self._relinked(first, last)

    # -- the rules

    def check_new(
        self,
        name: str,
        values: Mapping[str, str | None],
        links: Sequence[tuple[str, str, int | None]],
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
        # Guide: the result of a creation is a draft.
        if not source.trusted and values.get("hs_invoice_status", "draft") != "draft":
            raise invalid("A new invoice must be a draft.")

    def check_change(
        self, record: Record, values: Mapping[str, str | None], source: Source
    ) -> None:
        self._check_email(values, record.id)
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

    def _check_email(self, values: Mapping[str, str | None], own_id: str | None) -> None:
        email = (values.get("email") or "").lower()
        holder = self._emails.get(email)
        if email and holder and holder != own_id:
            raise conflict(f"Contact already exists. Existing ID: {holder}")

    def _with_primary(
        self, start: str, start_id: str, end: str, end_id: str, type_id: int
    ) -> list[int]:
        """Return the types to add between a contact and a company.

        Its first is its primary company.
        """
        primary, plain = PRIMARY[start, end], ASSOCIATIONS[start, end]
        contact_id = start_id if start == "contacts" else end_id
        company_id = end_id if start == "contacts" else start_id
        mine = self._links.get(("contacts", contact_id), {}).get("companies", {})
        others = [
            other_id for other_id, types in mine.items() if 1 in types and other_id != company_id
        ]
        if type_id == primary:
            for other in others:
                mine[other].remove(1)
                self._links["companies", other]["contacts"][contact_id].remove(2)
        elif others:
            return [plain]
        return [plain, primary]

    def _relinked(self, first: Record, last: Record) -> None:
        for record, other in ((first, last), (last, first)):
            if record.type == "invoices" and other.type in ("line_items", *ADJUSTMENTS, PAYMENTS):
                self._stale.add(record.id)
            if record.type == "contacts" and other.type == "companies":
                mine = self.links("contacts", record.id, "companies")
                main = [company for company, types in mine.items() if 1 in types]
                self._calculated(record, {"associatedcompanyid": main[0] if main else None})
