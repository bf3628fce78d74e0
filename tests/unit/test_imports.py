"""The arrows of the architecture, and the cold start: each module in a process of its own."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

FUNCTIONS = sorted(path.stem for path in Path("functions").glob("*.py"))
MODELS = [
    f"invoice_sync.{folder}.{path.stem}"
    for folder in ("model", "api.schemas")
    for path in sorted(Path("functions/invoice_sync", *folder.split(".")).glob("[!_]*.py"))
]
HEAVY = ("boto3", "httpx", "pydantic", "itsdangerous")


def loaded(module: str) -> set[str]:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "functions:.", "PATH": "/usr/bin:/bin"},
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("invoice_sync.model.record", {"boto3", "httpx", "invoice_sync.plan"}),
        ("invoice_sync.plan.decide", {"boto3", "httpx", "invoice_sync.store"}),
        ("invoice_sync.plan.payments", {"boto3", "httpx", "invoice_sync.store"}),
        ("invoice_sync.failures.catalogue", {"boto3", "httpx", "invoice_sync.store"}),
        ("invoice_sync.failures.causes", {"boto3", "httpx", "invoice_sync.store"}),
        ("invoice_sync.jobs.retry", {"httpx", "invoice_sync.sync", "invoice_sync.plan"}),
        ("invoice_sync.preview.dry_run", {"invoice_sync.sync.worker", "invoice_sync.jobs"}),
        ("invoice_sync.wiring.webhook", {"httpx", "pydantic", "invoice_sync.store"}),
        ("invoice_sync.hints", {*HEAVY}),
        ("invoice_sync.hubspot.events", {*HEAVY}),
        ("invoice_sync.hubspot.search", {*HEAVY}),
        ("invoice_sync.quickbooks.query", {*HEAVY}),
        ("invoice_sync.quickbooks.events", {*HEAVY}),
        ("invoice_sync.credentials.app_secret", {*HEAVY}),
        ("invoice_sync.runtime.environment", {*HEAVY}),
        ("invoice_sync.hubspot.signature", {*HEAVY}),
        ("invoice_sync.hubspot.parse", {"boto3", "httpx"}),
        ("invoice_sync.quickbooks.parse", {"boto3", "httpx"}),
        ("invoice_sync.quickbooks.render", {"boto3", "httpx"}),
        ("invoice_sync.quickbooks.faults", {"boto3", "httpx"}),
        ("invoice_sync.runtime.metrics", {*HEAVY}),
        ("invoice_sync.webhooks", {*HEAVY}),
        ("invoice_sync.quickbooks.signature", {*HEAVY}),
        (
            "quickbooks_webhook",
            {"httpx", "pydantic", "itsdangerous", "invoice_sync.sync", "invoice_sync.store"},
        ),
        (
            "sweep",
            {
                *("invoice_sync.sync.worker", "aws_cdk", "itsdangerous", "invoice_sync.preview"),
                *("invoice_sync.reconciliation.compare", "invoice_sync.reconciliation.read"),
            },
        ),
        (
            "hubspot_webhook",
            {"httpx", "pydantic", "itsdangerous", "invoice_sync.sync", "invoice_sync.store"},
        ),
        (
            "api",
            {
                *("httpx", "invoice_sync.sync", "invoice_sync.plan", "aws_cdk", "itsdangerous"),
                *("invoice_sync.reconciliation", "invoice_sync.preview"),
                "aws_lambda_powertools.event_handler.openapi.models",
            },
        ),
        (
            "sync_worker",
            {
                *("aws_cdk", "moto", "werkzeug", "itsdangerous", "invoice_sync.model.job"),
                *("invoice_sync.jobs", "invoice_sync.preview", "invoice_sync.reconciliation"),
            },
        ),
        ("infra.local.hubspot", {"invoice_sync", "boto3"}),
        ("infra.local.quickbooks", {"invoice_sync", "boto3"}),
    ],
)
def test_what_a_module_never_loads(module: str, never: set[str]) -> None:
    assert loaded(module) & never == set()


# The variables of a function on Lambda.
ON_LAMBDA = {
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_DEFAULT_REGION": "us-east-1",
    "ALLOWED_PORTAL_IDS": "24680",
    "APP_SECRET_ID": "app",
    "CONNECTION_SECRETS": "connections/",
    "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/hints",
    "TABLE_NAME": "table",
    "VERSIONS": "{}",
}
# `connect` checks the settings of new connections when it starts.
BUILT = {"connect": ["Settings"]}
# What a start leaves: whether its first event finds all built, garbage is collected again, and
# which of our models pydantic has built.
LEAVES = """
import gc, sys, importlib
function = importlib.import_module(sys.argv[1])
print(function.collaborators.cache_info().currsize, gc.isenabled(), gc.get_freeze_count() > 0)
if "pydantic" in sys.modules:
    from pydantic import BaseModel
    kinds = [BaseModel]
    for kind in kinds:
        kinds += kind.__subclasses__()
    for kind in kinds:
        if kind.__module__.startswith("invoice_sync") and kind.__pydantic_complete__:
            print(kind.__name__)
"""


def left_by(function: str, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LEAVES, function],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "functions:.", "PATH": os.environ["PATH"], **environment},
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_lambda_starts_a_function_with_its_clients_and_builds_no_models(function: str) -> None:
    assert left_by(function, ON_LAMBDA) == ["1 True True", *BUILT.get(function, [])]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_elsewhere_loading_a_function_has_no_effect(function: str) -> None:
    assert left_by(function, {}) == ["0 True False"]


@pytest.mark.parametrize("name", MODELS)
def test_annotations_of_models_are_no_texts(name: str) -> None:
    """pydantic compiles each annotation that is a text: a third of the time that a class takes."""
    module = importlib.import_module(name)
    models = [
        kind.__name__
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == name
    ]
    assert not models or not hasattr(module, "annotations")
