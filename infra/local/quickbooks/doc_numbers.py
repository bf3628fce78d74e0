"""Document numbers of invoices and credit memos: given, counted, and refused when taken."""

from __future__ import annotations

from .books import Books, Row
from .faults import RefusalError
from .fields import Doc


def assign(books: Books, doc: Doc, sent: Doc, old: Row | None, *, allow_duplicate: bool) -> None:
    """Give the document a number if it has none, and refuse one that another document holds."""
    custom = bool(books.preference("SalesFormsPrefs.CustomTxnNumbers"))
    number = doc.get("DocNumber")
    if number is None:
        if sent.get("AutoDocNumber") or (not custom and old is None):
            doc["DocNumber"] = books.next_number()
        elif not custom and old is not None and "DocNumber" in old.doc:
            doc["DocNumber"] = old.doc["DocNumber"]
        return
    if old is not None and old.doc.get("DocNumber") == number:
        return
    if allow_duplicate or not (custom or books.switches.check_numbers_always):
        return
    holders = [each for each in books.numbers.get(number, []) if old is None or each != old.id]
    if holders:
        raise RefusalError(
            "6140",
            "Duplicate Document Number Error : You must specify a different number. This number "
            f"has already been used. DocNumber={number} is assigned to TxnType="
            f"{'Invoice' if holders[0] in books.rows['Invoice'] else 'Credit Memo'} with "
            f"TxnId={holders[0]}",
        )


def index(books: Books, row: Row) -> None:
    if "DocNumber" in row.doc:
        books.numbers.setdefault(row.doc["DocNumber"], []).append(row.id)


def unindex(books: Books, row: Row) -> None:
    holders = books.numbers.get(row.doc.get("DocNumber", ""), [])
    if row.id in holders:
        holders.remove(row.id)
