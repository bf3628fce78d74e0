"""What an entry point is for the fuzzing, and what holds for all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from .http_inputs import Outcome
from .world import MARK, World

# In JSON's types, for `examples/`.
Input = dict[str, Any]
_TRACEBACK = re.compile(r'File "[^"]*?(?:functions|site-packages)/([^"]+)", line (\d+)')


@dataclass(frozen=True)
class Entry:
    name: str
    # How many of a thousand inputs of a run are of this kind, and how many make a round.
    share: int
    a_round: int
    make: Callable[[Random, World], Input]
    # Plays an input and says what is wrong, a sentence each.
    play: Callable[[World, Input], Iterator[str]]


def whole(entry: Entry, world: World, played: Input) -> list[str]:
    """Play an input, and check what holds for every entry point."""
    # Below the limits of both services.
    world.system.clock.advance(1)
    world.calls.take()
    world.written.take()
    findings = [*entry.play(world, played)]
    log = world.written.take()
    logged = _logged(log)
    findings = [f"{each} ({logged})" if "answered 5" in each else each for each in findings]
    return [*findings, *_of_log(world, log)]


def _logged(log: str) -> str:
    """Return the error that the log shows last, with its place."""
    lines = [line for line in log.splitlines() if '"where"' in line or '"exception_name"' in line]
    if not lines:
        return "and logged no error"
    last = json.loads(lines[-1])
    return f"{last['error']} at {last['where']}" if "where" in last else raised(last["exception"])


def _of_log(world: World, log: str) -> Iterator[str]:
    if MARK in log.lower():
        at = log.lower().index(MARK)
        yield f"the log shows something personal: ...{log[max(0, at - 200) : at + 60]!r}"
    for secret in world.secrets():
        if secret in log:
            yield f"the log shows a secret that begins with {secret[:6]}"


def raised(traceback: str) -> str:
    """Return an exception with the last place of ours and of a library."""
    places = _TRACEBACK.findall(traceback)
    last = [f"{file.rpartition('/')[2]}:{line}" for file, line in places[-1:]]
    ours = [f"{file}:{line}" for file, line in places if file.startswith("invoice_sync")][-1:]
    words = traceback.strip().rpartition("\n")[2]
    return f"raised {words[:160]} at {' '.join(dict.fromkeys([*ours, *last]))}"


def of_outcome(outcome: Outcome, allowed: Callable[[int], bool]) -> Iterator[str]:
    if outcome.raised:
        yield raised(outcome.raised)
    elif not allowed(outcome.status):
        yield f"answered {outcome.status}: {outcome.text[:200]}"
