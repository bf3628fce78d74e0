"""The entities that can be written, read and tracked, by their names in addresses."""

from __future__ import annotations

from .names import PEOPLE

WRITABLE = {"invoice": "Invoice", "payment": "Payment", "creditmemo": "CreditMemo"} | {
    kind.lower(): kind for kind in (*PEOPLE, "Item")
}
READABLE = WRITABLE | {kind.lower(): kind for kind in ("Account", "Term", "TaxCode", "TaxRate")}
TRACKED = {*WRITABLE.values(), "Account", "Term", "Preferences"}
