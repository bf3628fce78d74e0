"""The switches of the demo."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

_USAGE = "make demo [ARGS='--once --no-page --port N --page-port N --record FILE --invoices N']"


def read(description: str | None) -> argparse.Namespace:
    """Return what the command line says; end the program where it is wrong."""
    parser = argparse.ArgumentParser(prog="make demo", description=description, usage=_USAGE)
    parser.add_argument("--once", action="store_true", help="exit when done; 1 if it is wrong")
    parser.add_argument("--no-page", action="store_true", help="serve the API alone")
    parser.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="N",
        help="port of the API; any free one if left out",
    )
    parser.add_argument(
        "--page-port",
        type=_port,
        default=0,
        metavar="N",
        help="port of the page; any free one if left out",
    )
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="write every exchange to this file"
    )
    parser.add_argument(
        "--invoices", type=_invoices, metavar="N", help="generate so many invoices instead"
    )
    options = parser.parse_args()
    if options.port and options.port == options.page_port:
        parser.error(f"--port and --page-port are both {options.port}: they must differ")
    return options


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 1 to 65535")
    with socket.socket() as probe:
        # As the server does: a port that was just closed is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise argparse.ArgumentTypeError(
                f"port {text} cannot be used ({error.strerror}): leave the switch out, and a free"
                " port is taken"
            ) from None
    return int(text)


def _invoices(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text} is no number of invoices: give 1 or more")
    return int(text)
