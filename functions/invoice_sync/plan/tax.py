"""How an invoice's tax is written in QuickBooks. Pure.

US realms: a line is "TAX" or "NON", and the invoice has one tax code with the whole amount.
Realms elsewhere: each line has a tax code, from which QuickBooks calculates the tax. (Intuit:
"Manage sales tax for US locales", "Manage sales tax for non-US locales", reference "Invoice".)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from invoice_sync.model.connection import Settings
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import TaxCodeMissing
from invoice_sync.model.hubspot import InvoiceLine
from invoice_sync.model.money import minor_unit, to_minor_unit
from invoice_sync.model.quickbooks import Preferences, TaxCode, TaxLine
from invoice_sync.model.setting_names import SettingName
from invoice_sync.plan.amounts import PricedInvoice
from invoice_sync.plan.compare import total_mismatch

_HUNDREDTH = Decimal("0.01")
_ZERO = Decimal(0)
# What a line in the US is marked with; any code will do.
_ANY_CODE = "TAX"


@dataclass(frozen=True)
class Taxation:
    """The part of a QuickBooks invoice that says how it is taxed."""

    # In the order of the invoice's lines.
    line_codes: tuple[str, ...]
    # The tax code of a US invoice.
    code_id: str = ""
    after_discount: bool = False
    calculation: Literal["", "TaxExcluded", "NotApplicable"] = ""
    # Empty where QuickBooks' own calculation comes to HubSpot's amount.
    lines: tuple[TaxLine, ...] = ()


def taxation(
    priced: PricedInvoice,
    preferences: Preferences,
    settings: Settings,
    codes: Mapping[str, TaxCode],
) -> Taxation | Failure:
    """Return how the invoice's tax is written.

    `codes`: the realm's tax codes that the settings name, by id; automated sales tax needs none.
    """
    if not preferences.sales_tax:
        if priced.tax:
            return Failure(detail=TaxCodeMissing(variant="sales_tax_off"))
        none = ("",) * len(priced.lines)
        return Taxation(none, calculation="NotApplicable" if preferences.abroad else "")
    if preferences.abroad:
        taxes = _abroad(priced, settings, codes)
    else:
        automated = preferences.automated_sales_tax
        taxes = _in_the_us(priced, settings, codes, automated=automated)
    return _with_setting(taxes, settings) if isinstance(taxes, Failure) else taxes


def _with_setting(failure: Failure, settings: Settings) -> Failure:
    """Return the failure with the setting that names its tax code."""
    detail = failure.detail
    if not isinstance(detail, TaxCodeMissing) or not detail.tax_code_id:
        return failure
    setting: SettingName = "untaxedCodeId"
    if detail.tax_code_id in settings.tax_codes.values():
        setting = "taxCodes"
    elif detail.tax_code_id == settings.tax_code_id:
        setting = "taxCodeId"
    return failure.model_copy(update={"detail": detail.changed(setting=setting)})


def _code(settings: Settings, *names: str) -> str:
    """Return the tax code that one of a tax's names is mapped to; empty if none is."""
    mapped = {name.strip().casefold(): code for name, code in settings.tax_codes.items()}
    return next((mapped[name.casefold()] for name in names if mapped.get(name.casefold())), "")


def _line_names(line: InvoiceLine) -> tuple[str, str]:
    """Return the names that the settings may have for a line's tax."""
    return line.tax_rate_id, line.tax_label


def _unmapped(tax: str) -> Failure:
    return Failure(detail=TaxCodeMissing(variant="tax_unmapped", tax=tax))


def _several(
    variant: Literal["several_on_invoice", "several_on_line"],
    labels: Mapping[str, str],
    codes: Mapping[str, TaxCode],
) -> Failure:
    """`labels`: the tax of each tax code."""
    named = (codes[code_id].name if code_id in codes else "" for code_id in labels)
    detail = TaxCodeMissing(
        variant=variant,
        taxes=tuple(labels.values()),
        tax_code_ids=tuple(labels),
        tax_code_names=tuple(name or code_id for name, code_id in zip(named, labels, strict=True)),
    )
    return Failure(detail=detail)


# -- the US -------------------------------------------------------------------------------


def _in_the_us(
    priced: PricedInvoice, settings: Settings, codes: Mapping[str, TaxCode], *, automated: bool
) -> Taxation | Failure:
    is_levied = any(amount for _, amount in priced.levies)
    items = priced.invoice.lines
    marks = ["TAX" if is_levied or line.tax else "NON" for line in items]
    marks += ["TAX" if is_levied else "NON"] * (len(priced.lines) - len(items))
    after_discount = is_levied and bool(priced.discount)
    taxes = list(_us_taxes(priced))
    if not taxes:
        return Taxation(tuple(marks), after_discount=after_discount)
    if automated:
        # QuickBooks takes an amount only together with a code (an engineer of Intuit in the PHP
        # SDK's issue 199), and puts its own code in the place of ours.
        mapped = next(filter(None, (_code(settings, *names) for _, names in taxes)), "")
        code_id = mapped or settings.tax_code_id or _ANY_CODE
        return Taxation(tuple(marks), code_id=code_id, after_discount=after_discount)
    labels: dict[str, str] = {}
    for label, names in taxes:
        code_id = _code(settings, *names) or settings.tax_code_id
        if not code_id:
            return _unmapped(label)
        labels.setdefault(code_id, label)
    if len(labels) > 1:
        return _several("several_on_invoice", labels, codes)
    (code_id,) = labels
    misfit = _us_misfit(priced, marks, code_id, codes)
    return misfit or Taxation(tuple(marks), code_id=code_id, after_discount=after_discount)


def _us_misfit(
    priced: PricedInvoice, marks: Sequence[str], code_id: str, codes: Mapping[str, TaxCode]
) -> Failure | None:
    """Return what is wrong with the tax code; None if its rates come to HubSpot's tax."""
    if unusable := _unusable(code_id, codes):
        return unusable
    code, currency = codes[code_id], priced.invoice.currency
    taxed = (line.amount for line, mark in zip(priced.lines, marks, strict=True) if mark == "TAX")
    base = priced.net if any(amount for _, amount in priced.levies) else sum(taxed, _ZERO)
    expected = to_minor_unit(base * code.percent / 100, currency)
    # Each line, and each rate, may be rounded by itself.
    roundings = (marks.count("TAX") + len(priced.levies)) * len(code.rates)
    unit = minor_unit(currency) if code.percent else _ZERO
    if abs(priced.tax - expected) <= unit * roundings:
        return None
    return total_mismatch(priced.total, priced.net + expected, currency)


def _unusable(code_id: str, codes: Mapping[str, TaxCode]) -> Failure | None:
    if code_id not in codes:
        return Failure(detail=TaxCodeMissing(variant="code_inactive", tax_code_id=code_id))
    if codes[code_id].compound:
        detail = TaxCodeMissing(
            variant="tax_on_tax", tax_code_id=code_id, tax_code_name=codes[code_id].name
        )
        return Failure(detail=detail)
    return None


def _us_taxes(priced: PricedInvoice) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the label of each tax that comes to something, and its names in the settings."""
    for levy, amount in priced.levies:
        if amount:
            yield levy.label, (levy.label,)
    for line in priced.invoice.lines:
        if line.tax:
            yield line.tax_label, _line_names(line)


# -- elsewhere ----------------------------------------------------------------------------


def _abroad(
    priced: PricedInvoice, settings: Settings, codes: Mapping[str, TaxCode]
) -> Taxation | Failure:
    line_codes = _line_codes(priced, settings, codes)
    if isinstance(line_codes, Failure):
        return line_codes
    for code_id in dict.fromkeys(line_codes):
        if unusable := _unusable(code_id, codes):
            return unusable
    taxes = _taxes_by_code(priced, line_codes, codes)
    if isinstance(taxes, Failure):
        return taxes
    by_itself = _quickbooks_results(priced, line_codes, codes) == {priced.tax}
    lines = () if by_itself else _tax_lines(taxes, codes, priced.invoice.currency)
    return Taxation(line_codes, calculation="TaxExcluded", lines=lines)


def _line_codes(
    priced: PricedInvoice, settings: Settings, known: Mapping[str, TaxCode]
) -> tuple[str, ...] | Failure:
    """Return the tax code of each line. A tax of the invoice is one of every line, and a line has
    one code only."""
    shared = _shared_code(priced, settings, known)
    if isinstance(shared, Failure):
        return shared
    is_levied = any(amount for _, amount in priced.levies)
    codes = []
    for line in priced.invoice.lines:
        code_id = _code(settings, *_line_names(line)) or (settings.tax_code_id if line.tax else "")
        if line.tax and not code_id:
            return _unmapped(line.tax_label)
        if line.tax and is_levied and code_id != shared:
            return Failure(detail=TaxCodeMissing(variant="line_and_invoice", line=line.name))
        codes.append(shared if is_levied else code_id or shared or settings.untaxed_code_id)
    fees = len(priced.lines) - len(codes)
    codes += [shared or settings.untaxed_code_id] * fees
    if not all(codes):
        return Failure(detail=TaxCodeMissing(variant="untaxed_unmapped"))
    return tuple(codes)


def _shared_code(
    priced: PricedInvoice, settings: Settings, known: Mapping[str, TaxCode]
) -> str | Failure:
    """Return the tax code of the invoice-level taxes; empty without such taxes."""
    is_levied = any(amount for _, amount in priced.levies)
    labels: dict[str, str] = {}
    for levy, amount in priced.levies:
        code_id = _code(settings, levy.label) or (settings.tax_code_id if amount else "")
        if amount and not code_id:
            return _unmapped(levy.label)
        # A tax of 0 says why there is none (exempt, zero rated), unless another tax is levied.
        if code_id and (amount or not is_levied):
            labels.setdefault(code_id, levy.label)
    if len(labels) > 1:
        return _several("several_on_line", labels, known)
    return next(iter(labels), "")


@dataclass(frozen=True)
class _CodeTax:
    """The tax of one tax code: `amount`, calculated on `net`."""

    net: Decimal
    amount: Decimal


def _taxes_by_code(
    priced: PricedInvoice, line_codes: Sequence[str], codes: Mapping[str, TaxCode]
) -> dict[str, _CodeTax] | Failure:
    """Return HubSpot's tax by QuickBooks' tax codes.

    Only differences of rounding are allowed. Another rate would be a wrong tax return, so then this
    is a Failure.
    """
    currency = priced.invoice.currency
    used = tuple(dict.fromkeys(line_codes))
    nets, raw = dict.fromkeys(used, _ZERO), dict.fromkeys(used, _ZERO)
    for line, code_id in zip(priced.lines, line_codes, strict=True):
        nets[code_id] += line.amount
    for item, code_id in zip(priced.invoice.lines, line_codes, strict=False):
        raw[code_id] += item.tax
    levied = sum((amount for _, amount in priced.levies), _ZERO)
    if levied and used:
        nets[used[0]] = priced.net
        raw[used[0]] += levied
    taxes = dict(zip(used, _split(priced.tax, list(raw.values()), currency), strict=True))
    expected = {
        code_id: to_minor_unit(nets[code_id] * codes[code_id].percent / 100, currency)
        for code_id in used
    }
    for code_id in used:
        # Each line may be rounded by itself, on both sides.
        unit = minor_unit(currency) if codes[code_id].percent else _ZERO
        count = line_codes.count(code_id) + len(priced.levies)
        if abs(taxes[code_id] - expected[code_id]) > unit * count * len(codes[code_id].rates):
            total = priced.net + sum(expected.values(), _ZERO)
            return total_mismatch(priced.total, total, currency)
    return {code_id: _CodeTax(nets[code_id], taxes[code_id]) for code_id in used}


def _tax_lines(
    taxes: Mapping[str, _CodeTax], codes: Mapping[str, TaxCode], currency: str
) -> tuple[TaxLine, ...]:
    """Return a line for each rate with its share of its code's tax.

    Two codes may share a rate, and each rate may be there only once. One that a code has must be
    there even if it comes to nothing.
    """
    lines: dict[str, TaxLine] = {}
    for code_id, tax in taxes.items():
        rates = codes[code_id].rates
        shares = _split(tax.amount, [rate.percent for rate in rates], currency)
        for rate, amount in zip(rates, shares, strict=True):
            before = lines.get(rate.id)
            lines[rate.id] = TaxLine(
                rate_id=rate.id,
                percent=rate.percent,
                net=tax.net + (before.net if before else _ZERO),
                amount=amount + (before.amount if before else _ZERO),
            )
    return tuple(lines.values())


def _quickbooks_results(
    priced: PricedInvoice, line_codes: Sequence[str], codes: Mapping[str, TaxCode]
) -> set[Decimal]:
    """Return all amounts of tax that QuickBooks may calculate.

    It is known to round line by line (QuickBooks Community, Canada, thread 306952), but not for
    every country, nor whether a discount comes off before the tax, nor how it rounds currencies
    without hundredths. Only where all that makes no difference, it is left to calculate.
    """
    subtotal = sum((line.amount for line in priced.lines), _ZERO)
    kept = {Decimal(1)}
    if subtotal:
        kept.add((subtotal - priced.discount) / subtotal)
    results = set()
    for part in kept:
        for unit in {_HUNDREDTH, minor_unit(priced.invoice.currency)}:
            by_rate: dict[str, Decimal] = {}
            by_line = _ZERO
            for line, code_id in zip(priced.lines, line_codes, strict=True):
                for rate in codes[code_id].rates:
                    tax = line.amount * part * rate.percent / 100
                    by_rate[rate.id] = by_rate.get(rate.id, _ZERO) + tax
                    by_line += tax.quantize(unit, ROUND_HALF_UP)
            rounded = (tax.quantize(unit, ROUND_HALF_UP) for tax in by_rate.values())
            results |= {by_line, sum(rounded, _ZERO)}
    return results


def _split(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Return the amount in proportion to the weights; the largest takes what rounding leaves."""
    whole = sum(weights, _ZERO)
    if not weights or not whole:
        return [_ZERO] * len(weights)
    shares = [to_minor_unit(amount * weight / whole, currency) for weight in weights]
    shares[max(range(len(weights)), key=weights.__getitem__)] += amount - sum(shares, _ZERO)
    return shares
