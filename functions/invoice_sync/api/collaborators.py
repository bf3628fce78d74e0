"""What the routes work with. The handler hands it over for each request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from invoice_sync.credentials.app_secret import CachedAppSecret
from invoice_sync.hints import Queue
from invoice_sync.store.store import Store

if TYPE_CHECKING:
    from invoice_sync.clients import Clients
    from invoice_sync.credentials.tokens import Tokens
    from invoice_sync.resolve.resolver import Resolver


@dataclass(frozen=True)
class Collaborators:
    store: Store
    queue: Queue
    secret: CachedAppSecret
    allowed_portal_ids: frozenset[str]
    quickbooks_base_url: str
    build_tokens: Callable[[], Tokens]
    build_clients: Callable[[Tokens], Clients]
    build_resolver: Callable[[Clients], Resolver]

    @cached_property
    def tokens(self) -> Tokens:
        """The access to both services. Built when first asked for, because counts and cards must
        not wait for it."""
        return self.build_tokens()

    @cached_property
    def clients(self) -> Clients:
        """The clients of HubSpot and QuickBooks. Built when first asked for, as the tokens are."""
        return self.build_clients(self.tokens)

    @cached_property
    def resolver(self) -> Resolver:
        """The resolver, for previews and decisions. Built when first asked for, as the clients
        are."""
        return self.build_resolver(self.clients)


_current: ContextVar[Collaborators] = ContextVar("collaborators")


@contextmanager
def using(collaborators: Collaborators) -> Iterator[None]:
    """Give the routes their collaborators while one request is answered."""
    token = _current.set(collaborators)
    try:
        yield
    finally:
        _current.reset(token)


def collaborators() -> Collaborators:
    """Return the collaborators of the request that is being answered."""
    return _current.get()
