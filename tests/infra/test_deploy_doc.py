"""docs/deploy.md says where each output of the stack goes."""

from __future__ import annotations

import re
from pathlib import Path

from .conftest import template_of
from .test_options import DOMAIN

_TEXT = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")


def test_the_table_has_the_outputs_of_the_stack() -> None:
    (table,) = re.findall(r"(?m)^\| output \| where it goes \|\n\| --- .*\n((?:\|.*\n)+)", _TEXT)
    rows = [row.strip("|\n ").split(" | ") for row in table.splitlines()]
    assert all(where for _, where in rows)
    named = [name for names, _ in rows for name in re.findall(r"`(\w+)`", names)]
    # With all options that have outputs of their own.
    template = template_of(**DOMAIN, tableName="restored")
    assert sorted(named) == sorted(template["Outputs"])
