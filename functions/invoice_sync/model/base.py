"""Our own vocabulary. Money is Decimal, times are aware UTC, ids are strings."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def _canonical(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def digest(values: object) -> str:
    """Of plain values: 175 and 175.00 give the same."""
    text = json.dumps(values, default=_canonical)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Model(BaseModel):
    """Immutable, strict about names; camelCase where it meets JSON."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )
