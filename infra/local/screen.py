"""The demo's terminal: colour, live progress and tables; plain steady lines where there is none.

Into a pipe or a file nothing is coloured, wrapped or overwritten: excerpts and tests rely on it.
rich itself honours NO_COLOR and dumb terminals.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

# After so long without any progress the screen says what is awaited, and again after as long.
QUIET_SECONDS = 20.0
# Wide enough that nothing is ever cut or wrapped.
_UNLIMITED = 10_000
_NAMED = 3


class Screen:
    """`clock` returns seconds that only grow."""

    def __init__(
        self, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.clock = clock
        self.console = console or Console(highlight=False)
        self.is_live = self.console.is_terminal and not self.console.is_dumb_terminal
        if not self.is_live:
            self.console.width = _UNLIMITED

    def line(self, text: str = "", *, style: str = "", indent: int = 0) -> None:
        """Print a paragraph."""
        if self.is_live and text:
            self.console.print(Padding(Text(text, style), (0, 0, 0, indent), expand=False))
        else:
            self.verbatim(text, style=style, indent=indent)

    def verbatim(self, text: str, *, style: str = "", indent: int = 0, link: str = "") -> None:
        """Print a line that can be copied: it is never broken. On a terminal that can, it leads to
        `link` when clicked."""
        shown = Text(text, style=f"{style} link {link}".strip() if link else style)
        self.console.print(Text(" " * indent if text else "") + shown, soft_wrap=True)

    def heading(self, text: str) -> None:
        self.line()
        self.line(text, style="bold")

    def lines(self, texts: Sequence[str], *, indent: int = 2, style: str = "") -> None:
        for text in texts:
            self.line(text, style=style, indent=indent)

    def problem(self, text: str) -> None:
        self.line(text, style="bold red")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows of as many cells as there are columns.

        A column whose name ends with `>` is of numbers: flush right. Those and the first are never
        broken.
        """
        table = Table(
            box=box.SIMPLE_HEAD if self.is_live else None,
            show_edge=False,
            header_style="dim",
            padding=(0, 2, 0, 0),
            pad_edge=False,
        )
        for position, name in enumerate(columns):
            if name.endswith(">"):
                table.add_column(name[:-1], justify="right", no_wrap=True)
            else:
                table.add_column(name, overflow="fold", no_wrap=position == 0)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        indented = Padding(table, (0, 0, 0, 2), expand=False)
        if self.is_live:
            self.console.print(indented)
            return
        with self.console.capture() as captured:
            self.console.print(indented)
        for text in captured.get().splitlines():
            self.verbatim(text.rstrip())

    @contextmanager
    def waiting(self, what: str, total: int) -> Iterator[Waiting]:
        """Show progress towards `total` until the block ends; plain output counts only where
        `what` says of what."""
        if not self.is_live:
            yield Waiting(self, what, total)
            return
        columns = (
            SpinnerColumn(),
            BarColumn(bar_width=20),
            TextColumn("{task.completed} of {task.total} {task.description}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as progress:
            yield Waiting(self, what, total, progress)


class Waiting:
    """A wait that is being shown."""

    def __init__(
        self, screen: Screen, what: str, total: int, progress: Progress | None = None
    ) -> None:
        self._screen, self._what, self._total, self._progress = screen, what, total, progress
        self._task = progress.add_task(what or "in step", total=total) if progress else None
        self._completed, self._moved = 0, screen.clock()
        self._awaited: list[str] = []
        self._said = self._moved

    def is_at(self, completed: int, awaited: Sequence[str]) -> None:
        """Show how far it is. `awaited`: what is still to come, in words; a change is progress."""
        now = self._screen.clock()
        if completed != self._completed or list(awaited) != self._awaited:
            self._moved = self._said = now
        if completed != self._completed and self._what and self._progress is None:
            self._screen.line(f"{completed} of {self._total} {self._what}", indent=2)
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=completed)
        self._completed, self._awaited = completed, list(awaited)
        if now - self._said >= QUIET_SECONDS:
            self._said = now
            self._screen.line(
                f"Nothing new for {now - self._moved:.0f} s. Awaited: {some(awaited)}",
                indent=2,
                style="yellow",
            )

    @property
    def quiet_seconds(self) -> float:
        """How long nothing has moved."""
        return self._screen.clock() - self._moved


def some(things: Sequence[str]) -> str:
    """Name the first of many."""
    more = len(things) - _NAMED
    return ", ".join([*things[:_NAMED], *([f"and {more} more"] if more > 0 else [])])
