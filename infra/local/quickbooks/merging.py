"""Two customers made into one, as a person does it by giving one the name of the other.

Rules: QuickBooks help "Merge duplicate customers": the same currency, no sub-customers or projects
below the one that goes, and no projects. Whether the moved transactions count as changed is not
documented: a switch decides, and by default nothing tells of them.
"""

from __future__ import annotations

from . import names
from .books import TRANSACTIONS, Books, Change
from .faults import business


def merge(books: Books, kept_id: str, gone_id: str) -> None:
    """Move all that a customer has to another; the first becomes inactive and loses its name."""
    kept, gone = books.rows["Customer"][kept_id], books.rows["Customer"][gone_id]
    if kept_id == gone_id or not (kept.doc["Active"] and gone.doc["Active"]):
        raise business("Two active customers are needed for a merge.")
    if kept.doc["CurrencyRef"]["value"] != gone.doc["CurrencyRef"]["value"]:
        raise business("You can't merge customers of different currencies.")
    if any(names.parent_of(row.doc) == gone_id for row in books.rows["Customer"].values()):
        raise business("Move the sub-customers and projects of this customer before you merge it.")
    if kept.doc.get("IsProject") or gone.doc.get("IsProject"):
        raise business("Projects can't be merged.")
    for kind in TRANSACTIONS:
        for row in books.rows[kind].values():
            if row.doc["CustomerRef"]["value"] == gone_id:
                row.doc["CustomerRef"] = books.reference("Customer", kept_id)
                if books.switches.merge_touches_transactions:
                    books.touch(row)
    owed = gone.doc["Balance"]
    names.shift_balance(books, gone, -owed)
    names.shift_balance(books, kept, owed)
    names.change(books, gone, {"Active": False}, sparse=True)
    books.touch(kept, None)
    books.changes.append(Change("Customer", kept_id, "Merge", books.now(), gone_id))
