"""The stack as it would be deployed, but for the code: an empty folder stands for it."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from infra.options import parse
from infra.stack import InvoiceSyncStack


def make_stack(folder: Any, **values: str) -> InvoiceSyncStack:
    return InvoiceSyncStack(App(), "InvoiceSync", code=folder, options=parse(values))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> InvoiceSyncStack:
    return make_stack(
        tmp_path_factory.mktemp("code"), alarmEmail="ops@example.com", portalIds="24680,24681"
    )


def synthesised(stack: InvoiceSyncStack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json())


@pytest.fixture(scope="session")
def template(stack: InvoiceSyncStack) -> dict[str, Any]:
    return synthesised(stack)
