"""Who may act on a connection."""

from __future__ import annotations

import pytest

from invoice_sync.model.connection import Connection, Person, Settings

PAT = Person(user_id="77", email="Pat@example.com")
BY_ID = Person(user_id="77")


def connection(person: Person | None, *may_act: str) -> Connection:
    return Connection(
        portal_id="1",
        realm_id="2",
        token_secret_id="s",
        connected_by=person,
        settings=Settings(may_act=[*may_act]),
    )


@pytest.mark.parametrize(
    ("person", "named", "who", "may"),
    [
        # Nobody is known: as before there were such rules.
        (None, [], ("5", "sam@example.com"), True),
        (None, [], ("", ""), True),
        (None, ["sam@example.com"], ("5", "Sam@Example.com"), True),
        (None, ["sam@example.com"], ("5", "kim@example.com"), False),
        (None, ["5"], ("5", "sam@example.com"), True),
        (None, ["5"], ("55", "sam@example.com"), False),
        (PAT, [], ("77", ""), True),
        (PAT, [], ("5", "pat@EXAMPLE.com"), True),
        (PAT, [], ("5", "sam@example.com"), False),
        # HubSpot names no user: nobody.
        (PAT, [], ("", ""), False),
        (BY_ID, [], ("5", ""), False),
        (BY_ID, [], ("77", "pat@example.com"), True),
        # Who connected is never locked out.
        (PAT, ["sam@example.com"], ("77", "pat@example.com"), True),
        (PAT, ["sam@example.com"], ("6", "kim@example.com"), False),
        (PAT, ["everyone"], ("6", "kim@example.com"), True),
        # It is the word of the settings, not the name of a user.
        (PAT, [], ("everyone", "everyone"), False),
    ],
)
def test_who_may_act(
    person: Person | None, named: list[str], who: tuple[str, str], may: bool
) -> None:
    assert connection(person, *named).allows(*who) is may


@pytest.mark.parametrize(
    ("before", "person", "after"),
    [
        ([], PAT, ["Pat@example.com"]),
        ([], BY_ID, ["77"]),
        (["sam@example.com"], PAT, ["sam@example.com", "Pat@example.com"]),
        (["pat@example.com"], PAT, ["pat@example.com"]),
        (["everyone"], PAT, ["everyone"]),
    ],
)
def test_who_connects_is_named(before: list[str], person: Person, after: list[str]) -> None:
    assert connection(None, *before).settings_with(person).may_act == after
