"""A table that was restored, as a rule one that the stack uses instead of its own: the option
`tableName`.

DynamoDB restores items, keys, indexes and encryption, and nothing else that the stack sets on its
own table (API reference, RestoreTableToPointInTime).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.options import Options
from invoice_sync.store.keys import OPEN_INDEX

_RUNBOOK = 'docs/runbook.md, "When the table must be restored"'
# Attributes of the table's keys, and of those of its index.
_KEYS, _INDEX_KEYS = ["pk", "sk"], ["openPortal", "openSince"]
_EXPIRES = "expiresAt"
# The tag that names the deployment. The stack sets it on its own table and `complete` on a restored
# one; a restore copies no tags.
_SERVICE = "service"


def problems(client: Any, options: Options) -> Iterator[str]:
    """Yield why a stack cannot use its `tableName`. `client`: DynamoDB's. Raises ClientError."""
    name = options.table_name
    try:
        table = client.describe_table(TableName=name)["Table"]
    except client.exceptions.ResourceNotFoundException:
        yield f"tableName: there is no table {name} in {options.region}. Restore it: {_RUNBOOK}"
        return
    if table["TableStatus"] != "ACTIVE":
        yield f"tableName: {name} is {table['TableStatus']}. Wait until it is ACTIVE"
        return
    tags = client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    of = next((tag["Value"] for tag in tags if tag["Key"] == _SERVICE), options.stack_name)
    if of != options.stack_name:
        yield (
            f"tableName: {name} is the table of {of}, as its tag {_SERVICE} says. Two deployments"
            f" must not share one: restore it to a table for {options.stack_name}"
        )
    if not _has_our_keys(table):
        yield f"tableName: {name} has other keys or indexes than this app's table"
    key = table.get("SSEDescription", {}).get("KMSMasterKeyArn", "")
    if key not in ("", options.kms_key_arn):
        yield (
            f"tableName: {name} is encrypted with {key}, which the functions may use only if it is"
            " the kmsKeyArn"
        )


def _has_our_keys(table: dict[str, Any]) -> bool:
    indexes = {one["IndexName"]: one for one in table.get("GlobalSecondaryIndexes", [])}
    index = indexes.get(OPEN_INDEX, {"KeySchema": [], "Projection": {}})
    return (
        _names(table) == _KEYS
        and _names(index) == _INDEX_KEYS
        and index["Projection"].get("ProjectionType") == "ALL"
    )


def _names(described: dict[str, Any]) -> list[str]:
    return [key["AttributeName"] for key in described["KeySchema"]]


def complete(client: Any, name: str, options: Options) -> Iterator[str]:
    """Set what a restore leaves out of a table, and yield what was set. Safe to repeat. Raises
    ClientError."""
    table = client.describe_table(TableName=name)["Table"]
    living = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if living["TimeToLiveStatus"] == "DISABLED":
        client.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": _EXPIRES},
        )
        yield f"{name}: what has expired is deleted"
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    if backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED":
        client.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        yield f"{name}: can be restored to a point in time, from now on"
    if options.on_deletion == "retain" and not table.get("DeletionProtectionEnabled"):
        client.update_table(TableName=name, DeletionProtectionEnabled=True)
        yield f"{name}: is protected against deletion"
    tags = {**options.tags, _SERVICE: options.stack_name}
    client.tag_resource(
        ResourceArn=table["TableArn"],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    yield f"{name}: has the tags {', '.join(sorted(tags))}"
