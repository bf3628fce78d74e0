"""Runs the built package as Lambda does: each function in its own process.

A function gets its events from the Runtime API, and has only the package and Lambda's runtime.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import json
import os
import platform
import queue
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from werkzeug import Request, Response

from infra.local.wire import HttpServer
from infra.package import RUNTIME, PackageError, build, interpreter, uv

FUNCTIONS = Path(__file__).parents[2] / "functions"
_RUNTIME_BRINGS = ("awslambdaric", "boto3")
_VERSION = "/2018-06-01/runtime"
_PAYLOAD_LIMIT = 6 * 1024 * 1024
_PATIENCE_SECONDS = 60.0
# Without site-packages, whatever is installed in the interpreter of this machine.
_ISOLATED = ("-s", "-S")
_MODULES = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps([
    {"name": name, "file": module.__spec__.origin, "cached": module.__spec__.cached}
    for name, module in list(sys.modules.items())
    if getattr(module, "__spec__", None)
    and module.__spec__.has_location
    and module.__spec__.name == name
]))
"""


class FunctionError(Exception):
    """The function raised, did not start, or died."""


@dataclass(frozen=True)
class Module:
    name: str
    file: Path
    cached: Path | None  # none for an extension, which has no bytecode


@dataclass(frozen=True)
class Machine:
    """The package, built for this machine, with its runtime and interpreter."""

    python: str
    runtime: Path
    package: Path

    @property
    def functions(self) -> list[str]:
        return sorted(path.stem for path in FUNCTIONS.glob("*.py"))

    def environment(self, name: str, handler: str) -> dict[str, str]:
        """Return the variables that a function has on Lambda; a test may set others."""
        return {
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{RUNTIME}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/23/[$LATEST]0123456789abcdef",
            "AWS_REGION": "us-east-1",
            "LAMBDA_RUNTIME_DIR": str(self.runtime),
            "LAMBDA_TASK_ROOT": str(self.package),
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(self.runtime),
            "TZ": ":UTC",
            "_HANDLER": handler,
            # Lambda has no such files; a developer may.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # Those of the function's role, and what the stack sets.
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "ALLOWED_PORTAL_IDS": "24680",
            "APP_SECRET_ID": "invoice-sync/app",
            "CONNECTION_SECRETS": "invoice-sync/connections/",
            "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/invoice-sync-hints",
            "TABLE_NAME": "invoice-sync",
            "VERSIONS": "{}",
        }

    def modules(self, function: str) -> list[Module]:
        """Return the modules of package and runtime that the function loads, in order."""
        listing = subprocess.run(
            [self.python, *_ISOLATED, "-c", _MODULES, function],
            cwd=self.package,
            # Else missing bytecode would be written and so be there: root may write anywhere.
            env={**self.environment(function, ""), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if listing.returncode:
            raise FunctionError(listing.stderr)
        modules = [
            Module(row["name"], Path(row["file"]), Path(row["cached"]) if row["cached"] else None)
            for row in json.loads(listing.stdout)
        ]
        roots = (self.package, self.runtime)
        return [
            module for module in modules if any(module.file.is_relative_to(root) for root in roots)
        ]


def prepare(scratch: Path) -> Machine:
    """Build the package and its runtime for this machine.

    Raises PackageError where there is no Python to run it.
    """
    if sys.platform != "linux":
        raise PackageError("Lambda's runtime client is for Linux only")
    python = interpreter(RUNTIME)
    package = build(scratch / "task", platform=f"{platform.machine()}-manylinux2014")
    # The versions of the dev environment, of their dependencies too.
    pins = scratch / "constraints.txt"
    pins.write_text(
        "\n".join(f"{pin.name}=={pin.version}" for pin in importlib.metadata.distributions())
    )
    command = [
        *(uv(), "pip", "install", "--quiet", "--target", str(scratch / "runtime")),
        *(
            "--link-mode",
            "copy",
            "--python",
            python,
            "--only-binary",
            ":all:",
            "--compile-bytecode",
        ),
        *("--constraints", str(pins), *_RUNTIME_BRINGS),
    ]
    install = subprocess.run(command, capture_output=True, text=True, check=False)
    if install.returncode:
        raise PackageError(install.stderr)
    return Machine(python, scratch / "runtime", package)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only, as /var/task is."""
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)


class RuntimeApi(HttpServer):
    """Plays the Runtime API of one function; refuses and notes what Lambda would not take."""

    def __init__(self, name: str, timeout_seconds: float) -> None:
        self._name, self._timeout = name, timeout_seconds
        self._events: queue.Queue[bytes | None] = queue.Queue()
        self._answers: queue.Queue[tuple[bool, bytes]] = queue.Queue()
        self._current = ""
        self.ready = threading.Event()
        self.ready_at = 0.0
        self.init_error = ""
        self.refused: list[str] = []
        super().__init__(self._application)

    @property
    def address(self) -> str:
        return self.url.removeprefix("http://")

    def send(self, event: Any) -> None:
        self._events.put(json.dumps(event).encode())

    def answer(self, timeout: float) -> tuple[bool, Any]:
        """Return whether the function returned, and its answer or its error."""
        returned, body = self._answers.get(timeout=timeout)
        return returned, json.loads(body)

    def stop(self) -> None:
        self._events.put(None)  # no request may be left waiting
        super().stop()

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        return self._respond(request)(environ, start_response)

    def _respond(self, request: Request) -> Response:
        body = request.get_data()
        route = (request.method, request.path)
        if route == ("GET", f"{_VERSION}/invocation/next"):
            return self._next()
        if route == ("POST", f"{_VERSION}/init/error"):
            self.init_error = body.decode()
            return _json(202, {"status": "OK"})
        for outcome in ("response", "error"):
            if route == ("POST", f"{_VERSION}/invocation/{self._current}/{outcome}"):
                return self._accept(outcome == "response", body)
        return self._refuse(403, f"{request.method} {request.path} is not expected now")

    def _next(self) -> Response:
        if self._current:
            return self._refuse(403, "the invocation before is not answered")
        self.ready.set()
        event = self._events.get()
        if event is None:
            return Response(status=410)
        self._current = str(uuid.uuid4())
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{self._name}"
        headers = {
            "Lambda-Runtime-Aws-Request-Id": self._current,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self._timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}",
        }
        return Response(event, headers=headers, content_type="application/json")

    def _accept(self, returned: bool, body: bytes) -> Response:
        if len(body) > _PAYLOAD_LIMIT:
            return self._refuse(413, "the answer is larger than Lambda takes")
        try:
            json.loads(body)
        except ValueError:
            return self._refuse(400, "the answer is not JSON")
        self._current = ""
        self._answers.put((returned, body))
        return _json(202, {"status": "OK"})

    def _refuse(self, status: int, why: str) -> Response:
        self.refused.append(why)
        return _json(status, {"errorMessage": why, "errorType": "InvalidStateTransition"})


def _json(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")


def _cpu_seconds(pid: int) -> float:
    """Return the processor's time that a process has taken: other work of the machine does not
    count in it."""
    clock = ctypes.c_int()
    if error := ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise FunctionError(f"the processor's time of a start cannot be read: {os.strerror(error)}")
    return time.clock_gettime(clock.value)


class Function:
    """Is the process of one function until `stop`. Use as a context manager."""

    def __init__(
        self,
        machine: Machine,
        name: str,
        environment: Mapping[str, str],
        *,
        timeout_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._timeout = timeout_seconds
        self._api = RuntimeApi(name, timeout_seconds)
        self._api.start()
        # To append: the process shares our place in the file, which reading moves.
        self._log = tempfile.TemporaryFile("a+")  # noqa: SIM115 - closed by stop
        handler = f"{name}.handler"
        started = time.monotonic()
        self._process = subprocess.Popen(
            [machine.python, *_ISOLATED, "-m", "awslambdaric", handler],
            cwd=machine.package,
            env={
                **machine.environment(name, handler),
                **environment,
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
            },
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        end = started + _PATIENCE_SECONDS
        while not self._api.ready.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > end:
                log = self.log()
                self.stop()
                raise FunctionError(f"{name} did not start: {self._api.init_error}\n{log}")
        # It waits for its first event now.
        self.init_seconds = _cpu_seconds(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def invoke(self, event: Any) -> Any:
        """Return the function's answer. Raises FunctionError when it raises or dies."""
        self._api.send(event)
        end = time.monotonic() + self._timeout
        while True:
            try:
                returned, answer = self._api.answer(timeout=0.1)
                break
            except queue.Empty:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise FunctionError(f"no answer\n{self.log()}") from None
        if self._api.refused:
            raise FunctionError("; ".join(self._api.refused))
        if not returned:
            raise FunctionError(f"{answer}\n{self.log()}")
        return answer

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._api.stop()
        self._log.close()
