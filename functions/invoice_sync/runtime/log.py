"""The part of a logger that the package uses, so that it need not load Powertools to name it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Protocol


class Log(Protocol):
    """Writes a constant message and its fields (`extra`), which hold no personal data."""

    def info(self, msg: object, *, extra: Mapping[str, object] | None = None) -> None: ...
    def warning(self, msg: object, *, extra: Mapping[str, object] | None = None) -> None: ...
    def error(self, msg: object, *, extra: Mapping[str, object] | None = None) -> None: ...


def described(error: BaseException) -> dict[str, str]:
    """Return the fields of a line about an error: its type, and where in our code it came up. Its
    own text may hold personal data."""
    return {"error": type(error).__name__, "where": where(error)}


def where(error: BaseException) -> str:
    """Return the file and the line of our code that met an error."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/invoice_sync/" in frame.filename] or frames
    return f"{ours[-1].filename.rsplit('/', 1)[-1]}:{ours[-1].lineno}" if ours else "unknown"
