"""Requests that schemathesis makes from the OpenAPI document: as described, and nearly so.

Signed by whoever may act, by whoever may only look, and by nobody. `routes.py` has what no document
describes: other tenants' ids and cursors, forgeries, odd queries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from infra.local.aws import LocalAws
from tests import described

from . import routes
from .entries import whole
from .http_inputs import Outcome, Request
from .rounds import kept
from .runs import RUNS, SEED
from .world import BOSS, HOST, LOOKER, World, two_tenants

pytestmark = pytest.mark.xdist_group("described")
# Of all inputs of a run, so many of a thousand are these.
_SHARE = 50
_CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def world(aws_in_memory: LocalAws) -> Iterator[World]:
    with two_tenants(aws_in_memory, "described") as running:
        yield running


@cache
def _operations() -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(described.document())
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    return {each.label: each for each in found}


_LABELS = [
    f"{method.upper()} {path}"
    for path, methods in described.document()["paths"].items()
    for method in methods
]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("label", _LABELS)
def test_described_requests(world: World, label: str, mode: GenerationMode) -> None:
    if (label, mode) == ("GET /health", GenerationMode.NEGATIVE):
        return  # nothing can be wrong
    number = max(1, RUNS * _SHARE // 1000 // (2 * len(_LABELS)))

    @seed(f"{SEED} {label}")
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(
        case=_operations()[label].as_strategy(generation_mode=mode),
        who=st.sampled_from(("boss", "looker", "stranger")),
    )
    def holds(case: Any, who: str) -> None:
        request = _request(case, who)
        answers: list[Outcome] = []
        findings = whole(routes.entry(answers.append), world, request.as_json())
        assert not findings, (findings, kept(routes.ROUTES, request.as_json(), findings))
        # An id in odd characters makes an address that no route has.
        if answers and answers[0].status != 404:
            case.validate_response(_response(request, answers[0]), checks=_CHECKS)

    holds()


def _request(case: Any, who: str) -> Request:
    wanted = case.as_transport_kwargs(base_url=f"https://{HOST}")
    names = ("method", "url", "params", "headers", "json", "data", "cookies")
    made = httpx.Request(
        **{
            "content" if name == "data" and isinstance(wanted[name], str | bytes) else name: value
            for name, value in wanted.items()
            if name in names
        }
    )
    path, _, query = made.url.raw_path.decode("ascii").partition("?")
    signers = routes.added_by_hubspot(LOOKER if who == "looker" else BOSS)
    kind = made.headers.get("content-type", "")
    return Request(
        made.method,
        path,
        f"{query}&{signers}" if query else signers,
        made.read().decode("latin-1"),
        {"content-type": kind} if kind else {},
        "nobody" if who == "stranger" else "hubspot",
    )


def _response(request: Request, outcome: Outcome) -> httpx.Response:
    sent = httpx.Request(request.method, request.url)
    response = httpx.Response(
        int(outcome.status), headers=outcome.headers, content=outcome.text.encode(), request=sent
    )
    response.elapsed = timedelta()
    return response
