"""The stack as it would be deployed, except for the code: an empty folder stands for it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .shared import shared

if TYPE_CHECKING:  # CDK takes seconds to import, and most tests only read a template
    from infra.stack import InvoiceSyncStack

_FOLDER = Path(__file__).parent
OPTIONS = {"alarmEmail": "ops@example.com", "portalIds": ["24680", "24681"]}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker synthesise, because CDK takes seconds to load."""
    for item in items:
        names = vars(item.module) if isinstance(item, pytest.Function) else {}
        if item.path.parent == _FOLDER and ("make_stack" in names or "template_of" in names):
            item.add_marker(pytest.mark.xdist_group("cdk"))


def make_stack(code: Path, **options: Any) -> InvoiceSyncStack:
    from aws_cdk import App

    from infra.options import parse
    from infra.stack import InvoiceSyncStack

    values = {"portalIds": ["24680"], **options}
    return InvoiceSyncStack(App(), "InvoiceSync", code=code, options=parse(values))


def template_of(**options: Any) -> dict[str, Any]:
    """Return the template of a deployment with these options."""

    def synthesise(folder: Path) -> None:
        from aws_cdk.assertions import Template

        with tempfile.TemporaryDirectory() as code:
            template = Template.from_stack(make_stack(Path(code), **options)).to_json()
        (folder / "template.json").write_text(json.dumps(template), encoding="utf-8")

    folder = shared("template", synthesise, json.dumps(options, sort_keys=True))
    template: dict[str, Any] = json.loads((folder / "template.json").read_text(encoding="utf-8"))
    return template


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> InvoiceSyncStack:
    return make_stack(tmp_path_factory.mktemp("code"), **OPTIONS)


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    return template_of(**OPTIONS)
