"""The records of an account with their history and links: read, stored, and told to webhooks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from ..wire import Clock
from .answers import invalid_properties, not_found
from .properties import BadValueError, Schema, moment, normalise, schema
from .records import Emit, Ids, Record, Source, Switches
from .types import ASSOCIATIONS, BY_ALIAS, PRIMARY, TYPES, LinkType


class Storage:
    def __init__(
        self,
        portal_id: int,
        *,
        clock: Clock,
        ids: Ids,
        emit: Emit,
        switches: Switches,
        time_zone: str = "US/Eastern",
        currency: str = "USD",
    ) -> None:
        self.id, self.time_zone, self.currency = portal_id, time_zone, currency
        self.installed = True
        self.lock = threading.RLock()
        self.schemas: dict[str, Schema] = {kind.name: schema(kind.name) for kind in TYPES}
        self.tax_rates: dict[str, dict[str, Any]] = {}
        self._clock, self._ids, self._emit, self._switches = clock, ids, emit, switches
        self._records: dict[str, dict[str, Record]] = {kind.name: {} for kind in TYPES}
        # (type, id) -> other type -> other id -> types of association
        self._links: dict[tuple[str, str], dict[str, dict[str, list[LinkType]]]] = {}
        # Labels of the account by pair; each stands in both directions at the same place.
        self.labels: dict[tuple[str, str], list[LinkType]] = {}
        self._merged: dict[tuple[str, str], str] = {}  # type and id of a loser -> the winner's id

    # -- reading

    def records(self, name: str, archived: bool = False) -> Iterator[Record]:
        """Yield records in the order of their ids, which is the order of their creation."""
        return (
            record
            for record in self._records[name].values()
            if bool(record.archived_at) is archived
        )

    def find(self, name: str, record_id: str, archived: bool = False) -> Record | None:
        record = self._records[name].get(self.current_id(name, record_id))
        return record if record and bool(record.archived_at) is archived else None

    def current_id(self, name: str, record_id: str) -> str:
        """Return the id that the record has now: that of the winner after a merge."""
        while (name, record_id) in self._merged:
            record_id = self._merged[name, record_id]
        return record_id

    def existing(self, name: str, record_id: str) -> Record:
        record = self.find(name, record_id)
        if not record:
            raise not_found()
        return record

    def links(self, start: str, start_id: str, end: str) -> dict[str, list[LinkType]]:
        """Return types of association by the id of the other record, in the order of the ids."""
        record = self.find(start, start_id)
        if not record:
            return {}
        ends = self._links.get((start, record.id), {}).get(end, {})
        others = self._records[end]
        return {
            end_id: ends[end_id]
            for end_id in sorted(ends, key=int)
            if not others[end_id].archived_at
        }

    def link_types(self, start: str, end: str) -> list[LinkType]:
        """Return all types of association from the one object type to the other."""
        pair = (start, end)
        fixed = [table[pair] for table in (ASSOCIATIONS, PRIMARY) if pair in table]
        return [*fixed, *self.labels.get(pair, [])]

    def reverse(self, start: str, end: str, link_type: LinkType) -> LinkType:
        """Return how the same association is called from its other end."""
        place = self.link_types(start, end).index(link_type)
        return self.link_types(end, start)[place]

    def indexed(self, record: Record) -> dict[str, str] | None:
        """Return a record's properties as search sees them, or None when it sees none yet."""
        seen_until = self._clock.now() - timedelta(seconds=self._switches.search_lag)
        record.before = [state for state in record.before if state[0] > seen_until]
        if self._switches.search_lag and record.created > seen_until:
            return None
        return record.before[0][1] if record.before else record.properties

    def checked(
        self, name: str, values: Mapping[str, object], source: Source
    ) -> dict[str, str | None]:
        """Return the values as they will be kept; refuse unknown, read-only and malformed ones."""
        kept, problems = {}, []
        for key, value in values.items():
            definition = self.schemas[name].find(key)
            if not definition:
                problems.append((key, "PROPERTY_DOESNT_EXIST", f'Property "{key}" does not exist'))
            elif definition.read_only and not source.trusted:
                problems.append((key, "READ_ONLY_VALUE", f'"{key}" is a read only property'))
            else:
                try:
                    kept[key] = normalise(definition, value)
                except BadValueError as bad:
                    problems.append((key, bad.code, str(bad)))
        if problems:
            raise invalid_properties(problems)
        return kept

    # -- storing

    def _store(self, record: Record, values: Mapping[str, str | None], source: Source) -> list[str]:
        """Keep the values and return the names of those that differ from before."""
        now = self._clock.now()
        changed = [key for key, new in values.items() if record.properties.get(key) != new]
        if self._switches.search_lag:
            record.before.append((now, dict(record.properties)))
        for key in changed:
            new = values[key]
            if new is None:
                del record.properties[key]
            else:
                record.properties[key] = new
            entry = {
                "value": new or "",
                "timestamp": moment(now, True),
                "sourceType": source.kind,
                "sourceId": source.id,
            }
            record.history.setdefault(key, []).insert(0, entry)
        return changed

    def _touch(self, record: Record) -> None:
        """Move the modification date, as every write does, also one of custom properties."""
        record.updated = self._clock.now()
        record.properties[BY_ALIAS[record.type].modified] = moment(record.updated, True)

    def _pair(self, start: str, start_id: str, end: str, end_id: str) -> list[LinkType]:
        ends = self._links.setdefault((start, start_id), {}).setdefault(end, {})
        return ends.setdefault(end_id, [])

    # -- telling the webhooks

    def _tell(self, kind: str, record: Record, source: Source, **fields: Any) -> None:
        if not self.installed:
            return
        object_type = BY_ALIAS[record.type]
        event = {
            "objectId": int(record.id),
            "objectTypeId": object_type.type_id,
            **fields,
            "changeSource": source.kind,
            "sourceId": source.id,
        }
        self._emit(self.id, kind, object_type, self._clock.now(), event)

    def _tell_property(self, record: Record, key: str, source: Source) -> None:
        self._tell(
            "object.propertyChange",
            record,
            source,
            propertyName=key,
            propertyValue=record.properties.get(key, ""),
            isSensitive=False,
        )

    def _tell_link(
        self,
        start: str,
        start_id: str,
        end: str,
        end_id: str,
        link_type: LinkType,
        removed: bool,
        source: Source,
    ) -> None:
        if not self.installed:
            return
        event = {
            "fromObjectId": int(start_id),
            "fromObjectTypeId": BY_ALIAS[start].type_id,
            "toObjectId": int(end_id),
            "toObjectTypeId": BY_ALIAS[end].type_id,
            "associationTypeId": link_type.type_id,
            "associationCategory": link_type.category,
            "associationRemoved": removed,
            "isPrimaryAssociation": link_type == PRIMARY.get((start, end)),
            "changeSource": source.kind,
            "sourceId": source.id,
        }
        self._emit(self.id, "object.associationChange", BY_ALIAS[start], self._clock.now(), event)
