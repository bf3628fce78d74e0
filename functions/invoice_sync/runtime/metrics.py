"""What the functions measure: the names, the units and the one place that writes them.

No portal or invoice is ever a dimension: each combination of dimensions is billed, and who has
trouble stands in the log and in the table. The only dimension is the deployment (`service`).
"""

from __future__ import annotations

import threading
from datetime import timedelta

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

# Counts of what happened.
INVOICES_SYNCED = "InvoicesSynced"  # written to QuickBooks
INVOICES_FAILED = "InvoicesFailed"  # began to fail, or fail for another reason now
INVOICES_UNEXPECTED = "InvoicesUnexpected"  # of those: with a code that explains nothing
SIGNATURE_REFUSED = "SignatureRefused"  # webhooks
RECONNECT_REQUIRED = "ReconnectRequired"  # connections
METERED_READS = "MeteredReads"  # of QuickBooks
# From the webhook's arrival to QuickBooks' confirmation.
SYNC_LATENCY = "SyncLatency"
# Gauges that the sweep sends, of all portals together.
FAILING_INVOICES = "FailingInvoices"
OLDEST_FAILURE_AGE = "OldestFailureAge"
DAYS_TO_RECONNECT = "DaysToReconnect"

_VALUES = 99
_lock = threading.Lock()  # calls of one worker run on many threads
_metrics = Metrics()


def count(name: str, number: int = 1) -> None:
    _add(name, MetricUnit.Count, number)


def gauge(name: str, value: float) -> None:
    _add(name, MetricUnit.NoUnit, value)


def duration(name: str, value: timedelta) -> None:
    """In milliseconds."""
    _add(name, MetricUnit.Milliseconds, value / timedelta(milliseconds=1))


def flush() -> None:
    """Write what was measured to the log, where CloudWatch finds it. At the end of a handler."""
    with _lock:
        _flush()


def _add(name: str, unit: MetricUnit, value: float) -> None:
    with _lock:
        # The hundredth value makes Powertools print at once, even where metrics are disabled.
        if len(_metrics.metric_set.get(name, {}).get("Value", ())) == _VALUES:
            _flush()
        _metrics.add_metric(name=name, unit=unit, value=value)


def _flush() -> None:
    if _metrics.metric_set:
        _metrics.flush_metrics()
        _metrics.clear_metrics()  # where metrics are disabled, flushing alone would keep them
