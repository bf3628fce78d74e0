"""After the table was restored or lost: make restored SINCE=2026-01-24T12:00:00Z

Tells all connections, or one, that the table may have forgotten what was made since that moment.
From then on the app looks in QuickBooks for its own notes before it creates something that HubSpot
had already. It sees an old table by itself; this is for one that was lost, so that the connections
are new, or that was restored to a moment less than a quarter of an hour ago.

With ENV=... it first sets on the table what AWS does not restore (infra/restored_table.py).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.deployed import NotDeployedError, output
from invoice_sync.model.connection import Gap
from invoice_sync.store.connections import ConnectionStore
from invoice_sync.store.table import Table


def main(
    arguments: list[str],
    now: datetime | None = None,
    first: Callable[[], None] = lambda: None,
) -> int:
    """`first`: what is done before the connections are told, once the arguments are known to be
    right."""
    parser = argparse.ArgumentParser(
        prog="make restored",
        usage="make restored ENV=prod SINCE=2026-01-24T12:00:00Z [ARGS='--portal ID']",
        description=__doc__,
    )
    parser.add_argument("since", metavar="SINCE", help="the moment, in ISO 8601 with its zone")
    parser.add_argument("--stack", default="invoice-sync", help="its name")
    parser.add_argument("--table", default="", help="the table's name, instead of the stack's")
    parser.add_argument("--portal", default="", help="only this HubSpot account")
    options = parser.parse_args(arguments)
    until = now or datetime.now(UTC)
    try:
        since = datetime.fromisoformat(options.since)
    except ValueError:
        parser.error("the moment must be in ISO 8601, such as 2026-01-24T12:00:00Z")
    if since.tzinfo is None or since > until:
        parser.error("the moment must have a zone, and be over")
    first()
    try:
        table = options.table or output(options.stack, "TableName")
        dynamodb = boto3.Session().client("dynamodb")
        connections = ConnectionStore(Table(dynamodb, table, time.sleep))
        told = _tell(connections, options.portal, Gap(since=since, until=until))
    except (NotDeployedError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1
    if not told:
        whose = f"no connection of {options.portal}" if options.portal else "no connection"
        print(f"{table} has {whose}. Connect, then run this again", file=sys.stderr)
        return 1
    print(f"{told} connections know of it")
    return 0


def _tell(connections: ConnectionStore, portal_id: str, gap: Gap) -> int:
    told = [each for each in connections.all() if portal_id in ("", each.portal_id)]
    for connection in told:
        connections.set_gap(connection.portal_id, gap)
    return len(told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
