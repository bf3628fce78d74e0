"""Query and Scan: pages of items, in the order of their keys.

Source: developer guide "Querying tables in DynamoDB" and "Paginating table query results".
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.memory.capacity import Consumed
from infra.local.memory.conditions import Expressions, Scope, Steps, holds, projected
from infra.local.memory.errors import ServiceError, invalid, invalid_parameter
from infra.local.memory.table import Index, Place, Table, scattered
from infra.local.memory.tree import (
    Between,
    Both,
    Comparison,
    Condition,
    Either,
    Function,
    In,
    Literally,
    Not,
    Path,
)
from infra.local.memory.values import Item, Scalar, Value, checked, copy_item, kind, scalar

_LARGEST_PAGE = 1024 * 1024
_WHERE = "KeyConditionExpression"


@dataclass(frozen=True)
class Reading:
    """What both operations do with the items that they read."""

    table: Table
    index: Index
    request: Mapping[str, Any]
    condition: tuple[Condition, Scope] | None
    paths: list[Steps] | None

    def page(self, places: Iterable[Place]) -> dict[str, Any]:
        """Read places until a page is full, and return the answer."""
        limit, size, scanned = self.request.get("Limit", 0), 0, 0
        items: list[Item] = []
        last: Item | None = None
        following: dict[str, Any] = {}
        for _, key in places:
            stored = self.table.items[key]
            if last is not None and size + stored.size > _LARGEST_PAGE:
                following = {"LastEvaluatedKey": self._position(last)}
                break
            size, scanned, last = size + stored.size, scanned + 1, stored.item
            if not self.condition or holds(*self.condition, stored.item):
                items.append(stored.item)
            # Also when nothing comes after it: DynamoDB stops before it looks.
            if scanned == limit:
                following = {"LastEvaluatedKey": self._position(last)}
                break
        consumed = Consumed(self.request)
        consistent = bool(self.request.get("ConsistentRead"))
        consumed.read(self.table, size, consistent=consistent, index=self.index.name)
        answer = {"Count": len(items), "ScannedCount": scanned, **following, **consumed.answer()}
        if self.request.get("Select") != "COUNT":
            answer["Items"] = [self._shown(item) for item in items]
        return answer

    def _shown(self, item: Item) -> Item:
        if self.paths is not None:
            return projected(item, self.paths)
        included = _included(self.table, self.index)
        if included is None or self.request.get("Select") == "ALL_ATTRIBUTES":
            return copy_item(item)
        return copy_item({name: value for name, value in item.items() if name in included})

    def _position(self, item: Item) -> Item:
        names = dict.fromkeys((*self.table.schema.names, *self.index.schema.names))
        return copy_item({name: item[name] for name in names})


def _included(table: Table, index: Index) -> set[str] | None:
    """Return the attributes that an index has; None: all of them."""
    if index.projection["ProjectionType"] == "ALL":
        return None
    return {
        *table.schema.names,
        *index.schema.names,
        *index.projection.get("NonKeyAttributes", ()),
    }


def query(table: Table, request: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ServiceError."""
    reading, expressions = _reading(table, request)
    schema = reading.index.schema
    if _WHERE not in request:
        raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be"
                      " specified in the request.")  # fmt: skip
    tree, scope = expressions.condition(request[_WHERE], _WHERE)
    conditions = _key_conditions(tree, scope)
    expressions.end()
    unknown = sorted(conditions.keys() - set(schema.names))
    if schema.partition not in conditions:
        raise invalid(f"Query condition missed key schema element: {schema.partition}")
    if unknown:
        missing = schema.sort or unknown[0]
        raise invalid(f"Query condition missed key schema element: {missing}")
    partition, sort = conditions[schema.partition], conditions.get(schema.sort)
    if partition.operator != "=":
        raise invalid("Query key condition not supported")
    for name, condition in conditions.items():
        condition.check(name, schema.types[name])
    _refuse_keys_in_filter(reading)
    places = reading.index.partition(partition.operands[0])
    if sort:
        places = sort.within(places)
        if (start := _start(reading)) and not sort.within([start[1]]):
            raise invalid(_OUTSIDE)
    return reading.page(_in_order(places, reading, partition.operands[0]))


def scan(table: Table, request: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ServiceError."""
    reading, expressions = _reading(table, request)
    expressions.end()
    start = _start(reading)
    return reading.page(_everywhere(reading.index, start))


def _everywhere(index: Index, start: tuple[Scalar, Place] | None) -> Iterator[Place]:
    for value, places in index.partitions():
        if start and scattered(value) < scattered(start[0]):
            continue
        after = bisect.bisect_right(places, start[1]) if start and value == start[0] else 0
        yield from places[after:]


def _reading(table: Table, request: Mapping[str, Any]) -> tuple[Reading, Expressions]:
    index = table.index(request.get("IndexName", ""))
    if index.name and request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    expressions = Expressions(request)
    condition, paths = None, None
    if "FilterExpression" in request:
        condition = expressions.condition(request["FilterExpression"], "FilterExpression")
    if "ProjectionExpression" in request:
        paths = expressions.projection(request["ProjectionExpression"])
        _check_projected(table, index, paths)
    _check_select(request, index)
    return Reading(table, index, request, condition, paths), expressions


def _check_projected(table: Table, index: Index, paths: list[Steps]) -> None:
    included = _included(table, index)
    outside = [str(path[0]) for path in paths if included is not None and path[0] not in included]
    if outside:
        raise invalid_parameter(
            f"Global secondary index {index.name} does not project [{', '.join(outside)}]"
        )


def _check_select(request: Mapping[str, Any], index: Index) -> None:
    select = request.get("Select")
    if "ProjectionExpression" in request and select not in (None, "SPECIFIC_ATTRIBUTES"):
        raise invalid(f"Cannot specify the ProjectionExpression when choosing to get {select}")
    if select == "SPECIFIC_ATTRIBUTES" and "ProjectionExpression" not in request:
        raise invalid(
            "Must specify the ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        )
    if select == "ALL_PROJECTED_ATTRIBUTES" and not index.name:
        raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    if select == "ALL_ATTRIBUTES" and index.projection["ProjectionType"] != "ALL":
        raise invalid_parameter(
            "Select type ALL_ATTRIBUTES is not supported for global secondary index"
            f" {index.name} because its projection type is not ALL"
        )


def _refuse_keys_in_filter(reading: Reading) -> None:
    if not reading.condition:
        return
    tree, scope = reading.condition
    for name in _paths_in(tree, scope):
        if name in reading.index.schema.names:
            raise invalid(
                "Filter Expression can only contain non-primary key attributes: Primary key"
                f" attribute: {name}"
            )


def _paths_in(tree: Any, scope: Scope) -> Iterator[str]:
    """Yield the names of the attributes that a condition is about."""
    if isinstance(tree, Path):
        yield str(scope.steps(tree)[0])
    elif isinstance(tree, Not):
        yield from _paths_in(tree.condition, scope)
    elif not isinstance(tree, Literally):
        for part in _parts(tree):
            yield from _paths_in(part, scope)


def _parts(tree: Any) -> tuple[Any, ...]:
    if isinstance(tree, Function):
        return tree.arguments
    if isinstance(tree, Between):
        return tree.operand, tree.low, tree.high
    if isinstance(tree, In):
        return tree.operand, *tree.choices
    return tree.left, tree.right


# -- where a page starts

_OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"


def _in_order(places: list[Place], reading: Reading, partition: Scalar) -> Iterable[Place]:
    forward = reading.request.get("ScanIndexForward", True)
    if start := _start(reading):
        if start[0] != partition:
            raise invalid(_OUTSIDE)
        if forward:
            places = places[bisect.bisect_right(places, start[1]) :]
        else:
            places = places[: bisect.bisect_left(places, start[1])]
    return places if forward else reversed(places)


def _start(reading: Reading) -> tuple[Scalar, Place] | None:
    if "ExclusiveStartKey" not in reading.request:
        return None
    given = {name: checked(value) for name, value in reading.request["ExclusiveStartKey"].items()}
    table, index = reading.table, reading.index
    types = {**table.schema.types, **index.schema.types}
    expected = {*table.schema.names, *index.schema.names}
    if given.keys() != expected or any(kind(given[name]) != types[name] for name in expected):
        raise invalid("The provided starting key is invalid")
    for name in expected:
        if given[name][types[name]] == "":
            raise invalid("The provided starting key is invalid: One or more parameter values are"
                          " not valid. The AttributeValue for a key attribute cannot contain an"
                          f" empty string value. Key: {name}")  # fmt: skip
    return index.place(table.schema.key_of(given), given)


# -- key conditions


@dataclass(frozen=True)
class _KeyCondition:
    operator: str
    operands: tuple[Any, ...]
    values: tuple[Value, ...]

    def check(self, name: str, type_: str) -> None:
        for value in self.values:
            if kind(value) != type_:
                raise invalid_parameter("Condition parameter type does not match schema type")
            if value[type_] in ("", b""):
                raise invalid(
                    "One or more parameter values are not valid. The AttributeValue for a key"
                    " attribute cannot contain an empty"
                    f" {'string' if type_ == 'S' else 'binary'} value. Key: {name}"
                )

    def within(self, places: list[Place]) -> list[Place]:
        """Return the places whose sort keys meet the condition."""
        first, last = self.operands[0], self.operands[-1]
        low, high = 0, len(places)
        if self.operator == "begins_with":
            low = bisect.bisect_left(places, first, key=_sort)
            length = len(first)
            high = bisect.bisect_right(places, first, lo=low, key=lambda at: at[0][:length])  # type: ignore[index]
        if self.operator in ("=", ">=", "BETWEEN"):
            low = bisect.bisect_left(places, first, key=_sort)
        if self.operator == ">":
            low = bisect.bisect_right(places, first, key=_sort)
        if self.operator in ("=", "<=", "BETWEEN"):
            high = bisect.bisect_right(places, last, key=_sort)
        if self.operator == "<":
            high = bisect.bisect_left(places, first, key=_sort)
        return places[low:high]


def _sort(place: Place) -> Any:
    return place[0]


def _key_conditions(tree: Condition, scope: Scope) -> dict[str, _KeyCondition]:
    """Return the conditions by the attribute they are about. Raises ServiceError."""
    found: dict[str, _KeyCondition] = {}
    for part in _conjuncts(tree):
        name, condition = _key_condition(part, scope)
        if name in found:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        found[name] = condition
    if len(found) > 2:
        raise invalid("Conditions can be of length 1 or 2 only")
    return found


def _conjuncts(tree: Condition) -> Iterator[Condition]:
    if isinstance(tree, Both):
        yield from _conjuncts(tree.left)
        yield from _conjuncts(tree.right)
    else:
        yield tree


def _key_condition(tree: Condition, scope: Scope) -> tuple[str, _KeyCondition]:
    if isinstance(tree, Comparison) and tree.comparator != "<>":
        left, right = tree.left, tree.right
        operator = tree.comparator
        if isinstance(left, Literally):
            left, right = right, left
            operator = operator.translate(str.maketrans("<>", "><"))
        return _simple(operator, (left, right), scope)
    if isinstance(tree, Between):
        return _simple("BETWEEN", (tree.operand, tree.low, tree.high), scope)
    if isinstance(tree, Function) and tree.name == "begins_with":
        return _simple(tree.name, tree.arguments, scope)
    raise _unsupported(tree, scope)


def _simple(operator: str, operands: tuple[Any, ...], scope: Scope) -> tuple[str, _KeyCondition]:
    path, *rest = operands
    if not isinstance(path, Path) or not all(isinstance(each, Literally) for each in rest):
        raise invalid("Query key condition not supported")
    steps = scope.steps(path)
    if len(steps) > 1:
        raise scope.refused("KeyConditionExpressions cannot have conditions on nested attributes")
    values = tuple(scope.values[each.name] for each in rest)
    return str(steps[0]), _KeyCondition(operator, tuple(map(scalar, values)), values)


def _unsupported(tree: Condition, scope: Scope) -> ServiceError:
    names = {Either: "OR", Not: "NOT", In: "IN"}
    name = names.get(type(tree)) or getattr(tree, "comparator", getattr(tree, "name", ""))
    return scope.refused(f"Invalid operator used in KeyConditionExpression: {name}")
