"""make setup in a terminal of its own: what a person pastes and sees there."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

from .account import (
    BASE,
    HUBSPOT_ID,
    HUBSPOT_SECRET,
    INTUIT_ID,
    INTUIT_SECRET,
    SECRETS,
    USUAL,
    VERIFIER,
    Account,
)


def test_secrets_are_not_echoed_and_ids_are(account: Account) -> None:
    answers = [
        ("Client id:", HUBSPOT_ID),
        ("Client secret (hidden):", HUBSPOT_SECRET),
        ("Client id:", INTUIT_ID),
        ("Client secret (hidden):", INTUIT_SECRET),
        ("Verifier token (hidden):", VERIFIER),
    ]
    code, seen = _in_a_terminal(answers)
    assert (code, account.stored) == (0, USUAL)
    assert HUBSPOT_ID in seen
    assert INTUIT_ID in seen
    assert [secret for secret in SECRETS if secret in seen] == []
    # Addresses can be copied: none is broken, however narrow the terminal.
    assert f"{BASE}/connect/quickbooks/disconnected" in seen


def test_control_c_leaves_without_a_traceback(account: Account) -> None:
    code, seen = _in_a_terminal([("Client id:", HUBSPOT_ID), ("Client secret (hidden):", "\x03")])
    assert (code, account.versions) == (1, 0)
    assert "Nothing was stored" in seen
    assert "Traceback" not in seen


# Takes the terminal for its session, as a shell does, for getpass and for Ctrl-C.
_IN_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def _in_a_terminal(answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Run the command and answer each question once it is asked. Return its exit code and all that
    the terminal showed."""
    master, slave = pty.openpty()
    command = ["-m", "infra.deployment", "setup", "example"]
    environment = {**os.environ, "PYTHONPATH": "functions:.", "TERM": "xterm", "COLUMNS": "60"}
    process = subprocess.Popen(
        [sys.executable, "-c", _IN_ITS_TERMINAL, *command],
        cwd=Path(__file__).parents[3],
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    seen = ""
    try:
        for question, answer in answers:
            already = len(seen)
            while question not in seen[already:]:
                more = _read(master)
                assert more, f"it ended before it asked {question}, after: {seen}"
                seen += more
            os.write(master, answer.encode() + b"\n")
        while more := _read(master):
            seen += more
        return process.wait(timeout=60), seen
    finally:
        process.kill()
        process.wait()
        os.close(master)


def _read(terminal: int) -> str:
    """Return what a terminal shows next; empty once nobody writes to it any more."""
    ready, _, _ = select.select([terminal], [], [], 60)
    assert ready, "nothing more is shown"
    try:
        return os.read(terminal, 65_536).decode()
    except OSError:
        return ""
