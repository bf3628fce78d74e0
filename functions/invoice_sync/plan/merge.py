"""The three-way merge of an update: what we wrote last, HubSpot now, QuickBooks now. Pure.

An update writes what HubSpot changed since our last write. A field that only QuickBooks changed
stays; one that both changed is for a person to decide. What HubSpot does not know of (a class, a
location, custom fields) is carried over as QuickBooks has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeVar, get_args

from invoice_sync.model.base import brief, digest, digest_of
from invoice_sync.model.changes import Changes, InvoiceField, LineChange, LineField
from invoice_sync.model.failure import Difference
from invoice_sync.model.hubspot import Address
from invoice_sync.model.places import state_code, words
from invoice_sync.model.quickbooks import (
    DesiredInvoice,
    DesiredLine,
    QuickBooksInvoice,
    QuickBooksLine,
)
from invoice_sync.model.record import Baseline, BaselineLine, Sides

# In these fields a person who chose HubSpot's version gets it, whoever changed them.
_MONEY: frozenset[LineField] = frozenset(("item", "price", "tax_code"))
# Digests only tell whether a value is the same: they need not be long.
_DIGEST_LENGTH = 8
_UNKNOWN = Sides("", "")
_Name = TypeVar("_Name", bound=str)
_PLACES: frozenset[InvoiceField] = frozenset(("ship_to", "bill_to"))


def baseline(
    desired: DesiredInvoice,
    written: QuickBooksInvoice,
    before: Baseline | None,
    *,
    answered: bool = True,
    as_sent: bool = False,
) -> Baseline:
    """Return what a later merge has to know of a write: the digest of each field on both sides, and
    which QuickBooks line each HubSpot line became.

    `before`: the baseline until now. A field that somebody changed in QuickBooks since then, and
    that was left so, still has its old one: should HubSpot change it too, that is a conflict.
    Where the write was not `answered`, only what QuickBooks has of it counts. `as_sent`: somebody
    may have edited the invoice before we saw it, so that QuickBooks' side is what we sent.
    """
    before = before or Baseline()
    merger = _Merger(desired, before, written, None, overwrite=False)
    lines = {}
    for line, there in merger.pairs():
        if line.source_id and there is not None:
            earlier = before.lines.get(line.source_id)
            ours, theirs = _line_values(line), _line_values(there)
            lines[line.source_id] = BaselineLine(
                quickbooks_id=there.id,
                fields=_sides(
                    ours,
                    _filled(ours, theirs) if as_sent else theirs,
                    earlier.fields if earlier else {},
                    answered=answered,
                ),
            )
    wanted, posted = _invoice_values(desired), _invoice_values(written)
    posted = _filled(wanted, posted) if as_sent else posted
    sides = _sides(wanted, posted, before.fields, answered=answered)
    said = digest(content(desired)) if answered else before.content
    return Baseline(fields=sides, lines=lines, content=said)


def merge(
    desired: DesiredInvoice,
    before: Baseline | None,
    existing: QuickBooksInvoice,
    *,
    sent: DesiredInvoice | None = None,
    overwrite: bool = False,
) -> Changes:
    """Return what an update of `existing` has to write.

    `before`: our last write; without it, whatever differs is written. `sent`: an update without an
    answer, which may have taken effect. `overwrite`: a person chose HubSpot's version.
    """
    merger = _Merger(desired, before or Baseline(), existing, sent, overwrite)
    return merger.changes()


@dataclass(frozen=True)
class _Merger:
    desired: DesiredInvoice
    before: Baseline
    existing: QuickBooksInvoice
    sent: DesiredInvoice | None
    overwrite: bool

    def changes(self) -> Changes:
        fields, conflicts = self._invoice_fields()
        lines, line_conflicts = self._lines()
        is_moved = "ship_to" in fields  # the tax is due elsewhere now
        if lines is not None or is_moved or self.desired.tax != self.existing.tax:
            # QuickBooks calculates the tax anew unless it is told.
            fields.add("tax")
        return Changes(
            frozenset(fields),
            customer=self.desired.customer_id != self.existing.customer_id,
            lines=lines,
            conflicts=(*conflicts, *line_conflicts),
        )

    def _invoice_fields(self) -> tuple[set[InvoiceField], list[Difference]]:
        ours, theirs = _invoice_values(self.desired), _invoice_values(self.existing)
        sent = _invoice_values(self.sent) if self.sent else {}
        fields, conflicts = set[InvoiceField](), list[Difference]()
        for name in get_args(InvoiceField):
            sides = self.before.fields.get(name, _UNKNOWN)
            verdict = _verdict(sides, ours[name], theirs[name], sent.get(name))
            if verdict == "keep" or not self._is_told(name, ours[name], sides):
                continue
            if verdict == "write" or self.overwrite:
                fields.add(name)
            elif name != "email":  # an address that somebody put right in QuickBooks stays
                conflicts.append(_difference(name, ours[name], theirs[name]))
        # A rate goes with its date. One that a person entered stays.
        rate = self.before.fields.get("exchange_rate", _UNKNOWN)
        is_ours = rate == _UNKNOWN or _short(theirs["exchange_rate"]) == rate.quickbooks
        if "date" in fields and ours["exchange_rate"] and (is_ours or self.overwrite):
            fields.add("exchange_rate")
        return fields, conflicts

    def _is_told(self, name: InvoiceField, ours: str, before: Sides) -> bool:
        """Whether HubSpot says anything about a field that an update could write."""
        if name in _PLACES:
            # QuickBooks fills in addresses: without a baseline they stay.
            return bool(ours) and self.desired.names_place and before != _UNKNOWN
        if name in ("number", "term", "email"):
            return bool(ours)  # an empty one leaves QuickBooks its own
        if name == "tax":
            # QuickBooks does not say how a tax was made up: without a baseline its amount has to
            # do.
            return before != _UNKNOWN
        return name != "exchange_rate"  # it goes with the date

    def _lines(self) -> tuple[tuple[LineChange, ...] | None, list[Difference]]:
        pairs = self.pairs()
        sent = {line.source_id: _line_values(line) for line in self.sent.lines} if self.sent else {}
        lines, conflicts = [], list[Difference]()
        for line, there in pairs:
            if there is None:
                lines.append(LineChange("", line, frozenset(get_args(LineField))))
                continue
            written = self.before.lines.get(line.source_id)
            sides = written.fields if written and written.quickbooks_id == there.id else {}
            fields, at_odds = self._line_fields(line, there, sides, sent.get(line.source_id, {}))
            lines.append(LineChange(there.id, line, fields))
            conflicts += at_odds
        are_the_same = (
            len(pairs) == len(self.existing.lines)
            and not any(change.fields for change in lines)
            and self.desired.discount == self.existing.discount
        )
        return (None if are_the_same else tuple(lines)), conflicts

    def _line_fields(
        self,
        line: DesiredLine,
        there: QuickBooksLine,
        sides: Mapping[str, Sides],
        sent: Mapping[LineField, str],
    ) -> tuple[frozenset[LineField], list[Difference]]:
        ours, theirs = _line_values(line), _line_values(there)
        fields, conflicts = set[LineField](), list[Difference]()
        for name in get_args(LineField):
            verdict = _verdict(sides.get(name, _UNKNOWN), ours[name], theirs[name], sent.get(name))
            if self.overwrite and ours[name] != theirs[name]:
                verdict = "write" if verdict != "keep" or name in _MONEY else "keep"
            if verdict == "write":
                fields.add(name)
            elif verdict == "conflict":
                label = line.description.partition(":")[0] or "line"
                shown = (ours[name], theirs[name])
                if name == "item":
                    shown = (line.product, there.item_name or there.item_id)
                conflicts.append(_difference(f"{name} ({label})", *shown))
        return frozenset(fields), conflicts

    def pairs(self) -> list[tuple[DesiredLine, QuickBooksLine | None]]:
        """Return each desired line with the QuickBooks line that it is, None for a new one.

        A line is known by the id that it got. One that was deleted and made anew in HubSpot is the
        one with its item and price. Without a baseline the order has to do.
        """
        free = dict(enumerate(self.existing.lines))
        pairs: dict[int, QuickBooksLine] = {}
        for position, line in enumerate(self.desired.lines):
            if written := self.before.lines.get(line.source_id):
                same = (key for key in free if free[key].id == written.quickbooks_id)
                if (key := next(same, None)) is not None:
                    pairs[position] = free.pop(key)
        for position, line in enumerate(self.desired.lines):
            alike = (key for key in free if _is_alike(line, free[key]))
            if position not in pairs and (key := next(alike, None)) is not None:
                pairs[position] = free.pop(key)
        if not self.before.lines and len(self.desired.lines) == len(self.existing.lines):
            left = iter(free.values())
            for position in range(len(self.desired.lines)):
                if position not in pairs:
                    pairs[position] = next(left)
        return [(line, pairs.get(position)) for position, line in enumerate(self.desired.lines)]


def _verdict(
    before: Sides, ours: str, theirs: str, sent: str | None
) -> Literal["keep", "write", "conflict"]:
    """Decide about one field: `ours` is HubSpot's value now, `theirs` QuickBooks'."""
    if ours == theirs:
        return "keep"
    if before == _UNKNOWN:
        return "write"
    if sent is not None and brief(theirs) == brief(sent):
        return "write"  # HubSpot has changed since, be it back to what it was
    if _short(ours) == before.hubspot:
        return "keep"
    # An answer may have left out what it was sent.
    return "write" if _short(theirs) in before else "conflict"


# -- values that can be compared ----------------------------------------------------------


def content(invoice: DesiredInvoice | QuickBooksInvoice) -> dict[str, object]:
    """Return what has to be equal for two invoices to say the same: who owes how much for what.

    The currency is the customer's, so it needs no comparison of its own.
    """
    return {
        "customer": invoice.customer_id,
        "lines": tuple(
            (line.item_id, line.amount, line.quantity, line.unit_price) for line in invoice.lines
        ),
        "discount": invoice.discount,
        "tax": invoice.tax,
        "total": invoice.total,
    }


def _invoice_values(invoice: DesiredInvoice | QuickBooksInvoice) -> dict[InvoiceField, str]:
    # How the tax is made up is ours to say. QuickBooks' amount is compared with the other amounts.
    tax = ""
    if isinstance(invoice, DesiredInvoice):
        tax = _text((invoice.tax_code_id, invoice.tax_calculation, invoice.tax_after_discount))
    return {
        "number": invoice.number,
        "date": _text(invoice.invoice_date),
        "due_date": _text(invoice.due_date),
        "term": invoice.term_id,
        "memo": "\n".join(line.rstrip() for line in invoice.memo.strip().splitlines()),
        "email": invoice.email.strip().casefold(),
        "exchange_rate": _text(invoice.exchange_rate),
        "ship_to": _place(invoice.ship_to),
        "bill_to": _place(invoice.bill_to),
        "tax": tax,
    }


def _place(address: Address | str) -> str:
    """Return the words of an address. In QuickBooks' invoice they are its value."""
    if isinstance(address, str):
        return address
    region = state_code(address.region, address.country)
    parts = (address.street, address.street2, address.city, region, address.postal_code)
    return words(*parts, address.country) if address.is_place else ""


def _line_values(line: DesiredLine | QuickBooksLine) -> dict[LineField, str]:
    price = [line.amount, line.quantity, line.unit_price]
    return {
        "item": line.item_id,
        "description": " ".join(line.description.split()),
        "price": " ".join(_text(number) for number in price),
        "service_date": _text(line.service_date),
        "tax_code": line.tax_code,
    }


def kept(document: DesiredInvoice) -> DesiredInvoice:
    """Return what a merge has to know of an update whose answer is not known: the values that it
    compares, long ones as digests."""
    lines = (
        line.model_copy(
            update={
                "description": brief(_line_values(line)["description"]),
                "product": "",
            }
        )
        for line in document.lines
    )
    values = _invoice_values(document)
    return document.model_copy(
        update={
            "memo": brief(values["memo"]),
            "email": brief(values["email"]),
            "ship_to": _kept_place(document.ship_to),
            "bill_to": _kept_place(document.bill_to),
            "lines": tuple(lines),
        }
    )


def _kept_place(address: Address) -> Address:
    place = _place(address)
    return address if place == brief(place) else Address(street=brief(place))


def values(invoice: QuickBooksInvoice) -> list[object]:
    """Return everything of an invoice that a merge compares, for a digest of it."""
    return [_invoice_values(invoice), [_line_values(line) for line in invoice.lines]]


def _is_alike(line: DesiredLine, there: QuickBooksLine) -> bool:
    ours, theirs = _line_values(line), _line_values(there)
    return ours["item"] == theirs["item"] and ours["price"] == theirs["price"]


def _filled(ours: Mapping[_Name, str], theirs: Mapping[_Name, str]) -> dict[_Name, str]:
    """Return the values that QuickBooks had of what it was sent. What was left to it, or what it
    does not say, is its own."""
    return {name: ours[name] if value and ours[name] else value for name, value in theirs.items()}


def _sides(
    ours: Mapping[Any, str],
    theirs: Mapping[Any, str],
    before: Mapping[str, Sides],
    *,
    answered: bool,
) -> dict[str, Sides]:
    sides = {}
    for name, value in ours.items():
        now, earlier = Sides(_short(value), _short(theirs[name])), before.get(name)
        if name == "exchange_rate":
            # What counts is the last rate that we wrote, not what has become of it.
            now = Sides(now.hubspot, now.hubspot)
        if earlier is None or brief(value) == brief(theirs[name]):
            sides[name] = now
        elif name == "exchange_rate":
            sides[name] = earlier
        else:
            left_to_quickbooks = earlier.hubspot == now.hubspot
            sides[name] = earlier if left_to_quickbooks or not answered else now
    return sides


def _short(value: str) -> str:
    return digest_of(value)[:_DIGEST_LENGTH]


def _text(value: object) -> str:
    if value is None:
        return ""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def _difference(name: str, ours: str, theirs: str) -> Difference:
    return Difference(field=name, hubspot=ours, written="", quickbooks=theirs)
