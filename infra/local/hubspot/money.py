"""HubSpot's arithmetic: line amounts and invoice totals, in Decimal.

Discounts are applied first, then fees, then taxes, by `hs_sort_order` within a kind (guide
"Invoices API"). It is an assumption that each is rounded to the currency's minor unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

Values = Mapping[str, str | None]
# HubSpot keeps numbers of more digits than the 28 of the default context.
_WIDE = Context(prec=100)

_TWO = (
    "USD EUR GBP CAD AUD NZD CHF SEK NOK DKK PLN CZK HUF RON BGN TRY ILS INR CNY HKD SGD TWD THB"
    " MYR IDR PHP MXN BRL ARS COP PEN UYU ZAR NGN KES EGP MAD AED SAR"
)
_DECIMALS = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "PYG", "XAF", "XOF"), 0),
    **dict.fromkeys(("KWD", "BHD", "JOD", "OMR", "TND"), 3),
}
CURRENCIES = tuple(_DECIMALS)


def minor_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-_DECIMALS[currency])


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP, _WIDE)


def number(values: Values, name: str) -> Decimal:
    return Decimal(values.get(name) or "0")


def line_amounts(values: Values, currency: str, tax_rate: Decimal | None) -> dict[str, str]:
    """Return the calculated properties of a line.

    Its `discount` is per unit, its percentage per line.
    """
    quantity, price = number(values, "quantity"), number(values, "price")
    full = quantity * price
    if values.get("hs_discount_percentage"):
        less = full * number(values, "hs_discount_percentage") / 100
    else:
        less = quantity * number(values, "discount")
    amount = rounded(full - less, currency)
    amounts = {
        "amount": amount,
        "hs_pre_discount_amount": rounded(full, currency),
        "hs_total_discount": rounded(less, currency),
        "hs_effective_unit_price": _per_unit(full - less, quantity) if quantity else price,
    }
    if tax_rate is not None:
        amounts["hs_tax_amount"] = rounded(amount * tax_rate / 100, currency)
        amounts["hs_tax_rate"] = tax_rate
    tax = amounts.get("hs_tax_amount", number(values, "hs_tax_amount"))
    if not values.get("hs_tax_amount"):
        tax += number(values, "hs_auto_tax_amount")
    amounts["hs_post_tax_amount"] = rounded(amount + tax, currency)
    return {name: f"{value:f}" for name, value in amounts.items()}


def _per_unit(amount: Decimal, quantity: Decimal) -> Decimal:
    return (amount / quantity).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def received(payment: Values) -> Decimal:
    """Return the money that a commerce payment has brought in, less refunds."""
    came_in = ("succeeded", "partially_refunded", "refunded", "processing_refund", "disputed_won")
    if payment.get("hs_latest_status") not in came_in:
        return Decimal(0)
    return number(payment, "hs_initial_amount") - number(payment, "hs_refunds_amount")


def credited(memo: Values) -> Decimal:
    issued = memo.get("hs_credit_memo_status") == "issued"
    return number(memo, "hs_amount_credited") if issued else Decimal(0)


@dataclass(frozen=True)
class Receipt:
    """Money or credit that is associated with invoices, in the order in which they are filled."""

    id: str
    amount: Decimal
    invoices: tuple[str, ...]
    credit: bool  # a credit memo, which never gives more than is open; a payment may


def shares(
    billed: Mapping[str, Decimal], receipts: Iterable[Receipt]
) -> dict[tuple[str, str], Decimal]:
    """Split receipts over their invoices, by (receipt, invoice): what is still due of each.

    The association tells no amounts; that HubSpot fills one invoice after the other is an
    assumption. A payment of a single invoice belongs to it whole.
    """
    due, parts = dict(billed), {}
    for receipt in receipts:
        left = receipt.amount
        for invoice in receipt.invoices:
            part = min(left, max(due[invoice], Decimal(0)))
            if len(receipt.invoices) == 1 and not receipt.credit:
                part = left
            parts[receipt.id, invoice] = part
            due[invoice] -= part
            left -= part
    return parts


def invoice_total(
    lines: Iterable[Values],
    discounts: Iterable[Values],
    fees: Iterable[Values],
    taxes: Iterable[Values],
    currency: str,
    auto_tax_included: bool = False,
) -> Decimal:
    """Return what an invoice is over. `auto_tax_included`: in each line's `hs_tax_amount`."""
    total, line_tax = Decimal(0), Decimal(0)
    for line in lines:
        total += number(line, "amount")
        line_tax += number(line, "hs_tax_amount")
        if not auto_tax_included:
            line_tax += number(line, "hs_auto_tax_amount")
    for sign, kind in ((-1, discounts), (1, fees), (1, taxes)):
        for adjustment in sorted(kind, key=lambda values: number(values, "hs_sort_order")):
            value = number(adjustment, "hs_value")
            share = total * value / 100 if adjustment.get("hs_type") == "PERCENT" else value
            total += sign * rounded(share, currency)
    return rounded(total + line_tax, currency)
