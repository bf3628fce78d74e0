"""Rows of a statement are read to the last one, whatever happens between two pages."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from invoice_sync.errors import FaultError, UnavailableError
from invoice_sync.quickbooks import paging
from invoice_sync.quickbooks.isolate import Found

PAGE = 5


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", PAGE)


class Books:
    """Rows in the order of their ids, which people change after each page."""

    def __init__(self, number: int, chosen: random.Random, acts: list[str]) -> None:
        self.rows = {n * 10: 0 for n in range(1, number + 1)}
        self.unreadable: set[int] = set()
        self.chosen, self.acts, self.pages = chosen, acts, 0
        self.gone: set[int] = set()

    def read(self, start: int) -> Found:
        self.pages += 1
        found = Found()
        for number, key in enumerate(sorted(self.rows)[start - 1 : start - 1 + PAGE], start=start):
            if key in self.unreadable:
                found.refused[str(number)] = FaultError("4002", "cannot be read", "", "")
            else:
                found.rows.append({"Id": str(key), "version": self.rows[key]})
        for _ in range(self.chosen.randrange(4) if self.acts else 0):
            getattr(self, self.chosen.choice(self.acts))()
        return found

    def delete(self) -> None:
        """It is gone, or passes the condition no longer."""
        if self.rows:
            key = self.chosen.choice(sorted(self.rows))
            del self.rows[key]
            self.gone.add(key)

    def enter(self) -> None:
        """An old one passes the condition now."""
        if len(self.rows) < 150:
            self.rows[self.chosen.randrange(2000)] = 0

    def edit(self) -> None:
        if self.rows:
            self.rows[self.chosen.choice(sorted(self.rows))] += 1


@given(
    number=st.integers(min_value=0, max_value=60),
    seed=st.integers(min_value=0, max_value=2**32),
    acts=st.lists(st.sampled_from(["delete", "enter", "edit"]), max_size=3),
)
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(number=60, seed=3573163829, acts=["delete"])  # a page comes a second time
def test_what_is_there_all_the_time_is_read(number: int, seed: int, acts: list[str]) -> None:
    books = Books(number, random.Random(seed), acts)  # noqa: S311
    before = set(books.rows)
    ids = [int(row["Id"]) for row in paging.all_rows(books.read).rows]
    assert before - books.gone <= set(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("number", [0, 1, 4, 5, 6, 9, 10, 26])
def test_in_quiet_books_a_page_costs_one_read(number: int) -> None:
    books = Books(number, random.Random(1), [])  # noqa: S311
    assert len(paging.all_rows(books.read).rows) == number
    assert books.pages <= number // (PAGE - 1) + 1


def test_all_but_one_of_the_first_page_are_deleted() -> None:
    books = Books(20, random.Random(1), [])  # noqa: S311

    def read(start: int) -> Found:
        page = books.read(start)
        if start == 1:
            for key in (10, 20, 40, 50):
                books.rows.pop(key, None)
        return page

    ids = [row["Id"] for row in paging.all_rows(read).rows]
    assert {str(n * 10) for n in range(6, 21)} <= set(ids)


def test_a_row_that_cannot_be_read_stands_between_two_pages() -> None:
    books = Books(12, random.Random(1), [])  # noqa: S311
    books.unreadable = {50}
    found = paging.all_rows(books.read)
    assert [row["Id"] for row in found.rows] == [str(n * 10) for n in range(1, 13) if n != 5]
    assert list(found.refused) == ["5"]


def test_the_latest_state_counts() -> None:
    books = Books(12, random.Random(1), [])  # noqa: S311

    def read(start: int) -> Found:
        page = books.read(start)
        books.rows[50] += 1
        return page

    versions = {row["Id"]: row["version"] for row in paging.all_rows(read).rows}
    assert versions["50"] == 1


def test_a_service_that_repeats_its_page_is_found_out() -> None:
    books = Books(20, random.Random(1), [])  # noqa: S311
    with pytest.raises(UnavailableError, match="repeats"):
        paging.all_rows(lambda _: books.read(1))
