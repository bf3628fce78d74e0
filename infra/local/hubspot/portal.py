"""One HubSpot account as its users see and change it in the UI.

Everything that changes, whether a user or the API asks for it, goes through `Writing`, so that
calculated properties and webhook events come out the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from .merging import Merging
from .properties import moment
from .records import USER, Record
from .types import BY_ALIAS, LinkType


class Portal(Merging):
    # -- changing

    def create(
        self,
        object_type: str,
        properties: Mapping[str, object],
        associations: Iterable[tuple[str, str]] = (),
    ) -> str:
        """Create a record with associations to (type, id) pairs.

        Read-only properties may be set too; they then keep their value.
        """
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
        """Take a record out of the recycling bin."""
        with self.operation():
            record = self._records[BY_ALIAS[object_type].name][record_id]
            record.archived_at = None
            self._remember_addresses(record)
            self._touch(record)
            self._mark_stale(record)
            self._tell("object.restore", record, USER)

    def associate(
        self, start: str, start_id: str, end: str, end_id: str, label: LinkType | None = None
    ) -> None:
        """Associate two records, with a label of `add_label` seen from the start."""
        with self.operation():
            self.link(BY_ALIAS[start].name, start_id, BY_ALIAS[end].name, end_id, USER, label)

    def dissociate(
        self, start: str, start_id: str, end: str, end_id: str, label: LinkType | None = None
    ) -> None:
        """Remove an association, or only its label."""
        with self.operation():
            self.unlink(BY_ALIAS[start].name, start_id, BY_ALIAS[end].name, end_id, USER, label)

    def add_label(
        self,
        start: str,
        end: str,
        label: str,
        back: str | None = None,
        category: str = "USER_DEFINED",
    ) -> LinkType:
        """Add a label for associations to the account's settings.

        How HubSpot shows an invoice's billing contact is not published: a label of the category
        HUBSPOT_DEFINED plays it.
        """
        with self.lock:
            names = BY_ALIAS[start].name, BY_ALIAS[end].name
            return self.define_label(*names, label, back or label, category)

    def merge(self, object_type: str, winner_id: str, loser_id: str) -> str:
        """Merge two records and return the id of the one that is left."""
        with self.operation():
            return self.join(BY_ALIAS[object_type].name, winner_id, loser_id, USER).id

    def credit(
        self, amount: Decimal | str | int, invoices: Iterable[str], **properties: object
    ) -> str:
        """Issue a credit memo and apply it to the invoices, one after the other."""
        values = {"hs_amount_credited": amount, **properties}
        return self.create("credit_memos", values, [("invoices", each) for each in invoices])

    def hold_by_data_sync(self, invoice_id: str) -> str:
        """Mark an invoice as HubSpot's own data sync app does (association type 679)."""
        return self.create("data_sync_states", {}, [("invoices", invoice_id)])

    def add_tax_rate(self, name: str, percent: Decimal | str | int, active: bool = True) -> str:
        """Add a tax rate to the account's settings.

        Its id goes into a line's `hs_tax_rate_group_id`.
        """
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
        """Create an invoice as a user would: a draft, its parts, then the final status."""
        draft = {"hs_currency": currency, "hs_invoice_status": "draft", **properties}
        if number is not None:
            draft["hs_number"] = number
        with self.operation():
            invoice = self.create("invoices", draft)
            for kind, id_ in (("contacts", contact_id), ("companies", company_id)):
                if id_:
                    self.associate("invoices", invoice, kind, id_)
            parts = {"line_items": lines, "discounts": discounts, "fees": fees, "taxes": taxes}
            for kind, sent in parts.items():
                for position, part in enumerate(sent):
                    order = "hs_position_on_quote" if kind == "line_items" else "hs_sort_order"
                    self.create(kind, {order: position, **part}, [("invoices", invoice)])
            if status != "draft":
                self.update("invoices", invoice, {"hs_invoice_status": status})
            return invoice

    # -- looking

    def record(self, object_type: str, record_id: str) -> Record:
        """Return a copy of a record, archived or not. Raises KeyError when there never was one."""
        with self.lock:
            self.pass_time()
            name = BY_ALIAS[object_type].name
            record = self._records[name][self.current_id(name, record_id)]
            return Record(
                record.id,
                record.type,
                record.created,
                record.updated,
                dict(record.properties),
                record.archived_at,
            )

    def ids(self, object_type: str) -> list[str]:
        with self.lock:
            return [record.id for record in self.records(BY_ALIAS[object_type].name)]

    def associated(self, start: str, start_id: str, end: str) -> list[str]:
        with self.lock:
            return list(self.links(BY_ALIAS[start].name, start_id, BY_ALIAS[end].name))
