"""docs/security.md names tests that are there, for every threat, and can be found."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
# The rows of the tables that say what shows it, without their heads.
THREATS = [
    line
    for section in re.findall(r"(?m)^\| \w+ \| what stands.*\n(?:\|.*\n)+", TEXT)
    for line in section.splitlines()[2:]
]
NAMED = re.findall(r"`(tests/[^`]+)`", "\n".join(THREATS))


@cache
def names_in(path: Path) -> set[str]:
    """Return the names of a file's tests, with those of their classes in front."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    methods = {f"{one.name}::{name}" for one in classes for name in _functions(one.body)}
    return methods | _functions(body)


def _functions(nodes: list[ast.stmt]) -> set[str]:
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def test_all_threats_are_read() -> None:
    assert len(THREATS) >= 40
    sections = re.findall(r"(?m)^## (.+)$", TEXT)
    for who in ("A stranger", "A user of HubSpot", "Another portal", "Another stack"):
        assert any(section.startswith(who) for section in sections)
    assert {"A provider that lies, or fails", "A mistake of the owner"} <= set(sections)


@pytest.mark.parametrize("threat", THREATS, ids=lambda line: line.split("|")[1].strip()[:60])
def test_every_threat_has_an_answer_and_a_test(threat: str) -> None:
    tries, answer, tests = (cell.strip() for cell in threat.strip("|").split("|"))
    assert tries
    assert answer
    assert re.fullmatch(r"`tests/[^`]+`(, `tests/[^`]+`)*", tests)


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_every_test_is_there(name: str) -> None:
    path, _, test = name.partition("::")
    assert test.rpartition("::")[2].startswith("test_")
    assert test in names_in(ROOT / path)


def test_the_policy_and_the_model_lead_to_each_other() -> None:
    policy = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(docs/security.md)" in policy
    assert "(../SECURITY.md)" in TEXT
    assert "(docs/security.md)" in readme
    assert "(SECURITY.md)" in readme
