"""Tell CodeDeploy whether a new version may get requests."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from invoice_sync.preflight import Preflight
from invoice_sync.runtime import cold_start
from invoice_sync.runtime.logger import logger
from invoice_sync.wiring import preflight as wiring


@lru_cache(maxsize=1)
def collaborators() -> Preflight:
    return wiring.build(logger)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    collaborators().run(event["DeploymentId"], event["LifecycleEventHookExecutionId"])
    return {}


cold_start.end(collaborators)
