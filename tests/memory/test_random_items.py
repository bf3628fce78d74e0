"""Whatever is written, moto and the double hold the same items and answer alike.

Left out is what moto cannot do: size() of what is missing, elements of lists in conditions, null
(which equals a missing attribute there), and overlapping paths, which it takes.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as some

from infra.local.aws import OPEN_INDEX, TABLE, LocalAws

from .comparing import Pair, normal

# One table for all examples of a test: each begins with an empty one.
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    report_multiple_bugs=False,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ATTRIBUTES = ("a", "b", "c", "d", "e", "f")

numbers = some.one_of(
    some.integers(-1000, 1000).map(str), some.sampled_from(["1.5", "-0.25", "10", "2", "0"])
)
texts = some.sampled_from(["", "a", "ab", "abc", "b", "é", "2026-01-01"])
scalars = some.one_of(
    texts.map(lambda text: {"S": text}),
    numbers.map(lambda number: {"N": number}),
    some.booleans().map(lambda flag: {"BOOL": flag}),
    some.sets(some.sampled_from(["a", "ab", "b"]), min_size=1).map(lambda s: {"SS": sorted(s)}),
    some.sets(some.integers(0, 5), min_size=1).map(lambda s: {"NS": sorted(map(str, s))}),
)
values: Any = some.recursive(
    scalars,
    lambda inner: some.one_of(
        some.lists(inner, max_size=3).map(lambda elements: {"L": elements}),
        some.dictionaries(some.sampled_from(ATTRIBUTES), inner, max_size=3).map(
            lambda content: {"M": content}
        ),
    ),
    max_leaves=5,
)
keys = some.fixed_dictionaries(
    {
        "pk": some.sampled_from(["p", "q"]).map(lambda text: {"S": text}),
        "sk": some.sampled_from(["1", "11", "12", "2", "é"]).map(lambda text: {"S": text}),
    }
)
index_keys: Any = some.one_of(
    some.just({}),
    some.fixed_dictionaries(
        {
            "openPortal": some.just({"S": "o"}),
            "openSince": some.sampled_from(["1", "2", "3"]).map(lambda text: {"S": text}),
        }
    ),
)
items = some.builds(
    lambda key, index, rest: {**key, **index, **rest},
    keys,
    index_keys,
    some.dictionaries(some.sampled_from(ATTRIBUTES), values, max_size=4),
)


class Text:
    """An expression in the making, with the values that it names."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.values: dict[str, Any] = {}
        self.names: dict[str, str] = {}
        self.free = list(draw(some.permutations(ATTRIBUTES)))

    def value(self, strategy: Any = scalars) -> str:
        name = f":v{len(self.values)}"
        self.values[name] = self.draw(strategy)
        return name

    def path(self, *, free: bool = False) -> str:
        """Return a path; a `free` one has nothing in common with other free ones."""
        first = self.free.pop() if free else self.draw(some.sampled_from(ATTRIBUTES))
        if self.draw(some.booleans()):
            name = f"#{first}"
            self.names[name] = first
            first = name
        rest = self.draw(some.sampled_from(["", "", "", ".a", ".b"]))
        return str(first + rest)

    def operand(self) -> str:
        kind = self.draw(some.sampled_from(["path", "value", "value"]))
        return self.path() if kind == "path" else self.value()

    def condition(self, depth: int = 2) -> str:
        kinds = ["compare", "between", "in", "exists", "begins", "contains", "type"]
        if depth:
            kinds += ["and", "or", "not"]
        kind = self.draw(some.sampled_from(kinds))
        if kind in ("and", "or"):
            return f"({self.condition(depth - 1)}) {kind} ({self.condition(depth - 1)})"
        if kind == "not":
            return f"NOT ({self.condition(depth - 1)})"
        return str(getattr(self, f"_{kind}")())

    def _compare(self) -> str:
        comparator = self.draw(some.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
        ordered = comparator not in ("=", "<>")
        strategy = some.one_of(texts.map(lambda t: {"S": t}), numbers.map(lambda n: {"N": n}))
        return f"{self.path()} {comparator} {self.value(strategy if ordered else values)}"

    def _between(self) -> str:
        low, high = sorted(self.draw(some.tuples(texts, texts)))
        path = self.path()
        low, high = self.value(some.just({"S": low})), self.value(some.just({"S": high}))
        return f"{path} BETWEEN {low} AND {high}"

    def _in(self) -> str:
        return f"{self.path()} IN ({self.value()}, {self.value()})"

    def _exists(self) -> str:
        name = self.draw(some.sampled_from(["attribute_exists", "attribute_not_exists"]))
        return f"{name}({self.path()})"

    def _begins(self) -> str:
        start = some.sampled_from(["a", "ab", "2026"]).map(lambda text: {"S": text})
        return f"begins_with({self.path()}, {self.value(start)})"

    def _contains(self) -> str:
        return f"contains({self.path()}, {self.value()})"

    def _type(self) -> str:
        type_ = some.sampled_from(["S", "N", "SS", "M", "L", "BOOL"])
        return f"attribute_type({self.path()}, {self.value(type_.map(lambda t: {'S': t}))})"

    def update(self) -> str:
        parts = []
        if self.draw(some.booleans()):
            parts.append("SET " + self._set())
        if self.draw(some.booleans()):
            parts.append("REMOVE " + self.path(free=True))
        if self.draw(some.booleans()) or not parts:
            operand = self.value(
                some.one_of(numbers.map(lambda n: {"N": n}), some.just({"SS": ["a"]}))
            )
            parts.append(f"ADD {self.free.pop()} {operand}")
        if self.draw(some.booleans()):
            operand = self.value(some.just({"SS": ["a", "b"]}))
            parts.append(f"DELETE {self.free.pop()} {operand}")
        return " ".join(parts)

    def _set(self) -> str:
        kind = self.draw(some.sampled_from(["value", "value", "path", "if", "append", "sum"]))
        path = self.path(free=True)
        if kind == "value":
            return f"{path} = {self.value(values)}"
        if kind == "path":
            return f"{path} = {self.path(free=True)}"
        if kind == "if":
            return f"{path} = if_not_exists({self.path(free=True)}, {self.value(values)})"
        if kind == "append":
            return (
                f"{path} = list_append({self.path(free=True)}, {self.value(some.just({'L': []}))})"
            )
        number = self.value(numbers.map(lambda number: {"N": number}))
        return f"{path} = {self.path(free=True)} {self.draw(some.sampled_from('+-'))} {number}"

    def placeholders(self) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if self.values:
            given["ExpressionAttributeValues"] = self.values
        if self.names:
            given["ExpressionAttributeNames"] = self.names
        return given


@some.composite
def conditions(draw: Any) -> dict[str, Any]:
    text = Text(draw)
    return {"ConditionExpression": text.condition(), **text.placeholders()}


@some.composite
def changes(draw: Any) -> dict[str, Any]:
    text = Text(draw)
    change = {"UpdateExpression": text.update()}
    if draw(some.booleans()):
        change["ConditionExpression"] = text.condition(1)
    return {**change, **text.placeholders()}


@some.composite
def questions(draw: Any) -> dict[str, Any]:
    """Queries of the table and of the index, with all conditions on a sort key."""
    in_index = draw(some.booleans())
    partition, sort = ("openPortal", "openSince") if in_index else ("pk", "sk")
    condition = f"{partition} = :p"
    asked = {":p": {"S": "o" if in_index else "p"}}
    form = draw(
        some.sampled_from(
            [
                "",
                "{} = :a",
                "{} < :a",
                "{} <= :a",
                "{} > :a",
                "{} >= :a",
                "begins_with({}, :a)",
                "{} BETWEEN :a AND :b",
            ]
        )
    )
    if form:
        condition += " AND " + form.format(sort)
        low, high = sorted(draw(some.tuples(*[some.sampled_from(["1", "11", "2", "3"])] * 2)))
        asked[":a"] = {"S": low}
        if ":b" in form:
            asked[":b"] = {"S": high}
    question: dict[str, Any] = {"KeyConditionExpression": condition}
    if in_index:
        question["IndexName"] = OPEN_INDEX
    if draw(some.booleans()):
        question["FilterExpression"] = "attribute_exists(a)"
    return {**question, "ExpressionAttributeValues": asked}


def same(pair: Pair, method: str, **parameters: Any) -> None:
    try:
        pair.same(method, **parameters)
    except TypeError:
        # moto compares values of two types by order, and changes what is no map as if it were one.
        reject()


def filled(pair: Pair, first: list[dict[str, Any]]) -> None:
    """Put the same items into both, and nothing else."""
    pair.empty()
    for item in first:
        for each in (pair.moto, pair.memory):
            each.client("dynamodb").put_item(TableName=TABLE, Item=item)


@SETTINGS
@given(
    first=some.lists(items, max_size=4),
    item=items,
    condition=conditions(),
    returned=some.sampled_from(["NONE", "ALL_OLD"]),
)
def test_conditions(pair: Pair, first: Any, item: Any, condition: Any, returned: str) -> None:
    filled(pair, first)
    same(
        pair,
        "put_item",
        Item=item,
        ReturnValues=returned,
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
        **condition,
    )
    key = {name: item[name] for name in ("pk", "sk")}
    same(pair, "delete_item", Key=key, ReturnValues=returned, **condition)
    pair.check_items()


@SETTINGS
@given(
    first=some.lists(items, max_size=3),
    key=keys,
    change=changes(),
    returned=some.sampled_from(["NONE", "ALL_OLD", "ALL_NEW"]),
)
def test_updates(pair: Pair, first: Any, key: Any, change: Any, returned: str) -> None:
    filled(pair, first)
    same(pair, "update_item", Key=key, ReturnValues=returned, **change)
    pair.check_items()


@SETTINGS
@given(rows=some.lists(items, max_size=8), question=questions())
def test_queries(pair: Pair, rows: Any, question: Any) -> None:
    """Page after page, moto and the double return the same rows in the same order."""
    filled(pair, rows)
    for newest_first in (False, True):
        for limit in (1, 2, 50):
            options = {"ScanIndexForward": not newest_first, "Limit": limit, **question}
            pages = [read_all(each, options) for each in (pair.moto, pair.memory)]
            assert pages[1] == pages[0]


def read_all(aws: LocalAws, options: dict[str, Any]) -> list[Any]:
    client = aws.client("dynamodb")
    rows: list[Any] = []
    start: dict[str, Any] = {}
    while True:
        page = client.query(TableName=TABLE, **options, **start)
        rows += page["Items"]
        assert page["ScannedCount"] <= options["Limit"]
        if "LastEvaluatedKey" not in page:
            return [normal(row) for row in rows]
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
