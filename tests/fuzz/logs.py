"""What the functions write: to their log, to the logs of libraries, to standard output."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, cast

from invoice_sync.runtime.logger import logger


class Written:
    """Everything that was written since it was last taken."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def take(self) -> str:
        text = self.stream.getvalue()
        self.stream.seek(0)
        self.stream.truncate()
        return text


@contextmanager
def read_along() -> Iterator[Written]:
    """Collect it as Lambda would: of libraries from warnings on."""
    written = Written()
    others = logging.StreamHandler(written.stream)
    others.setLevel(logging.WARNING)
    root = logging.getLogger()
    own = [each for each in _handlers() if isinstance(each, logging.StreamHandler)]
    before = [each.setStream(written.stream) for each in own]
    root.addHandler(others)
    try:
        with redirect_stdout(written.stream), redirect_stderr(written.stream):
            yield written
    finally:
        root.removeHandler(others)
        for handler, stream in zip(own, before, strict=True):
            if stream is not None:
                handler.setStream(stream)


def _handlers() -> list[logging.Handler]:
    """All functions share one logger of Powertools."""
    return cast("list[logging.Handler]", cast(Any, logger).handlers)
