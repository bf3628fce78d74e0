"""What is left to try while the demo serves: its address for `make call`, calls, and links."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import NamedTuple

from infra.local.screen import Screen
from invoice_sync.model.record import Record

ADDRESS = Path(__file__).parents[2] / "build" / "demo.json"
DOCS = (
    ("docs/guide/README.md", "what people do with it"),
    ("docs/failures.md", "every cause of a failure, and its remedy"),
    ("docs/api.md", "the API"),
    ("docs/architecture.md", "how it works"),
)
DEPLOY = ("README.md", "section Deploy: in your own AWS account")
_LINKS = (
    ("/health", "whether the API is up, and its version"),
    ("/openapi.json", "the description of the API"),
    ("/connect/hubspot", "connect the two accounts again, as an administrator does"),
)


class NoDemoError(Exception):
    """No demo is running."""


@dataclass(frozen=True)
class Running:
    """A demo that is up: where, and for which HubSpot account."""

    url: str
    portal_id: str

    def write(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    def announce(self, path: Path) -> None:
        """Write the file again where another demo, which was started later, took its own away."""
        if not path.exists():
            with contextlib.suppress(OSError):  # told before
                self.write(path)

    def forget(self, path: Path) -> None:
        """Remove the file, unless it tells of another demo by now."""
        try:
            if running(path) == self:
                path.unlink()
        except NoDemoError:
            pass


def running(path: Path) -> Running:
    """Return the demo that wrote its address last. Raises NoDemoError."""
    try:
        return Running(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise NoDemoError from None


class Try(NamedTuple):
    command: str
    what: str


def calls(
    records: Mapping[str, Record], invoices: Mapping[str, str], decisions: Mapping[str, str]
) -> list[Try]:
    """Return calls to try. Records, HubSpot's ids of the invoices and the resolutions that people
    are expected to choose are by number."""
    failing = [number for number, record in records.items() if record.status == "failing"]
    number = failing[0] if failing else next(iter(invoices))
    invoice = f"/v1/invoices/{invoices[number]}"
    found = [
        Try("make call GET=/v1/failures/count", "how many fail, and how much money is at stake"),
        Try("make call GET=/v1/failures", "each with its cause and remedy"),
        Try(f"make call GET={invoice}/preview", f"what would be written for {number}"),
        Try(f"make call POST={invoice}/retry", "check it again"),
        Try(f"make call GET={invoice}/sync-status", "what came of it"),
    ]
    for number, resolution in decisions.items():
        if number in failing:
            body = json.dumps({"resolution": resolution})
            command = f"make call POST=/v1/invoices/{invoices[number]}/resolve BODY='{body}'"
            found.append(Try(command, f"decide about {number}"))
    return found


def show(screen: Screen, calls: list[Try], url: str, page_url: str) -> None:
    """Say what to open, to ask and to read, and how to stop."""
    screen.heading("Open")
    if page_url:
        screen.verbatim(page_url, indent=2, style="cyan", link=page_url)
        screen.line("HubSpot, played by this machine: fix what fails, as people would.", indent=4)
    screen.verbatim(url, indent=2, style="cyan", link=url)
    screen.line("the API's own address, with links", indent=4)
    screen.heading("Ask the API from another terminal, signed as HubSpot signs")
    for one in calls:
        screen.verbatim(one.command, indent=2, style="cyan")
        screen.line(one.what, indent=4)
    screen.line("ARGS=--curl prints a call as a line of curl, good for five minutes.", indent=2)
    screen.heading("Read")
    screen.table(("Where", "What"), [*DOCS, DEPLOY])
    screen.line()
    screen.line("Stop with Ctrl+C.")


def home(calls: list[Try], page_url: str = "") -> str:
    """Return a page of links, for who opens the API's own address."""
    links = [(page_url, "HubSpot, played by this machine")] if page_url else []
    listed = "".join(
        f'<li><a href="{escape(link)}">{escape(link)}</a>: {escape(what)}</li>'
        for link, what in (*links, *_LINKS)
    )
    commands = "".join(
        f"<li><code>{escape(one.command)}</code>: {escape(one.what)}</li>" for one in calls
    )
    docs = "".join(f"<li><code>{name}</code>: {what}</li>" for name, what in (*DOCS, DEPLOY))
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Invoice sync</title>'
        "<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto;"
        " padding: 0 1rem; overflow-wrap: anywhere }</style>"
        "<h1>Invoice sync, on this machine</h1>"
        f"<h2>Open</h2><ul>{listed}</ul>"
        "<h2>Ask the API, signed as HubSpot signs, from a terminal</h2>"
        f"<ul>{commands}</ul><h2>Read</h2><ul>{docs}</ul></html>\n"
    )
