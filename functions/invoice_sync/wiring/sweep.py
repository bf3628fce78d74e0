"""Builds the sweep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from invoice_sync.runtime.log import Log
from invoice_sync.sweep.run import Sweep
from invoice_sync.wiring import parts

_THREADS = 8


def build(clock: Callable[[], datetime], log: Log) -> Sweep:
    built = parts.build(clock, threads=_THREADS)
    allowed = built.environment.allowed_portal_ids
    return Sweep(built.store, built.tokens, built.queue, built.clients, allowed, clock, log)
