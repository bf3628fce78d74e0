"""The grammar of DynamoDB's expressions, read into a tree.

Source: developer guide "Condition and filter expressions, operators, and functions" and "Update
expressions".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path as File
from typing import NoReturn, TypeVar

from infra.local.memory.errors import ServiceError, invalid
from infra.local.memory.tree import (
    Action,
    Between,
    Both,
    Comparison,
    Condition,
    Either,
    Function,
    In,
    Literally,
    Not,
    Operand,
    Path,
    Sum,
    Tree,
)

_LONGEST = 4096
_TOKENS = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<alias>#\w+)|(?P<value>:\w+)|(?P<number>\d+)"
    r"|(?P<sign><>|<=|>=|[=<>()\[\].,+-])|(?P<end>\Z)|(?P<other>\S))",
    re.ASCII,
)
_COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
# The number of arguments by name.
_CONDITION_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}
_OPERAND_FUNCTIONS = {"size": 1}
_UPDATE_FUNCTIONS = {"if_not_exists": 2, "list_append": 2}
_SECTIONS = ("SET", "REMOVE", "ADD", "DELETE")
_KEYWORDS = {"AND", "OR", "NOT", "BETWEEN", "IN", *_SECTIONS}
_MOST_CHOICES = 100


Element = TypeVar("Element")


@dataclass(frozen=True)
class Expression:
    """A tree with the names and values that it wants."""

    tree: Tree
    names: frozenset[str]
    values: frozenset[str]


class SyntaxProblem(Exception):  # noqa: N818
    """What is wrong with an expression, as DynamoDB says it."""


@cache
def reserved_words() -> frozenset[str]:
    """Return the words that are no names (developer guide "Reserved words in DynamoDB")."""
    return frozenset(File(__file__).with_name("reserved_words.txt").read_text().split())


@lru_cache(maxsize=4096)
def condition(text: str, where: str) -> Expression:
    """Read a condition. `where` is the parameter's name. Raises ServiceError."""
    return _read(text, where, _Parser.condition)


@lru_cache(maxsize=1024)
def projection(text: str) -> Expression:
    return _read(text, "ProjectionExpression", _Parser.projection)


@lru_cache(maxsize=1024)
def update(text: str) -> Expression:
    return _read(text, "UpdateExpression", _Parser.update)


def _read(text: str, where: str, read: Callable[[_Parser], Tree]) -> Expression:
    try:
        if not text.strip():
            raise SyntaxProblem("The expression can not be empty;")
        if len(text.encode()) > _LONGEST:
            raise SyntaxProblem(
                "Expression size has exceeded the maximum allowed size; expression size:"
                f" {len(text.encode())}"
            )
        parser = _Parser(text)
        tree = read(parser)
        parser.end()
    except SyntaxProblem as problem:
        raise refused(where, str(problem)) from None
    return Expression(tree, frozenset(parser.names), frozenset(parser.values))


def refused(where: str, what: str) -> ServiceError:
    return invalid(f"Invalid {where}: {what}")


@dataclass
class _Parser:
    text: str
    names: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._tokens: list[tuple[str, str]] = []
        for match in _TOKENS.finditer(self.text):
            kind = str(match.lastgroup)
            self._tokens.append((kind, match.group(kind)))
            if kind == "end":
                break
        self._at = 0

    # -- conditions

    def condition(self) -> Condition:
        left = self._all_of()
        while self._take_word("OR"):
            left = Either(left, self._all_of())
        return left

    def _all_of(self) -> Condition:
        left = self._negation()
        while self._take_word("AND"):
            left = Both(left, self._negation())
        return left

    def _negation(self) -> Condition:
        if self._take_word("NOT"):
            return Not(self._negation())
        if self._peek() == ("sign", "("):
            start = self._at
            self._at += 1
            doubled = self._peek() == ("sign", "(")
            inner = self.condition()
            self._expect(")")
            if doubled and self._wraps(start + 1, self._at - 2):
                raise SyntaxProblem("The expression has redundant parentheses;")
            return inner
        return self._predicate()

    def _wraps(self, opening: int, closing: int) -> bool:
        """Whether the parenthesis at one token is closed by the one at the other."""
        depth = 0
        for index in range(opening, closing + 1):
            sign = self._tokens[index][1]
            depth += (sign == "(") - (sign == ")")
            if depth == 0:
                return index == closing
        return False

    def _predicate(self) -> Condition:
        kind, text = self._peek()
        if kind == "name" and self._tokens[self._at + 1] == ("sign", "("):
            if text in _CONDITION_FUNCTIONS:
                return self._call(_CONDITION_FUNCTIONS, self._operand)
            if text not in _OPERAND_FUNCTIONS:
                self._unknown_function(text)
        operand = self._operand()
        if self._take_word("BETWEEN"):
            low = self._operand()
            if not self._take_word("AND"):
                self._fail()
            return Between(operand, low, self._operand())
        if self._take_word("IN"):
            choices = tuple(self._listed(self._operand))
            if len(choices) > _MOST_CHOICES:
                raise SyntaxProblem(
                    "The IN operator is provided with too many operands; number of operands:"
                    f" {len(choices)}"
                )
            return In(operand, choices)
        if self._peek()[1] not in _COMPARATORS:
            self._fail()
        comparator = self._next()[1]
        return Comparison(comparator, operand, self._operand())

    def _operand(self) -> Operand:
        """Read a path, a value or size(path)."""
        if self._peek()[0] == "name" and self._tokens[self._at + 1] == ("sign", "("):
            return self._call(_OPERAND_FUNCTIONS, self._path)
        return self._path_or_value()

    # -- projections

    def projection(self) -> tuple[Path, ...]:
        return tuple(self._separated(self._path))

    # -- updates

    def update(self) -> tuple[Action, ...]:
        actions: list[Action] = []
        sections: set[str] = set()
        while self._peek()[0] != "end":
            section = next((word for word in _SECTIONS if self._take_word(word)), "")
            if not section:
                self._fail()
            if section in sections:
                raise SyntaxProblem(
                    f'The "{section}" section can only be used once in an update expression;'
                )
            sections.add(section)
            actions += self._separated(lambda: self._action(section))  # noqa: B023
        return tuple(actions)

    def _action(self, section: str) -> Action:
        path = self._path()
        if section == "REMOVE":
            return Action(section, path, None)
        if section == "SET":
            self._expect("=")
            return Action(section, path, self._sum())
        if self._peek()[0] != "value":
            self._fail()
        return Action(section, path, self._path_or_value())

    def _sum(self) -> Operand:
        left = self._term()
        sign = self._peek()[1]
        if sign not in ("+", "-"):
            return left
        self._at += 1
        return Sum(left, self._term(), "+" if sign == "+" else "-")

    def _term(self) -> Operand:
        if self._take("("):
            inner = self._sum()
            self._expect(")")
            return inner
        if self._peek()[0] == "name" and self._tokens[self._at + 1] == ("sign", "("):
            return self._call(_UPDATE_FUNCTIONS, self._term)
        return self._path_or_value()

    # -- parts of all

    def _call(self, functions: dict[str, int], argument: Callable[[], Operand]) -> Function:
        name = self._next()[1]
        if name not in functions:
            self._unknown_function(name)
        arguments = tuple(self._listed(argument))
        if len(arguments) != functions[name]:
            raise SyntaxProblem(
                "Incorrect number of operands for operator or function; operator or function:"
                f" {name}, number of operands: {len(arguments)}"
            )
        return Function(name, arguments)

    def _unknown_function(self, name: str) -> NoReturn:
        if name.upper() in _KEYWORDS:
            self._fail()
        raise SyntaxProblem(f"Invalid function name; function: {name}")

    def _path_or_value(self) -> Operand:
        kind, text = self._peek()
        if kind != "value":
            return self._path()
        self._at += 1
        self.values.add(text)
        return Literally(text)

    def _path(self) -> Path:
        steps: list[str | int] = [self._name()]
        while True:
            if self._take("."):
                steps.append(self._name())
            elif self._take("["):
                if self._peek()[0] != "number":
                    self._fail()
                steps.append(int(self._next()[1]))
                self._expect("]")
            else:
                return Path(tuple(steps))

    def _name(self) -> str:
        kind, text = self._peek()
        if kind == "alias":
            self.names.add(text)
        elif kind != "name" or text.upper() in _KEYWORDS:
            self._fail()
        elif text.upper() in reserved_words():
            raise SyntaxProblem(f"Attribute name is a reserved keyword; reserved keyword: {text}")
        self._at += 1
        return text

    def _listed(self, read: Callable[[], Operand]) -> list[Operand]:
        self._expect("(")
        elements = self._separated(read)
        self._expect(")")
        return elements

    def _separated(self, read: Callable[[], Element]) -> list[Element]:
        elements = [read()]
        while self._take(","):
            elements.append(read())
        return elements

    # -- tokens

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, sign: str) -> bool:
        taken = self._peek() == ("sign", sign)
        self._at += taken
        return taken

    def _take_word(self, word: str) -> bool:
        kind, text = self._peek()
        taken = kind == "name" and text.upper() == word
        self._at += taken
        return taken

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            self._fail()

    def end(self) -> None:
        if self._peek()[0] != "end":
            self._fail()

    def _fail(self) -> NoReturn:
        token = self._peek()[1] or "<EOF>"
        near = " ".join(text for _, text in self._tokens[max(0, self._at - 1) : self._at + 2])
        raise SyntaxProblem(f'Syntax error; token: "{token}", near: "{near.strip()}"')
