"""The forms in which values of both systems are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_sync.model import normal_forms


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("a@x.example", ("a@x.example",)),
        (" A@X.example ", ("a@x.example",)),
        ("a@x.example, b@x.example", ("a@x.example", "b@x.example")),
        ("a@x.example;b@x.example;", ("a@x.example", "b@x.example")),
        ("a@x.example b@x.example,a@x.example", ("a@x.example", "b@x.example")),
        ("Ada <a@x.example>", ("a@x.example",)),
        ("a@x.example\u200b,\u00a0b@x.example", ("a@x.example", "b@x.example")),
        ("none", ()),
        ("", ()),
    ],
)
def test_addresses_of_a_field(text: str, addresses: tuple[str, ...]) -> None:
    assert normal_forms.emails(text) == addresses


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Acme", "ACME, Inc.", True),
        ("Acme GmbH", "Acme Germany GmbH & Co. KG", True),
        ("Müller AG", "Muller", True),
        ("Face Book", "Facebook LLC", True),
        ("IBM", "International Business Machines", True),
        ("Globex Corpration", "Globex Corporation", True),
        ("McDonald's", "McDonalds", True),
        ("Acme S.A.", "Acme", True),
        ("Smith & Sons", "Smith and Sons Ltd", True),
        ("Acme", "Initech", False),
        ("Acme East", "Acme West", False),
        ("Acme", "Acmeon", False),
        ("", "Acme", False),
        ("GmbH", "Inc", False),
    ],
)
def test_names_of_one_company(one: str, other: str, same: bool) -> None:
    assert normal_forms.same_company(one, other) is same
    assert normal_forms.same_company(other, one) is same


FORMS = [normal_forms.tidy, normal_forms.name, normal_forms.item_path]


@given(text=st.text(max_size=40), form=st.sampled_from(FORMS))
def test_a_form_has_itself_for_its_form(text: str, form: object) -> None:
    assert callable(form)
    assert form(form(text)) == form(text)


@given(words=st.lists(st.text("abcÄßé", min_size=1, max_size=5), min_size=1, max_size=4))
def test_what_nobody_sees_makes_no_difference(words: list[str]) -> None:
    pasted = "\u00a0 ".join(f"\u200b{word}\ufeff" for word in words)
    assert normal_forms.name(f" {pasted}\n") == normal_forms.name(" ".join(words))
