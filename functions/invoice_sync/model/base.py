"""The base of our models, and a digest of values."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def _canonical(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def digest(values: object) -> str:
    """Return a digest of plain values: 175 and 175.00 give the same."""
    text = json.dumps(values, default=_canonical)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Model(BaseModel):
    """The base of our models: immutable, camelCase where they meet JSON.

    A field that it does not have is kept: a newer version of this app stored it, and must find it
    again after a rollback. A model is built when first used: a cold start needs few of them.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        defer_build=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )
