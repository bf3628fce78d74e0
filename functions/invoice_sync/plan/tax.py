"""How an invoice's tax is written in QuickBooks. Pure.

US realms: a line is "TAX" or "NON", and the invoice has one tax code with the whole amount.
Realms elsewhere: each line has a tax code, from which QuickBooks calculates the tax. (Intuit:
"Manage sales tax for US locales", "Manage sales tax for non-US locales", reference "Invoice".)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import TaxCodeMissing
from invoice_sync.model.hubspot import Adjustment, Invoice, InvoiceLine
from invoice_sync.model.money import minor_unit, to_minor_unit
from invoice_sync.model.quickbooks import DesiredLine, Preferences, TaxCode, TaxLine
from invoice_sync.plan.compare import total_mismatch

_HUNDREDTH = Decimal("0.01")
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Taxation:
    """`line_codes` are in the order of the document's lines. `lines` are empty where QuickBooks'
    own calculation comes to HubSpot's amount."""

    line_codes: tuple[str, ...]
    code_id: str = ""
    after_discount: bool = False
    calculation: Literal["", "TaxExcluded", "NotApplicable"] = ""
    lines: tuple[TaxLine, ...] = ()


@dataclass(frozen=True)
class Taxable:
    """An invoice with all amounts known: `lines` are its line items, then its fees.

    `levies`: the invoice-level taxes with their amounts; they are taxes of `net`, which is what
    lines and fees come to after the discount.
    """

    invoice: Invoice
    lines: Sequence[DesiredLine]
    discount: Decimal
    net: Decimal
    levies: Sequence[tuple[Adjustment, Decimal]]
    tax: Decimal


def taxation(
    taxable: Taxable, preferences: Preferences, settings: Settings, codes: Mapping[str, TaxCode]
) -> Taxation | Failure:
    """`codes`: those of the realm that the settings name; they are needed outside the US only."""
    if not preferences.sales_tax:
        if taxable.tax:
            return Failure(detail=TaxCodeMissing(variant="sales_tax_off"))
        none = ("",) * len(taxable.lines)
        return Taxation(none, calculation="NotApplicable" if preferences.abroad else "")
    if preferences.abroad:
        return _abroad(taxable, settings, codes)
    return _in_the_us(taxable, settings, automated=preferences.automated_sales_tax)


def _code(settings: Settings, *names: str) -> str:
    """The code that one of a tax's names is mapped to."""
    mapped = {name.strip().casefold(): code for name, code in settings.tax_codes.items()}
    return next((mapped[name.casefold()] for name in names if mapped.get(name.casefold())), "")


def _line_names(line: InvoiceLine) -> tuple[str, str]:
    return line.tax_rate_id, line.tax_label


def _no_code_for(name: str) -> Failure:
    return Failure(detail=TaxCodeMissing(variant="tax_unmapped", tax=name))


def _several(
    variant: Literal["several_on_invoice", "several_on_line"], labels: Mapping[str, str]
) -> Failure:
    """`labels`: of the taxes, by their tax codes."""
    detail = TaxCodeMissing(
        variant=variant, taxes=tuple(labels.values()), tax_code_ids=tuple(labels)
    )
    return Failure(detail=detail)


# -- the US -------------------------------------------------------------------------------


def _in_the_us(taxable: Taxable, settings: Settings, *, automated: bool) -> Taxation | Failure:
    whole = any(amount for _, amount in taxable.levies)
    items = taxable.invoice.lines
    marks = ["TAX" if whole or line.tax else "NON" for line in items]
    marks += ["TAX" if whole else "NON"] * (len(taxable.lines) - len(items))
    taxed: list[tuple[str, tuple[str, ...]]] = [
        (levy.label, (levy.label,)) for levy, amount in taxable.levies if amount
    ]
    taxed += [(line.tax_label, _line_names(line)) for line in items if line.tax]
    after_discount = whole and bool(taxable.discount)
    # The automated sales tax puts its own code in the place of ours, and keeps the amount.
    if automated or not taxed:
        return Taxation(tuple(marks), after_discount=after_discount)
    chosen: dict[str, str] = {}
    for shown, names in taxed:
        code_id = _code(settings, *names) or settings.tax_code_id
        if not code_id:
            return _no_code_for(shown)
        chosen.setdefault(code_id, shown)
    if len(chosen) > 1:
        return _several("several_on_invoice", chosen)
    return Taxation(tuple(marks), code_id=next(iter(chosen)), after_discount=after_discount)


# -- elsewhere ----------------------------------------------------------------------------


def _abroad(
    taxable: Taxable, settings: Settings, codes: Mapping[str, TaxCode]
) -> Taxation | Failure:
    line_codes = _line_codes(taxable, settings)
    if isinstance(line_codes, Failure):
        return line_codes
    for code_id in dict.fromkeys(line_codes):
        if code_id not in codes:
            return Failure(detail=TaxCodeMissing(variant="code_inactive", tax_code_id=code_id))
        if codes[code_id].compound:
            return Failure(detail=TaxCodeMissing(variant="tax_on_tax", tax_code_id=code_id))
    lines = _tax_lines(taxable, line_codes, codes)
    if isinstance(lines, Failure):
        return lines
    return Taxation(line_codes, calculation="TaxExcluded", lines=lines)


def _line_codes(taxable: Taxable, settings: Settings) -> tuple[str, ...] | Failure:
    """An invoice-level tax is one of every line, and a line has one code only."""
    levied = any(amount for _, amount in taxable.levies)
    whole: dict[str, str] = {}
    for levy, amount in taxable.levies:
        code_id = _code(settings, levy.label) or (settings.tax_code_id if amount else "")
        if amount and not code_id:
            return _no_code_for(levy.label)
        # One of nothing says why there is no tax (exempt, zero rated), unless there is some.
        if code_id and (amount or not levied):
            whole.setdefault(code_id, levy.label)
    if len(whole) > 1:
        return _several("several_on_line", whole)
    of_all = next(iter(whole), "")
    found = []
    for line in taxable.invoice.lines:
        own = _code(settings, *_line_names(line)) or (settings.tax_code_id if line.tax else "")
        if line.tax and not own:
            return _no_code_for(line.tax_label)
        if line.tax and levied and own != of_all:
            return Failure(detail=TaxCodeMissing(variant="line_and_invoice", line=line.name))
        found.append(of_all if levied else own or of_all or settings.untaxed_code_id)
    fees = len(taxable.lines) - len(found)
    found += [of_all or settings.untaxed_code_id] * fees
    if not all(found):
        return Failure(detail=TaxCodeMissing(variant="untaxed_unmapped"))
    return tuple(found)


def _tax_lines(
    taxable: Taxable, line_codes: Sequence[str], codes: Mapping[str, TaxCode]
) -> tuple[TaxLine, ...] | Failure:
    """HubSpot's amounts for QuickBooks' rates: none, if QuickBooks comes to them by itself.

    They are for differences of rounding only. Another rate would be a wrong tax return, so then
    this is a Failure.
    """
    currency = taxable.invoice.currency
    used = tuple(dict.fromkeys(line_codes))
    nets, raw = dict.fromkeys(used, _ZERO), dict.fromkeys(used, _ZERO)
    for line, code_id in zip(taxable.lines, line_codes, strict=True):
        nets[code_id] += line.amount
    for item, code_id in zip(taxable.invoice.lines, line_codes, strict=False):
        raw[code_id] += item.tax
    levied = sum((amount for _, amount in taxable.levies), _ZERO)
    if levied and used:
        nets[used[0]] = taxable.net
        raw[used[0]] += levied
    taxes = dict(zip(used, _split(taxable.tax, list(raw.values()), currency), strict=True))
    expected = {one: to_minor_unit(nets[one] * codes[one].percent / 100, currency) for one in used}
    for code_id in used:
        # Each line may be rounded by itself, on both sides.
        unit = minor_unit(currency) if codes[code_id].percent else _ZERO
        count = line_codes.count(code_id) + len(taxable.levies)
        if abs(taxes[code_id] - expected[code_id]) > unit * count * len(codes[code_id].rates):
            total = taxable.net + sum(expected.values(), _ZERO)
            return total_mismatch(taxable.net + taxable.tax, total, currency)
    if _by_itself(taxable, line_codes, codes) == {taxable.tax}:
        return ()
    found: dict[str, TaxLine] = {}
    for code_id in used:
        rates = codes[code_id].rates
        shares = _split(taxes[code_id], [rate.percent for rate in rates], currency)
        for rate, amount in zip(rates, shares, strict=True):
            before = found.get(rate.id)
            # Two codes may share a rate, and each rate may be there only once. One that a code
            # has must be there even if it comes to nothing.
            found[rate.id] = TaxLine(
                rate_id=rate.id,
                percent=rate.percent,
                net=nets[code_id] + (before.net if before else _ZERO),
                amount=amount + (before.amount if before else _ZERO),
            )
    return tuple(found.values())


def _by_itself(
    taxable: Taxable, line_codes: Sequence[str], codes: Mapping[str, TaxCode]
) -> set[Decimal]:
    """What QuickBooks may calculate.

    It is known to round line by line (QuickBooks Community, Canada, thread 306952), but not for
    every country, nor whether a discount comes off before the tax, nor how it rounds currencies
    without hundredths. Only where all that makes no difference, it is left to calculate.
    """
    subtotal = sum((line.amount for line in taxable.lines), _ZERO)
    kept = {Decimal(1)}
    if subtotal:
        kept.add((subtotal - taxable.discount) / subtotal)
    results = set()
    for part in kept:
        for unit in {_HUNDREDTH, minor_unit(taxable.invoice.currency)}:
            by_rate: dict[str, Decimal] = {}
            by_line = _ZERO
            for line, code_id in zip(taxable.lines, line_codes, strict=True):
                for rate in codes[code_id].rates:
                    tax = line.amount * part * rate.percent / 100
                    by_rate[rate.id] = by_rate.get(rate.id, _ZERO) + tax
                    by_line += tax.quantize(unit, ROUND_HALF_UP)
            rounded = (one.quantize(unit, ROUND_HALF_UP) for one in by_rate.values())
            results |= {by_line, sum(rounded, _ZERO)}
    return results


def _split(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """The amount in proportion to the weights; the largest takes what rounding leaves."""
    whole = sum(weights, _ZERO)
    if not weights or not whole:
        return [_ZERO] * len(weights)
    shares = [to_minor_unit(amount * weight / whole, currency) for weight in weights]
    shares[max(range(len(weights)), key=weights.__getitem__)] += amount - sum(shares, _ZERO)
    return shares
