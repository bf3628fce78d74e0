"""Every resolution of the catalogue is carried out, once."""

from __future__ import annotations

from typing import get_args

from invoice_sync.failures.entry import ResolutionName
from invoice_sync.failures.resolutions import RESOLUTIONS
from invoice_sync.resolve import question


def test_every_resolution_is_carried_out() -> None:
    names = [*question.WITHOUT_READING, *question._AFTER_READING]
    assert sorted(names) == sorted(RESOLUTIONS) == sorted(get_args(ResolutionName))
