"""The saved queries of CloudWatch Logs Insights: what a person asks the logs when an alarm rings.

Each costs 0.005 USD a GB that it reads, and nothing while nobody runs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_logs
from constructs import Construct

# The short form of `errors` that fits into an alarm's description.
NEWEST_ERRORS = "filter level in ['ERROR','WARNING'] or ispresent(errorType)"
FAILED_REQUESTS = "filter status>=500|stats count(*) by route,status,integrationError"
FAILING_LOOKS = "filter status='failing'|stats count_distinct(invoiceId) by code,portalId"
WHICH_PORTAL = "filter ispresent(portalId)|stats count(*) by portalId,message,error"

LOOKS = 'filter message = "looked at an invoice"'


@dataclass(frozen=True)
class SavedQuery:
    """`functions`: whose log it reads; empty: that of all."""

    name: str
    text: str
    functions: Sequence[str] = ()


SAVED = (
    SavedQuery(
        "errors",
        "fields @timestamp, @log, level, message, why, error, where, portalId, invoiceId,"
        " messageId, errorType, errorMessage\n"
        '| filter level in ["ERROR", "WARNING"] or ispresent(errorType)\n'
        "| sort @timestamp desc | limit 100",
    ),
    SavedQuery(
        "looks",
        "fields @timestamp, portalId, invoiceId, trigger, event, status, code, quickbooksId\n"
        f"| {LOOKS}\n| sort @timestamp desc | limit 200",
        ("sync_worker",),
    ),
    SavedQuery(
        "looks by status and reason",
        f"{LOOKS}\n| stats count(*) as looks by bin(5m), status, code\n| sort looks desc",
        ("sync_worker",),
    ),
    SavedQuery(
        "failing invoices by reason",
        f'{LOOKS} and status = "failing"\n'
        "| stats count_distinct(invoiceId) as invoices, max(@timestamp) as latest"
        " by code, portalId\n| sort invoices desc",
        ("sync_worker",),
    ),
    SavedQuery(
        "timeouts",
        'filter type = "platform.report" and record.status = "timeout"\n'
        "| fields @timestamp, @log, record.metrics.durationMs\n| sort @timestamp desc",
    ),
    SavedQuery(
        "metered reads by day",
        "filter ispresent(MeteredReads)\n| stats sum(MeteredReads) as reads by bin(1d)",
    ),
    SavedQuery(
        "invoices written by hour",
        "filter ispresent(InvoicesSynced)\n| stats sum(InvoicesSynced) as synced by bin(1h)",
        ("sync_worker",),
    ),
)


class SavedQueries(Construct):
    """`groups`: the log groups by the names of the functions."""

    def __init__(
        self, scope: Construct, id_: str, *, deployment: str, groups: dict[str, str], access: str
    ) -> None:
        super().__init__(scope, id_)
        for query in SAVED:
            names = query.functions or tuple(groups)
            self._save(deployment, query.name, query.text, [groups[name] for name in names])
        failed = "filter status >= 500\n| stats count(*) as requests by route, status"
        self._save(deployment, "requests that failed", failed, [access])

    def _save(self, deployment: str, name: str, text: str, groups: list[str]) -> None:
        aws_logs.CfnQueryDefinition(
            self,
            name.replace(" ", "-"),
            name=f"{deployment}/{name}",
            query_string=text,
            log_group_names=groups,
        )
