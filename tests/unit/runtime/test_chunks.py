from __future__ import annotations

import pytest

from invoice_sync.runtime.chunks import chunks


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("", []),
        ("ab", [["a", "b"]]),
        ("abc", [["a", "b"], ["c"]]),
        ("abcd", [["a", "b"], ["c", "d"]]),
    ],
)
def test_nothing_is_lost_and_no_portion_is_too_large(items: str, expected: list[list[str]]) -> None:
    assert chunks(iter(items), 2) == expected
