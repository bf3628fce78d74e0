"""Results of jobs in parts."""

from __future__ import annotations

from typing import Any

from .acting import NOW, PORTAL, make_store


def test_parts_are_in_order_and_replace_those_before(database: Any) -> None:
    results = make_store(database).results
    results.replace(PORTAL, "report", [{"n": n} for n in range(12)], NOW)
    results.replace(PORTAL, "other", [{"n": -1}], NOW)
    parts = results.parts(PORTAL, "report")
    assert [data["n"] for _, data in parts] == [*range(12)]

    results.replace(PORTAL, "report", [{"n": 10 * n} for n in range(3)], NOW)
    first = results.parts(PORTAL, "report", limit=2)
    rest = results.parts(PORTAL, "report", after=first[-1][0])
    assert [data["n"] for _, data in [*first, *rest]] == [0, 10, 20]
    assert [data["n"] for _, data in results.parts(PORTAL, "other")] == [-1]
