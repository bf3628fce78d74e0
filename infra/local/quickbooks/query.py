"""The query language, as far as Intuit documents it; everything else is refused."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from .books import NAME_LISTS, Books, Row, utc
from .faults import RefusalError
from .fields import TYPES, Doc
from .trouble import check_readable

PAGE = 100
LARGEST_PAGE = 1000
_META = "MetaData.CreateTime MetaData.LastUpdatedTime"
_LIST = f"Id Name Active {_META}"
FILTERABLE = {
    "Invoice": "Id DocNumber TxnDate DueDate CustomerRef SalesTermRef ProjectRef Balance TotalAmt",
    "Payment": "Id TxnDate CustomerRef TotalAmt PaymentRefNum",
    "CreditMemo": "Id DocNumber TxnDate CustomerRef Balance TotalAmt",
    "Customer": "Id DisplayName GivenName MiddleName FamilyName CompanyName PrimaryEmailAddr "
    "FullyQualifiedName Active Balance ParentRef",
    # Recorded in ruckus/quickbooks-ruby, pull request 403: no vendor is asked for by email.
    "Vendor": "Id DisplayName GivenName MiddleName FamilyName Active",
    "Employee": "Id DisplayName GivenName MiddleName FamilyName Active",
    "Item": "Id Name Active Type Sku FullyQualifiedName",
    "Account": f"{_LIST} AccountType AccountSubType FullyQualifiedName",
    "Term": _LIST,
    "TaxCode": _LIST,
    "TaxRate": _LIST,
    "Preferences": "Id",
    "CompanyInfo": "Id",
}
_FILTERABLE = {name: {*text.split(), *_META.split()} for name, text in FILTERABLE.items()}
# Entities of the real service of which these books never hold any.
_OTHERS = """
    Bill BillPayment Class Department Deposit Estimate JournalEntry PaymentMethod
    Purchase PurchaseOrder RefundReceipt SalesReceipt TaxAgency TimeActivity Transfer
    VendorCredit
"""
_EMPTY = set(_OTHERS.split())
# Clients that many use, such as node-quickbooks, write entities in lower case.
_ENTITIES = {name.casefold(): name for name in (*FILTERABLE, *_EMPTY)}
_NUMBERS = {"Balance", "TotalAmt"}
_DATES = {"TxnDate", "DueDate"}
_TOKEN = re.compile(
    r"""\s*(?:(?P<STRING>'(?:\\.|[^'\\])*')|(?P<FLOAT>-?\d+\.\d+)|(?P<INTEGER>-?\d+)"""
    r"""|(?P<IDENTIFIER>[A-Za-z_][\w.]*)|(?P<SIGN><=|>=|[=<>(),*])|(?P<OTHER>\S))"""
)
_OPERATORS = ("=", "<", ">", "<=", ">=")


class Token(NamedTuple):
    kind: str
    text: str
    column: int


class Condition(NamedTuple):
    name: str
    operator: str
    values: list[Any]


class Statement(NamedTuple):
    entity: str
    columns: list[str] | None
    counting: bool
    conditions: list[Condition]
    order: list[tuple[str, bool]]
    start: int
    size: int


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = [
            Token(str(m.lastgroup), m[str(m.lastgroup)], m.start(str(m.lastgroup)) + 1)
            for m in _TOKEN.finditer(text)
        ]
        self.tokens.append(Token("EOF", "<EOF>", len(text) + 1))
        self.at = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def fail(self) -> RefusalError:
        kind = {"SIGN": "", "OTHER": "", "EOF": ""}.get(self.next.kind, f"<{self.next.kind}> ")
        return RefusalError(
            "4000",
            f'QueryParserError: Encountered " {kind}"{self.next.text} "" '
            f"at line 1, column {self.next.column}.",
        )

    def take(self, kind: str = "", text: str = "") -> Token:
        token = self.next
        if (kind and token.kind != kind) or (text and token.text.upper() != text):
            raise self.fail()
        self.at += 1
        return token

    def word(self, text: str) -> bool:
        if self.next.kind in ("IDENTIFIER", "SIGN") and self.next.text.upper() == text:
            self.at += 1
            return True
        return False

    def statement(self) -> Statement:
        self.take(text="SELECT")
        columns: list[str] | None = None
        count = False
        if self.word("*"):
            if self.word(","):  # python-quickbooks asks for "*, Sku"
                self.names()
        elif self.next.text.upper() == "COUNT" and self.tokens[self.at + 1].text == "(":
            self.take()
            self.take(text="(")
            self.take(text="*")
            self.take(text=")")
            count = True
        else:
            columns = self.names()
        self.take(text="FROM")
        entity = self.take("IDENTIFIER").text
        conditions = []
        if self.word("WHERE"):
            conditions.append(self.condition())
            while self.word("AND"):
                conditions.append(self.condition())
        order = []
        if self.word("ORDERBY"):
            order.append(self.ordering())
            while self.word(","):
                order.append(self.ordering())
        start, size = 1, PAGE
        while self.next.kind == "IDENTIFIER":
            if self.word("STARTPOSITION"):
                start = _bounded(int(self.take("INTEGER").text), None)
            elif self.word("MAXRESULTS"):
                size = _bounded(int(self.take("INTEGER").text), LARGEST_PAGE)
            else:
                raise self.fail()
        self.take("EOF")
        return Statement(entity, columns, count, conditions, order, start, size)

    def names(self) -> list[str]:
        columns = [self.take("IDENTIFIER").text]
        while self.word(","):
            columns.append(self.take("IDENTIFIER").text)
        return columns

    def ordering(self) -> tuple[str, bool]:
        name = self.take("IDENTIFIER").text
        descending = self.word("DESC")
        if not descending:
            self.word("ASC")
        return name, descending

    def condition(self) -> Condition:
        name = self.take("IDENTIFIER").text
        if self.word("IN"):
            self.take(text="(")
            values = [self.value()]
            while self.word(","):
                values.append(self.value())
            self.take(text=")")
            return Condition(name, "IN", values)
        if self.word("LIKE"):
            return Condition(name, "LIKE", [self.value()])
        if self.next.text not in _OPERATORS:
            raise self.fail()
        return Condition(name, self.take().text, [self.value()])

    def value(self) -> Any:
        if self.next.kind == "STRING":
            return re.sub(r"\\(.)", r"\1", self.take().text[1:-1])
        if self.next.text.lower() in ("true", "false"):
            return self.take().text.lower() == "true"
        raise self.fail()


def _bounded(value: int, largest: int | None) -> int:
    if value < 1:
        raise _invalid(f"value {value} is too small. Min allowed value is 1")
    if largest is not None and value > largest:
        raise _invalid(f"value {value} is too large. Max allowed value is {largest}")
    return value


def _invalid(text: str) -> RefusalError:
    return RefusalError("4001", f"QueryValidationError: {text}")


def run(books: Books, text: str) -> Doc:
    """Return the content of QueryResponse."""
    asked = _Parser(text).statement()
    entity = _ENTITIES.get(asked.entity.casefold())
    if entity is None:
        raise _invalid(f"invalid context declaration: {asked.entity}")
    asked = asked._replace(entity=entity)
    if asked.entity in _EMPTY:
        return {"totalCount": 0} if asked.counting else {}
    for name in [c.name for c in asked.conditions] + [name for name, _ in asked.order]:
        _check_property(asked.entity, name)
    for name in asked.columns or []:
        _check_known(asked.entity, name)
    if asked.entity in ("Preferences", "CompanyInfo"):
        whole = books.preferences_view() if asked.entity == "Preferences" else books.company_view()
        return {asked.entity: [whole], "startPosition": 1, "maxResults": 1}
    rows = _matching(books, asked)
    if asked.counting:
        return {"totalCount": len(rows)}
    page = rows[asked.start - 1 : asked.start - 1 + asked.size]
    if not page:
        return {}
    check_readable(books, page)
    views = [books.view(row) for row in page]
    if asked.columns is not None:
        names = {"Id", *(name.partition(".")[0] for name in asked.columns)}
        views = [{n: v for n, v in view.items() if n in names} for view in views]
    return {asked.entity: views, "startPosition": asked.start, "maxResults": len(views)}


def _check_known(entity: str, name: str) -> None:
    fields = TYPES.get(entity)
    if fields is not None and name.partition(".")[0] not in fields:
        raise _invalid(f"Property {name} not found for Entity {entity}")


def _check_property(entity: str, name: str) -> None:
    if name not in _FILTERABLE[entity]:
        _check_known(entity, name)
        raise _invalid(f"property '{name}' is not queryable")


def _matching(books: Books, asked: Statement) -> list[Row]:
    conditions = list(asked.conditions)
    if asked.entity in NAME_LISTS and all(c.name != "Active" for c in conditions):
        conditions.append(Condition("Active", "=", [True]))
    tests = [_test(books, condition) for condition in conditions]
    newest = books.now() - timedelta(seconds=books.switches.query_lag_seconds)
    lag = books.switches.query_lag_seconds > 0
    rows = [
        row
        for row in _candidates(books, asked)
        if not (lag and row.created > newest) and all(test(row) for test in tests)
    ]
    if asked.entity in NAME_LISTS:  # as recorded: lists by name, transactions newest first
        rows.sort(key=lambda row: str(_property(row, "DisplayName") or row.doc.get("Name")))
    else:
        rows.sort(key=lambda row: int(row.id), reverse=True)
    for name, descending in reversed(asked.order):
        rows.sort(key=lambda row, name=name: _sort_key(row, name), reverse=descending)  # type: ignore[misc]
    return rows


def _candidates(books: Books, asked: Statement) -> list[Row]:
    """Return the rows that may match.

    Ids and numbers are looked up, so that large books stay quick.
    """
    rows = books.rows[asked.entity]
    for condition in asked.conditions:
        if condition.operator not in ("=", "IN"):
            continue
        texts = [str(value) for value in condition.values]
        if condition.name == "Id":
            return [rows[text] for text in dict.fromkeys(texts) if text in rows]
        if condition.name == "DocNumber" and books.switches.case_sensitive_queries:
            ids = [each for text in dict.fromkeys(texts) for each in books.numbers.get(text, [])]
            return [rows[each] for each in ids if each in rows]
    return list(rows.values())


def _property(row: Row, name: str) -> Any:
    if name == "Id":
        return row.id
    if name == "MetaData.CreateTime":
        return row.created.replace(microsecond=0)  # the wire has whole seconds
    if name == "MetaData.LastUpdatedTime":
        return row.updated.replace(microsecond=0)
    value = row.doc.get(name)
    if name.endswith("Ref"):
        return value and value["value"]
    if name == "PrimaryEmailAddr":
        return value and value.get("Address")
    return value


def _sort_key(row: Row, name: str) -> Any:
    value = _property(row, name)
    if name == "Id":
        return (True, int(value))
    if isinstance(value, str):
        return (True, value.casefold())
    return (value is not None, value if value is not None else 0)


def _test(books: Books, condition: Condition) -> Any:
    name, operator = condition.name, condition.operator
    fold = not books.switches.case_sensitive_queries
    literals = [_literal(name, value, fold=fold) for value in condition.values]
    pattern = None
    if operator == "LIKE":
        if not isinstance(literals[0], str):
            raise _invalid(f"LIKE needs a text for {name}")
        pattern = re.compile(
            ".*".join(re.escape(part) for part in literals[0].split("%")), re.DOTALL
        )

    def passes(row: Row) -> bool:
        value = _property(row, name)
        if isinstance(value, str):
            value = value.casefold() if fold else value
        elif name in _NUMBERS and value is not None:
            value = Decimal(value)
        if operator in ("=", "IN"):
            return value in literals
        if value is None:
            return False
        if pattern is not None:
            return pattern.fullmatch(value) is not None
        left, right = (int(value), int(literals[0])) if name == "Id" else (value, literals[0])
        if operator == "<":
            return bool(left < right)
        if operator == ">":
            return bool(left > right)
        return bool(left <= right) if operator == "<=" else bool(left >= right)

    return passes


def _literal(name: str, value: Any, *, fold: bool) -> Any:
    if (name == "Active") != isinstance(value, bool):
        raise _invalid(f"value {value} does not fit property {name}")
    try:
        if name.startswith("MetaData."):
            return utc(value).replace(microsecond=0)
        if name in _NUMBERS:
            return Decimal(value)
        if name in _DATES:
            return date.fromisoformat(value).isoformat()
        if name == "Id":
            return str(int(value))
    except (ValueError, InvalidOperation):
        raise _invalid(f"value {value} does not fit property {name}") from None
    return value.casefold() if fold and isinstance(value, str) else value
