"""Change data capture: the rows of some entities that have changed since a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from .books import Change, stamp, utc
from .calls import Call
from .faults import RefusalError, missing
from .fields import Doc
from .kinds import TRACKED
from .realm import Realm
from .trouble import check_readable

CDC_DAYS = 30
CDC_OBJECTS = 1000


def answer(call: Call) -> Doc:
    args = call.request.args
    for name in ("entities", "changedSince"):
        if not args.get(name):
            raise missing(name)
    moment = _moment(call.realm.now(), args["changedSince"])
    left = CDC_OBJECTS
    groups: list[Doc] = []
    for name in args["entities"].split(","):
        kind = {each.lower(): each for each in TRACKED}.get(name.strip().lower())
        if kind is None:
            raise RefusalError("2000", f"Unknown entity in entities: {name}", "entities")
        rows = _changed(call.realm, kind, moment)[:left]
        left -= len(rows)
        page = {"startPosition": 1, "maxResults": len(rows), "totalCount": len(rows)}
        groups.append({kind: rows, **page} if rows else {})
    return {"CDCResponse": [{"QueryResponse": groups}]}


def _moment(now: datetime, text: str) -> datetime:
    try:
        # An unescaped + arrives as a blank, as it would at any server.
        since = utc(text)
    except ValueError:
        raise RefusalError("2060", f"Invalid date. Supplied value:{text}", "changedSince") from None
    if since < now - timedelta(days=CDC_DAYS):
        raise RefusalError("2190", "changedSince can go back 30 days", "changedSince")
    return since


def _changed(realm: Realm, kind: str, since: datetime) -> list[Doc]:
    if kind == "Preferences":
        changed = any(each.entity == kind and each.at >= since for each in realm.changes)
        return [realm.preferences_view()] if changed else []
    rows = [row for row in realm.rows[kind].values() if row.updated.replace(microsecond=0) >= since]
    check_readable(realm, rows)
    gone = [
        {
            "domain": "QBO",
            "status": "Deleted",
            "Id": each.id,
            "MetaData": {"LastUpdatedTime": stamp(each.at)},
        }
        for each in realm.changes
        if _is_deletion(each, kind) and each.at.replace(microsecond=0) >= since
    ]
    return [realm.view(row) for row in rows] + gone


def _is_deletion(change: Change, kind: str) -> bool:
    return change.entity == kind and change.operation == "Delete"
