"""Many invoices that fail for the same, and what the API shows of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.aws import TABLE
from infra.local.aws_calls import CALLS

from .acting import lose_everything
from .conftest import PORTAL_ID, Flow

EMAIL = "who@else.example"


def without_customer(flow: Flow, number: int, email: str = EMAIL) -> list[str]:
    """Create invoices of one contact whom QuickBooks does not know."""
    contact_id = flow.portal.create("contacts", {"email": email})
    return [flow.invoice(contact_id=contact_id) for _ in range(number)]


def without_item(flow: Flow, number: int) -> list[str]:
    """Create invoices of a product that QuickBooks does not know."""
    lines = [{"name": "Novelty", "quantity": "1", "price": "10"}]
    return [flow.invoice(lines=lines) for _ in range(number)]


def by_cause(flow: Flow, query: str = "") -> dict[str, Any]:
    return flow.get(f"/v1/failures?groupBy=cause{query}")


def of_cause(flow: Flow, cause: str) -> set[str]:
    """Return the ids of the invoices that fail for a root cause."""
    page = flow.get(f"/v1/failures?cause={cause}")
    assert page["cursor"] == ""
    return {failure["invoiceId"] for failure in page["failures"]}


class ApiCalls:
    """Counts the AWS calls of the API, from one question to the next."""

    def __init__(self) -> None:
        self._before = Counter(CALLS)

    def __call__(self) -> dict[str, int]:
        made = CALLS - self._before
        self._before = Counter(CALLS)
        return {
            f"{call.action.partition(':')[2]} {call.resource}": number
            for call, number in made.items()
            if call.function == "api" and not call.resource.startswith("secret:")
        }


# 2,500 invoices fail for one of two causes: the five oldest for the rare one.
THOUSANDS, RARE_ONES = 2500, 5
COMMON, RARE = "item_not_found." + "a" * 16, "item_not_found." + "b" * 16
_FAILURE = {"M": {"code": {"S": "item_not_found"}}}


@contextmanager
def thousands_failing(flow: Flow) -> Iterator[None]:
    """Write failing records straight to the table, and take them away afterwards."""
    database = flow.own.aws.client("dynamodb")
    items = [_record(number) for number in range(THOUSANDS)]
    total = {"N": str(THOUSANDS)}
    oldest = {"S": datetime(2026, 11, 1, tzinfo=UTC).isoformat()}
    counts = {"failing": total, "code#item_not_found": total, "oldestFailedAt": oldest}
    items.append({"pk": {"S": f"PORTAL#{PORTAL_ID}"}, "sk": {"S": "COUNTS"}, **counts})
    items += [_cause(COMMON, THOUSANDS - RARE_ONES), _cause(RARE, RARE_ONES)]
    _write(database, [{"PutRequest": {"Item": item}} for item in items])
    yield
    keys = [{name: item[name] for name in ("pk", "sk")} for item in items]
    _write(database, [{"DeleteRequest": {"Key": key}} for key in keys])
    lose_everything(flow)


def rare_ids() -> list[str]:
    """Return the invoices that fail for the rare cause, newest first."""
    return [_invoice_id(number) for number in reversed(range(RARE_ONES))]


def _invoice_id(number: int) -> str:
    return str(9_000_000 + number)


def _record(number: int) -> dict[str, Any]:
    invoice_id = _invoice_id(number)
    since = (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number)).isoformat()
    cause = RARE if number < RARE_ONES else COMMON
    data = {
        "portalId": {"S": PORTAL_ID},
        "invoiceId": {"S": invoice_id},
        "status": {"S": "failing"},
        "failure": _FAILURE,
        "failingSince": {"S": since},
        "cause": {"S": cause},
    }
    return {
        "pk": {"S": f"PORTAL#{PORTAL_ID}"},
        "sk": {"S": f"INVOICE#{invoice_id}"},
        "status": {"S": "failing"},
        "version": {"N": "1"},
        "data": {"M": data},
        "openPortal": {"S": f"FAILING#{PORTAL_ID}"},
        "openSince": {"S": f"{since}#{invoice_id}"},
        "failureCode": {"S": "item_not_found"},
        "failureCause": {"S": cause},
    }


def _cause(cause: str, number: int) -> dict[str, Any]:
    example = {"invoiceId": {"S": "1"}, "failure": _FAILURE, "since": {"S": ""}}
    return {
        "pk": {"S": f"PORTAL#{PORTAL_ID}"},
        "sk": {"S": f"CAUSE#{cause}"},
        "failing": {"N": str(number)},
        "example": {"M": example},
        "newestAt": {"S": "2026-11-23T12:00:00+00:00"},
    }


def _write(database: Any, writes: list[dict[str, Any]]) -> None:
    for start in range(0, len(writes), 25):
        database.batch_write_item(RequestItems={TABLE: writes[start : start + 25]})
