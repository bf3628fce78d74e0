"""What the demo prints: steady plain lines into a pipe, colour and progress on a terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from infra.local.screen import QUIET_SECONDS, Screen

ANSI = re.compile(r"\x1b\[[0-9;]*m")
LONG = "A sentence that says why it fails, and what to do about it. " * 4
COLUMNS = ("Invoice", "Customer", "Amount>", "Cause")
ROWS = [
    ("INV-2015", "Red Queen", "1,980.00", "duplicate_display_name"),
    ("INV-2016", "", "12.00", "service_date_required"),
]


class Played:
    """A screen whose output is kept, on a clock that stands still."""

    def __init__(self, *, width: int = 80, terminal: bool = False) -> None:
        self.now = 0.0
        self.out = io.StringIO()
        console = Console(file=self.out, force_terminal=terminal, width=width, highlight=False)
        self.screen = Screen(console, clock=lambda: self.now)

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()


def test_plain_lines_are_neither_wrapped_nor_coloured() -> None:
    played = Played(width=40)
    played.screen.line(LONG, style="bold red", indent=2)
    assert played.lines == [f"  {LONG}"]


def test_a_plain_table_is_aligned_and_has_no_space_at_the_end() -> None:
    played = Played(width=20)
    played.screen.table(COLUMNS, ROWS)
    assert played.lines == [
        "  Invoice   Customer     Amount  Cause",
        "  INV-2015  Red Queen  1,980.00  duplicate_display_name",
        "  INV-2016                12.00  service_date_required",
    ]


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_loses_nothing(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    played = Played(width=width, terminal=True)
    played.screen.line(LONG, indent=4)
    played.screen.table(COLUMNS, ROWS)
    text = played.out.getvalue()
    assert "INV-2015" in text
    assert "1,980.00" in text
    assert all(len(line) <= width for line in ANSI.sub("", text).splitlines())


def test_a_command_is_one_line_to_copy_on_a_terminal_too() -> None:
    played = Played(width=40, terminal=True)
    played.screen.verbatim("make call GET=/v1/invoices/44446244412/preview", indent=2)
    assert played.lines == ["  make call GET=/v1/invoices/44446244412/preview"]


def test_only_a_terminal_gets_colour_and_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for terminal in (True, False):
        played = Played(terminal=terminal)
        played.screen.verbatim("http://127.0.0.1:1/", style="cyan", link="http://127.0.0.1:1/")
        assert ("\x1b[" in played.out.getvalue()) == terminal
        assert ("\x1b]8;" in played.out.getvalue()) == terminal


def test_no_colour_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    played = Played(terminal=True)
    played.screen.line("WRONG", style="red")
    assert played.lines == ["WRONG"]


def test_progress_is_counted_once_and_a_long_silence_says_what_is_awaited() -> None:
    played = Played()
    with played.screen.waiting("processed", 3) as waiting:
        waiting.is_at(1, ["an outcome of INV-2, INV-3"])
        waiting.is_at(1, ["an outcome of INV-2, INV-3"])
        played.now += QUIET_SECONDS - 1
        waiting.is_at(1, ["an outcome of INV-2, INV-3"])
        assert played.lines == ["  1 of 3 processed"]
        played.now += 1
        waiting.is_at(1, ["an outcome of INV-2, INV-3"])
        assert played.lines[1:] == ["  Nothing new for 20 s. Awaited: an outcome of INV-2, INV-3"]
        assert waiting.quiet_seconds == QUIET_SECONDS
        waiting.is_at(1, ["2 messages on the queue"])
        assert waiting.quiet_seconds == 0
    assert len(played.lines) == 2
