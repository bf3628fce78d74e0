"""The base of our models, and a digest of values."""

import hashlib
import json
import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def _canonical(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def digest(values: object) -> str:
    """Return a digest of plain values: 175 and 175.00 give the same."""
    text = json.dumps(values, default=_canonical)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_DIGESTED = re.compile(r"digest([0-9a-f]{32})")
# Characters. Text that people read is cut, text that is compared is kept as a digest: an invoice
# may have megabytes of text, and an item of DynamoDB has at most 400 KB.
_SHOWN, _COMPARED = 200, 100


def cut(text: str, most: int = _SHOWN) -> str:
    """Return a text for people, cut where it is too long."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


# A text for people that is never too long.
Words = Annotated[str, AfterValidator(cut)]


def brief(text: str) -> str:
    """Return a short text as it is, and a long one as a digest, which tells whether another text is
    the same. Calling it again with its own result changes nothing."""
    return text if len(text) <= _COMPARED else f"digest{digest(text)}"


def digest_of(text: str) -> str:
    """Return the digest of a text, or of the one that `brief` has made this of."""
    made = _DIGESTED.fullmatch(text)
    return made[1] if made else digest(text)


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
