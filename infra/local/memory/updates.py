"""Applies an update expression to an item.

Source: developer guide "Update expressions". All operands are read from the item as it was before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from infra.local.memory.conditions import Expressions, Scope, Steps, check_apart, look_up
from infra.local.memory.errors import ServiceError, invalid
from infra.local.memory.tree import Action, Function, Literally, Operand, Path, Sum
from infra.local.memory.values import TYPE_NAMES, Item, Value, add_numbers, kind

_SETS = ("SS", "NS", "BS")
_ALLOWED = {"ADD": ("N", *_SETS), "DELETE": _SETS}


@dataclass(frozen=True)
class Update:
    actions: tuple[Action, ...]
    scope: Scope
    paths: list[Steps]

    def apply(self, before: Item) -> Item:
        """Return another item. Raises ServiceError when the update does not fit this one."""
        after = dict(before)
        removed: list[Steps] = []
        for action, path in zip(self.actions, self.paths, strict=True):
            if action.section == "REMOVE":
                removed.append(path)
                continue
            value = self._value(action, path, before)
            if value is not None:
                _change(after, path, "set", value)
            elif look_up(before, path) is not None:
                removed.append(path)
        # From the end of a list to its start: what is removed moves what comes after it.
        for path in sorted(removed, key=_position, reverse=True):
            _change(after, path, "remove", None)
        return after

    def _value(self, action: Action, path: Steps, before: Item) -> Value | None:
        """Return the value to set; None: the attribute goes, as a set without elements does."""
        assert action.operand is not None
        value = _operand(action.operand, self.scope, before)
        if action.section == "SET":
            return value
        old = look_up(before, path)
        if action.section == "ADD":
            return _added(old, value)
        return _without(old, value)


def read(text: str, expressions: Expressions) -> Update:
    """Read an update expression. Raises ServiceError."""
    actions, scope = expressions.update(text)
    paths = [scope.steps(action.path) for action in actions]
    check_apart(paths, scope)
    for action, path in zip(actions, paths, strict=True):
        if action.operand is not None:
            _check_types(action.operand, scope)
        if action.section in _ALLOWED:
            _check_section(action, path, scope)
    return Update(actions, scope, paths)


def _check_section(action: Action, path: Steps, scope: Scope) -> None:
    section, operand = action.section, action.operand
    if len(path) > 1:
        # The guide allows it for neither; the service's answer is not documented.
        raise NotImplementedError(f"{section} on a nested attribute")
    if isinstance(operand, Literally):
        type_ = kind(scope.values[operand.name])
        if type_ not in _ALLOWED[section]:
            raise scope.refused(
                "Incorrect operand type for operator or function; operator:"
                f" {section}, operand type: {TYPE_NAMES[type_]},"
                f" typeSet: ALLOWED_FOR_{section}_OPERAND"
            )


def _check_types(tree: Operand, scope: Scope) -> None:
    """Check the types of the given values in sums and functions."""
    if isinstance(tree, Sum):
        _check_operands(tree.sign, (tree.left, tree.right), "N", scope)
    elif isinstance(tree, Function) and tree.name == "list_append":
        _check_operands(tree.name, tree.arguments, "L", scope)
    elif isinstance(tree, Function):
        if not isinstance(tree.arguments[0], Path):
            raise scope.refused(
                f"Operator or function requires a document path; operator or function: {tree.name}"
            )
        _check_types(tree.arguments[1], scope)


def _check_operands(name: str, operands: Sequence[Operand], type_: str, scope: Scope) -> None:
    for tree in operands:
        _check_types(tree, scope)
        if isinstance(tree, Literally) and kind(scope.values[tree.name]) != type_:
            raise scope.refused(
                "Incorrect operand type for operator or function; operator or function:"
                f" {name}, operand type: {TYPE_NAMES[kind(scope.values[tree.name])]}"
            )


def _operand(tree: Operand, scope: Scope, item: Item) -> Value:
    if isinstance(tree, Literally):
        return scope.values[tree.name]
    if isinstance(tree, Path):
        value = look_up(item, scope.steps(tree))
        if value is None:
            raise invalid(
                "The provided expression refers to an attribute that does not exist in the item"
            )
        return value
    if isinstance(tree, Sum):
        left, right = _operand(tree.left, scope, item), _operand(tree.right, scope, item)
        if (kind(left), kind(right)) != ("N", "N"):
            raise _wrong_type()
        return add_numbers(left["N"], right["N"], 1 if tree.sign == "+" else -1)
    first, second = tree.arguments
    if tree.name == "if_not_exists" and isinstance(first, Path):
        present = look_up(item, scope.steps(first))
        return present if present is not None else _operand(second, scope, item)
    head, tail = _operand(first, scope, item), _operand(second, scope, item)
    if (kind(head), kind(tail)) != ("L", "L"):
        raise _wrong_type()
    return {"L": [*head["L"], *tail["L"]]}


def _added(old: Value | None, value: Value) -> Value:
    if old is None:
        return value
    type_ = kind(value)
    if kind(old) != type_:
        raise _wrong_type()
    if type_ == "N":
        return add_numbers(old["N"], value["N"])
    return {type_: sorted({*old[type_], *value[type_]}, key=_order(type_))}


def _without(old: Value | None, value: Value) -> Value | None:
    """Return a set without some elements, or None when nothing is left."""
    if old is None:
        return None
    type_ = kind(value)
    if kind(old) != type_:
        raise _wrong_type()
    left = [element for element in old[type_] if element not in value[type_]]
    return {type_: left} if left else None


def _order(type_: str) -> Any:
    return Decimal if type_ == "NS" else None


def _wrong_type() -> ServiceError:
    return invalid("An operand in the update expression has an incorrect data type")


def _position(path: Steps) -> tuple[tuple[bool, int, str], ...]:
    return tuple(
        (isinstance(step, int), step if isinstance(step, int) else 0, str(step)) for step in path
    )


def _change(item: Item, path: Steps, change: Literal["set", "remove"], value: Value | None) -> None:
    """Change what is at a path. The maps and lists on the way are replaced, not changed."""
    content: Any = item
    for step, following in pairwise(path):
        inner = _inner(content, step)
        type_ = "L" if isinstance(following, int) else "M"
        if inner is None or kind(inner) != type_:
            raise invalid(
                "The document path provided in the update expression is invalid for update"
            )
        replaced = {type_: inner[type_].copy()}
        content[step] = replaced
        content = replaced[type_]
    last = path[-1]
    if change == "set":
        if isinstance(last, int) and last >= len(content):
            content.append(value)  # behind the end: there it is appended
        else:
            content[last] = value
    elif _inner(content, last) is not None:
        del content[last]


def _inner(content: Any, step: str | int) -> Value | None:
    """Return what a map or a list holds at a step."""
    if isinstance(step, int):
        inner: Value | None = content[step] if step < len(content) else None
    else:
        inner = content.get(step)
    return inner
