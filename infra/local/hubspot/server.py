"""The simulator: authorises, counts, limits and routes calls to any number of portals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from werkzeug import Request

from ..wire import Answer, CallCounter, Clock, Recorder, Simulator, Window
from . import routes, shapes
from .answers import RefusedError, error, invalid, missing_scopes, not_found, rate_limited
from .calls import Call
from .fetch import USER_EMAIL, USER_ID, Fetcher, FetchResult
from .oauth import Consent, OAuth, User
from .portal import Portal
from .properties import moment
from .records import Ids, Source, Switches
from .types import BY_ALIAS, SCOPES
from .webhooks import Stats, WebhookSender

_TOKEN_PATHS = ("/oauth/v3/token", "/oauth/v1/token")
_REVOKE_PATH = "/oauth/v3/token/revoke"
_INTROSPECT_PATH = "/oauth/v3/token/introspect"
_SPAN = 10.0
PortalId = int | str  # a number on the wire; digits will do in Python
FAKE_SECRET = "fake-hubspot-client-secret"

APP_ID = 9001


class HubSpotSimulator(Simulator):
    """HubSpot as the product meets it. Limits count on the simulator's clock.

    `burst`: 110 calls in 10 seconds are granted to marketplace apps, 190 to private ones of paid
    accounts. Search has its own limit, 5 a second, and no rate headers (guide "CRM search").
    """

    service = "hubspot"

    def __init__(
        self,
        clock: Clock,
        recorder: Recorder | None = None,
        *,
        client_id: str = "fake-hubspot-client-id",
        client_secret: str = FAKE_SECRET,
        app_id: int = APP_ID,
        burst: int = 110,
        searches_per_second: int = 5,
        switches: Switches | None = None,
    ) -> None:
        super().__init__(clock, recorder)
        self.client_id, self.client_secret, self.app_id = client_id, client_secret, app_id
        self.switches = switches or Switches()
        self._counter = CallCounter()
        self.webhooks = WebhookSender(client_secret, app_id, clock)
        self._burst, self._searches = burst, searches_per_second
        self._ids = Ids()
        self._portals: dict[int, Portal] = {}
        self._windows: dict[int, tuple[Window, Window]] = {}
        self._oauth = OAuth(clock, client_id, client_secret)
        self._fetcher = Fetcher(client_secret, app_id, clock)
        self.redirect_uris: set[str] = set()
        self._consent: Consent | None = None

    @property
    def calls(self) -> Counter[str]:
        """A copy of the number of calls so far, by method and path without ids."""
        return self._counter.copy()

    # -- accounts

    def add_portal(
        self, portal_id: PortalId, *, time_zone: str = "US/Eastern", currency: str = "USD"
    ) -> Portal:
        portal_id = int(portal_id)
        portal = Portal(
            portal_id,
            clock=self.clock,
            ids=self._ids,
            emit=self.webhooks.emit,
            switches=self.switches,
            time_zone=time_zone,
            currency=currency,
        )
        self._portals[portal_id] = portal
        self._windows[portal_id] = (
            Window(self.clock, self._burst, _SPAN),
            Window(self.clock, self._searches, 1.0),
        )
        return portal

    def portal(self, portal_id: PortalId) -> Portal:
        return self._portals[int(portal_id)]

    def grant(self, portal_id: PortalId, scopes: Iterable[str] = SCOPES) -> dict[str, Any]:
        """Install the app and return `access_token`, `refresh_token` and `expires_in` (seconds)."""
        self.portal(portal_id).installed = True
        return self._oauth.grant(int(portal_id), scopes)

    def authorize(
        self, portal_id: PortalId, redirect_uri: str, scopes: Iterable[str] = SCOPES
    ) -> str:
        """Let a user agree on HubSpot's consent page, and return the code of the redirect."""
        self.portal(portal_id)
        return self._oauth.code(int(portal_id), scopes, redirect_uri, User(USER_ID, USER_EMAIL))

    def consent(
        self,
        portal_id: PortalId,
        *,
        denied: bool = False,
        without: Iterable[str] = (),
        user_id: int = USER_ID,
        user_email: str = USER_EMAIL,
    ) -> None:
        """Decide for everybody who opens the consent page (`/oauth/authorize`) from now on."""
        self.portal(portal_id)
        user = User(user_id, user_email)
        self._consent = Consent(int(portal_id), user, denied, frozenset(without))

    def use_service_accounts(self) -> None:
        """Let tokens be those of service accounts from now on, not of the people who consent."""
        self._oauth.service_accounts = True

    def static_token(self, portal_id: PortalId, scopes: Iterable[str] = SCOPES) -> str:
        """Return a token of an app for a single account, which never expires."""
        self.portal(portal_id)
        return self._oauth.static(int(portal_id), scopes)

    def has_grant(self, portal_id: PortalId) -> bool:
        """Return whether the portal's refresh token is good."""
        return self._oauth.has_grant(int(portal_id))

    def uninstall(self, portal_id: PortalId) -> None:
        """Let a user uninstall the app: tokens die, webhooks stop, and nothing announces it."""
        self.portal(portal_id).installed = False
        self._oauth.revoke(int(portal_id))
        self.webhooks.forget(int(portal_id))

    # -- webhooks; `webhooks` has the switches

    def subscribe(
        self, target_url: str, subscriptions: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        self.webhooks.subscribe(target_url, subscriptions)

    def deliver(self, timestamp: int | None = None) -> Stats:
        for portal in self._portals.values():
            portal.pass_time()
        return self.webhooks.deliver(timestamp)

    def pending_deliveries(self) -> int:
        return self.webhooks.unfinished()

    def start_delivery(self, interval: float = 0.05) -> None:
        self.webhooks.start_delivery(interval)

    def stop_delivery(self) -> None:
        self.webhooks.stop_delivery()

    # -- UI extensions

    def fetch(
        self,
        portal_id: PortalId,
        method: str,
        url: str,
        body: Any = None,
        user_email: str = USER_EMAIL,
        user_id: int = USER_ID,
        authorization: str | None = None,
    ) -> FetchResult:
        """Call the backend as `hubspot.fetch` in a card does."""
        return self._fetcher.fetch(
            int(portal_id), method, url, body, user_email, user_id, authorization
        )

    def signed_headers(
        self, method: str, url: str, body: bytes = b"", timestamp: int | None = None
    ) -> dict[str, str]:
        """Sign a URL with its query. `timestamp`: milliseconds; real time when None."""
        return self._fetcher.signed_headers(method, url, body, timestamp)

    def curl(
        self,
        portal_id: PortalId,
        method: str,
        url: str,
        body: Any = None,
        user_email: str = USER_EMAIL,
    ) -> str:
        """Return the request of `fetch` as a line for the shell.

        It is accepted for five minutes.
        """
        return self._fetcher.curl(int(portal_id), method, url, body, user_email)

    # -- the API

    def stop(self) -> None:
        self.webhooks.stop_delivery()
        super().stop()

    def answer(self, request: Request) -> Answer:
        headers: dict[str, str] = {}
        try:
            answer = self._answer(request, headers)
        except RefusedError as refused:
            answer = refused.answer
        answer.headers = {**headers, **answer.headers}
        return answer

    def _answer(self, request: Request, headers: dict[str, str]) -> Answer:
        started = moment(self.clock.now(), True)
        if request.path in (*_TOKEN_PATHS, _INTROSPECT_PATH, _REVOKE_PATH):
            return self._token(request)
        if request.path == "/oauth/authorize" and request.method == "GET":
            return self._oauth.consented(request.args.to_dict(), self._consent, self.redirect_uris)
        route, path, exists = routes.find(request.method, request.path)
        self._counter.add(routes.label(request.method, self._counted(request.path, path)))
        access = self._oauth.access(request.headers.get("Authorization"))
        portal = self.portal(access.portal_id)
        burst, searches = self._windows[portal.id]
        if route and route.search:
            if not searches.take():
                return rate_limited("SECONDLY")
        else:
            allowed = burst.take()
            headers |= {
                "X-HubSpot-RateLimit-Max": str(burst.limit),
                "X-HubSpot-RateLimit-Remaining": str(burst.remaining()),
                "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(_SPAN * 1000)),
            }
            if not allowed:
                return rate_limited("TEN_SECONDLY_ROLLING")
        if not route:
            if exists:
                return error(405, "METHOD_NOT_ALLOWED", f"{request.method} is not allowed here")
            raise not_found()
        for name in ("type", "to"):
            if name in path and path[name] not in BY_ALIAS:
                raise invalid(f"Unable to infer object type from: {path[name]}")
        query = _query(request, route.query)
        for scopes in [*route.scopes(path), *routes.scopes_of_associations(query)]:
            if not scopes & access.scopes:
                raise missing_scopes(scopes)
        call = Call(
            portal,
            self.switches,
            self.clock,
            Source("INTEGRATION", str(self.app_id)),
            request.path,
            path,
            query,
            shapes.body(request, route.shape),
            request.get_data(),
            started,
        )
        with portal.lock:
            portal.pass_time()
            return route.handler(call)

    def _token(self, request: Request) -> Answer:
        self._counter.add(routes.label(request.method, request.path))
        if request.method != "POST":
            return error(405, "METHOD_NOT_ALLOWED", f"{request.method} is not allowed here")
        if request.path == _INTROSPECT_PATH:
            return self._oauth.introspected(request)
        if request.path == _REVOKE_PATH:
            return self._oauth.revoked(request)
        answer, installed = self._oauth.answer(request)
        if installed is not None:
            self.portal(installed).installed = True
        return answer

    @staticmethod
    def _counted(url_path: str, path: Mapping[str, str]) -> str:
        """Return the path with `{id}` and `{name}` for ids and names, and plurals for aliases."""
        shown = {
            value: BY_ALIAS[value].name
            if key in ("type", "to") and value in BY_ALIAS
            else f"{{{key}}}"
            for key, value in path.items()
        }
        return "/".join(shown.get(part, part) for part in url_path.split("/"))


def _query(request: Request, kinds: Mapping[str, str]) -> dict[str, str]:
    """Return the query's parameters.

    Unknown ones are refused, unlike the service, to catch slips.
    """
    parameters = {}
    for name, values in request.args.lists():
        if name not in kinds:
            raise invalid(f"unknown query parameter {name}")
        text = ",".join(values)
        if kinds[name] == "bool" and text.lower() not in ("true", "false"):
            raise invalid(f"{name} must be true or false")
        if kinds[name] == "int" and not text.isdigit():
            raise invalid(f"{name} must be a number")
        parameters[name] = text
    return parameters
