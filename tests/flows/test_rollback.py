"""A newer version of this app ran, and then the one before runs again: what the newer one stored is
read, and what only the newer one knows is still there afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .acting import run_sweep, take
from .backfilling import add_old, plan
from .conftest import PORTAL_ID, Flow
from .deciding import resolve
from .restoring import Items
from .test_report import files, query
from .test_report import run as run_report

NEW = "something_new"
# Words that code chooses by: of a newer version they may be others.
WORDS = (
    "status",
    "state",
    "code",
    "variant",
    "action",
    "trigger",
    "kind",
    "problem",
    "skipKind",
    "finding",
    "resolution",
    "serviceDate",
    "documentNumber",
    "displayName",
    "onDisplayNameClash",
    "nativeSync",
    "broken",
    "taxCalculation",
    "failureCode",
)


@pytest.fixture
def world(flow: Flow) -> list[str]:
    """Invoices in every state, and every kind of item that the table has. Returns their ids."""
    flow.quickbooks.switches.rate_limits_on = False
    run_sweep(flow)
    fine, paid, odd, failing, stopped = (flow.invoice() for _ in range(5))
    draft = flow.invoice(status="draft")
    flow.portal.update("line_items", flow.line_of(failing), {"hs_sku": "", "name": "Unheard"})
    take(flow, paid, "300")
    take(flow, odd, "300", hs_latest_status="refunded", hs_refunds_amount="300")
    flow.work()
    flow.realm.delete_invoice(flow.in_quickbooks(stopped)[0]["Id"])
    flow.clock.advance(2)
    flow.set_price(stopped, "175")
    flow.work_later()
    assert flow.failure_code(stopped) == "modified_outside_hubspot"
    resolve(flow, stopped, "stop_syncing")
    flow.post(f"/v1/invoices/{failing}/retry")
    flow.settings(native_sync="was_on", may_act=["everyone"])
    flow.get("/v1/settings/choices")
    flow.post("/v1/failures/retry")
    add_old(flow)
    plan(flow)
    run_report(flow)
    flow.work()
    return [fine, paid, odd, failing, stopped, draft]


def put_back(flow: Flow, items: Items) -> None:
    client, name = flow.own.aws.client("dynamodb"), flow.own.aws.environment["TABLE_NAME"]
    for item in items:
        client.put_item(TableName=name, Item=item)


_Change = Callable[[dict[str, Any]], dict[str, Any]]
# Maps by name, whose names are no fields.
_BY_NAME = ("fields", "lines", "terms", "taxCodes", "arguments", "calls", "byCode", "byOutcome")


def changed(value: Any, change: _Change, name: str = "") -> Any:
    """Return a value of DynamoDB's JSON with a change made to every model in it."""
    if isinstance(value, dict) and "M" in value:
        inner = {key: changed(each, change, key) for key, each in value["M"].items()}
        return {"M": inner if name in _BY_NAME else change(inner)}
    if isinstance(value, dict) and "L" in value:
        return {"L": [changed(each, change) for each in value["L"]]}
    return value


def with_change(items: Items, change: _Change) -> Items:
    """Return those of the items that a change changes, as it leaves them."""
    after = [{name: changed(each, change, name) for name, each in item.items()} for item in items]
    return [new for old, new in zip(items, after, strict=True) if old != new]


def with_field(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "newField": {"M": {"some": {"S": "thing"}}}}


def use_everything(flow: Flow, world: list[str]) -> None:
    """All that reads the table, in every function."""
    for path in (
        "/v1/connection",
        "/v1/settings",
        "/v1/failures",
        "/v1/failures/count",
        "/v1/failures?groupBy=cause",
        "/v1/payments/unrecorded",
        "/v1/audit",
        "/v1/settings/choices",
        "/v1/backfill?from=2026-03-01&to=2026-03-31",
        query(),
        files(),
        *(f"/v1/invoices/{each}/sync-status" for each in world),
        *(f"/v1/invoices/{each}/preview" for each in world),
    ):
        answer = flow.hubspot.fetch(PORTAL_ID, "GET", flow.own.gateway.url + path)
        assert answer.status < 500, (path, answer.text)
        flow.clock.advance(1)
    run_sweep(flow)
    flow.queue.send(flow.hint(each) for each in world)
    flow.work()
    assert flow.own.poller.depth()[0] == 0
    flow.clock.advance(3600)
    run_sweep(flow)
    flow.work()


def dead_letters(flow: Flow) -> int:
    sqs, url = flow.own.aws.client("sqs"), flow.own.aws.dead_letter_url
    number = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])[
        "Attributes"
    ]["ApproximateNumberOfMessages"]
    return int(number)


def test_fields_that_only_the_newer_one_knows(flow: Flow, world: list[str]) -> None:
    after = with_change(flow.table(), with_field)
    assert len(after) > 30
    put_back(flow, after)
    written = len(flow.realm.invoices), len(flow.realm.payments)
    flow.set_price(world[0], "175")
    use_everything(flow, world)
    assert (len(flow.realm.invoices), len(flow.realm.payments)) == written
    assert flow.in_quickbooks(world[0])[0]["TotalAmt"] == 350
    assert dead_letters(flow) == 0
    # What was written meanwhile has kept them.
    for item in flow.table():
        if item["sk"]["S"] in (f"INVOICE#{world[0]}", "CONNECTION") and "data" in item:
            assert '"newField"' in json.dumps(item["data"]["M"])
            assert "newField" in item["data"]["M"]


@pytest.mark.parametrize("name", WORDS)
def test_words_that_only_the_newer_one_knows(flow: Flow, world: list[str], name: str) -> None:
    def with_word(fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, name: {"S": NEW}} if "S" in fields.get(name, {}) else fields

    after = with_change(flow.table(), with_word)
    if name == "status":
        # A newer version counts what fails as this one does.
        after = [item for item in after if item.get("status") != {"S": "failing"}]
    if name == "code":
        # A root cause of the newer version would have another key.
        after = [item for item in after if not item["sk"]["S"].startswith("CAUSE#")]
    put_back(flow, after)
    if name == "code":
        put_back(flow, [as_counted(item) for item in flow.table() if item["sk"]["S"] == "COUNTS"])
    written = len(flow.realm.invoices), len(flow.realm.payments)
    use_everything(flow, world)
    assert (len(flow.realm.invoices), len(flow.realm.payments)) == written
    assert dead_letters(flow) == 0


def as_counted(counts: dict[str, Any]) -> dict[str, Any]:
    """Return the counts as the newer version has them."""
    codes = [name for name in counts if name.startswith("code#")]
    number = sum(int(counts[name]["N"]) for name in codes)
    rest = {name: value for name, value in counts.items() if name not in codes}
    return {**rest, f"code#{NEW}": {"N": str(number)}}
