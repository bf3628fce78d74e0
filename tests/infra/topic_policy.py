"""Judges a request by the policy of an SNS topic, as AWS does: a Deny counts first, then an Allow.

It reads only the forms that our template has, and fails on any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def allows(policy: Mapping[str, Any], principal: Mapping[str, Any], **context: Any) -> bool:
    """Tell whether the principal may publish. `context`: the request's condition keys, with a
    double underscore for the colon."""
    keys = {name.replace("__", ":"): value for name, value in context.items()}
    effects = {
        statement["Effect"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Principal"] in ("*", principal)
        and _publishes(statement)
        and all(
            _holds(operator, keys.get(key), wanted)
            for operator, conditions in statement.get("Condition", {}).items()
            for key, wanted in conditions.items()
        )
    }
    return "Allow" in effects and "Deny" not in effects


def _publishes(statement: Mapping[str, Any]) -> bool:
    assert not {"NotAction", "NotPrincipal", "NotResource"} & statement.keys()
    actions = statement["Action"]
    return "sns:Publish" in (actions if isinstance(actions, list) else [actions])


def _holds(operator: str, value: Any, wanted: Any) -> bool:
    assert operator in ("StringEquals", "Bool"), operator
    return bool(value == wanted)
