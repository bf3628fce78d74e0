"""What an expression of DynamoDB says, as a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Path:
    """Steps to an attribute: names, "#name" for a name given apart, numbers within lists."""

    steps: tuple[str | int, ...]


@dataclass(frozen=True)
class Literally:
    """A value that is given apart, by its ":name"."""

    name: str


@dataclass(frozen=True)
class Function:
    name: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True)
class Sum:
    """left + right, or left - right."""

    left: Operand
    right: Operand
    sign: Literal["+", "-"]


Operand = Path | Literally | Function | Sum


@dataclass(frozen=True)
class Comparison:
    comparator: str
    left: Operand
    right: Operand


@dataclass(frozen=True)
class Between:
    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True)
class In:
    operand: Operand
    choices: tuple[Operand, ...]


@dataclass(frozen=True)
class Not:
    condition: Condition


@dataclass(frozen=True)
class Both:
    left: Condition
    right: Condition


@dataclass(frozen=True)
class Either:
    left: Condition
    right: Condition


Condition = Comparison | Between | In | Function | Not | Both | Either


@dataclass(frozen=True)
class Action:
    """One action of an update; `operand` is None for REMOVE."""

    section: str
    path: Path
    operand: Operand | None


Tree = Condition | tuple[Path, ...] | tuple[Action, ...]
