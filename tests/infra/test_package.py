"""The package is small, complete, compiled for Lambda's processor, and the same every time."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.package import PackageError, build, interpreter, zip_folder

from .runtime_api import FUNCTIONS
from .shared import shared

_MAGIC = struct.pack("<H", 3571) + b"\r\n"  # of Python 3.13
_HASHED_UNCHECKED = 0b01
_ELF_AARCH64 = 183
# Lambda's runtime has the first three with what they need; the rest is of deployment and tests.
_ABSENT = (
    *("boto3", "botocore", "s3transfer", "urllib3", "dateutil"),
    *("aws_cdk", "jsii", "constructs", "moto", "pytest", "tests", "infra"),
)


@pytest.fixture(scope="module")
def package() -> Path:
    try:
        interpreter()
    except PackageError as error:
        pytest.skip(str(error))
    return shared("package", lambda folder: build(folder / "task")) / "task"


def files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_it_is_small(package: Path, tmp_path: Path) -> None:
    # The compiled half of pydantic alone is two of them. boto3 or CDK would be many more.
    assert zip_folder(package, tmp_path / "package.zip") < 5_000_000


@pytest.mark.parametrize("name", _ABSENT)
def test_it_brings_nothing_that_is_not_for_lambda(package: Path, name: str) -> None:
    assert list(package.glob(f"{name}*")) == []


def test_the_functions_and_what_they_need_are_at_the_top(package: Path) -> None:
    there = {path.name for path in package.iterdir()}
    assert {path.name for path in FUNCTIONS.glob("*.py")} <= there
    assert {"invoice_sync", "aws_lambda_powertools", "httpx", "jmespath", "pydantic"} <= there
    assert (package / "tzdata" / "zoneinfo" / "America" / "New_York").is_file()


def test_all_is_compiled_for_the_runtime(package: Path) -> None:
    compiled = set(package.rglob("*.pyc"))
    for one in compiled:
        assert one.read_bytes()[:8] == _MAGIC + struct.pack("<I", _HASHED_UNCHECKED), one
    # Only the handlers keep their source: it is a quarter of the zip.
    sources = set(package.rglob("*.py"))
    assert sources == {package / path.name for path in FUNCTIONS.glob("*.py")}
    assert compiled >= {
        one.parent / "__pycache__" / f"{one.stem}.cpython-313.pyc" for one in sources
    }
    assert compiled >= {
        package / path.relative_to(FUNCTIONS).with_suffix(".pyc")
        for path in FUNCTIONS.glob("invoice_sync/**/*.py")
    }
    assert package / "pydantic" / "main.pyc" in compiled


def test_bytecode_names_lambdas_paths(package: Path) -> None:
    """Tracebacks show paths, and ours would differ between machines."""
    compiled = (package / "__pycache__" / "api.cpython-313.pyc").read_bytes()
    assert b"/var/task/api.py" in compiled
    compiled = (package / "invoice_sync" / "sync" / "worker.pyc").read_bytes()
    assert b"/var/task/invoice_sync/sync/worker.py" in compiled
    for path in package.rglob("*.pyc"):
        assert str(package).encode() not in path.read_bytes()


def test_extensions_are_for_lambdas_processor(package: Path) -> None:
    extensions = list(package.rglob("*.so"))
    assert "_pydantic_core.cpython-313-aarch64-linux-gnu.so" in [path.name for path in extensions]
    for path in extensions:
        head = path.read_bytes()[:20]
        assert head[:4] == b"\x7fELF"
        assert struct.unpack_from("<H", head, 18) == (_ELF_AARCH64,)


def test_two_builds_are_the_same(package: Path, tmp_path: Path) -> None:
    other = build(tmp_path / "somewhere" / "else")
    names = [path.relative_to(package) for path in files(package)]
    assert names == [path.relative_to(other) for path in files(other)]
    for name in names:
        assert (package / name).read_bytes() == (other / name).read_bytes(), name
    zip_folder(package, tmp_path / "one.zip")
    zip_folder(other, tmp_path / "other.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "work.txt").write_text("of a day")
    with pytest.raises(PackageError, match="not empty"):
        build(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["work.txt"]


def test_a_python_that_cannot_be_had_is_named() -> None:
    with pytest.raises(PackageError, match=r"No download found.*python2\.99"):
        interpreter("2.99")
