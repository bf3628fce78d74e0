"""Whether an item meets a condition, and what is at a path of it.

Source: developer guide "Condition and filter expressions, operators, and functions".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.memory import grammar
from infra.local.memory.errors import ServiceError, invalid
from infra.local.memory.tree import (
    Action,
    Between,
    Both,
    Comparison,
    Condition,
    Either,
    Function,
    In,
    Literally,
    Not,
    Operand,
    Path,
)
from infra.local.memory.values import (
    TYPE_NAMES,
    Item,
    Value,
    checked_item,
    copy,
    equal,
    kind,
    scalar,
)

Steps = tuple[str | int, ...]
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPARED_BY_ORDER = ("S", "N", "B")
_PLACEHOLDERS = ("ExpressionAttributeNames", "ExpressionAttributeValues")


@dataclass(frozen=True)
class Scope:
    """The names and values of a request's expressions, and the parameter with the expression."""

    names: Mapping[str, str]
    values: Mapping[str, Value]
    where: str

    def steps(self, path: Path) -> Steps:
        names = self.names
        return tuple(
            names[step] if isinstance(step, str) and step[0] == "#" else step for step in path.steps
        )

    def refused(self, what: str) -> ServiceError:
        return grammar.refused(self.where, what)


class Expressions:
    """Reads the expressions of one request. Raises ServiceError, as all its methods do."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        for name in _PLACEHOLDERS:
            if name in request and not request[name]:
                raise invalid(f"{name} must not be empty")
        self._names: Mapping[str, str] = request.get(_PLACEHOLDERS[0], {})
        self._values = checked_item(request.get(_PLACEHOLDERS[1], {}))
        self._unused = {*self._names, *self._values}
        self._read = False

    def condition(self, text: str, where: str) -> tuple[Condition, Scope]:
        parsed = grammar.condition(text, where)
        scope = self._bind(parsed, where)
        tree: Any = parsed.tree
        check(tree, scope)
        return tree, scope

    def projection(self, text: str) -> list[Steps]:
        parsed = grammar.projection(text)
        scope = self._bind(parsed, "ProjectionExpression")
        tree: Any = parsed.tree
        paths = [scope.steps(path) for path in tree]
        check_apart(paths, scope)
        return paths

    def update(self, text: str) -> tuple[tuple[Action, ...], Scope]:
        parsed = grammar.update(text)
        tree: Any = parsed.tree
        return tree, self._bind(parsed, "UpdateExpression")

    def _bind(self, parsed: grammar.Expression, where: str) -> Scope:
        for name in sorted(parsed.names - self._names.keys()):
            raise grammar.refused(
                where,
                "An expression attribute name used in the document path is not defined;"
                f" attribute name: {name}",
            )
        for name in sorted(parsed.values - self._values.keys()):
            raise grammar.refused(
                where,
                "An expression attribute value used in expression is not defined; attribute"
                f" value: {name}",
            )
        self._unused -= parsed.names | parsed.values
        self._read = True
        return Scope(self._names, self._values, where)

    def end(self) -> None:
        """Check that every name and value was used."""
        for given, name in zip((self._names, self._values), _PLACEHOLDERS, strict=True):
            if given and not self._read:
                raise invalid(f"{name} can only be specified when using expressions")
            unused = sorted(self._unused & given.keys())
            if unused:
                raise invalid(
                    f"Value provided in {name} unused in expressions: keys: {{{', '.join(unused)}}}"
                )


def check_apart(paths: list[Steps], scope: Scope) -> None:
    """Refuse two paths of which one is the other or a part of it, or contradicts it."""
    for index, first in enumerate(paths):
        for second in paths[:index]:
            shared = min(len(first), len(second))
            if first[:shared] == second[:shared]:
                what = "overlap"
            elif _contradict(first, second):
                what = "conflict"
            else:
                continue
            raise scope.refused(
                f"Two document paths {what} with each other; must remove or rewrite one of these"
                f" paths; path one: {shown(second)}, path two: {shown(first)}"
            )


def _contradict(first: Steps, second: Steps) -> bool:
    """Whether the first difference is that one path sees a list where the other sees a map."""
    for one_step, other_step in zip(first, second, strict=False):
        if one_step != other_step:
            return type(one_step) is not type(other_step)
    return False


def shown(path: Steps) -> str:
    return "[" + ", ".join(f"[{step}]" if isinstance(step, int) else step for step in path) + "]"


# -- looking into items


def look_up(item: Item, steps: Steps) -> Value | None:
    """Return the value at a path, or None when there is none."""
    value = item.get(str(steps[0]))
    for step in steps[1:]:
        if value is None:
            return None
        ((type_, content),) = value.items()
        if isinstance(step, int):
            value = content[step] if type_ == "L" and step < len(content) else None
        else:
            value = content.get(step) if type_ == "M" else None
    return value


def projected(item: Item, paths: list[Steps]) -> Item:
    """Return a copy of what is at some paths. Elements of a list close ranks, in their order."""
    root: dict[str | int, Any] = {}
    for path in paths:
        if (value := look_up(item, path)) is None:
            continue
        node = root
        for step in path[:-1]:
            node = node.setdefault(step, {})
        node[path[-1]] = _Leaf(copy(value))
    return {str(name): _assembled(node) for name, node in root.items()}


@dataclass(frozen=True)
class _Leaf:
    value: Value


def _assembled(node: Any) -> Value:
    if isinstance(node, _Leaf):
        return node.value
    if isinstance(next(iter(node)), int):
        return {"L": [_assembled(node[index]) for index in sorted(node)]}
    return {"M": {name: _assembled(inner) for name, inner in node.items()}}


# -- conditions


def holds(tree: Condition, scope: Scope, item: Item) -> bool:
    """Whether an item, empty if there is none, meets a condition."""
    if isinstance(tree, Both):
        return holds(tree.left, scope, item) and holds(tree.right, scope, item)
    if isinstance(tree, Either):
        return holds(tree.left, scope, item) or holds(tree.right, scope, item)
    if isinstance(tree, Not):
        return not holds(tree.condition, scope, item)
    if isinstance(tree, Comparison):
        left, right = (_operand(each, scope, item) for each in (tree.left, tree.right))
        return _compare(tree.comparator, left, right)
    if isinstance(tree, Between):
        value, low, high = (
            _operand(each, scope, item) for each in (tree.operand, tree.low, tree.high)
        )
        return _compare(">=", value, low) and _compare("<=", value, high)
    if isinstance(tree, In):
        value = _operand(tree.operand, scope, item)
        return any(_compare("=", value, _operand(each, scope, item)) for each in tree.choices)
    return _FUNCTIONS[tree.name](*(_operand(each, scope, item) for each in tree.arguments))


def _operand(tree: Operand, scope: Scope, item: Item) -> Value | None:
    if isinstance(tree, Literally):
        return scope.values[tree.name]
    if isinstance(tree, Path):
        return look_up(item, scope.steps(tree))
    if isinstance(tree, Function) and tree.name == "size":
        return _length(_operand(tree.arguments[0], scope, item))
    raise AssertionError(f"no operand of a condition: {tree}")


def _compare(comparator: str, left: Value | None, right: Value | None) -> bool:
    if comparator == "<>":
        return not _compare("=", left, right)
    if left is None or right is None or kind(left) != kind(right):
        return False
    if comparator == "=":
        return equal(left, right)
    first, second = scalar(left), scalar(right)
    return first is not None and second is not None and _ORDERS[comparator](first, second)


def _length(value: Value | None) -> Value | None:
    if value is None or kind(value) in ("N", "BOOL", "NULL"):
        return None
    return {"N": str(len(value[kind(value)]))}


def _begins_with(value: Value | None, start: Value | None) -> bool:
    if value is None or start is None or kind(value) != kind(start):
        return False
    type_ = kind(value)
    return type_ in ("S", "B") and bool(value[type_].startswith(start[type_]))


def _contains(value: Value | None, part: Value | None) -> bool:
    if value is None or part is None:
        return False
    ((type_, content),), ((part_type, part_content),) = value.items(), part.items()
    if type_ == "L":
        return any(equal(element, part) for element in content)
    if type_ in ("S", "B", "SS", "NS", "BS"):
        return type_[0] == part_type and part_content in content
    return False


_FUNCTIONS: dict[str, Callable[..., bool]] = {
    "attribute_exists": lambda value: value is not None,
    "attribute_not_exists": lambda value: value is None,
    "attribute_type": lambda value, type_: value is not None and kind(value) == type_["S"],
    "begins_with": _begins_with,
    "contains": _contains,
}


# -- what can be seen to be wrong without an item


def check(tree: Condition, scope: Scope) -> None:
    """Check the types of the given values. Raises ServiceError."""
    if isinstance(tree, Both | Either):
        check(tree.left, scope)
        check(tree.right, scope)
    elif isinstance(tree, Not):
        check(tree.condition, scope)
    elif isinstance(tree, Comparison):
        _check_distinct(tree.comparator, tree.left, tree.right, scope)
        if tree.comparator in _ORDERS:
            _check_types(tree.comparator, (tree.left, tree.right), _COMPARED_BY_ORDER, scope)
    elif isinstance(tree, Between):
        operands = tree.operand, tree.low, tree.high
        _check_types("BETWEEN", operands, _COMPARED_BY_ORDER, scope)
        _check_bounds(tree, scope)
    elif isinstance(tree, Function):
        _check_call(tree, scope)


def _check_distinct(name: str, left: Operand, right: Operand, scope: Scope) -> None:
    if isinstance(left, Path) and isinstance(right, Path):
        path = scope.steps(left)
        if path == scope.steps(right):
            raise scope.refused(
                "The first operand must be distinct from the remaining operands for this operator"
                f" or function; operator: {name}, first operand: {shown(path)}"
            )


def _check_types(
    name: str, operands: tuple[Operand, ...], allowed: tuple[str, ...], scope: Scope
) -> None:
    for tree in operands:
        if isinstance(tree, Literally) and kind(scope.values[tree.name]) not in allowed:
            raise scope.refused(
                "Incorrect operand type for operator or function; operator or function:"
                f" {name}, operand type: {TYPE_NAMES[kind(scope.values[tree.name])]}"
            )


def _check_bounds(tree: Between, scope: Scope) -> None:
    if not (isinstance(tree.low, Literally) and isinstance(tree.high, Literally)):
        return
    low, high = scope.values[tree.low.name], scope.values[tree.high.name]
    bounds = (
        f"lower bound operand: AttributeValue: {_shown_value(low)}, upper bound operand:"
        f" AttributeValue: {_shown_value(high)}"
    )
    if kind(low) != kind(high):
        raise scope.refused(
            "The BETWEEN operator requires same data type for lower and upper bounds; " + bounds
        )
    if not _compare("<=", low, high):
        raise scope.refused(
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            + bounds
        )


def _shown_value(value: Value) -> str:
    return "{" + f"{kind(value)}:{value[kind(value)]}" + "}"


def _check_call(tree: Function, scope: Scope) -> None:
    name, first = tree.name, tree.arguments[0]
    if name.startswith("attribute_") and not isinstance(first, Path):
        raise scope.refused(
            f"Operator or function requires a document path; operator or function: {name}"
        )
    if name == "begins_with":
        _check_types(name, tree.arguments, ("S", "B"), scope)
    if len(tree.arguments) == 2:
        _check_distinct(name, first, tree.arguments[1], scope)
    if name == "attribute_type":
        _check_attribute_type(tree.arguments[1], scope)


def _check_attribute_type(tree: Operand, scope: Scope) -> None:
    if not isinstance(tree, Literally):
        raise scope.refused("The second operand of attribute_type must be a value")
    _check_types("attribute_type", (tree,), ("S",), scope)
    if scope.values[tree.name]["S"] not in TYPE_NAMES:
        raise scope.refused(
            "Invalid attribute type name found; type:"
            f" {scope.values[tree.name]['S']}, valid types: {{{','.join(sorted(TYPE_NAMES))}}}"
        )
