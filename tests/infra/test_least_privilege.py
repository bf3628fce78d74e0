"""Every function may do what it does, and nothing else.

The calls are those that the flow tests really made, so `tests/conftest.py` runs this file last.
"""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.aws_calls import CALLS, Call
from tests.conftest import ALL_FLOWS_RUN
from tests.infra import policies


@pytest.fixture(scope="module")
def allowed(template: dict[str, Any]) -> set[Call]:
    """Those of `preflight` are in test_rollout.py: no flow uses it."""
    resources = {
        name: one
        for name, one in template["Resources"].items()
        if one.get("Properties", {}).get("Handler") != "preflight.handler"
    }
    return policies.allowed({"Resources": resources})


def test_nothing_is_missing(allowed: set[Call]) -> None:
    assert policies.missing(CALLS, allowed) == []


def test_nothing_is_idle(allowed: set[Call], pytestconfig: pytest.Config) -> None:
    if not pytestconfig.stash[ALL_FLOWS_RUN]:
        pytest.skip("only all flow tests together use every right")
    assert policies.idle(CALLS, allowed) == []


def test_each_function_writes_its_own_log(allowed: set[Call]) -> None:
    functions = {one.function for one in allowed}
    assert functions
    written = {one for one in allowed if one.resource == policies.OWN_LOG}
    assert written == {
        Call(name, action, policies.OWN_LOG)
        for name in functions
        for action in policies.LOG_ACTIONS
    }
