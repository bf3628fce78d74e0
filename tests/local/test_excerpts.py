"""What the documents show of a run, a run prints; what they ask of the API, the API takes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console

from infra.configuration import load
from infra.local.aws import LocalAws
from infra.local.demo import Demo
from infra.local.scenario import embedded
from infra.local.screen import Screen
from infra.local.system import LocalSystem
from infra.options import OptionError
from invoice_sync.api import openapi
from invoice_sync.api.app import app

# What is in a group begins early: while the demo waits, the others have the machine.
pytestmark = pytest.mark.xdist_group("excerpts")

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def excerpts(page: Path) -> list[str]:
    """Return what the page shows as code by indenting it, without the indent."""
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", page.read_text(encoding="utf-8"), re.M)
    return [re.sub(r"^    ", "", block, flags=re.M).strip("\n") for block in blocks]


def shown(page: Path, beginning: str) -> str:
    (found,) = [each for each in excerpts(page) if each.startswith(beginning)]
    return found


# -- the demo


@pytest.fixture(scope="module")
def printed(aws_in_memory: LocalAws) -> str:
    """What `make demo ARGS=--once` prints, once it has started."""
    aws_in_memory.reset()
    out = io.StringIO()
    with LocalSystem(aws_in_memory) as system:
        demo = Demo(system, embedded(), Screen(Console(file=out, highlight=False)))
        try:
            assert demo.run(decides=True) == []
        finally:
            system.poller.stop()
            system.hubspot.stop_delivery()
    return out.getvalue()


def test_the_readme_shows_what_the_demo_prints(printed: str) -> None:
    position = 0
    for part in shown(ROOT / "README.md", "Two causes are fixed").split("\n...\n"):
        position = printed.find(f"\n{part}\n", position) + 1
        assert position, f"the demo does not print, or not in this place:\n{part}"


def test_the_readme_has_the_benchmark_s_figures() -> None:
    table = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    measured = re.search(r"steady 4/s: p99 [^|]*\| ([\d.]+) s \|[^|]*\| p50 ([\d.]+),", table)
    assert measured
    said = (
        f"half within {measured[2]} s of the webhook, 99 of 100 within {float(measured[1]):.1f} s"
    )
    assert said in (ROOT / "README.md").read_text(encoding="utf-8")


# -- deploying


def test_the_mistakes_in_a_configuration_are_told_as_shown(tmp_path: Path) -> None:
    example = (ROOT / "config" / "example.toml").read_text(encoding="utf-8")
    wrong = example.replace("\nalarmEmail =", "\nalarmEmial =", 1) + "\nlogRetentionDays = 8\n"
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "prod.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(OptionError) as refused:
        load("prod", folder)
    assert shown(DOCS / "deploy.md", "config/prod.toml: ") == str(refused.value)


@pytest.mark.parametrize("name", ["errors", "looks"])
def test_the_runbook_has_the_saved_queries(name: str) -> None:
    from infra import queries  # CDK takes long to import

    (saved,) = [query.text for query in queries.SAVED if query.name == name]
    assert saved in excerpts(DOCS / "runbook.md")


# -- the API


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document(app)


def requests() -> Iterator[tuple[Path, str, str, str]]:
    """Yield page, method, address and body of each request in the documents; api.md is made of
    the API itself."""
    for page in sorted(set(DOCS.rglob("*.md")) - {DOCS / "api.md"}):
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(
            r"\b(GET|POST|PUT|PATCH|DELETE) +(/v1/[^\s`)]+)(?: +(\{.*?\})(?=\s|$))?", text
        ):
            yield page, found[1], found[2], found[3] or ""


def test_every_request_is_one_that_the_api_takes(document: Mapping[str, Any]) -> None:
    wrong = []
    asked = list(requests())
    for page, method, address, body in asked:
        url = urlsplit(address)
        operation = _operation(document, method, url.path)
        known = {parameter["name"] for parameter in operation.get("parameters", [])}
        fields = set(json.loads(body)) if body else set()
        allowed = set(_fields(document, operation.get("requestBody", {})))
        if not operation or not set(parse_qs(url.query)) <= known or not fields <= allowed:
            wrong.append(f"{page.name}: {method} {address} {body}")
    assert len(asked) > 20
    assert not wrong


@pytest.mark.parametrize(
    ("beginning", "name"), [('{"causes"', "CausesAnswer"), ('{"state"', "RetryAnswer")]
)
def test_the_answers_have_the_api_s_fields(
    document: Mapping[str, Any], beginning: str, name: str
) -> None:
    text = shown(DOCS / "guide" / "an-invoice-fails.md", beginning)
    answer = json.loads(text.replace("{...}", "{}"))
    schemas = document["components"]["schemas"]
    assert set(answer) == set(schemas[name]["properties"])
    for cause in answer.get("causes", []):
        assert set(cause) == set(schemas["FailureCause"]["properties"])
        for amount in cause["atStake"]:
            assert set(amount) == set(schemas["AmountAtStake"]["properties"])


def _operation(document: Mapping[str, Any], method: str, path: str) -> dict[str, Any]:
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\\{\w+\\}|\{\w+\}", r"[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in operations:
            operation: dict[str, Any] = operations[method.lower()]
            return operation
    return {}


def _fields(document: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[str]:
    for content in body.get("content", {}).values():
        name = content["schema"]["$ref"].rpartition("/")[2]
        yield from document["components"]["schemas"][name]["properties"]
