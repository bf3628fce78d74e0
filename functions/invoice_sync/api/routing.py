"""Routers whose routes describe themselves in the OpenAPI document and know who is asking."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import ApiGatewayResolver
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
    OpenAPIResponseValidationMiddleware,
)
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic.alias_generators import to_camel

from invoice_sync.api.auth import Caller, acting
from invoice_sync.api.problems import MAY_ONLY_LOOK, MEANINGS
from invoice_sync.api.schemas.problem import Problem
from invoice_sync.errors import ProblemError
from invoice_sync.runtime.entry import PROBLEM

_Route = TypeVar("_Route", bound=Callable[..., Any])


class _RequestValidation(OpenAPIRequestValidationMiddleware):
    """Takes JSON only: no forms, and no guessing what else a body may be."""

    def _get_body(self, app: ApiGatewayResolver) -> Any:
        content_type = app.current_event.headers.get("content-type") or "application/json"
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise ProblemError(415, MEANINGS[415])
        try:
            body = app.current_event.json_body
            json.dumps(body, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            # No JSON, no text (also in it: JSON can name half a surrogate), or nested without end.
            raise ProblemError(400, "The body is not valid JSON.") from None
        return body


_VALIDATED = (
    _RequestValidation(),  # type: ignore[no-untyped-call]
    OpenAPIResponseValidationMiddleware(has_response_validation_error=True),
)
# (With the resolver's `enable_validation`, parameters would be validated before anything else.)
_ACTING = (acting, *_VALIDATED)


class Router(APIGatewayHttpRouter):
    """The routes of one subject."""

    def __init__(self, tag: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._tag = tag
        # The paths that need no signature.
        self.public_paths: set[str] = set()

    @property
    def caller(self) -> Caller:
        """Who signed the request that is being answered."""
        caller: Caller = self.context["caller"]
        return caller

    def operation(
        self,
        method: str,
        path: str,
        *,
        answer: OpenAPIResponse,
        problems: Mapping[int, str] | None = None,
        public: bool = False,
    ) -> Callable[[_Route], _Route]:
        """Register a route, described by its docstring: a summary, an empty line, the rest.

        `answer` describes its 200. `problems`: its other statuses and why it answers with them,
        beside those that every route has. A `public` route needs no signature. Any route but a GET
        is for the people who may act: no route can forget that.
        """
        middlewares = _VALIDATED if public or method == "GET" else _ACTING
        if public:
            self.public_paths.add(path)

        def register(route: _Route) -> _Route:
            summary, _, description = inspect.cleandoc(route.__doc__ or "").partition("\n\n")
            always = [500] if public else [400, 401, 403, 500]
            if "body" in inspect.signature(route).parameters:
                always += [413, 415]
            meanings = {status: MEANINGS[status] for status in always} | dict(problems or {})
            own = MAY_ONLY_LOOK if middlewares is _ACTING else (problems or {}).get(403)
            if own and not public:
                meanings[403] = f"{own} Or: {MEANINGS[403]}"
            described: dict[int, OpenAPIResponse] = {200: answer}
            for status, meaning in sorted(meanings.items()):
                described[status] = {
                    "description": meaning,
                    "content": {PROBLEM: {"model": Problem}},
                }
            self.route(
                path,
                method,
                summary=" ".join(summary.split()),
                description="\n\n".join(" ".join(p.split()) for p in description.split("\n\n")),
                responses=described,
                tags=[self._tag],
                operation_id=to_camel(route.__name__),
                openapi_extensions={"security": []} if public else None,
                middlewares=[*middlewares],
            )(route)
            return route

        return register
