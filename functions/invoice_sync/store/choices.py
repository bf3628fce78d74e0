"""The records that settings can name, kept for an hour in parts that each fit into an item."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from invoice_sync.model.choices import Choices
from invoice_sync.store.items import from_map
from invoice_sync.store.realm import RealmStore

KEPT = timedelta(hours=1)
# Bytes of a part: DynamoDB's items have 400 KB at most.
_PART = 300_000
_HEAD = "choices"


class ChoiceStore:
    def __init__(self, realm: RealmStore) -> None:
        self._realm = realm

    def get(self, realm_id: str, now: datetime) -> Choices | None:
        """Return what was kept in the last hour; None when nothing was, or a part is missing."""
        head = self._realm.recall(realm_id, [_HEAD], now).get(_HEAD)
        if head is None:
            return None
        names = _parts(head["readAt"], int(head["parts"]))
        parts = self._realm.recall(realm_id, names, now)
        if len(parts) < len(names):
            return None
        return from_map(Choices, json.loads("".join(parts[name] for name in names)))

    def keep(self, realm_id: str, choices: Choices, now: datetime) -> None:
        """Keep choices. The parts of each reading have names of their own, and the head comes last:
        two readings at the same time do not mix."""
        # In ASCII a character is a byte.
        text = json.dumps(choices.model_dump(mode="json", by_alias=True))
        parts = [text[start : start + _PART] for start in range(0, len(text), _PART)]
        read_at = choices.read_at.isoformat()
        values = dict(zip(_parts(read_at, len(parts)), parts, strict=True))
        self._realm.remember(realm_id, values, now, KEPT)
        self._realm.remember(realm_id, {_HEAD: {"readAt": read_at, "parts": len(parts)}}, now, KEPT)


def _parts(read_at: str, number: int) -> list[str]:
    return [f"{_HEAD}#{read_at}#{part}" for part in range(number)]
