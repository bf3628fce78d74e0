"""The keys of all items in the table, and nothing else.

pk                 sk                              item
PORTAL#<portal>    CONNECTION                      the connection, with its settings
PORTAL#<portal>    INVOICE#<HubSpot invoice>       the record of an invoice
PORTAL#<portal>    INVOICE#<...>#ATTEMPT#<time>    an attempt; expires
PORTAL#<portal>    QUEUED#<HubSpot invoice>        that a person had it queued; expires
PORTAL#<portal>    DECISION#<invoice>#<time>       what a person decided; expires
PORTAL#<portal>    AUDIT#<time>#<random>           what a person did; expires
PORTAL#<portal>    LEASE#<name>                    a lease of something that has no record
PORTAL#<portal>    UNSENT#<id>                     hints that the queue refused, for the sweep
PORTAL#<portal>    BUDGET#<name>#<minute>          how often something was done then; expires
PORTAL#<portal>    TIMETABLE#<rate>                from when on a service may be called; expires
PORTAL#<portal>    COUNTS                          how many invoices fail, and the money in no book
PORTAL#<portal>    UNRECORDED#<since>#<invoice>    an invoice with money that is in no book
PORTAL#<portal>    CAUSE#<root cause>              how many invoices fail for a root cause
PORTAL#<portal>    MARKS                           how far the sweep has come
PORTAL#<portal>    JOB#<kind>#<job>                a job; expires
PORTAL#<portal>    RESULT#<name>#<number>          a part of a job's result; expires
REALM#<realm>      CONNECTION                      the portal that the realm is connected to
REALM#<realm>      INVOICE#<QuickBooks invoice>    the HubSpot invoice that it stands for
REALM#<realm>      PAYMENT#<portal>#<payment>      a HubSpot payment and who may send it
REALM#<realm>      CUSTOMER#<portal>#<contact>     a HubSpot contact and who may create its customer
REALM#<realm>      WAIT#<awaited>#<portal>#<...>   an invoice that waits for something
REALM#<realm>      REMEMBERED#<name>               a value that need not be read again; expires
CONNECTIONS        PORTAL#<portal>                 the list of all connections

The index "open" lists the records that are not settled, by openPortal and openSince.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

OPEN_INDEX = "open"
# The longest name inside a sort key. DynamoDB takes 1,024 bytes for the whole key.
_LONGEST_NAME, _LONGEST_KEY = 800, 1024

Key = dict[str, str]


@dataclass(frozen=True)
class KeyRange:
    """Items of one partition, of the table itself or of one of its indexes."""

    partition: str
    # Sort keys begin with this; empty: all.
    prefix: str = ""
    # Sort keys are less than this; empty: all.
    below: str = ""
    # The name of the index; empty: the table.
    index: str = ""


# -- connections


def connection(portal_id: str) -> Key:
    return _key(_portal(portal_id), "CONNECTION")


def connection_of_realm(realm_id: str) -> Key:
    return _key(_realm(realm_id), "CONNECTION")


def connection_in_list(portal_id: str) -> Key:
    return _key("CONNECTIONS", _portal(portal_id))


def all_connections() -> KeyRange:
    return KeyRange("CONNECTIONS")


def connection_listed_as(item: Mapping[str, Any]) -> Key:
    """Return the key of the connection that an item of `all_connections` stands for."""
    return _key(item["sk"], "CONNECTION")


# -- records and what belongs to an invoice


def record(portal_id: str, invoice_id: str) -> Key:
    return _key(_portal(portal_id), f"INVOICE#{invoice_id}")


def portal_of_connection(item: Mapping[str, Any]) -> str:
    """Return the id of the portal in the key of a connection."""
    return str(item["pk"]).removeprefix("PORTAL#")


def ids_of_record(item: Mapping[str, Any]) -> tuple[str, str]:
    """Return the ids of the portal and of the HubSpot invoice in the key of a record."""
    return item["pk"].removeprefix("PORTAL#"), item["sk"].removeprefix("INVOICE#")


def attempt(portal_id: str, invoice_id: str, at: datetime) -> Key:
    return _key(_portal(portal_id), f"INVOICE#{invoice_id}#ATTEMPT#{at.isoformat()}")


def attempts(portal_id: str, invoice_id: str) -> KeyRange:
    return KeyRange(_portal(portal_id), f"INVOICE#{invoice_id}#ATTEMPT#")


def queued(portal_id: str, invoice_id: str) -> Key:
    return _key(_portal(portal_id), f"QUEUED#{invoice_id}")


def invoice_id_of_queued(item: Mapping[str, Any]) -> str:
    return str(item["sk"].removeprefix("QUEUED#"))


def decision(portal_id: str, invoice_id: str, at: datetime) -> Key:
    return _key(_portal(portal_id), f"DECISION#{invoice_id}#{at.isoformat()}")


def decisions(portal_id: str, invoice_id: str) -> KeyRange:
    return KeyRange(_portal(portal_id), f"DECISION#{invoice_id}#")


# -- the audit


def audit_entry(portal_id: str, at: datetime, random: str) -> Key:
    # Always with microseconds, as the texts are sorted. `random` tells entries of one moment apart.
    return _key(_portal(portal_id), f"AUDIT#{at.isoformat(timespec='microseconds')}#{random}")


def all_audit(portal_id: str) -> KeyRange:
    return KeyRange(_portal(portal_id), "AUDIT#")


def audit_entry_at(portal_id: str, position: str) -> Key:
    """Return the key of an entry by its position, which is its sort key.

    Raises ValueError when it is none of theirs.
    """
    return _key(_portal(portal_id), _among(position, "AUDIT#"))


# -- the index of records that are not settled


def failing_entry(portal_id: str, invoice_id: str, since: datetime) -> Key:
    """Return the attributes that put a record into the list of failing ones."""
    return _open_entry(f"FAILING#{portal_id}", invoice_id, since)


def pending_entry(portal_id: str, invoice_id: str, since: datetime) -> Key:
    """Return the attributes that put a record into the list of those that wait for a worker."""
    return _open_entry(f"PENDING#{portal_id}", invoice_id, since)


def failing(portal_id: str) -> KeyRange:
    return KeyRange(f"FAILING#{portal_id}", index=OPEN_INDEX)


def pending(portal_id: str, before: datetime) -> KeyRange:
    return KeyRange(f"PENDING#{portal_id}", below=before.isoformat(), index=OPEN_INDEX)


def open_since(item: Mapping[str, Any]) -> str:
    """Return since when a record is in the index, in ISO 8601."""
    return str(item["openSince"].partition("#")[0])


def position_in_failing(item: Mapping[str, Any]) -> Key:
    """Return the keys of a failing record in both the index and the table: where a query for
    `failing` can go on."""
    return {name: item[name] for name in ("pk", "sk", "openPortal", "openSince")}


def check_position_in_failing(position: Mapping[str, Any], portal_id: str) -> Key:
    """Return a position from outside as the keys that DynamoDB takes.

    Raises ValueError, KeyError or TypeError when it is not one in this portal's failing records.
    """
    ours = _portal(portal_id), failing(portal_id).partition
    if (position["pk"], position["openPortal"]) != ours or len(position) != 4:
        raise ValueError("not a position in this portal")
    _among(position["sk"], "INVOICE#")
    _among(position["openSince"], "")
    return position_in_failing(position)


# -- other items of a portal


def lease(portal_id: str, name: str) -> Key:
    return _key(_portal(portal_id), f"LEASE#{name}")


def unsent(portal_id: str, portion_id: str) -> Key:
    return _key(_portal(portal_id), f"UNSENT#{portion_id}")


def all_unsent(portal_id: str) -> KeyRange:
    return KeyRange(_portal(portal_id), "UNSENT#")


def id_of_unsent(item: Mapping[str, Any]) -> str:
    return str(item["sk"].removeprefix("UNSENT#"))


def budget(portal_id: str, name: str, at: datetime) -> Key:
    return _key(_portal(portal_id), f"BUDGET#{name}#{at:%Y-%m-%dT%H:%M}")


def timetable(portal_id: str, rate: str) -> Key:
    return _key(_portal(portal_id), f"TIMETABLE#{rate}")


def counts(portal_id: str) -> Key:
    return _key(_portal(portal_id), "COUNTS")


def unrecorded(portal_id: str, since: datetime, invoice_id: str) -> Key:
    return _key(_portal(portal_id), f"UNRECORDED#{since.isoformat()}#{invoice_id}")


def all_unrecorded(portal_id: str) -> KeyRange:
    return KeyRange(_portal(portal_id), "UNRECORDED#")


def unrecorded_at(portal_id: str, position: str) -> Key:
    """Return the key of an entry by its position, which is its sort key.

    Raises ValueError when it is none of theirs.
    """
    return _key(_portal(portal_id), _among(position, "UNRECORDED#"))


def cause(portal_id: str, root_cause: str) -> Key:
    return _key(_portal(portal_id), f"CAUSE#{root_cause}")


def causes(portal_id: str, code: str) -> KeyRange:
    """Return the range of all root causes of a failure code; of all codes when it is empty."""
    return KeyRange(_portal(portal_id), f"CAUSE#{code}")


def root_cause_of(item: Mapping[str, Any]) -> str:
    return str(item["sk"].removeprefix("CAUSE#"))


def marks(portal_id: str) -> Key:
    return _key(_portal(portal_id), "MARKS")


def job(portal_id: str, kind: str, job_id: str) -> Key:
    return _key(_portal(portal_id), f"JOB#{kind}#{job_id}")


def jobs(portal_id: str) -> KeyRange:
    return KeyRange(_portal(portal_id), "JOB#")


def result_part(portal_id: str, name: str, number: int) -> Key:
    return _key(_portal(portal_id), f"RESULT#{name}#{number:05}")


def result_part_at(portal_id: str, position: str) -> Key:
    """Return the key of a part by its position, which is its sort key."""
    return _key(_portal(portal_id), position)


def result_parts(portal_id: str, name: str) -> KeyRange:
    return KeyRange(_portal(portal_id), f"RESULT#{name}#")


# -- items of a realm


def link(realm_id: str, quickbooks_id: str) -> Key:
    return _key(_realm(realm_id), f"INVOICE#{quickbooks_id}")


def all_links(realm_id: str) -> KeyRange:
    return KeyRange(_realm(realm_id), "INVOICE#")


def quickbooks_id_of_link(item: Mapping[str, Any]) -> str:
    return str(item["sk"].removeprefix("INVOICE#"))


def payment(realm_id: str, portal_id: str, payment_id: str) -> Key:
    return _key(_realm(realm_id), f"PAYMENT#{portal_id}#{payment_id}")


def customer(realm_id: str, portal_id: str, contact_id: str) -> Key:
    return _key(_realm(realm_id), f"CUSTOMER#{portal_id}#{contact_id}")


def wait(realm_id: str, awaited: str, portal_id: str, invoice_id: str) -> Key:
    return _key(_realm(realm_id), f"WAIT#{_bounded(awaited)}#{portal_id}#{invoice_id}")


def waits(realm_id: str, awaited: str) -> KeyRange:
    """Return the range of all who wait for exactly this."""
    return KeyRange(_realm(realm_id), f"WAIT#{_bounded(awaited)}#")


def waits_that_begin(realm_id: str, prefix: str) -> KeyRange:
    """Return the range of all who wait for anything whose name begins so."""
    return KeyRange(_realm(realm_id), f"WAIT#{prefix}")


def remembered(realm_id: str, name: str) -> Key:
    return _key(_realm(realm_id), f"REMEMBERED#{_bounded(name)}")


def remembered_that_begin(realm_id: str, prefix: str) -> KeyRange:
    """Return the range of all that is remembered under names that begin so."""
    return KeyRange(_realm(realm_id), f"REMEMBERED#{prefix}")


def name_of_remembered(item: Mapping[str, Any]) -> str:
    return str(item["sk"].removeprefix("REMEMBERED#"))


# -- all that is kept for a portal


def all_of(portal_id: str, realm_id: str) -> tuple[KeyRange, KeyRange]:
    return KeyRange(_portal(portal_id)), KeyRange(_realm(realm_id))


def is_kept_by_erasure(key: Key) -> bool:
    """Tell whether the deletion of a portal's data leaves this item: the connection until its end,
    and the deletion itself."""
    kept = ("JOB#deletion#", "LEASE#deletions#", "LEASE#TOKENS")
    return key["sk"] == "CONNECTION" or key["sk"].startswith(kept)


# -- parts of keys


def _key(pk: str, sk: str) -> Key:
    return {"pk": pk, "sk": sk}


def _portal(portal_id: str) -> str:
    return f"PORTAL#{portal_id}"


def _realm(realm_id: str) -> str:
    return f"REALM#{realm_id}"


def _among(position: Any, prefix: str) -> str:
    """Return a sort key from outside. Raises ValueError for one that does not begin so, and for one
    that DynamoDB does not take: an empty one, or one that is too long."""
    if not isinstance(position, str) or not position.startswith(prefix):
        raise ValueError("not a position among these")
    if not 0 < len(position.encode()) <= _LONGEST_KEY:
        raise ValueError("no position")
    return position


def _open_entry(partition: str, invoice_id: str, since: datetime) -> Key:
    # The id makes the order total, and tells apart invoices that began to fail at once.
    return {"openPortal": partition, "openSince": f"{since.isoformat()}#{invoice_id}"}


def _bounded(name: str) -> str:
    """Return a name, or a digest of it when it is long: people's names of products may have more
    bytes than DynamoDB's sort keys."""
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return name[:100] + hashlib.sha256(name.encode()).hexdigest()
