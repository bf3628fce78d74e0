"""The page's server: built files, the account as JSON, the acts, and `hubspot.fetch`.

It listens on this machine only, and a foreign web page in the same browser cannot use it: it takes
JSON alone, for which a browser asks first, and no other host's name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import send_from_directory

from ...wire import HttpServer
from ..fetch import MAX_BYTES, USER_EMAIL, USER_ID, FetchResult
from . import views
from .acts import Account, Acts, RefusedActError

_POLICY = (
    "default-src 'self'; img-src 'self' data:; worker-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_RECORDS = ("invoice", "contact", "company", "deal")


@dataclass(frozen=True)
class User:
    """Somebody who is logged in to HubSpot."""

    id: int
    email: str
    firstName: str  # noqa: N815 - as the page reads it
    lastName: str  # noqa: N815
    mayAct: bool  # noqa: N815


USERS = (
    User(USER_ID, USER_EMAIL, "Pat", "Reyes", True),
    User(USER_ID + 1, "sam@example.com", "Sam", "Lund", False),
)


@dataclass(frozen=True)
class Files:
    """What was built, and the developer project that the bundles come from."""

    page: Path
    bundles: Path
    project: Path  # with src/app/app-hsmeta.json

    def extensions(self) -> list[dict[str, Any]]:
        """Return the app's extension points: none before it has any."""
        path = self.bundles / "extensions.json"
        points: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
        return points

    def permitted_urls(self) -> list[str]:
        meta = json.loads((self.project / "src" / "app" / "app-hsmeta.json").read_text())
        permitted: list[str] = meta["config"]["permittedUrls"]["fetch"]
        return permitted


class _BadRequestError(Exception):
    """The message says what is wrong with the request."""


class Page(HttpServer):
    """Serves the page of one account. `backend` is where the app's API really is."""

    def __init__(
        self, account: Account, acts: Acts, files: Files, backend: str, port: int = 0
    ) -> None:
        self._account, self._acts, self._files = account, acts, files
        self._backend = backend
        records = (f"/{name}/<id>" for name in _RECORDS)
        others = ("/", "/app", "/app/<path:page>", "/settings", "/quickbooks/<kind>/<id>")
        self._routes = Map(
            [Rule(path, endpoint=self._shell, methods=["GET"]) for path in (*others, *records)]
            + [
                Rule("/assets/<path:name>", endpoint=self._asset, methods=["GET"]),
                Rule("/bundles/<path:name>", endpoint=self._bundle, methods=["GET"]),
                Rule("/data/portal", endpoint=self._portal, methods=["GET"]),
                Rule("/data/invoices", endpoint=self._invoices, methods=["GET"]),
                Rule("/data/records/<kind>/<id>", endpoint=self._record, methods=["GET"]),
                Rule(
                    "/data/associations/<kind>/<id>/<to>",
                    endpoint=self._associations,
                    methods=["GET"],
                ),
                Rule("/data/quickbooks/<kind>/<id>", endpoint=self._quickbooks, methods=["GET"]),
                Rule("/acts/<name>", endpoint=self._act, methods=["POST"]),
                Rule("/fetch", endpoint=self._fetch, methods=["POST"]),
            ]
        )
        super().__init__(self._application, port)

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = self._respond(Request(environ))
        response.headers.update(_HEADERS)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if request.host.partition(":")[0] not in ("127.0.0.1", "localhost"):
            return _refused(403, "this page is for this machine alone")
        try:
            endpoint, values = self._routes.bind_to_environ(request.environ).match()
            respond: Callable[..., Response] = endpoint
            return respond(request, **values)
        except _BadRequestError as wrong:
            return _refused(400, str(wrong))
        except RefusedActError as refused:
            return _refused(409, str(refused))
        except LookupError:
            return _refused(404, "There is no such record.")
        except HTTPException as error:
            return _refused(error.code or 500, error.description or error.name)

    # -- files

    def _shell(self, request: Request, **_: str) -> Response:
        return self._file(request, self._files.page, "index.html")

    def _asset(self, request: Request, name: str) -> Response:
        return self._file(request, self._files.page, name)

    def _bundle(self, request: Request, name: str) -> Response:
        return self._file(request, self._files.bundles, name)

    @staticmethod
    def _file(request: Request, folder: Path, name: str) -> Response:
        if not (folder / name).is_file():
            raise NotFound(f"{name} is not built: make page")
        return send_from_directory(folder, name, request.environ)

    # -- the account

    def _portal(self, _: Request) -> Response:
        portal = self._account.portal
        return _json(
            {
                "id": portal.id,
                "timeZone": portal.time_zone,
                "users": [asdict(user) for user in USERS],
                "extensions": self._files.extensions(),
            }
        )

    def _invoices(self, _: Request) -> Response:
        return _json(views.invoices(self._account.portal))

    def _record(self, _: Request, kind: str, id: str) -> Response:
        return _json(views.record(self._account.portal, kind, id))

    def _associations(self, request: Request, kind: str, id: str, to: str) -> Response:
        names = [name for name in request.args.get("properties", "").split(",") if name]
        offset = request.args.get("offset", 0, int)
        length = request.args.get("pageLength", 10, int)
        return _json(
            views.associations(self._account.portal, (kind, id, to), names, offset, length)
        )

    def _quickbooks(self, _: Request, kind: str, id: str) -> Response:
        return _json(views.quickbooks(self._account.realm, kind, id))

    def _act(self, request: Request, name: str) -> Response:
        sent = _sent(request)
        says = self._acts.act(name, str(sent.get("invoiceId")), str(sent.get("value", "")))
        return _json({"says": says})

    # -- hubspot.fetch

    def _fetch(self, request: Request) -> Response:
        sent = _sent(request)
        method, headers = str(sent.get("method", "GET")).upper(), sent.get("headers") or {}
        user = next((one for one in USERS if one.id == sent.get("userId")), None)
        body = sent.get("body")
        if method not in _METHODS:
            raise _BadRequestError(f"hubspot.fetch has no method {method}")
        if others := [name for name in headers if name.lower() != "authorization"]:
            raise _BadRequestError(f"hubspot.fetch sends no header {', '.join(others)}")
        if body is not None and not isinstance(body, dict):
            raise _BadRequestError("the body of hubspot.fetch must be an object")
        if user is None:
            raise _BadRequestError("nobody is logged in")
        try:
            answer = self._account.hubspot.fetch(
                self._account.portal.id,
                method,
                self._reachable(str(sent.get("url"))),
                body,
                user.email,
                user.id,
                next(iter(headers.values()), None),
            )
        except ValueError as too_much:
            raise _BadRequestError(str(too_much)) from None
        return _passed_on(answer)

    def _reachable(self, url: str) -> str:
        """Return where a permitted URL is on this machine."""
        for permitted in self._files.permitted_urls():
            prefix = permitted.rstrip("/")
            if url == prefix or url.startswith((f"{prefix}/", f"{prefix}?")):
                origin = "/".join(prefix.split("/")[:3])
                return self._backend + url.removeprefix(origin)
        raise _BadRequestError(f"{url} is not in permittedUrls")


def _passed_on(answer: FetchResult) -> Response:
    """Return the backend's answer. How HubSpot passes on statuses is not known for certain."""
    if answer.status == 0:
        return _refused(504, "Gateway took too long to respond")
    if int(answer.headers.get("content-length", 0)) > MAX_BYTES:
        return _refused(400, "the answer is larger than 1 MB")
    try:
        json.loads(answer.text or "null")
    except ValueError:
        return _refused(400, "Invalid JSON Response Body")
    return Response(answer.text, status=answer.status, content_type="application/json")


def _sent(request: Request) -> Mapping[str, Any]:
    if request.mimetype != "application/json":
        raise _BadRequestError("the request must be JSON")
    try:
        sent = json.loads(request.get_data())
    except ValueError:
        raise _BadRequestError("the request is not JSON") from None
    if not isinstance(sent, dict):
        raise _BadRequestError("the request must be an object")
    return sent


def _json(content: Any) -> Response:
    return Response(json.dumps(content), content_type="application/json")


def _refused(status: int, message: str) -> Response:
    text = json.dumps({"message": message})
    return Response(text, status=status, content_type="application/json")
