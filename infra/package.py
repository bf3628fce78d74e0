"""Builds what Lambda gets: functions/, their dependencies for Lambda's platform, and bytecode.

Run it with: python -m infra.package FOLDER

The same inputs give the same bytes, so that a deployment changes only what has changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

RUNTIME = "3.13"  # the Python version of the functions; nothing else says it
ARM64 = "aarch64-manylinux2014"

_ROOT = Path(__file__).resolve().parent.parent
# Lambda brings boto3 with all it needs; CDK deploys and never runs there.
# httpx needs anyio for asynchronous calls only.
_LEFT_OUT = ("boto3", "aws-cdk-lib", "constructs", "anyio")
# Whole features that nothing here uses: a third of the zip. tests/infra/test_artefact.py runs the
# functions without them.
_UNUSED = (
    "bin",
    "**/*.pyi",
    "**/py.typed",
    "**/swagger_ui/*.js",
    "**/swagger_ui/*.css",
    "pydantic/v1",
    "pydantic/mypy.py",
    "pydantic/color.py",
    "pydantic/experimental",
    "annotated_types/test_cases.py",
    # HTTP/2, proxies and the command line: httpx goes without what it cannot import.
    "httpcore/*/http2.py",
    "httpcore/*/socks_proxy.py",
    "httpx/_main.py",
    # The one client is given a TLS context with the system's certificates.
    "certifi/cacert.pem",
    # For host names that are not in ASCII.
    "idna/uts46data.py",
    # Python reads a zone from its own file.
    "tzdata/zoneinfo/*.tab",
    "tzdata/zoneinfo/tzdata.zi",
    "aws_lambda_powertools/metrics/provider/datadog",
    "aws_lambda_powertools/utilities/auth_alpha",
    "aws_lambda_powertools/utilities/batch",
    "aws_lambda_powertools/utilities/circuit_breaker",
    "aws_lambda_powertools/utilities/data_classes/active_mq_event.py",
    "aws_lambda_powertools/utilities/data_classes/api_gateway_authorizer_event.py",
    "aws_lambda_powertools/utilities/data_classes/appsync_authorizer_event.py",
    "aws_lambda_powertools/utilities/data_classes/cognito_user_pool_event.py",
    "aws_lambda_powertools/utilities/data_classes/iot_registry_event.py",
    "aws_lambda_powertools/utilities/data_classes/rabbit_mq_event.py",
    "aws_lambda_powertools/utilities/data_classes/s3_object_event.py",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/idempotency",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/metadata",
    "aws_lambda_powertools/utilities/parameters",
    "aws_lambda_powertools/utilities/parser",
    "aws_lambda_powertools/utilities/streaming",
    "aws_lambda_powertools/utilities/validation",
    # How it was installed. Name, version and licence stay: scanners of functions read them.
    ".lock",
    "*.dist-info/INSTALLER",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
    "*.dist-info/sboms",
)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_LONG_AGO_SECONDS = 315_532_800


class PackageError(Exception):
    """The package cannot be built; the message says what to do."""


def build(folder: Path, *, platform: str = ARM64, python: str = RUNTIME) -> Path:
    """Fill a folder, which must be new or empty, with what Lambda unpacks to /var/task."""
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()):
        raise PackageError(f"{folder} is not empty: name a new folder")
    compiler = interpreter(python)
    folder.mkdir(parents=True, exist_ok=True)
    _install(folder, platform, python, compiler)
    _prune(folder)
    _only_bytecode(folder, folder, compiler, "-o", "2")
    shutil.copytree(
        _ROOT / "functions",
        folder,
        ignore=shutil.ignore_patterns("__pycache__", "tests", ".*"),
        dirs_exist_ok=True,
    )
    # With docstrings: the API describes itself with them.
    _only_bytecode(folder, folder / "invoice_sync", compiler)
    # What is left are the handlers.
    _compile(folder, folder, compiler)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (_LONG_AGO_SECONDS, _LONG_AGO_SECONDS))
    return folder


def digest(folder: Path) -> str:
    """The name of a package for CDK: other bytes, another name, and nothing else counts.

    CDK's own remembers, from one run to the next, what a file with this inode, time and size had in
    it. Here all times are the same: it would take changed code for the old, and not deploy it.
    """
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            of_file = hashlib.sha256(path.read_bytes()).hexdigest()
            whole.update(f"{path.relative_to(folder).as_posix()}\0{of_file}\n".encode())
    return whole.hexdigest()


def zip_folder(folder: Path, file: Path) -> int:
    """The size of the zip in bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _LONG_AGO)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o100644 << 16
                archive.writestr(entry, path.read_bytes())
    return file.stat().st_size


def interpreter(python: str = RUNTIME) -> str:
    """A CPython of this version: bytecode is read by no other."""
    for candidate in _candidates(python):
        if _fits(candidate, python):
            return candidate
    why = _install_python(python)
    if _fits(installed := _uv_python(python), python):
        return installed
    raise PackageError(
        f"The package needs a Python {python} to compile it. None was found, and uv could not get"
        f" one ({why}). Install one, so that python{python} runs"
    )


def uv() -> str:
    own = _ROOT / ".uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if not found:
        raise PackageError("uv is needed: run make check once, which sets it up")
    return found


def _candidates(python: str) -> Iterator[str]:
    yield sys.executable
    yield shutil.which(f"python{python}") or ""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{python}*/bin/python"), reverse=True))
    yield _uv_python(python)


def _install_python(python: str) -> str:
    """Let uv fetch it. Returns the last of what uv says, which is its reason if it fails."""
    print(f"Setting up: Python {python}, which the functions run on, by uv", file=sys.stderr)
    # With --quiet it would not say why it fails.
    command = [uv(), "python", "install", "--no-progress", python]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.strip().splitlines() or ["it does not say why"]
    return re.sub(r"^(error|cause|Caused by): *", "", lines[-1].strip())


def _uv_python(python: str) -> str:
    command = [uv(), "python", "find", "--managed-python", "--no-python-downloads", python]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _fits(candidate: str, python: str) -> bool:
    """It runs (a shim may only say that it does not), and is no other build of that version."""
    if not candidate:
        return False
    ask = "import sys; print(sys.implementation.cache_tag + sys.abiflags)"
    try:
        answer = subprocess.run([candidate, "-c", ask], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == f"cpython-{python.replace('.', '')}"


def _install(folder: Path, platform: str, python: str, compiler: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        locked = Path(scratch) / "requirements.txt"
        left_out = [word for name in _LEFT_OUT for word in ("--prune", name)]
        _run(
            *(uv(), "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project"),
            *("--no-header", "--no-annotate", "--output-file", str(locked), *left_out),
        )
        # Copied, not linked: what is changed below must not change in uv's cache.
        _run(
            *(uv(), "pip", "install", "--quiet", "--target", str(folder), "--link-mode", "copy"),
            *("--python", compiler, "--python-platform", platform, "--python-version", python),
            *("--only-binary", ":all:", "--no-deps", "--require-hashes"),
            *("--requirements", str(locked)),
        )


def _prune(folder: Path) -> None:
    for pattern in _UNUSED:
        for path in list(folder.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    # Programs read the fields at its head, such as the version. The rest is the project's page.
    for path in folder.glob("*.dist-info/METADATA"):
        head, _, _ = path.read_text(encoding="utf-8").partition("\n\n")
        path.write_text(f"{head}\n", encoding="utf-8")
    for path in sorted(folder.rglob("*"), reverse=True):  # what is inside comes first
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _only_bytecode(root: Path, folder: Path, compiler: str, *options: str) -> None:
    """Without sources the zip is a quarter smaller, and without the docstrings of the dependencies
    still smaller. A traceback names files and lines all the same."""
    _compile(root, folder, compiler, "-b", *options)
    for path in folder.rglob("*.py"):
        path.unlink()


def _compile(root: Path, folder: Path, compiler: str, *options: str) -> None:
    """/var/task is read-only: without bytecode in it, every cold start would compile it all again.

    Unchecked, so that file times do not matter, and with the paths that Lambda will see.
    """
    _run(
        *(compiler, "-S", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"),
        *("-s", str(root), "-p", "/var/task", *options, str(folder)),
        # Sets are written in the order of their hashes.
        PYTHONHASHSEED="0",
    )


def _run(*command: str, **environment: str) -> None:
    # What is set for a developer's shell must not change what is built.
    kept = {
        name: value
        for name, value in os.environ.items()
        if not re.match(r"PYTHON|VIRTUAL_ENV$|UV_COMPILE_BYTECODE$", name)
    }
    done = subprocess.run(
        command,
        cwd=_ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PackageError(f"{' '.join(command)}\n{done.stdout}{done.stderr}".strip())


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m infra.package FOLDER\n")
        return 2
    try:
        build(Path(sys.argv[1]).resolve())
    except PackageError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
