"""The arrows of the architecture, and the cold start: each module in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
        ("sweep", {"invoice_sync.sync.worker", "aws_cdk", "itsdangerous"}),
        (
            "hubspot_webhook",
            {"httpx", "pydantic", "itsdangerous", "invoice_sync.sync", "invoice_sync.store"},
        ),
        (
            "api",
            {
                *("httpx", "invoice_sync.sync", "invoice_sync.plan", "aws_cdk", "itsdangerous"),
                "aws_lambda_powertools.event_handler.openapi.models",
            },
        ),
        ("sync_worker", {"aws_cdk", "moto", "werkzeug", "itsdangerous"}),
        ("infra.local.hubspot", {"invoice_sync", "boto3"}),
        ("infra.local.quickbooks", {"invoice_sync", "boto3"}),
    ],
)
def test_what_a_module_never_loads(module: str, never: set[str]) -> None:
    assert loaded(module) & never == set()
