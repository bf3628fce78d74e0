"""The text of statements in QuickBooks' query language.

Source: Intuit's page "Query operations and syntax".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from invoice_sync.runtime.chunks import chunks

# Values in one IN list: keeps a statement short enough for a URL.
_VALUES = 30
# A condition on a list entity: inactive rows too. Without it, a query gives the active ones only.
ANY_STATE = "Active in (true, false)"
# The list entities among those that we read.
_LISTS = ("Customer", "Vendor", "Employee", "Item")


def quoted(value: str) -> str:
    """Return a literal. Quotes are escaped with a backslash, never doubled."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def statements(entity: str, field: str, values: Iterable[str], also: str = "") -> list[str]:
    """Return statements for the rows whose `field` has one of the values, and that pass `also`."""
    rest = f" and {also}" if also else ""
    return [
        f"select * from {entity} where {field} in ({', '.join(map(quoted, batch))}){rest}"
        for batch in chunks(printable(values), _VALUES)
    ]


def printable(values: Iterable[str]) -> list[str]:
    """Return the values in order, without those with line breaks and the like: they match nothing,
    and could spoil a statement for all the others."""
    return sorted({value for value in values if value.isprintable()})


def equal(entity: str, field: str, value: str, also: str = "") -> str:
    """Return a statement for the rows whose `field` is the value, and that pass `also`."""
    rest = f" and {also}" if also else ""
    return f"select * from {entity} where {field} = {quoted(value)}{rest}"


def containing(entity: str, field: str, text: str) -> str:
    """Return a statement for the rows whose `field` contains the text, whatever white space is
    between its words."""
    pattern = quoted(f"%{'%'.join(text.replace('%', '').split())}%")
    return f"select * from {entity} where {field} like {pattern}"


def invoices_where(condition: str) -> str:
    """Return a statement for invoices in the order of their ids, that is of their creation."""
    return f"select * from Invoice where {condition} orderby Id"


def by_name(entity: str, condition: str = "") -> str:
    """Return a statement for the active rows of a list that pass the condition, by name."""
    where = f" where {condition}" if condition else ""
    return f"select * from {entity}{where} orderby Name"


def created(entity: str, since: datetime, until: datetime | None = None) -> str:
    """Return a statement for the rows, inactive ones too, that were created since then and until
    then, both included, in the order of their creation."""
    where = f"MetaData.CreateTime >= {quoted(time_text(since))}"
    where += f" and MetaData.CreateTime <= {quoted(time_text(until))}" if until else ""
    return f"select * from {entity} where {where}{_in_any_state(entity)} orderby Id"


def _in_any_state(entity: str) -> str:
    return f" and {ANY_STATE}" if entity in _LISTS else ""


def updated_since(entity: str, moment: datetime, end: datetime | None = None) -> str:
    """Return a statement for the rows, inactive ones too, that changed since then, and before
    `end`."""
    state = _in_any_state(entity)
    return f"select * from {entity} where {changed(moment, end)}{state} orderby Id"


def changed(moment: datetime, end: datetime | None = None) -> str:
    """Return a condition: changed since then, and before `end`."""
    times = f"MetaData.LastUpdatedTime >= {quoted(time_text(moment))}"
    return times + (f" and MetaData.LastUpdatedTime < {quoted(time_text(end))}" if end else "")


def dated(start: date, end: date) -> str:
    """Return a condition: transactions of these days, both included."""
    return f"TxnDate >= '{start.isoformat()}' and TxnDate <= '{end.isoformat()}'"


def in_order(statement: str) -> str:
    """Return the statement with an order, which more than one page needs."""
    return statement if " orderby " in statement else f"{statement} orderby Id"


def page(statement: str, start: int, size: int) -> str:
    """Return the statement for one page of its rows. The first row is number 1."""
    return f"{statement} startposition {start} maxresults {size}"


def time_text(moment: datetime) -> str:
    """Return a time in the form that statements and parameters take."""
    return moment.isoformat(timespec="seconds")
