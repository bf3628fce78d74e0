"""Rounds of inputs by seed, what they found, and how to play it again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from infra.local.aws import LocalAws

from . import messages, provider_answers, routes, visits, webhooks
from .entries import Entry, Input, whole
from .world import World, two_tenants

ENTRIES = {
    each.name: each
    for each in (
        webhooks.entry("hubspot", 300),
        webhooks.entry("quickbooks", 200),
        messages.MESSAGES,
        messages.SCHEDULE,
        routes.ROUTES,
        visits.VISITS,
        provider_answers.PROVIDER_ANSWERS,
    )
}
_FOUND = Path(__file__).parents[2] / "build" / "fuzz"
EXAMPLES = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Finding:
    entry: str
    words: str
    # Holds the input.
    file: Path

    @property
    def kind(self) -> str:
        """Findings of the same kind have one reason, most likely."""
        return re.sub(r"[0-9]{3,}|'[^']*'", "#", self.words)[:120]


def play_round(aws: LocalAws, entry: Entry, seed: str, inputs: int) -> list[Finding]:
    """Play a round, and return one finding of each kind."""
    chosen = Random(f"{entry.name} {seed}")  # noqa: S311
    found: dict[str, Finding] = {}
    with two_tenants(aws, seed) as world:
        for _ in range(inputs):
            played = entry.make(chosen, world)
            for finding in _findings(entry, played, whole(entry, world, played)):
                found.setdefault(finding.kind, finding)
    return [*found.values()]


def play_example(world: World, file: Path) -> list[str]:
    """Play the input in a file, and say what is wrong."""
    example = json.loads(file.read_text(encoding="utf-8"))
    return whole(ENTRIES[example["entry"]], world, example["input"])


def _findings(entry: Entry, played: Input, words: Sequence[str]) -> list[Finding]:
    file = kept(entry, played, words) if words else Path()
    return [Finding(entry.name, each, file) for each in words]


def kept(entry: Entry, played: Input, found: Sequence[str]) -> Path:
    """Write an input, and what it found, to a file; return it."""
    text = json.dumps({"entry": entry.name, "found": found, "input": played}, indent=1)
    file = _FOUND / f"{entry.name}-{sha256(text.encode()).hexdigest()[:12]}.json"
    _FOUND.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n", encoding="utf-8")
    return file
