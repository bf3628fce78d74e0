"""What is said of a pasted value that is not what it should be."""

from __future__ import annotations

import pytest

from infra.setup_values import VALUES, clean, doubt, mistake

from .account import USUAL

UUID, INTUIT_ID, INTUIT_SECRET = (
    USUAL[name] for name in ("hubspotClientId", "quickbooksClientId", "quickbooksClientSecret")
)


@pytest.mark.parametrize("name", VALUES)
def test_what_is_usual_is_taken_without_a_word(name: str) -> None:
    assert mistake(VALUES[name], USUAL[name], USUAL) == ""
    assert doubt(VALUES[name], USUAL[name]) == ""


def test_ids_are_shown_and_the_rest_is_not() -> None:
    shown = {name for name, value in VALUES.items() if not value.is_secret}
    assert shown == {"hubspotClientId", "quickbooksClientId"}


@pytest.mark.parametrize(
    "around", [" ", "\n", "\t", "\r\n", "\u00a0", "\u200b", "\ufeff", " \u2060\n"]
)
def test_what_a_page_leaves_around_a_value_is_dropped(around: str) -> None:
    assert clean(f"{around}{UUID}{around}") == UUID
    assert clean(around) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'"{UUID}"', "quotation marks"),
        (f"\u201c{UUID}\u201d", "quotation marks"),
        (f'{UUID}"', "quotation marks"),
        (f"{UUID} {UUID}", "blanks or line breaks"),
        (f"{UUID}\n{UUID}", "blanks or line breaks"),
        (f"\x1b[200~{UUID}", "blanks or line breaks"),
        ("\u2022" * 12, "dots that hide it"),
        ("********", "dots that hide it"),
        ("...", "dots that hide it"),
        (INTUIT_ID, "same as Intuit's client id"),
    ],
)
def test_a_certain_slip(text: str, said: str) -> None:
    assert said in mistake(VALUES["hubspotClientId"], text, {"quickbooksClientId": INTUIT_ID})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("hubspotClientId", "1234567", "the number of an app, an account or a company"),
        ("hubspotClientId", INTUIT_ID, "a client id of Intuit"),
        ("hubspotClientSecret", f"pat-na1-{UUID}", "the access token of a private app"),
        ("hubspotClientSecret", f"{UUID}0", "It has 37 characters"),
        ("quickbooksClientId", INTUIT_SECRET, "a client secret of Intuit"),
        ("quickbooksClientSecret", INTUIT_ID, "a client id of Intuit"),
        ("quickbooksClientSecret", UUID, "a verifier token of Intuit"),
        ("quickbooksClientId", f"clientId={INTUIT_ID}", "a value with its name"),
        ("quickbooksVerifierToken", INTUIT_SECRET, "a client secret of Intuit"),
    ],
)
def test_a_doubt_says_what_it_looks_like_and_never_the_value(
    name: str, text: str, said: str
) -> None:
    words = doubt(VALUES[name], text)
    assert said in words
    assert f"{VALUES[name].title} is usually " in words
    assert text not in words
    assert mistake(VALUES[name], text, {}) == ""
