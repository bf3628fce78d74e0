"""Makes what is expensive once for all workers, and again only when its sources have changed."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FOLDER = ROOT / "build" / "tests"
# All that a template or a package is made of, and what makes it.
_SOURCES = (ROOT / "functions", ROOT / "infra", ROOT / "uv.lock", Path(__file__).parent)


def shared(name: str, make: Callable[[Path], object], variant: str = "") -> Path:
    """Return a folder that `make` has filled, now or in an earlier test, worker or run.

    `variant` tells apart folders of the same name that are made in different ways. An error of
    `make` is raised, and the next caller tries again.
    """
    folder = _FOLDER / f"{name}-{_digest(variant)}"
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        complete = folder / "complete"
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            complete.touch()
    return folder


def _digest(variant: str) -> str:
    digest = hashlib.sha256(f"{sys.version} {variant}".encode())
    for path in _files():
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _files() -> Iterator[Path]:
    for source in _SOURCES:
        if source.is_file():
            yield source
        else:
            yield from (
                path
                for path in sorted(source.rglob("*"))
                if path.is_file() and "__pycache__" not in path.parts
            )
