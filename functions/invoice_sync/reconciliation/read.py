"""Read some days of both systems in bulk, and the partners of their invoices on other days.

A window is complete in itself: reading it again gives the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from invoice_sync.errors import FaultError
from invoice_sync.hubspot import parse as hubspot_parse
from invoice_sync.hubspot.client import HubSpot
from invoice_sync.hubspot.dates import bounds
from invoice_sync.model.connection import Connection
from invoice_sync.model.hubspot import InvoiceSummary
from invoice_sync.model.quickbooks import QuickBooksInvoice
from invoice_sync.model.record import Record, Skip
from invoice_sync.plan import scope
from invoice_sync.quickbooks import parse as quickbooks_parse
from invoice_sync.quickbooks.client import QuickBooks
from invoice_sync.quickbooks.isolate import Found
from invoice_sync.reconciliation.compare import Window, owner
from invoice_sync.store.store import Store


@dataclass(frozen=True)
class WindowReader:
    """Reads windows of one connection.

    Its methods raise UnavailableError, ReconnectRequiredError, HubSpotRefusedError, FaultError.
    """

    store: Store
    connection: Connection
    hubspot: HubSpot
    quickbooks: QuickBooks
    portal_zone: tzinfo

    def count_in_hubspot(self, start: date, end: date) -> int:
        return self.hubspot.count("invoices", self._dated(start, end))

    def read(self, start: date, end: date, *, with_undated: bool) -> Window:
        """Read the days from `start` to `end`.

        An invoice whose date cannot be read belongs to all windows of a report; it is in the one
        that is read `with_undated`.
        """
        listed = self._listed(start, end, with_undated=with_undated)
        posted, unnamed = self._posted(start, end)
        links = self._links(posted)
        portal_id = self.connection.portal_id
        owner_ids = {owner(portal_id, invoice, links) for invoice in posted} - {""}
        others, unread_owners = self._summaries(owner_ids - _ids(listed))
        # HubSpot's search shows a new invoice some moments late.
        late = [summary for summary in others if _within(summary.invoice_date, start, end)]
        listed = [*listed, *late]
        records = self.store.records.get_many(portal_id, _ids(listed) | owner_ids)
        by_record = {
            record.quickbooks_id: invoice_id
            for invoice_id, record in records.items()
            if record.quickbooks_id
        }
        partners, unread_partners = self._partners(listed, posted, records)
        # Those that are known by their ids are among the days' unreadable ones, too.
        identified = [
            record
            for record in records.values()
            if record.quickbooks_id in unread_partners
            and record.written
            and _within(record.written.invoice_date, start, end)
        ]
        return Window(
            portal_id=portal_id,
            skips=self._skips(listed, records),
            hubspot=tuple(listed),
            quickbooks=tuple(posted),
            hubspot_elsewhere=tuple(summary for summary in others if summary not in late),
            quickbooks_elsewhere=tuple(partners),
            records=records,
            links={**by_record, **links},
            unread_in_hubspot=unread_owners,
            unread_in_quickbooks=unread_partners,
            unread_without_id=tuple(unnamed[len(identified) :]),
        )

    def _listed(self, start: date, end: date, *, with_undated: bool) -> list[InvoiceSummary]:
        """Return the HubSpot invoices of these days that the search shows."""
        rows = self.hubspot.search(
            "invoices", self._dated(start, end), hubspot_parse.SUMMARY, sort="hs_object_id"
        )
        summaries = [
            hubspot_parse.summary(str(row["id"]), row["properties"], self.portal_zone)
            for row in rows
        ]
        return [
            summary
            for summary in summaries
            if (with_undated and summary.invoice_date is None)
            or _within(summary.invoice_date, start, end)
        ]

    def _skips(
        self, listed: Sequence[InvoiceSummary], records: Mapping[str, Record]
    ) -> dict[str, Skip]:
        """Return why invoices are not synced, by their ids, as the worker would decide. An invoice
        of which HubSpot does not tell enough is left out, so that the worker looks at it."""
        portal_id = self.connection.portal_id
        pairs = [
            (each, records.get(each.id) or Record(portal_id=portal_id, invoice_id=each.id))
            for each in listed
        ]
        old = [
            summary.id
            for summary, record in pairs
            if scope.needs_history(summary, record, self.connection)
        ]
        entries = self.hubspot.history("invoices", old, hubspot_parse.STATUS).records
        skips = {}
        for summary, record in pairs:
            history = hubspot_parse.status_history(entries.get(summary.id, ()))
            told = summary.model_copy(update={"status_history": history})
            obstacle = scope.obstacle(told, record, self.connection)
            if isinstance(obstacle, Skip):
                skips[summary.id] = obstacle
        return skips

    def _posted(self, start: date, end: date) -> tuple[list[QuickBooksInvoice], list[str]]:
        """Return the QuickBooks invoices of these days, and for each that QuickBooks cannot read,
        in words, why."""
        found = self.quickbooks.invoices_dated(start, end)
        days = f"{start}" if start == end else f"{start} to {end}"
        unnamed = [
            f"QuickBooks has an invoice dated {days} that it cannot read. {_words(fault)}"
            for fault in found.refused.values()
        ]
        return [quickbooks_parse.invoice(row) for row in found.rows], unnamed

    def _links(self, posted: Sequence[QuickBooksInvoice]) -> dict[str, str]:
        """Return the HubSpot ids that we stored for QuickBooks invoices, by QuickBooks id."""
        linked = self.store.realm.links(
            self.connection.realm_id, [invoice.id for invoice in posted]
        )
        return {
            quickbooks_id: invoice_id
            for quickbooks_id, (portal_id, invoice_id) in linked.items()
            if portal_id == self.connection.portal_id
        }

    def _summaries(self, invoice_ids: Iterable[str]) -> tuple[list[InvoiceSummary], dict[str, str]]:
        """Return HubSpot invoices by their ids, without those that HubSpot no longer has, and by id
        why one cannot be read."""
        found = self.hubspot.find("invoices", sorted(invoice_ids), hubspot_parse.SUMMARY)
        summaries = [
            hubspot_parse.summary(invoice_id, properties, self.portal_zone)
            for invoice_id, properties in found.records.items()
        ]
        return summaries, {each: f"HubSpot: {error}" for each, error in found.refused.items()}

    def _partners(
        self,
        listed: Sequence[InvoiceSummary],
        posted: Sequence[QuickBooksInvoice],
        records: Mapping[str, Record],
    ) -> tuple[list[QuickBooksInvoice], dict[str, str]]:
        """Return the QuickBooks partners of HubSpot invoices that are dated on other days, and by
        id why one cannot be read, whatever its day."""
        quickbooks_ids = {
            records[summary.id].quickbooks_id for summary in listed if summary.id in records
        }
        missing = quickbooks_ids - {invoice.id for invoice in posted} - {""}
        found = self.quickbooks.find("Invoice", "Id", missing) if missing else Found()
        unread = {each: _words(fault) for each, fault in found.refused.items()}
        return [quickbooks_parse.invoice(row) for row in found.rows], unread

    def _dated(self, start: date, end: date) -> list[Mapping[str, object]]:
        low, high = bounds(start, end, self.portal_zone)
        dated = {"propertyName": "hs_invoice_date", "operator": "BETWEEN"}
        return [{**dated, "value": low, "highValue": high}]


def _ids(summaries: Iterable[InvoiceSummary]) -> set[str]:
    return {summary.id for summary in summaries}


def _words(fault: FaultError) -> str:
    """Return what QuickBooks says, and what its support asks for."""
    words = f"{fault.message}: {fault.detail}" if fault.detail else fault.message
    return f"{words} (code {fault.code}, intuit_tid {fault.intuit_tid or 'none'})"


def _within(day: date | None, start: date, end: date) -> bool:
    return day is not None and start <= day <= end
