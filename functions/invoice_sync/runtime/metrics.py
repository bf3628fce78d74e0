"""The numbers of the functions: their names, their units and the only code that writes them.

A number that an alarm looks at is a metric. CloudWatch bills each metric, and each combination of
its dimensions, for every hour in which it is sent: so no portal or invoice is ever a dimension, and
the log and the table name who has trouble. The only dimension is the deployment (`service`).
`ServerErrors`, which turns a new version back, has the function and its version too.

A number that people only look at is in a line of the log. That costs next to nothing, and a query
sums it up.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from aws_lambda_powertools import Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from invoice_sync.runtime.logger import logger

# -- metrics

INVOICES_FAILED = "InvoicesFailed"  # invoices that began to fail, or now fail for another reason
INVOICES_UNEXPECTED = "InvoicesUnexpected"  # those among them that failed as `unexpected`
# Requests that were not signed, and states and links that are not ours or too old.
SIGNATURE_REFUSED = "SignatureRefused"
RECONNECT_REQUIRED = "ReconnectRequired"  # connections whose access has just ended
OWN_ERRORS = "OwnErrors"  # bugs that were contained: the function itself went on
SERVER_ERRORS = "ServerErrors"  # requests that a bug answered with 500
# Milliseconds from the webhook's arrival to QuickBooks' confirmation.
SYNC_LATENCY = "SyncLatency"
# Gauges that the sweep sends, each for all portals together.
OLDEST_FAILURE_AGE = "OldestFailureAge"  # seconds
DAYS_TO_RECONNECT = "DaysToReconnect"  # 0 when the access of a connection has ended
SWEEP_LAG = "SweepLag"  # seconds for which a look for missed changes has been due

# -- in the log only

INVOICES_SYNCED = "InvoicesSynced"  # invoices written to QuickBooks
METERED_READS = "MeteredReads"  # QuickBooks reads that Intuit meters
FAILING_INVOICES = "FailingInvoices"  # of all portals together, at a sweep

_LOGGED = {INVOICES_SYNCED, METERED_READS, FAILING_INVOICES}
_MOST_VALUES = 99
_lock = threading.Lock()  # calls of one worker run on many threads
_metrics = Metrics()
_logged: dict[str, float] = {}


def count(name: str, number: int = 1) -> None:
    """Add to a counter."""
    _add(name, MetricUnit.Count, number)


def gauge(name: str, value: float) -> None:
    """Record a value that stands for this moment."""
    _add(name, MetricUnit.NoUnit, value)


def duration(name: str, value: timedelta) -> None:
    """Record a duration in milliseconds."""
    _add(name, MetricUnit.Milliseconds, value / timedelta(milliseconds=1))


def server_error() -> None:
    """Count a request that met a bug, for the alarm of this version of this function."""
    # Lambda's own metrics call them so.
    dimensions = {
        "FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
        "ExecutedVersion": os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    }
    with (
        _lost_if_not_written(),
        single_metric(SERVER_ERRORS, MetricUnit.Count, 1, default_dimensions=dimensions),
    ):
        pass


def flush() -> None:
    """Write the numbers to the log, where CloudWatch finds the metrics. Call it at a handler's end.

    Numbers that cannot be written are lost; the work that they count is done by then.
    """
    with _lock:
        _flush()
        if _logged:
            logger.info("numbers", extra=dict(_logged))
            _logged.clear()


def _add(name: str, unit: MetricUnit, value: float) -> None:
    with _lock:
        if name in _LOGGED:
            _logged[name] = _logged.get(name, 0) + value
            return
        # The hundredth value makes Powertools print at once, even where metrics are disabled.
        if len(_metrics.metric_set.get(name, {}).get("Value", ())) == _MOST_VALUES:
            _flush()
        _metrics.add_metric(name=name, unit=unit, value=value)


@contextmanager
def _lost_if_not_written() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        logger.error("metrics are lost", extra={"error": type(error).__name__})


def _flush() -> None:
    if not _metrics.metric_set:
        return
    with _lost_if_not_written():
        _metrics.flush_metrics()
    _metrics.clear_metrics()  # where metrics are disabled, flushing alone would keep them
