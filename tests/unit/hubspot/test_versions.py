"""HubSpot's modification times."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from invoice_sync.hubspot.versions import modified_at, versions

AT = datetime(2026, 1, 15, 9, 31, 10, 512_000, UTC)


@pytest.mark.parametrize("text", ["2026-01-15T09:31:10.512Z", "1768469470512"])
def test_they_are_read_to_the_millisecond(text: str) -> None:
    assert modified_at({"hs_lastmodifieddate": text}) == AT
    assert versions({"7": {"hs_lastmodifieddate": text}}) == {"7": 1768469470512}


@pytest.mark.parametrize(
    "text", ["2026-01-15T09:31:10Z", "2026-01-15T09:31:10.512", "2026-01-15", "soon", "", None]
)
def test_what_may_be_another_moment_is_none(text: str | None) -> None:
    assert modified_at({"hs_lastmodifieddate": text}) is None
    assert versions({"7": {"hs_lastmodifieddate": text}}) == {}
