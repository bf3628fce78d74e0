"""A table that is lost, or restored to an earlier state."""

from __future__ import annotations

from typing import Any

from .conftest import Flow

Items = list[dict[str, Any]]


def restore(flow: Flow, earlier: Items) -> None:
    """Let the table have these items and no others."""
    client, name = flow.own.aws.client("dynamodb"), flow.own.aws.environment["TABLE_NAME"]
    for item in flow.table():
        client.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
    for item in earlier:
        client.put_item(TableName=name, Item=item)


def lose_records(flow: Flow) -> None:
    """Lose all but the connection."""
    kept = [item for item in flow.table() if "CONNECTION" in item["pk"]["S"] + item["sk"]["S"]]
    restore(flow, kept)
