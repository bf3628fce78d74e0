"""The tax of an invoice: in the US a rate on all taxable lines, abroad a code on each line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from .books import Books, Row, money
from .checks import ZERO, amount_of, line_kind
from .faults import RefusalError, business
from .fields import Doc
from .names import bad_reference

NO_TAX: Doc = {"TotalTax": 0}


def tax_detail(
    books: Books, doc: Doc, sales: list[Doc], subtotal: Decimal, discount: Decimal
) -> Doc:
    """Return the TxnTaxDetail of an invoice that has these sales lines and this discount."""
    sent: Doc = doc.get("TxnTaxDetail", {})
    total = _sent_total(sent)
    not_applicable = doc.get("GlobalTaxCalculation") == "NotApplicable"
    if not_applicable and "TxnTaxDetail" in doc:
        raise RefusalError("6170", "TxnTaxDetail is not allowed with NotApplicable")
    automated = books.preference("TaxPrefs.PartnerTaxEnabled")
    if not books.preference("TaxPrefs.UsingSalesTax") or automated is False or not_applicable:
        return dict(NO_TAX)
    if books.country != "US":
        share = 1 - discount / subtotal if subtotal and books.switches.tax_after_discount else 1
        return _tax_abroad(books, sent, sales, Decimal(share))
    code = sent.get("TxnTaxCodeRef", {}).get("value")
    if automated:
        # The engine replaces the code. It takes an amount only with a code: an engineer of Intuit,
        # intuit/QuickBooks-V3-PHP-SDK, issue 199.
        code, total = "2", total if code else None
    if code is None:
        return {"TotalTax": total} if total is not None else dict(NO_TAX)
    if books.find("TaxCode", code) is None:
        raise bad_reference("TaxCodes", code)
    taxable_lines = [
        line for line in sales if line["SalesItemLineDetail"]["TaxCodeRef"]["value"] == "TAX"
    ]
    taxable: Decimal = sum((Decimal(line["Amount"]) for line in taxable_lines), ZERO)
    if not taxable_lines:
        total = None  # there is nothing that an amount could be a tax of
    if doc.get("ApplyTaxAfterDiscount") and subtotal:
        taxable -= money(discount * taxable / subtotal)
    rate_ids = _rates(books, code)
    if automated and books.tax_by_state:
        rate_ids = [_rate_of_state(books, doc)]
    lines = _lines_in_the_us(books, rate_ids, taxable, total)
    amount = sum((line["Amount"] for line in lines), ZERO)
    return {"TxnTaxCodeRef": {"value": code}, "TotalTax": amount, "TaxLine": lines}


def _lines_in_the_us(
    books: Books, rate_ids: list[str], taxable: Decimal, total: Decimal | None
) -> list[Doc]:
    """Return a tax line for each rate; an amount that was sent is shared out among them."""
    amounts = [money(taxable * _per_cent(books, rate_id) / 100) for rate_id in rate_ids]
    calculated = sum(amounts, ZERO)
    if total is not None:
        amounts = [money(total * part / calculated) if calculated else ZERO for part in amounts]
        amounts[0] += Decimal(total) - sum(amounts, ZERO)
    return [
        _tax_line(books, rate_id, taxable, amount)
        for rate_id, amount in zip(rate_ids, amounts, strict=True)
    ]


def _rate_of_state(books: Books, doc: Doc) -> str:
    """Return the id of the rate at the place that the invoice ships to, else at the company's."""
    state = _state(doc.get("ShipAddr", {})) or _state(books.address)
    per_cent = Decimal(books.tax_by_state.get(state, "0"))
    name = f"{state} State"
    for row in books.rows["TaxRate"].values():
        if (row.doc["Name"], row.doc["RateValue"]) == (name, per_cent):
            return row.id
    rate: Doc = {"Name": name, "Active": True, "RateValue": per_cent}
    row = Row("TaxRate", books.new_id(), rate, books.now(), books.now())
    books.rows["TaxRate"][row.id] = row
    return row.id


def _state(address: Doc) -> str:
    """Return the state of an address, also of one that came back as plain lines."""
    if "CountrySubDivisionCode" in address:
        return str(address["CountrySubDivisionCode"]).upper()
    for number in range(5, 0, -1):
        place = re.search(r"(?:^|, )([A-Za-z]{2})(?: [\d-]+)?$", address.get(f"Line{number}", ""))
        if place:
            return place[1].upper()
    return ""


def _sent_total(sent: Doc) -> Decimal | None:
    """Return the amount that the client sent, by itself or as tax lines."""
    lines = sent.get("TaxLine", [])
    for line in lines:
        if line_kind(line) != "TaxLineDetail":
            raise RefusalError("2170", f"Invalid Enumeration : {line['DetailType']}", "TaxLine")
    total: Decimal | None = sent.get("TotalTax")
    if total is None and lines:
        total = sum((line.get("Amount", ZERO) for line in lines), ZERO)
    if total is not None:
        amount_of({"Amount": Decimal(total)}, "TxnTaxDetail.TotalTax")
    return total


def _tax_abroad(books: Books, sent: Doc, sales: list[Doc], share: Decimal) -> Doc:
    """Calculate the tax from the lines' codes.

    A tax line overrides the amount of its rate (production payloads of fylein/fyle-qbo-api); a bare
    total overrides nothing.
    """
    nets: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for line in sales:
        net = Decimal(line["Amount"]) * share
        for rate_id in _rates(books, line["SalesItemLineDetail"]["TaxCodeRef"]["value"]):
            tax = net * _per_cent(books, rate_id) / 100
            if books.switches.tax_rounded_per_line:
                tax = money(tax)
            nets[rate_id] = nets.get(rate_id, ZERO) + net
            taxes[rate_id] = taxes.get(rate_id, ZERO) + tax
    if books.switches.honour_tax_lines:
        taxes |= _overrides(sent, taxes.keys())
    lines = [_tax_line(books, one, money(nets[one]), money(taxes[one])) for one in taxes]
    return {"TotalTax": sum((one["Amount"] for one in lines), ZERO), "TaxLine": lines}


def _overrides(sent: Doc, rate_ids: Iterable[str]) -> dict[str, Decimal]:
    """Return the amount that was sent for each of the rates, or nothing when none was.

    A rate may be listed once (reference "Purchase", TaxRateRef). All rates of the lines' codes have
    to be listed: seen in production, with these words in French, for purchases.
    """
    if not sent.get("TaxLine"):
        return {}
    given = [line["TaxLineDetail"].get("TaxRateRef", {}).get("value") for line in sent["TaxLine"]]
    for rate_id in given:
        if rate_id not in rate_ids:
            raise business(f"Invalid tax rate id - {rate_id}")
    if sorted(given) != sorted(rate_ids):
        raise business("QuickBooks encountered an error while calculating tax.")
    return {
        rate_id: amount_of(line, "TxnTaxDetail.TaxLine.Amount")
        for rate_id, line in zip(given, sent["TaxLine"], strict=True)
    }


def _rates(books: Books, code: str) -> list[str]:
    details = books.rows["TaxCode"][code].doc["SalesTaxRateList"]["TaxRateDetail"]
    return [detail["TaxRateRef"]["value"] for detail in details]


def _per_cent(books: Books, rate_id: str) -> Decimal:
    per_cent: Decimal = books.rows["TaxRate"][rate_id].doc["RateValue"]
    return per_cent


def _tax_line(books: Books, rate_id: str, net: Decimal, amount: Decimal) -> Doc:
    return {
        "Amount": amount,
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate_id},
            "PercentBased": True,
            "TaxPercent": _per_cent(books, rate_id),
            "NetAmountTaxable": net,
        },
    }
