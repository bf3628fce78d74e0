"""DynamoDB: records, the failure counter, attempts, leases and what we know of a realm.

Invariant, at every moment: the counter of a portal equals the number of its failing records, and
that of a cause the number of those that fail for it. So a record's status and the counters change
in one transaction, and only here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from invoice_sync.errors import AlreadyConnectedError, CursorError
from invoice_sync.model.connection import Connection, Settings, StatusProperties
from invoice_sync.model.failure import Failure
from invoice_sync.model.job import JOB_ADAPTER, Job
from invoice_sync.model.record import Attempt, Decision, Record

# Of records that are not settled: those that fail and those that wait.
OPEN_INDEX = "open"
_CONNECTIONS = "CONNECTIONS"
_ACTIONS_PER_TRANSACTION = 100
_ATTEMPTS_KEPT = timedelta(days=90)
# What a person decided holds until it is decided otherwise.
_CHOICES_KEPT = timedelta(days=36500)
_JOBS_KEPT = timedelta(days=60)
_CONFLICT_RETRIES = 8
_MOST_CAUSES = 5000
# A page of a filtered list reads on past what it does not show, but not for ever.
_QUERIES_A_PAGE, _ROWS_A_QUERY = 20, 500
_ROWS_FOR_AN_EXAMPLE = 100

_to_dynamodb, _from_dynamodb = TypeSerializer(), TypeDeserializer()


@dataclass(frozen=True)
class Change:
    """A record before and after a look. `attempt` is None when nothing worth keeping happened."""

    before: Record
    after: Record
    attempt: Attempt | None

    @property
    def is_idle(self) -> bool:
        """Nothing but the time of the look would be written: a released lease is enough."""
        times = {"version", "updated_at", "synced_at"}
        same = {name: getattr(self.before, name) for name in times}
        return self.attempt is None and self.after.model_copy(update=same) == self.before


@dataclass(frozen=True)
class Counts:
    failing: int
    by_code: dict[str, int]
    oldest_failed_at: datetime | None


@dataclass(frozen=True)
class Cause:
    """What `failing` invoices have in common. `failure`: that of one of them, failing `since` then;
    `invoice_id` is empty when that one is in step again. `newest_at`: when the last one came."""

    key: str
    failing: int
    failure: Failure
    invoice_id: str
    since: datetime | None
    newest_at: datetime


@dataclass(frozen=True)
class Page:
    records: list[Record]
    cursor: str


class Store:
    def __init__(
        self,
        dynamodb: Any,
        table_name: str,
        executor: Executor,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._db, self._table, self._executor, self._sleep = (
            dynamodb,
            table_name,
            executor,
            sleep,
        )

    # -- connections

    def connection(self, portal_id: str) -> Connection | None:
        item = self._get(_portal(portal_id), "CONNECTION")
        return Connection.model_validate(item["data"]) if item else None

    def connections(self) -> list[Connection]:
        """Every one there is."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": _item({":pk": _CONNECTIONS}),
        }
        keys = []
        while True:
            answer = self._db.query(**request)
            keys += [_key(_plain(item)["sk"], "CONNECTION") for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return [Connection.model_validate(item["data"]) for item in self._batch_get(keys)]

    def portal_of(self, realm_id: str) -> str | None:
        """The portal that a realm is connected to."""
        item = self._get(_realm(realm_id), "CONNECTION")
        return str(item["portalId"]) if item else None

    def put_connection(self, connection: Connection) -> None:
        """The connection, the way from its realm to it, and its place in the list of all.

        Raises AlreadyConnectedError when the realm or the portal is part of another connection.
        """
        portal, realm = _portal(connection.portal_id), _realm(connection.realm_id)
        puts: list[dict[str, Any]] = [
            {
                "Item": {**_key(portal, "CONNECTION"), **_item({"data": _json(connection)})},
                "ConditionExpression": "attribute_not_exists(pk) OR #data.realmId = :realm",
                "ExpressionAttributeNames": {"#data": "data"},
                "ExpressionAttributeValues": _item({":realm": connection.realm_id}),
            },
            {
                "Item": {
                    **_key(realm, "CONNECTION"),
                    **_item({"portalId": connection.portal_id}),
                },
                "ConditionExpression": "attribute_not_exists(pk) OR portalId = :portal",
                "ExpressionAttributeValues": _item({":portal": connection.portal_id}),
            },
            {"Item": {**_key(_CONNECTIONS, portal), **_item({"realmId": connection.realm_id})}},
        ]
        if not self._write([{"Put": {"TableName": self._table, **put}} for put in puts]):
            raise AlreadyConnectedError("the realm or the portal is part of another connection")

    def set_connection_state(self, portal_id: str, state: str) -> None:
        self._set_in_connection(portal_id, "state", state)

    def set_shown(self, portal_id: str, shown: StatusProperties) -> None:
        self._set_in_connection(portal_id, "shown", _json(shown))

    def set_settings(self, portal_id: str, settings: Settings) -> bool:
        """False when the portal is not connected."""
        try:
            self._set_in_connection(portal_id, "settings", _json(settings))
        except ClientError as error:
            _unless_condition_failed(error)
            return False
        return True

    def _set_in_connection(self, portal_id: str, name: str, value: Any) -> None:
        self._db.update_item(
            TableName=self._table,
            Key=_key(_portal(portal_id), "CONNECTION"),
            UpdateExpression="SET #data.#name = :value",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#data": "data", "#name": name},
            ExpressionAttributeValues=_item({":value": value}),
        )

    # -- leases: one worker at a time for a record, or for a token refresh

    def take_lease(
        self, portal_id: str, name: str, owner: str, now: datetime, seconds: int
    ) -> bool:
        return (
            self._lease(_key(_portal(portal_id), f"LEASE#{name}"), owner, now, seconds) is not None
        )

    def release_lease(self, portal_id: str, name: str, owner: str) -> None:
        self._release(_key(_portal(portal_id), f"LEASE#{name}"), owner)

    def _release(self, key: dict[str, Any], owner: str) -> None:
        try:
            self._db.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="REMOVE leaseOwner, leaseUntil",
                ConditionExpression="leaseOwner = :owner",
                ExpressionAttributeValues=_item({":owner": owner}),
            )
        except ClientError as error:
            _unless_condition_failed(error)  # it ran out, and another worker has it now

    def claim(
        self, portal_id: str, invoice_ids: Sequence[str], owner: str, now: datetime, seconds: int
    ) -> dict[str, Record | None]:
        """Lease records for `seconds`, making new ones. None: another worker has it."""

        def one(invoice_id: str) -> Record | None:
            item = self._lease(_record_key(portal_id, invoice_id), owner, now, seconds)
            return _record(portal_id, invoice_id, item) if item is not None else None

        return dict(zip(invoice_ids, self._executor.map(one, invoice_ids), strict=True))

    def _lease(
        self, key: dict[str, Any], owner: str, now: datetime, seconds: int
    ) -> dict[str, Any] | None:
        """The whole item, or None when somebody else's lease still runs."""
        try:
            answer = self._db.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="SET leaseOwner = :owner, leaseUntil = :until",
                ConditionExpression="attribute_not_exists(leaseUntil) OR leaseUntil < :now"
                " OR leaseOwner = :owner",
                ExpressionAttributeValues=_item(
                    {
                        ":owner": owner,
                        ":now": now.isoformat(),
                        ":until": (now + timedelta(seconds=seconds)).isoformat(),
                    }
                ),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            _unless_condition_failed(error)
            return None
        return _plain(answer["Attributes"])

    def note(self, record: Record, owner: str, now: datetime) -> bool:
        """Keep what a claimed record says of a call that is about to be made, and whose answer may
        be lost. False when the lease is no longer ours: then the call must not be made."""
        values = {":data": _json(record), ":owner": owner, ":version": record.version}
        names = {"#data": "data"}
        update = "SET #data = :data"
        if record.status == "pending":
            # Seen by the sweep, should this worker die and its message be lost.
            update += ", #status = :status, openPortal = :portal, openSince = :since"
            names["#status"] = "status"
            values |= {
                ":status": record.status,
                ":portal": _pending(record.portal_id),
                ":since": f"{now.isoformat()}#{record.invoice_id}",
            }
        try:
            self._db.update_item(
                TableName=self._table,
                Key=_record_key(record.portal_id, record.invoice_id),
                UpdateExpression=update,
                # A record that has only been claimed has no version yet.
                ConditionExpression="leaseOwner = :owner AND"
                " (version = :version OR attribute_not_exists(version))",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=_item(values),
            )
        except ClientError as error:
            _unless_condition_failed(error)
            return False
        return True

    # -- records

    def records(self, portal_id: str, invoice_ids: Iterable[str]) -> dict[str, Record]:
        """Those that we know of the given invoices."""
        keys = [_record_key(portal_id, one) for one in dict.fromkeys(invoice_ids)]
        found = {}
        for item in self._batch_get(keys):
            invoice_id = item["sk"].removeprefix("INVOICE#")
            found[invoice_id] = _record(portal_id, invoice_id, item)
        return found

    def record(self, portal_id: str, invoice_id: str) -> Record | None:
        item = self._get(_portal(portal_id), f"INVOICE#{invoice_id}")
        return _record(portal_id, invoice_id, item) if item else None

    def attempts(
        self, portal_id: str, invoice_id: str, now: datetime, limit: int = 20
    ) -> list[Attempt]:
        """Newest first, without those past their time: DynamoDB deletes them late."""
        answer = self._db.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            FilterExpression="expiresAt > :now",
            ExpressionAttributeValues=_item(
                {
                    ":pk": _portal(portal_id),
                    ":sk": f"INVOICE#{invoice_id}#ATTEMPT#",
                    ":now": int(now.timestamp()),
                }
            ),
            ScanIndexForward=False,
            Limit=limit,
        )
        return [Attempt.model_validate(_plain(item)["data"]) for item in answer["Items"]]

    def decide(
        self,
        before: Record,
        after: Record,
        decision: Decision,
        realm_id: str,
        known: Mapping[str, Any],
    ) -> bool:
        """Keep what a person decided: the record with it, the audit, and what is known of the realm
        from now on. False when the record has changed, or somebody is looking at it: then nothing
        was stored."""
        portal_id, at = before.portal_id, decision.at.isoformat()
        values = {":data": _json(after), ":new": after.version, ":old": before.version}
        update = {
            "TableName": self._table,
            "Key": _record_key(portal_id, before.invoice_id),
            "UpdateExpression": "SET #data = :data, version = :new",
            "ConditionExpression": "version = :old AND"
            " (attribute_not_exists(leaseUntil) OR leaseUntil < :now)",
            "ExpressionAttributeNames": {"#data": "data"},
            "ExpressionAttributeValues": _item({**values, ":now": at}),
        }
        audit = {
            **_key(_portal(portal_id), f"DECISION#{before.invoice_id}#{at}"),
            **_item({"data": _json(decision)}),
        }
        items = [audit, *self._known_items(realm_id, known, decision.at, _CHOICES_KEPT)]
        puts = [{"Put": {"TableName": self._table, "Item": item}} for item in items]
        return self._write([{"Update": update}, *puts])

    def decisions(self, portal_id: str, invoice_id: str, limit: int = 20) -> list[Decision]:
        """What people decided about an invoice, newest first. Kept for good."""
        answer = self._db.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues=_item(
                {":pk": _portal(portal_id), ":sk": f"DECISION#{invoice_id}#"}
            ),
            ScanIndexForward=False,
            Limit=limit,
        )
        return [Decision.model_validate(_plain(item)["data"]) for item in answer["Items"]]

    def commit(self, changes: Sequence[Change], realm_id: str, owner: str) -> set[str]:
        """Store changes of one portal's claimed records and release their leases.

        Returns the ids of invoices whose record somebody else changed meanwhile: nothing of
        those was stored. All others are stored together with the counter.
        """
        lost: set[str] = set()
        idle = [
            _record_key(one.after.portal_id, one.after.invoice_id) for one in changes if one.is_idle
        ]
        list(self._executor.map(lambda key: self._release(key, owner), idle))
        changes = [change for change in changes if not change.is_idle]
        for group in self._groups(changes, realm_id, owner):
            if not self._transact(group, realm_id, owner):
                # One lost lease refuses the whole group: find it, store the others.
                lost |= {
                    change.after.invoice_id
                    for change in group
                    if not self._transact([change], realm_id, owner)
                }
        kept = [change for change in changes if change.after.invoice_id not in lost]
        if any("failing" in (one.before.status, one.after.status) for one in kept):
            self._refresh_oldest(kept)
            self._tidy_causes(kept)
        return lost

    def _groups(
        self, changes: Sequence[Change], realm_id: str, owner: str
    ) -> Iterator[list[Change]]:
        """As many as fit one transaction, with the counters."""
        group: list[Change] = []
        causes: set[str] = set()
        room = _ACTIONS_PER_TRANSACTION - 1
        for change in changes:
            size = sum(1 for _ in self._actions(change, realm_id, owner))
            if group and size + len(_moved_causes(change) - causes) > room:
                yield group
                group, causes, room = [], set(), _ACTIONS_PER_TRANSACTION - 1
            group.append(change)
            room -= size + len(_moved_causes(change) - causes)
            causes |= _moved_causes(change)
        if group:
            yield group

    def _transact(self, changes: Sequence[Change], realm_id: str, owner: str) -> bool:
        actions = [
            action for change in changes for action in self._actions(change, realm_id, owner)
        ]
        actions += self._cause_updates(changes)
        counter = self._counter_update(changes)
        if counter:
            actions.append(counter)
        return self._write(actions)

    def _write(self, actions: Sequence[dict[str, Any]]) -> bool:
        """All of it or nothing. False when a condition does not hold."""
        for attempt in range(_CONFLICT_RETRIES):
            try:
                self._db.transact_write_items(TransactItems=actions)
                return True
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                reasons = {
                    reason.get("Code") for reason in error.response.get("CancellationReasons", [])
                }
                if "ConditionalCheckFailed" in reasons:
                    return False
                last = attempt + 1 == _CONFLICT_RETRIES
                if last or not reasons & {"TransactionConflict", "ThrottlingError"}:
                    raise
            # Workers of one portal share one counter: conflicts are normal, not rare.
            self._sleep(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311
        return False

    def _actions(self, change: Change, realm_id: str, owner: str) -> Iterator[dict[str, Any]]:
        after = change.after
        key = _record_key(after.portal_id, after.invoice_id)
        item: dict[str, Any] = {
            "status": after.status,
            "version": after.version,
            "data": _json(after),
        }
        if after.status == "failing" and after.failure and after.failing_since:
            item["openPortal"] = _failing(after.portal_id)
            item["openSince"] = f"{after.failing_since.isoformat()}#{after.invoice_id}"
            item["failureCode"] = after.failure.code
            if after.cause:
                item["failureCause"] = after.cause
        elif after.status == "pending" and after.updated_at:
            item["openPortal"] = _pending(after.portal_id)
            item["openSince"] = f"{after.updated_at.isoformat()}#{after.invoice_id}"
        yield {
            "Put": {
                "TableName": self._table,
                "Item": {**key, **_item(item)},
                "ConditionExpression": "leaseOwner = :owner AND"
                " (version = :version OR attribute_not_exists(version))",
                "ExpressionAttributeValues": _item(
                    {":owner": owner, ":version": change.before.version}
                ),
            }
        }
        if change.attempt:
            attempt_key = f"INVOICE#{after.invoice_id}#ATTEMPT#{change.attempt.at.isoformat()}"
            expires = change.attempt.at + _ATTEMPTS_KEPT
            yield {
                "Put": {
                    "TableName": self._table,
                    "Item": {
                        **_key(_portal(after.portal_id), attempt_key),
                        **_item(
                            {
                                "data": _json(change.attempt),
                                "expiresAt": int(expires.timestamp()),
                            }
                        ),
                    },
                }
            }
        # A worker that died may have noted the id, and never come here.
        new = change.before.synced_at is None
        if after.quickbooks_id and (new or after.quickbooks_id != change.before.quickbooks_id):
            yield {
                "Put": {
                    "TableName": self._table,
                    "Item": {
                        **_key(_realm(realm_id), f"INVOICE#{after.quickbooks_id}"),
                        **_item({"portalId": after.portal_id, "invoiceId": after.invoice_id}),
                    },
                }
            }

        before = set(change.before.waits)
        for wait in after.waits:
            if wait not in before:
                whose = {"portalId": after.portal_id, "invoiceId": after.invoice_id}
                wait_item = {**_wait_key(realm_id, wait, after), **_item(whose)}
                yield {"Put": {"TableName": self._table, "Item": wait_item}}
        for wait in sorted(before.difference(after.waits)):
            yield {"Delete": {"TableName": self._table, "Key": _wait_key(realm_id, wait, after)}}

    def _counter_update(self, changes: Sequence[Change]) -> dict[str, Any] | None:
        by_code: Counter[str] = Counter()
        for change in changes:
            if code := failing_code(change.before):
                by_code[code] -= 1
            if code := failing_code(change.after):
                by_code[code] += 1
        deltas = {f"code#{code}": delta for code, delta in by_code.items() if delta}
        if not deltas:
            return None
        deltas["failing"] = sum(deltas.values())
        names = {f"#n{n}": name for n, name in enumerate(deltas)}
        values = {f":n{n}": delta for n, delta in enumerate(deltas.values())}
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(_portal(changes[0].after.portal_id), "COUNTS"),
                "UpdateExpression": "ADD " + ", ".join(f"#n{n} :n{n}" for n in range(len(deltas))),
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": _item(values),
            }
        }

    def _cause_updates(self, changes: Sequence[Change]) -> Iterator[dict[str, Any]]:
        deltas: Counter[str] = Counter()
        newest: dict[str, Record] = {}
        for change in changes:
            for cause in _moved_causes(change):
                came = cause == failing_cause(change.after)
                deltas[cause] += 1 if came else -1
                if came:
                    newest[cause] = change.after
        for cause, delta in deltas.items():
            update: dict[str, Any] = {
                "TableName": self._table,
                "Key": _cause_key(changes[0].after.portal_id, cause),
                "UpdateExpression": "ADD failing :delta",
            }
            values: dict[str, Any] = {":delta": delta}
            if cause in newest:
                update["UpdateExpression"] += " SET example = :example, newestAt = :at"
                one = newest[cause]
                values[":example"] = _example(one)
                values[":at"] = _iso(one.updated_at or one.failing_since)
            update["ExpressionAttributeValues"] = _item(values)
            yield {"Update": update}

    def _tidy_causes(self, changes: Sequence[Change]) -> None:
        """Delete causes that nobody has any more, and give others an example that still fails.
        It is for show, and may be late: an empty cause is never listed."""
        left: dict[str, set[str]] = {}
        for change in changes:
            for cause in _moved_causes(change) - {failing_cause(change.after)}:
                left.setdefault(cause, set()).add(change.after.invoice_id)
        portal_id = changes[0].after.portal_id
        for item in self._batch_get([_cause_key(portal_id, cause) for cause in left]):
            cause = item["sk"].removeprefix("CAUSE#")
            shown = item["example"].get("invoiceId", "")
            request: dict[str, Any] = {
                "TableName": self._table,
                "Key": _cause_key(portal_id, cause),
            }
            try:
                if not item["failing"]:
                    self._db.delete_item(
                        **request,
                        ConditionExpression="failing = :none",
                        ExpressionAttributeValues=_item({":none": 0}),
                    )
                elif shown in left[cause]:
                    other = self._another(portal_id, cause, left[cause])
                    example = _example(other) if other else {**item["example"], "invoiceId": ""}
                    self._db.update_item(
                        **request,
                        UpdateExpression="SET example = :example",
                        ConditionExpression="example.invoiceId = :shown",
                        ExpressionAttributeValues=_item({":example": example, ":shown": shown}),
                    )
            except ClientError as error:
                if not _in_conflict(error):
                    _unless_condition_failed(error)

    def _another(self, portal_id: str, cause: str, left: set[str]) -> Record | None:
        """One that fails for that cause, the oldest: a retry of all begins with the newest."""
        answer = self._db.query(
            TableName=self._table,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="openPortal = :portal",
            FilterExpression="failureCause = :cause",
            ExpressionAttributeValues=_item({":portal": _failing(portal_id), ":cause": cause}),
            Limit=_ROWS_FOR_AN_EXAMPLE,
        )
        for item in map(_plain, answer["Items"]):
            invoice_id = item["sk"].removeprefix("INVOICE#")
            # The index may not have heard yet of those that just left.
            if invoice_id not in left:
                return _record(portal_id, invoice_id, item)
        return None

    def _refresh_oldest(self, changes: Sequence[Change]) -> None:
        """Keep the time of the oldest failure beside the counts, so that reading them stays one
        GetItem. It is for show: it may lag behind, the counts may not."""
        portal_id = changes[0].after.portal_id
        item = self._get(_portal(portal_id), "COUNTS") or {}
        shown = item.get("oldestFailedAt", "")
        since = [_iso(c.after.failing_since) for c in changes if failing_code(c.after)]
        left = {c.after.invoice_id for c in changes if not failing_code(c.after)}
        left_since = [_iso(c.before.failing_since) for c in changes if failing_code(c.before)]
        if left and shown and shown in left_since:
            answer = self._db.query(
                TableName=self._table,
                IndexName=OPEN_INDEX,
                KeyConditionExpression="openPortal = :portal",
                ExpressionAttributeValues=_item({":portal": _failing(portal_id)}),
                # The index may not have heard yet of those that just left.
                Limit=len(left) + 1,
            )
            still = [_plain(found) for found in answer["Items"]]
            since += [
                found["openSince"].partition("#")[0]
                for found in still
                if found["sk"].removeprefix("INVOICE#") not in left
            ]
            oldest = min(since, default="")
        else:
            oldest = min([one for one in (*since, shown) if one], default="")
        if oldest == shown:
            return
        try:
            self._db.update_item(
                TableName=self._table,
                Key=_key(_portal(portal_id), "COUNTS"),
                UpdateExpression="SET oldestFailedAt = :oldest",
                ExpressionAttributeValues=_item({":oldest": oldest}),
            )
        except ClientError as error:
            if not _in_conflict(error):
                raise

    # -- failures

    def counts(self, portal_id: str) -> Counts:
        """One read, however many invoices fail."""
        item = self._get(_portal(portal_id), "COUNTS") or {}
        by_code = {
            name.removeprefix("code#"): int(number)
            for name, number in item.items()
            if name.startswith("code#") and number
        }
        failing = int(item.get("failing", 0))
        oldest = item.get("oldestFailedAt", "") if failing else ""
        return Counts(failing, by_code, datetime.fromisoformat(oldest) if oldest else None)

    def causes(self, portal_id: str, code: str = "") -> tuple[list[Cause], bool]:
        """What failing invoices have in common, at most 5,000, and whether there is more."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
            "ExpressionAttributeValues": _item({":pk": _portal(portal_id), ":sk": f"CAUSE#{code}"}),
        }
        items = list(islice(self._rows(request), _MOST_CAUSES + 1))
        found = [_cause(item) for item in items[:_MOST_CAUSES] if item["failing"]]
        return found, len(items) > _MOST_CAUSES

    def failing_for(self, portal_id: str, cause: str) -> int:
        """How many fail for one cause: one read."""
        item = self._get(_portal(portal_id), f"CAUSE#{cause}") or {}
        return int(item.get("failing", 0))

    def failing(
        self,
        portal_id: str,
        *,
        code: str = "",
        cause: str = "",
        cursor: str = "",
        limit: int = 50,
    ) -> Page:
        """Failing records, newest first. A page may be short although there are more: go on
        while it has a cursor. Raises CursorError."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": OPEN_INDEX,
            "KeyConditionExpression": "openPortal = :portal",
            "ScanIndexForward": False,
        }
        values: dict[str, Any] = {":portal": _failing(portal_id)}
        wanted = {"failureCode": code, "failureCause": cause}
        filters = {name: value for name, value in wanted.items() if value}
        if filters:
            request["FilterExpression"] = " AND ".join(f"{name} = :{name}" for name in filters)
            values |= {f":{name}": value for name, value in filters.items()}
        if cursor:
            request["ExclusiveStartKey"] = _from_cursor(cursor, portal_id)
        request["ExpressionAttributeValues"] = _item(values)
        records: list[Record] = []
        for _ in range(_QUERIES_A_PAGE):
            # With a filter, rows are read that are not shown: read on in larger steps.
            request["Limit"] = _ROWS_A_QUERY if filters else limit - len(records)
            answer = self._db.query(**request)
            for item in answer["Items"]:
                plain = _plain(item)
                records.append(_record(portal_id, plain["sk"].removeprefix("INVOICE#"), plain))
                if len(records) == limit:
                    more = item is not answer["Items"][-1] or "LastEvaluatedKey" in answer
                    return Page(records, _cursor(item) if more else "")
            if "LastEvaluatedKey" not in answer:
                return Page(records, "")
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return Page(records, _cursor(answer["LastEvaluatedKey"]))

    def stuck(self, portal_id: str, before: datetime, limit: int) -> list[Record]:
        """Records that wait since before then, the oldest first: their message was lost."""
        answer = self._db.query(
            TableName=self._table,
            IndexName=OPEN_INDEX,
            KeyConditionExpression="openPortal = :portal AND openSince < :before",
            ExpressionAttributeValues=_item(
                {":portal": _pending(portal_id), ":before": before.isoformat()}
            ),
            Limit=limit,
        )
        plain = [_plain(item) for item in answer["Items"]]
        return [_record(portal_id, one["sk"].removeprefix("INVOICE#"), one) for one in plain]

    def linked(self, realm_id: str, quickbooks_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Portal and HubSpot invoice of those QuickBooks invoices that are ours."""
        keys = [_key(_realm(realm_id), f"INVOICE#{one}") for one in dict.fromkeys(quickbooks_ids)]
        return {
            item["sk"].removeprefix("INVOICE#"): (item["portalId"], item["invoiceId"])
            for item in self._batch_get(keys)
        }

    # -- who waits for what in a realm

    def waiting(self, realm_id: str, keys: Iterable[str]) -> list[tuple[str, str]]:
        """Portal and HubSpot invoice of those that wait on one of the keys, each once."""

        def one(key: str) -> list[tuple[str, str]]:
            request = self._waits(realm_id, f"WAIT#{_bounded(key)}#")
            found = []
            while True:
                answer = self._db.query(**request)
                plain = [_plain(item) for item in answer["Items"]]
                found += [(item["portalId"], item["invoiceId"]) for item in plain]
                if "LastEvaluatedKey" not in answer:
                    return found
                request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

        every = self._executor.map(one, dict.fromkeys(keys))
        return list(dict.fromkeys(who for found in every for who in found))

    def any_waiting(self, realm_id: str, prefix: str) -> bool:
        """Whether anybody waits on a key that begins so."""
        request = self._waits(realm_id, f"WAIT#{prefix}")
        return bool(self._db.query(**request, Limit=1)["Items"])

    def _waits(self, realm_id: str, prefix: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
            "ExpressionAttributeValues": _item({":pk": _realm(realm_id), ":sk": prefix}),
        }

    # -- how far the sweep has come

    def marks(self, portal_id: str) -> dict[str, datetime]:
        item = self._get(_portal(portal_id), "MARKS") or {}
        own = {name: value for name, value in item.items() if name not in ("pk", "sk", "place")}
        return {name: datetime.fromisoformat(value) for name, value in own.items()}

    def set_mark(self, portal_id: str, name: str, at: datetime) -> None:
        """Never back: two sweeps may run at once."""
        try:
            self._set_in_marks(
                portal_id,
                name,
                at.isoformat(),
                ConditionExpression="attribute_not_exists(#name) OR #name < :value",
            )
        except ClientError as error:
            _unless_condition_failed(error)

    def place(self, portal_id: str) -> str:
        """The cursor of the failing invoices that a sweep goes on with; empty: begin anew."""
        return str((self._get(_portal(portal_id), "MARKS") or {}).get("place", ""))

    def set_place(self, portal_id: str, cursor: str) -> None:
        self._set_in_marks(portal_id, "place", cursor)

    def _set_in_marks(self, portal_id: str, name: str, value: str, **more: Any) -> None:
        self._db.update_item(
            TableName=self._table,
            Key=_key(_portal(portal_id), "MARKS"),
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues=_item({":value": value}),
            **more,
        )

    # -- what we know of a realm: ids that need not be read again

    def known(self, realm_id: str, keys: Iterable[str], now: datetime) -> dict[str, Any]:
        """Values stored with `remember`, by key, unless their time is over."""
        by_sk = {f"KNOWN#{_bounded(key)}": key for key in keys}
        return {
            by_sk[item["sk"]]: item["data"]
            for item in self._batch_get([_key(_realm(realm_id), sk) for sk in by_sk])
            if item["expiresAt"] > now.timestamp()
        }

    def remember(
        self, realm_id: str, values: Mapping[str, Any], now: datetime, kept: timedelta
    ) -> None:
        items = self._known_items(realm_id, values, now, kept)
        puts = [{"PutRequest": {"Item": item}} for item in items]
        for start in range(0, len(puts), 25):
            self._write_all(puts[start : start + 25])

    @staticmethod
    def _known_items(
        realm_id: str, values: Mapping[str, Any], now: datetime, kept: timedelta
    ) -> list[dict[str, Any]]:
        expires = int((now + kept).timestamp())
        return [
            {
                **_key(_realm(realm_id), f"KNOWN#{_bounded(key)}"),
                **_item({"data": value, "expiresAt": expires}),
            }
            for key, value in values.items()
        ]

    def _write_all(self, writes: list[dict[str, Any]]) -> None:
        while writes:
            answer = self._db.batch_write_item(RequestItems={self._table: writes})
            writes = answer.get("UnprocessedItems", {}).get(self._table, [])
            if writes:
                self._sleep(0.05)

    def forget(self, realm_id: str, keys: Iterable[str]) -> None:
        for key in keys:
            self._db.delete_item(
                TableName=self._table, Key=_key(_realm(realm_id), f"KNOWN#{_bounded(key)}")
            )

    # -- jobs

    def job(self, portal_id: str, kind: str, job_id: str) -> Job | None:
        item = self._get(_portal(portal_id), f"JOB#{kind}#{job_id}")
        return JOB_ADAPTER.validate_python(item["data"]) if item else None

    def jobs(self, portal_id: str) -> list[Job]:
        """All of a portal, the latest period of each kind last."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
            "ExpressionAttributeValues": _item({":pk": _portal(portal_id), ":sk": "JOB#"}),
        }
        return [JOB_ADAPTER.validate_python(item["data"]) for item in self._rows(request)]

    def put_job(self, job: Job) -> bool:
        """Store it, unless somebody else did since it was read; a new one has version 1."""
        try:
            self._db.put_item(
                TableName=self._table,
                Item={
                    **_key(_portal(job.portal_id), f"JOB#{job.kind}#{job.id}"),
                    **_item(
                        {
                            "data": _json(job),
                            "version": job.version,
                            "expiresAt": int((job.updated_at + _JOBS_KEPT).timestamp()),
                        }
                    ),
                },
                ConditionExpression="version = :before OR attribute_not_exists(pk)",
                ExpressionAttributeValues=_item({":before": job.version - 1}),
            )
        except ClientError as error:
            _unless_condition_failed(error)
            return False
        return True

    def replace_parts(self, portal_id: str, name: str, parts: Sequence[Any], now: datetime) -> None:
        """Parts of a result, each below DynamoDB's 400 KB, in the place of those there were under
        that name; kept as long as jobs are."""
        prefix, expires = f"RESULT#{name}#", int((now + _JOBS_KEPT).timestamp())
        wanted = {f"{prefix}{number:05}": part for number, part in enumerate(parts)}
        before = [sk for sk, _ in self._parts(portal_id, prefix, "", 1000)]
        writes: list[dict[str, Any]] = [
            {"DeleteRequest": {"Key": _key(_portal(portal_id), sk)}}
            for sk in before
            if sk not in wanted
        ]
        for sk, part in wanted.items():
            item = {**_key(_portal(portal_id), sk), **_item({"data": part, "expiresAt": expires})}
            writes.append({"PutRequest": {"Item": item}})
        # One at a time: a batch may have 16 MB, but a slow one must not run into a time limit.
        for write in writes:
            self._write_all([write])

    def parts(
        self, portal_id: str, name: str, after: str = "", limit: int = 20
    ) -> list[tuple[str, Any]]:
        """Parts under a name, in order, each with its place; at most `limit` beyond `after`."""
        return self._parts(portal_id, f"RESULT#{name}#", after, limit)

    def _parts(self, portal_id: str, prefix: str, after: str, limit: int) -> list[tuple[str, Any]]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
            "ExpressionAttributeValues": _item({":pk": _portal(portal_id), ":sk": prefix}),
            "Limit": limit,
        }
        if after:
            request["ExclusiveStartKey"] = _key(_portal(portal_id), after)
        found: list[tuple[str, Any]] = []
        while len(found) < limit:
            answer = self._db.query(**request)
            plain = [_plain(item) for item in answer["Items"]]
            found += [(item["sk"], item["data"]) for item in plain]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found[:limit]

    # -- plumbing

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        answer = self._db.get_item(TableName=self._table, Key=_key(pk, sk), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def _rows(self, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """All that a query finds, however many pages it takes."""
        place: dict[str, Any] = {}
        while True:
            answer = self._db.query(**request, **place)
            yield from map(_plain, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _batch_get(self, keys: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(keys), 100):
            pending = list(keys[start : start + 100])
            delay = 0.02
            while pending:
                answer = self._db.batch_get_item(
                    RequestItems={self._table: {"Keys": pending, "ConsistentRead": True}}
                )
                for item in answer["Responses"].get(self._table, []):
                    yield _plain(item)
                pending = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
                if pending:
                    self._sleep(delay)
                    delay = min(delay * 2, 1.0)


def failing_code(record: Record) -> str:
    """Empty when it is not failing."""
    return record.failure.code if record.status == "failing" and record.failure else ""


def failing_cause(record: Record) -> str:
    """Empty when it is not failing, and when its cause is its own."""
    return record.cause if record.status == "failing" else ""


def _moved_causes(change: Change) -> set[str]:
    """What it fails for no longer, and what it fails for now."""
    causes = {failing_cause(change.before)} ^ {failing_cause(change.after)}
    return causes - {""}


def _portal(portal_id: str) -> str:
    return f"PORTAL#{portal_id}"


def _failing(portal_id: str) -> str:
    return f"FAILING#{portal_id}"


def _pending(portal_id: str) -> str:
    return f"PENDING#{portal_id}"


def _realm(realm_id: str) -> str:
    return f"REALM#{realm_id}"


def _key(pk: str, sk: str) -> dict[str, Any]:
    return _item({"pk": pk, "sk": sk})


def _record_key(portal_id: str, invoice_id: str) -> dict[str, Any]:
    return _key(_portal(portal_id), f"INVOICE#{invoice_id}")


def _cause_key(portal_id: str, cause: str) -> dict[str, Any]:
    return _key(_portal(portal_id), f"CAUSE#{cause}")


def _example(record: Record) -> dict[str, Any]:
    return {
        "invoiceId": record.invoice_id,
        "failure": _json(record.failure) if record.failure else {},
        "since": _iso(record.failing_since),
    }


def _cause(item: Mapping[str, Any]) -> Cause:
    example = item["example"]
    return Cause(
        key=item["sk"].removeprefix("CAUSE#"),
        failing=int(item["failing"]),
        failure=Failure.model_validate(example["failure"]),
        invoice_id=example["invoiceId"],
        since=datetime.fromisoformat(example["since"]) if example["since"] else None,
        newest_at=datetime.fromisoformat(item["newestAt"]),
    )


def _wait_key(realm_id: str, key: str, record: Record) -> dict[str, Any]:
    sk = f"WAIT#{_bounded(key)}#{record.portal_id}#{record.invoice_id}"
    return _key(_realm(realm_id), sk)


def _bounded(key: str) -> str:
    """DynamoDB's sort keys have at most 1,024 bytes; people's names of products may have more."""
    if len(key.encode()) <= 800:
        return key
    return key[:100] + hashlib.sha256(key.encode()).hexdigest()


def _item(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _to_dynamodb.serialize(value) for name, value in values.items()}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _from_dynamodb.deserialize(value) for name, value in item.items()}


def _json(
    model: Record | Attempt | Connection | Decision | Failure | Settings | StatusProperties | Job,
) -> dict[str, Any]:
    """Maps and texts only: DynamoDB knows no dates, and Decimals travel exactly as text."""
    data: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return data


def _record(portal_id: str, invoice_id: str, item: Mapping[str, Any]) -> Record:
    data = item.get("data") or {"portalId": portal_id, "invoiceId": invoice_id}
    return Record.model_validate(data)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _cursor(item: Mapping[str, Any]) -> str:
    names = ("pk", "sk", "openPortal", "openSince")
    text = json.dumps({name: item[name]["S"] for name in names})
    return base64.urlsafe_b64encode(text.encode()).decode()


def _from_cursor(cursor: str, portal_id: str) -> dict[str, Any]:
    """A cursor is only a place in the caller's own portal; anything else is refused."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        own = place["pk"] == _portal(portal_id) and place["openPortal"] == _failing(portal_id)
        if not own or set(place) != {"pk", "sk", "openPortal", "openSince"}:
            raise ValueError("not a place in this portal")
        return _item({name: str(value) for name, value in place.items()})
    except (ValueError, KeyError, TypeError) as error:
        raise CursorError("the cursor is not one that this list gave") from error


def _in_conflict(error: ClientError) -> bool:
    """A transaction of another worker was at the same item."""
    return bool(error.response["Error"]["Code"] == "TransactionConflictException")


def _unless_condition_failed(error: ClientError) -> None:
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
