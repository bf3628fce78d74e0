"""The bases of all models of the API: names are camelCase in JSON."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def json_name(name: str) -> str:
    """Return the JSON name of a field: `oldestFailedAt` for `oldest_failed_at`, `from` for `from_`
    (a Python keyword cannot be the name of a field)."""
    return to_camel(name.rstrip("_"))


class Answer(BaseModel):
    """A part of an answer, or all of it. Built when first used: a cold start needs few of them."""

    model_config = ConfigDict(
        frozen=True,
        defer_build=True,
        alias_generator=json_name,
        validate_by_name=True,
        validate_by_alias=True,
    )


class Request(BaseModel):
    """The body of a request. A name that it does not have is refused: it is a spelling mistake."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, alias_generator=json_name
    )
