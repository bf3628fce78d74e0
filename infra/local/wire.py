"""The parts that both simulators are made of: HTTP server, clock, limits, recorder and faults.

Simulators must not import `invoice_sync`: one that shares the product's code shares its mistakes.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

from werkzeug import Request, Response
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler


class Clock:
    """Aware UTC time that can be moved forward. Unless it stands still, it also runs by itself."""

    def __init__(self) -> None:
        self._offset = self._tick = timedelta()
        self._standing_at: datetime | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            self._offset += self._tick
            return (self._standing_at or datetime.now(UTC)) + self._offset

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._offset += timedelta(seconds=seconds)

    def stand_still(self, at: datetime | None = None, *, tick: float = 0.0) -> Self:
        """Stop at the time `at`, or at the present time, and move only when advanced; with a `tick`
        also by so many seconds at each look, so that what comes later has a later time."""
        self._standing_at, self._offset = at or self.now(), timedelta()
        self._tick = timedelta(seconds=tick)
        return self


@cache
def tls() -> ssl.SSLContext:
    """Return the one context that all clients share: making one takes tens of milliseconds."""
    return ssl.create_default_context()


class Window:
    """A published limit: at most `limit` calls in any `seconds`, counted on the given clock."""

    def __init__(self, clock: Clock, limit: int, seconds: float) -> None:
        self._clock, self.limit, self._span = clock, limit, timedelta(seconds=seconds)
        self._calls: deque[datetime] = deque()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Count a call, unless the limit is reached; return whether it was counted."""
        with self._lock:
            now = self._clock.now()
            while self._calls and self._calls[0] <= now - self._span:
                self._calls.popleft()
            if len(self._calls) >= self.limit:
                return False
            self._calls.append(now)
            return True

    def remaining(self) -> int:
        return max(0, self.limit - len(self._calls))


class CallCounter:
    """Calls by label, counted from many threads."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, label: str) -> None:
        with self._lock:
            self._counts[label] += 1

    def copy(self) -> Counter[str]:
        with self._lock:
            return self._counts.copy()


class Recorder:
    """Append each exchange to a file as one line of JSON, without credentials.

    Where the file takes no more, `trouble` says why, and the services go on without it.
    """

    def __init__(self, path: Path) -> None:
        self.trouble = ""
        self._file = path.open("w", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, exchange: dict[str, Any]) -> None:
        with self._lock:
            try:
                self._file.write(json.dumps(exchange, ensure_ascii=False) + "\n")
                self._file.flush()
            except OSError as error:
                self.trouble = error.strerror or str(error)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # told already
            self._file.close()


@dataclass
class Answer:
    """The answer of a service to one request."""

    status: int
    body: Any = None  # a dict or a list is sent as JSON; else text, or None
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False  # the connection breaks before the caller hears anything
    delay: float = 0.0  # real seconds that the caller waits


@dataclass
class Fault:
    """Trouble on demand for the next `times` requests that match."""

    matches: Callable[[Request], bool]
    answer: Answer | None  # None: no answer at all, the connection breaks
    times: int = 1
    before_effect: bool = True  # False: the request is carried out, only its answer is replaced
    # The request is carried out, and its answer changed on the way.
    change: Callable[[Answer], Answer] | None = None


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes: without this, Nagle's algorithm and delayed
    # acknowledgement add 40 ms to every answer.
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: the recorder is the log."""


class _Server(ThreadedWSGIServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client has closed its connection; that is no error of ours.

        Werkzeug catches it once a request is being read; on macOS it already fails before.
        """
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class HttpServer:
    """A WSGI application on a thread of its own, at `port` of 127.0.0.1 or at any free one."""

    def __init__(self, application: Callable[..., Iterable[bytes]], port: int = 0) -> None:
        self._server = _Server("127.0.0.1", port, application, _Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        # Clients leave the usual port out of the Host header, and signatures are of what they ask.
        self.url = "http://127.0.0.1" + (f":{port}" if (port := self._server.port) != 80 else "")

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Simulator:
    """Base of both simulators: serves what `answer` returns, with faults and a recorder.

    Requests are answered on many threads. Subclasses hold the lock of the account that a request is
    about for as long as they work on it.
    """

    service: str

    def __init__(self, clock: Clock, recorder: Recorder | None = None) -> None:
        self.clock = clock
        self.recorder = recorder
        self.faults: list[Fault] = []
        self._fault_lock = threading.Lock()
        self._server = HttpServer(self._application)

    # -- for subclasses
    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    # -- for tests and the demo
    def start(self) -> Self:
        self._server.start()
        return self

    def stop(self) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        return self._server.url

    # -- plumbing
    def _fault_for(self, request: Request) -> Fault | None:
        with self._fault_lock:
            for fault in self.faults:
                if fault.times > 0 and fault.matches(request):
                    fault.times -= 1
                    return fault
        return None

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        request.get_data(cache=True)
        fault = self._fault_for(request)
        if fault and fault.change:
            answer = fault.change(self.answer(request))
        elif fault and fault.before_effect:
            answer = fault.answer or Answer(0, lost=True)
        else:
            answer = self.answer(request)
            if fault:
                answer = fault.answer or Answer(answer.status, answer.body, answer.headers, True)
        if answer.delay:
            time.sleep(answer.delay)
        response = to_response(answer)
        # A redirect is a browser's, from a consent page: no call of ours, and it holds a code.
        if self.recorder and answer.status not in (0, 302):
            self.recorder.write(_exchange(self.service, request, answer, response))
        if answer.lost:
            with contextlib.suppress(OSError):
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return response(environ, start_response)


def to_response(answer: Answer) -> Response:
    if isinstance(answer.body, dict | list):
        text, kind = json.dumps(answer.body, ensure_ascii=False), "application/json;charset=UTF-8"
    else:
        text, kind = answer.body or "", "text/plain"
    headers = {"Content-Type": kind, **answer.headers} if text else dict(answer.headers)
    return Response(text, status=answer.status or 500, headers=headers)


def _exchange(service: str, request: Request, answer: Answer, response: Response) -> dict[str, Any]:
    headers = dict(request.headers)
    if "Authorization" in headers:
        headers["Authorization"] = headers["Authorization"].split(" ")[0] + " redacted"
    secret = request.path.endswith(("/token", "/bearer", "/revoke"))
    return {
        "service": service,
        "method": request.method,
        "url": request.host_url.rstrip("/") + request.environ["RAW_URI"],
        "request_headers": headers,
        "request_body": _hide(request.form.to_dict()) if secret else _parsed(request.get_data()),
        "status": answer.status,
        "response_headers": dict(response.headers),
        "response_body": _hide(answer.body) if secret else answer.body,
    }


def _hide(body: Any) -> Any:
    """Keep the shape of a token exchange, not its secrets."""
    if not isinstance(body, dict):
        return body
    hidden = ("access_token", "refresh_token", "client_secret", "code")
    return {key: "redacted" if key in hidden else value for key, value in body.items()}


def _parsed(raw: bytes) -> Any:
    if not raw:
        return None
    text = raw.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
