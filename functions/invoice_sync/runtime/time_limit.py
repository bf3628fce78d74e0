"""An end for every answer. httpx's timeout is for each piece: an answer that drips has no end."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import httpcore

from invoice_sync.runtime import clock


class TimeLimit:
    """A context manager. Within it, all that this thread sends and reads through a `Backend` takes
    at most so many seconds. Entered again, it has the seconds that are left."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def __enter__(self) -> None:
        _current.ends_at = clock.monotonic() + self.left

    def __exit__(self, *_: object) -> None:
        self.left = _current.ends_at - clock.monotonic()
        _current.ends_at = _NEVER


_NEVER = float("inf")


class _Current(threading.local):
    ends_at = _NEVER


_current = _Current()


class Backend(httpcore.SyncBackend):
    """Makes connections that keep to the limit of the thread that uses them."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, _within(timeout), local_address, socket_options)
        return _Stream(stream)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _within(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _within(timeout: float | None) -> float | None:
    """Return the timeout, or what is left of the limit if that is less."""
    left = _current.ends_at - clock.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the answer takes too long")
    return left if timeout is None else min(timeout, left)
