"""`python -m tests.fuzz.shrink FILE`: make the input in a file as small as the finding allows.

An input is good as an example when it says what matters and nothing else.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local.aws import LocalAws
from infra.local.memory.services import Memory
from infra.local.system import APP_SECRET

from .entries import whole
from .rounds import ENTRIES, Finding
from .world import two_tenants


def _kinds(aws: LocalAws, name: str, played: Any) -> set[str]:
    entry, played = ENTRIES[name], copy.deepcopy(played)
    try:
        with two_tenants(aws, "shrink") as world:
            words = whole(entry, world, played)
    except Exception:
        return set()
    return {Finding(name, each, Path()).kind for each in words}


def _smaller(node: Any) -> Iterator[Any]:
    """Return copies that lack something: an element, a member of a free form, half of a text."""
    if isinstance(node, list):
        for index in range(len(node)):
            yield [*node[:index], *node[index + 1 :]]
    elif isinstance(node, dict) and (not node or " " in next(iter(node))):
        for key in node:
            yield {name: value for name, value in node.items() if name != key}
    elif isinstance(node, str) and len(node) > 40 and node[:1] not in "[{":
        yield node[: len(node) // 2]
    for key, value in node.items() if isinstance(node, dict) else ():
        for each in _smaller(value):
            yield {**node, key: each}
    for index, value in enumerate(node if isinstance(node, list) else ()):
        for each in _smaller(value):
            yield [*node[:index], each, *node[index + 1 :]]


def shrunk(aws: LocalAws, name: str, played: Any, kind: str) -> Any:
    smaller = True
    while smaller:
        smaller = False
        for each in _smaller(played):
            if kind in _kinds(aws, name, each):
                played, smaller = each, True
                break
    return played


def main() -> int:
    for file in map(Path, sys.argv[1:]):
        example = json.loads(file.read_text(encoding="utf-8"))
        name, played = example["entry"], example["input"]
        with LocalAws(APP_SECRET, Memory()) as aws:
            kinds = sorted(_kinds(aws, name, played))
            sys.stdout.write(f"{file}: {kinds or 'finds nothing'}\n")
            if kinds:
                example["input"] = shrunk(aws, name, played, kinds[0])
                file.write_text(json.dumps(example, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
