"""What QuickBooks takes: the limits of all fields that we send. Pure.

`quickbooks.render` applies them to what is sent; `plan` foresees what cannot be cut.

Sources: Intuit's reference pages "Invoice", "Customer", "Item" and "Payment", which win where its
XML schema (Finance.xsd, IntuitBaseTypes.xsd) has another length. Digits of a quantity and a unit
price: kept at seven, compared at five (reports of third parties; the sources differ).
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Field = Literal[
    "Invoice.DocNumber",
    "Invoice.PrivateNote",
    "Invoice.CustomerMemo",
    "Line.Description",
    "Customer.DisplayName",
    "Customer.CompanyName",
    "Customer.GivenName",
    "Customer.FamilyName",
    "Customer.PrimaryPhone",
    "Customer.Notes",
    "Address.Line",
    "Address.City",
    "Address.CountrySubDivisionCode",
    "Address.PostalCode",
    "Address.Country",
    "Payment.PaymentRefNum",
    "Payment.PrivateNote",
    "Email.Address",
]
# The characters that a text may have.
LENGTHS: dict[Field, int] = {
    "Invoice.DocNumber": 21,
    "Invoice.PrivateNote": 4000,
    "Invoice.CustomerMemo": 1000,
    "Line.Description": 4000,
    "Customer.DisplayName": 500,
    "Customer.CompanyName": 100,
    "Customer.GivenName": 100,
    "Customer.FamilyName": 100,
    "Customer.PrimaryPhone": 30,
    "Customer.Notes": 2000,
    "Address.Line": 500,
    "Address.City": 255,
    "Address.CountrySubDivisionCode": 255,
    "Address.PostalCode": 30,
    "Address.Country": 255,
    "Payment.PaymentRefNum": 21,
    "Payment.PrivateNote": 4000,
    "Email.Address": 100,
}
# The digits of a number, before and after its point together.
MOST_DIGITS = 15
# The decimals of a quantity and a unit price.
DECIMALS_KEPT, DECIMALS_COMPARED = 7, 5

# Why an email address is not sent. `refused`: QuickBooks refused it, though we would have sent it.
EmailProblem = Literal["too_long", "several", "not_an_address", "refused"]

_HUNDREDTH = Decimal("0.01")
_ELLIPSIS = "…"
# What XML cannot carry: QuickBooks refuses it as an invalid character (2040).
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# An address of RFC 822 without comments and quotes, and with the dot that QuickBooks asks for.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")


def length(text: str) -> int:
    """Return the length of a text as QuickBooks, a Java program, counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fits(text: str, field: Field) -> bool:
    return length(text) <= LENGTHS[field]


def cut(text: str, field: Field, ending: str = _ELLIPSIS) -> tuple[str, str]:
    """Return what fits into the field, cut at a word, and the rest.

    `ending` stands at the end of what was cut. A word longer than half the field is cut within.
    """
    text = _NOT_TEXT.sub("", text)
    if fits(text, field):
        return text, ""
    room = LENGTHS[field] - length(ending)
    end = min(len(text), room)
    while length(text[:end]) > room:
        end -= 1
    space = max(text.rfind(" ", 0, end + 1), text.rfind("\n", 0, end + 1))
    if space > end // 2:
        end = space
    return text[:end].rstrip() + ending, text[end:].lstrip()


def email_problem(address: str) -> EmailProblem | None:
    """Return why QuickBooks would refuse the address (2210); None for one that it takes."""
    if len(re.split(r"[,;\s]+", address.strip(" ,;"))) > 1:
        return "several"
    if not fits(address, "Email.Address"):
        return "too_long"
    return None if _ADDRESS.fullmatch(address) else "not_an_address"


def has_digits_for(value: Decimal) -> bool:
    """Tell whether QuickBooks takes the number with all its digits, and JSON can carry them."""
    number = value.normalize()
    return max(len(number.as_tuple().digits), number.adjusted() + 1) <= MOST_DIGITS


def carries(quantity: Decimal, unit_price: Decimal, amount: Decimal) -> bool:
    """Tell whether QuickBooks keeps both factors as they are, and finds that they give the amount.

    If it does not, it refuses the line (6070).
    """
    kept = unit_price == round(unit_price, DECIMALS_COMPARED)
    kept = kept and quantity == round(quantity, DECIMALS_KEPT)
    compared = round(quantity, DECIMALS_COMPARED) * unit_price
    return kept and all(
        product.quantize(_HUNDREDTH, ROUND_HALF_UP) == amount
        for product in (quantity * unit_price, compared)
    )
