"""Load what a look needs: HubSpot's records whole, QuickBooks' only as far as not known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from invoice_sync.errors import HubSpotRefusedError, UnreadableError
from invoice_sync.hubspot import parse as hubspot_mapping
from invoice_sync.hubspot.dates import zone
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import Unexpected
from invoice_sync.runtime.parallel import together
from invoice_sync.sync.batch import Batch
from invoice_sync.sync.trouble import bug

_PAYMENTS = "commerce_payments"
_PAYMENTS_OFF = "Recording payments is turned off in this app's settings."
_PAYMENTS_REFUSED = (
    "HubSpot does not let this app read payments ({category}). Connect HubSpot again to allow it."
)


def load_hubspot(this: Batch) -> None:
    """Invoices with all that belongs to them: three stages, each bulk and side by side."""
    ids = [job.hint.object_id for job in this.jobs]
    if not ids:
        return
    parts = ["line_items", "contacts", "companies", "discounts", "fees", "taxes"]
    payments = _Payments(this)
    if payments.wanted:
        parts.append(_PAYMENTS)
    properties = hubspot_mapping.PROPERTIES

    def calls_of(part: str, call: Callable[[], Any]) -> Callable[[], Any]:
        return partial(payments.unless_refused, call) if part == _PAYMENTS else call

    invoices, *ends = together(
        partial(this.hubspot.read, "invoices", ids, properties["invoices"]),
        *(
            calls_of(part, partial(this.hubspot.associated, "invoices", part, ids))
            for part in parts
        ),
    )
    linked: dict[str, dict[str, list[str]]] = dict(zip(parts, ends, strict=True))
    present = [part for part in parts if linked[part]]
    wanted = {part: {one for ends in linked[part].values() for one in ends} for part in present}
    found = together(
        *(
            calls_of(one, partial(this.hubspot.read, one, sorted(wanted[one]), properties[one]))
            for one in present
        )
    )
    records = dict(zip(present, found, strict=True))
    time_zone = zone(this.connection, this.log)
    for job in this.jobs:
        invoice_id = job.hint.object_id
        if invoice_id not in invoices:
            continue
        own = {
            part: {
                one: records[part][one]
                for one in linked[part].get(invoice_id, [])
                if one in records[part]
            }
            for part in present
        }
        contacts = [
            hubspot_mapping.contact(one, found) for one, found in own.get("contacts", {}).items()
        ]
        companies = [
            hubspot_mapping.company(one, found) for one, found in own.get("companies", {}).items()
        ]
        try:
            job.invoice = hubspot_mapping.invoice(
                invoice_id,
                invoices[invoice_id],
                time_zone=time_zone,
                lines=own.get("line_items", {}),
                discounts=own.get("discounts", {}),
                fees=own.get("fees", {}),
                taxes=own.get("taxes", {}),
                # Of several, the first with an email, in the order of their ids.
                contact=next((c for c in contacts if c.email), next(iter(contacts), None)),
                company=next(iter(companies), None),
                payments=own.get(_PAYMENTS, {}),
                payments_unread=payments.unread,
            )
        except UnreadableError as error:
            job.outcome = Failure(detail=Unexpected(), message=f"HubSpot: {error}")
        except Exception as error:
            job.outcome = bug(error, job, this.log)


class _Payments:
    """Whether payments can be read: what HubSpot refuses of them must not keep the invoices from
    being synced."""

    def __init__(self, this: Batch) -> None:
        self._this = this
        self.wanted = this.connection.settings.record_payments
        self.unread = "" if self.wanted else _PAYMENTS_OFF

    def unless_refused(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            return call()
        except HubSpotRefusedError as error:
            self.unread = _PAYMENTS_REFUSED.format(category=error.category or "no reason given")
            self._this.log.warning(
                "payments cannot be read",
                extra={"portalId": self._this.connection.portal_id, "why": error.category},
            )
            return {}
