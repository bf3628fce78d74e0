"""Signed delivery of events, as unreliable as HubSpot says it is.

Events come in batches of up to 100, in any order, and may come twice. The receiver has 5 seconds;
a refused batch comes again up to 10 times. Nothing is delivered before `subscribe`. Sources: guide
"Webhooks" and the page on generic subscriptions.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import httpx

from ..wire import Clock, tls
from . import signing
from .types import TYPES, ObjectType

BATCH = 100
RETRIES = 10
_MAX_SUBSCRIPTIONS = 1000
_KINDS = {
    "object.creation",
    "object.deletion",
    "object.merge",
    "object.restore",
    "object.propertyChange",
    "object.associationChange",
}
_NOT_SUBSCRIBABLE = {"hs_lastmodifieddate", "lastmodifieddate", "num_unique_conversion_events"}


@dataclass(frozen=True)
class Post:
    """One attempt to deliver a batch."""

    portal_id: int
    events: int
    status: int  # 0: no answer in time
    seconds: float

    @property
    def accepted(self) -> bool:
        return httpx.codes.is_success(self.status)


@dataclass
class Stats:
    posts: list[Post] = field(default_factory=list)
    given_up: int = 0  # events that were refused for the last time
    dropped: int = 0

    @property
    def delivered(self) -> int:
        return sum(post.events for post in self.posts if post.accepted)

    @property
    def failed(self) -> int:
        return sum(post.events for post in self.posts if not post.accepted)

    @property
    def latencies(self) -> list[float]:
        return [post.seconds for post in self.posts]

    def add(self, other: Stats) -> None:
        self.posts += other.posts
        self.given_up += other.given_up
        self.dropped += other.dropped


@dataclass
class _Pending:
    event: dict[str, Any]
    due: float = 0.0  # on the monotonic clock; only the background delivery waits for it


class WebhookSender:
    def __init__(self, secret: str, app_id: int, clock: Clock, seed: int = 7) -> None:
        self._clock = clock
        self.duplicates = False  # every batch arrives twice
        self.shuffle = False
        self.drop = 0.0  # the share of events that never arrives
        self.timeout = 5.0
        self.retry_delay = 1.0  # of the background delivery, growing with each attempt
        self.concurrency = 10
        self.target_url: str | None = None
        self.stats = Stats()  # of all deliveries
        self._secret, self._app_id = secret, app_id
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._pending: list[_Pending] = []
        self._in_flight = 0
        self._subscribed: set[tuple[str, str, str | None]] | None = None
        self._subscriptions: dict[tuple[str, str, str | None], int] = {}
        self._lock = threading.Lock()
        self._delivering = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def subscribe(
        self, target_url: str, subscriptions: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        """Subscribe to the `crmObjects` of a webhooks component file; to everything when None."""
        self._subscribed = None if subscriptions is None else _keys(subscriptions)
        self.target_url = target_url

    @property
    def pending(self) -> list[dict[str, Any]]:
        """Copies of the events that wait for delivery, oldest first."""
        with self._lock:
            return [dict(waiting.event) for waiting in self._pending]

    def unfinished(self) -> int:
        """Return the number of events that wait or are on their way."""
        with self._lock:
            return len(self._pending) + self._in_flight

    def discard(self) -> int:
        """Lose all that is pending, as if HubSpot had never sent it."""
        with self._lock:
            count = len(self._pending)
            self._pending.clear()
            return count

    def emit(
        self,
        portal_id: int,
        subscription_type: str,
        object_type: ObjectType,
        occurred: datetime,
        fields: Mapping[str, Any],
    ) -> None:
        name = fields.get("propertyName")
        key = (subscription_type, object_type.event_name, name)
        if self.target_url is None or name in _NOT_SUBSCRIBABLE:
            return
        if self._subscribed is not None and key not in self._subscribed:
            return
        with self._lock:
            number = self._subscriptions.setdefault(key, 3321 + len(self._subscriptions))
            event = {
                "eventId": self._random.randrange(1, 2**31),  # may repeat
                "subscriptionId": number,
                "portalId": portal_id,
                "appId": self._app_id,
                "occurredAt": int(occurred.timestamp() * 1000),
                "subscriptionType": subscription_type,
                "attemptNumber": 0,
                **fields,
            }
            self._pending.append(_Pending(event))

    def forget(self, portal_id: int) -> None:
        """Drop the events of a portal that has uninstalled the app."""
        with self._lock:
            self._pending = [
                waiting for waiting in self._pending if waiting.event["portalId"] != portal_id
            ]

    # -- delivery

    def deliver(self, timestamp: int | None = None) -> Stats:
        """Send all that is pending, once. What is not accepted stays for the next delivery.

        `timestamp`: milliseconds, for the signature; real time when None.
        """
        return self._deliver(float("inf"), timestamp)

    def start_delivery(self, interval: float = 0.05) -> None:
        """Deliver in the background; refused events wait `retry_delay` times their attempts."""
        if self._thread:
            raise RuntimeError("delivery has already been started")
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(interval,), daemon=True)
        self._thread.start()

    def stop_delivery(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def headers(self, method: str, url: str, body: bytes, timestamp: int) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "X-HubSpot-Signature": signing.v1(self._secret, body),
            "X-HubSpot-Signature-Version": "v1",
            "X-HubSpot-Signature-v3": signing.v3(self._secret, method, url, body, timestamp),
            "X-HubSpot-Request-Timestamp": str(timestamp),
        }

    # -- inside

    def _run(self, interval: float) -> None:
        while not self._stop.wait(interval):
            self._deliver(time.monotonic(), None)

    def _deliver(self, until: float, timestamp: int | None) -> Stats:
        with self._delivering:
            stats = Stats()
            batches = self._batches(until, stats)
            if batches:
                with (
                    httpx.Client(timeout=self.timeout, verify=tls()) as client,
                    ThreadPoolExecutor(self.concurrency) as threads,
                ):
                    posts = threads.map(lambda batch: self._post(client, batch, timestamp), batches)
                    for batch, post in zip(batches, posts, strict=True):
                        stats.posts.append(post)
                        if not post.accepted:
                            stats.given_up += self._keep(batch)
            with self._lock:
                self._in_flight = 0
            self.stats.add(stats)
            return stats

    def _batches(self, until: float, stats: Stats) -> list[list[_Pending]]:
        with self._lock:
            taken = [pending for pending in self._pending if pending.due <= until]
            self._pending = [pending for pending in self._pending if pending.due > until]
            self._in_flight = len(taken)
            kept = [pending for pending in taken if self._random.random() >= self.drop]
            if self.shuffle:
                self._random.shuffle(kept)
        stats.dropped = len(taken) - len(kept)
        batches = []
        by_portal = sorted(kept, key=lambda pending: int(pending.event["portalId"]))
        for _, group in groupby(by_portal, key=lambda pending: int(pending.event["portalId"])):
            of_portal = list(group)
            for start in range(0, len(of_portal), BATCH):
                batches.append(of_portal[start : start + BATCH])
        if self.duplicates:
            # Copies of their own, so that a refused one is counted and retried by itself.
            batches += [[_Pending(dict(pending.event)) for pending in batch] for batch in batches]
        return batches

    def _post(self, client: httpx.Client, batch: list[_Pending], timestamp: int | None) -> Post:
        url = str(self.target_url)
        body = json.dumps([pending.event for pending in batch], ensure_ascii=False).encode()
        when = timestamp if timestamp is not None else int(self._clock.now().timestamp() * 1000)
        started = time.monotonic()
        try:
            answer = client.post(url, content=body, headers=self.headers("POST", url, body, when))
            status = answer.status_code
        except httpx.HTTPError:
            status = 0
        seconds = time.monotonic() - started
        if seconds > self.timeout:
            status = 0  # an answer that trickles in too late is no answer
        return Post(batch[0].event["portalId"], len(batch), status, seconds)

    def _keep(self, batch: Iterable[_Pending]) -> int:
        """Keep a refused batch for the next delivery; return how many events are given up."""
        given_up, again = 0, []
        for pending in batch:
            attempt = pending.event["attemptNumber"] + 1
            if attempt > RETRIES:
                given_up += 1
                continue
            due = time.monotonic() + attempt * self.retry_delay
            again.append(_Pending({**pending.event, "attemptNumber": attempt}, due))
        with self._lock:
            self._pending += again
        return given_up


def _keys(subscriptions: Sequence[Mapping[str, Any]]) -> set[tuple[str, str, str | None]]:
    """Return the keys of active subscriptions; refuse what the upload of a project refuses."""
    if len(subscriptions) > _MAX_SUBSCRIPTIONS:
        raise ValueError("at most 1000 subscriptions")
    singular = {kind.event_name for kind in TYPES}
    keys = set()
    for subscription in subscriptions:
        kind, name = subscription["subscriptionType"], subscription.get("propertyName")
        if kind not in _KINDS or subscription["objectType"] not in singular:
            raise ValueError(f"unknown subscription {dict(subscription)}")
        if (kind == "object.propertyChange") != (name is not None) or name in _NOT_SUBSCRIBABLE:
            raise ValueError(f"not a possible propertyName in {dict(subscription)}")
        if subscription["active"]:
            keys.add((kind, subscription["objectType"], name))
    return keys
