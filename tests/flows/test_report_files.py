"""The files of the report, which a browser opens by a link."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime

import httpx
import pytest

from infra.local.quickbooks import sales_line

from .acting import put_right
from .conftest import Flow
from .test_report import ask, files, run


def opened(url: str) -> httpx.Response:
    """Open a link as a browser does: nobody signs."""
    return httpx.get(url)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_browser_opens_the_totals_and_all_invoices(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoice_sync.api.report_files._ROWS_PER_FILE", 4)
    line = sales_line(flow.item_id, "10.00")
    for number in range(10):
        flow.realm.add_invoice(flow.customer_id, [line], f"X-{number}")
    run(flow)
    links = flow.get(files())["files"]
    assert [link["label"] for link in links] == [
        *("Totals", "Invoices", "Invoices, part 2", "Invoices, part 3")
    ]
    totals, *parts = [opened(link["url"]) for link in links]
    assert totals.headers["content-type"] == "text/csv; charset=utf-8"
    name = totals.headers["content-disposition"].partition("=")[2]
    assert name.endswith('-totals.csv"')
    assert [row["Invoices"] for row in table(totals.text)] == ["10", "10"]
    rows = [row for part in parts for row in table(part.text)]
    assert sorted(row["Number"] for row in rows) == [f"X-{number}" for number in range(10)]
    assert {row["Customer"] for row in rows} == {"Globex"}


def test_a_link_ends_after_five_minutes(flow: Flow) -> None:
    run(flow)
    answer = flow.get(files())
    url = answer["files"][0]["url"]
    assert opened(url).status_code == 200
    flow.clock.advance(300)
    assert opened(url).status_code == 403
    assert datetime.fromisoformat(answer["expiresAt"]) <= flow.clock.now()
    put_right(flow)


@pytest.mark.parametrize("change", [lambda url: url[:-1], lambda url: url.partition("?")[0]])
def test_a_link_that_we_did_not_make_opens_nothing(
    flow: Flow, change: Callable[[str], str]
) -> None:
    run(flow)
    url = flow.get(files())["files"][1]["url"]
    assert opened(change(url)).status_code in (400, 403)
    put_right(flow)


def test_a_link_of_a_report_that_was_run_again_says_so(flow: Flow) -> None:
    run(flow)
    url = flow.get(files())["files"][0]["url"]
    flow.clock.advance(1)
    ask(flow, again=True)
    answer = opened(url)
    assert (answer.status_code, "run again" in answer.json()["detail"]) == (404, True)
    put_right(flow)
