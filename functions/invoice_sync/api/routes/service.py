"""The API about itself: whether it runs, and its description."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from invoice_sync.api import openapi
from invoice_sync.api.collaborators import collaborators
from invoice_sync.api.routing import Router
from invoice_sync.api.schemas.service import HealthAnswer
from invoice_sync.version import VERSION

router = Router("Service")


@router.operation("GET", "/health", answer={"description": "It runs."}, public=True)
def get_health() -> HealthAnswer:
    """Tell whether the function runs and has its environment."""
    collaborators()
    return HealthAnswer(status="ok", version=VERSION)


@router.get("/openapi.json", include_in_schema=False)
def get_openapi() -> Response[str]:
    """Answer with the OpenAPI document of this API."""
    return Response(200, "application/json", _description())


router.public_paths.add("/openapi.json")


@lru_cache(maxsize=1)
def _description() -> str:
    """Made once: strangers may ask for it as often as they like."""
    return json.dumps(openapi.document(cast(APIGatewayHttpResolver, router.api_resolver)))
