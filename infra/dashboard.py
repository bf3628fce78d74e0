"""Two dashboards: one for whoever has the failing invoices, one for whoever runs the app.

Each is read without a manual: its head says what it shows and where to go on, each graph has its
unit, and a line where an alarm rings. Numbers that no alarm looks at are read from the log.

The first three dashboards of an account, of at most 50 metrics each, cost nothing; each further one
3 USD a month.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Aws, Duration, aws_lambda
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra import links, queries
from infra.ingest import HintQueue
from infra.schedule import SWEEP_EVERY
from invoice_sync.runtime import metrics

# With the name of the stack.
BUSINESS, TECHNICAL = "{}-business", "{}-technical"

_MINUTE, _QUARTER, _HOUR, _DAY = (
    Duration.minutes(1),
    Duration.minutes(15),
    Duration.hours(1),
    Duration.days(1),
)
_WIDTH = 24


@dataclass(frozen=True)
class Measured:
    """Makes a metric out of what the functions of this deployment measure themselves."""

    namespace: str
    deployment: str

    def __call__(
        self, name: str, statistic: str, period: Duration, label: str = ""
    ) -> cloudwatch.Metric:
        """Return the metric with that name from `invoice_sync.runtime.metrics`."""
        return cloudwatch.Metric(
            namespace=self.namespace,
            metric_name=name,
            dimensions_map={"service": self.deployment},
            statistic=statistic,
            period=period,
            label=label or None,
        )


@dataclass(frozen=True)
class Thresholds:
    """Where the alarms ring, for the lines in the graphs."""

    new_failures: int
    failure_days: float
    latency_seconds: float
    wait_seconds: float
    sweep_lag_minutes: float
    server_errors: int


@dataclass(frozen=True)
class Shown:
    """What both dashboards are made of."""

    measured: Measured
    functions: Mapping[str, aws_lambda.Function]
    hints: HintQueue
    http: gateway.HttpApi
    runbook_url: str
    connect_url: str
    thresholds: Thresholds

    def groups(self, *names: str) -> list[str]:
        return [self.functions[name].log_group.log_group_name for name in names or self.functions]

    def link(self, name: str) -> str:
        return links.dashboard(Aws.REGION, name.format(self.measured.deployment))


def business(scope: Construct, shown: Shown, alarms: Sequence[cloudwatch.IAlarm]) -> None:
    """Invoices that fail, and connections that end."""
    measured = shown.measured
    head = (
        "# Invoices from HubSpot to QuickBooks\n"
        "Failing invoices are not in QuickBooks, or differ from HubSpot. Each says why, and what to"
        " do, **in HubSpot**, on its own card and in the app's list.\n\n"
        f"{links.runbook_in_markdown(shown.runbook_url, 'What an alarm means')} ·"
        f" [Connect again]({shown.connect_url}) · [For operators]({shown.link(TECHNICAL)})"
    )
    cloudwatch.Dashboard(
        scope,
        "Business",
        dashboard_name=BUSINESS.format(measured.deployment),
        default_interval=Duration.days(7),
        widgets=[
            [_text(head)],
            [_states(alarms, 2)],
            _numbers(shown),
            _failures(shown),
        ],
    )


def _age(shown: Shown) -> cloudwatch.IMetric:
    oldest = shown.measured(metrics.OLDEST_FAILURE_AGE, "Maximum", SWEEP_EVERY)
    return _in_units(oldest, 86400, "oldest, days")


def _numbers(shown: Shown) -> list[cloudwatch.IWidget]:
    days = shown.measured(metrics.DAYS_TO_RECONNECT, "Minimum", SWEEP_EVERY, "days")
    return [
        _table(
            "Failing now (at the newest sweep)",
            shown.groups("sweep"),
            "filter ispresent(FailingInvoices) | fields @timestamp, FailingInvoices"
            " | sort @timestamp desc | limit 1",
            6,
            4,
        ),
        _number("Oldest failure, days", _age(shown), 6),
        _number("Days until a connection ends", days, 6),
        _table(
            "Invoices written to QuickBooks, by day",
            shown.groups("sync_worker"),
            "filter ispresent(InvoicesSynced)"
            " | stats sum(InvoicesSynced) as written by bin(1d) as day | sort day desc",
            6,
            4,
        ),
    ]


def _failures(shown: Shown) -> list[cloudwatch.IWidget]:
    measured, limits = shown.measured, shown.thresholds
    return [
        _graph(
            "Invoices that began to fail, an hour",
            [measured(metrics.INVOICES_FAILED, "Sum", _HOUR, "began to fail")],
            "invoices",
            limits.new_failures,
        ),
        _graph("Oldest failure", [_age(shown)], "days", limits.failure_days),
        _table(
            "Failing invoices by reason, in the time shown",
            shown.groups("sync_worker"),
            f'{queries.LOOKS} and status = "failing"'
            " | stats count_distinct(invoiceId) as invoices by code, portalId"
            " | sort invoices desc",
        ),
    ]


def technical(scope: Construct, shown: Shown, alarms: Sequence[cloudwatch.IAlarm]) -> None:
    """Queue, functions, front and sweep."""
    head = (
        "# Invoice sync: operation\n"
        "Webhooks → queue → `sync_worker` → QuickBooks; the sweep finds what no webhook told."
        " Nothing is lost while messages wait.\n\n"
        f"{links.runbook_in_markdown(shown.runbook_url, 'Runbook')} ·"
        f" [For finance]({shown.link(BUSINESS)}) · saved log queries:"
        f" Logs Insights, *{shown.measured.deployment}/*"
    )
    cloudwatch.Dashboard(
        scope,
        "Technical",
        dashboard_name=TECHNICAL.format(shown.measured.deployment),
        default_interval=_DAY,
        widgets=[
            [_text(head)],
            [_states(alarms, 3)],
            _flow(shown),
            _functions(shown),
            _front_and_sweep(shown),
            _logs(shown),
        ],
    )


def _flow(shown: Shown) -> list[cloudwatch.IWidget]:
    measured, queue, dead = shown.measured, shown.hints.queue, shown.hints.dead_letters
    visible = queue.metric_approximate_number_of_messages_visible(
        period=_MINUTE, statistic="Maximum", label="waiting"
    )
    letters = dead.metric_approximate_number_of_messages_visible(
        period=_MINUTE, statistic="Maximum", label="dead letters"
    )
    age = queue.metric_approximate_age_of_oldest_message(
        period=_MINUTE, statistic="Maximum", label="oldest message"
    )
    latency = [
        _in_units(measured(metrics.SYNC_LATENCY, statistic, _QUARTER), 1000, label)
        for statistic, label in (("p50", "half within"), ("p99", "99 of 100 within"))
    ]
    return [
        _graph("Messages", [visible, letters], "messages"),
        _graph("Age of the oldest message", [age], "seconds", shown.thresholds.wait_seconds),
        _graph("From webhook to QuickBooks", latency, "seconds", shown.thresholds.latency_seconds),
    ]


def _functions(shown: Shown) -> list[cloudwatch.IWidget]:
    errors, throttles, times = [], [], []
    for name, function in shown.functions.items():
        errors.append(function.metric_errors(statistic="Sum", period=_QUARTER, label=name))
        throttles.append(function.metric_throttles(statistic="Sum", period=_QUARTER, label=name))
        assert function.timeout
        longest = function.metric_duration(statistic="Maximum", period=_QUARTER)
        times.append(_in_units(longest, function.timeout.to_milliseconds() / 100, name))
    return [
        _graph("Runs that failed", errors, "runs in 15 minutes"),
        _graph("Runs that were throttled", throttles, "runs in 15 minutes"),
        _graph("Longest run, of its time limit", times, "%", 80),
    ]


def _front_and_sweep(shown: Shown) -> list[cloudwatch.IWidget]:
    measured, http = shown.measured, shown.http
    lag = _in_units(measured(metrics.SWEEP_LAG, "Maximum", SWEEP_EVERY), 60, "overdue by")
    return [
        _graph(
            "Requests that failed",
            [
                http.metric_server_error(statistic="Sum", period=_QUARTER, label="our errors, 5xx"),
                http.metric_client_error(statistic="Sum", period=_QUARTER, label="theirs, 4xx"),
            ],
            "requests in 15 minutes",
            shown.thresholds.server_errors,
        ),
        _graph(
            "The look for changes that is longest overdue",
            [lag],
            "minutes",
            shown.thresholds.sweep_lag_minutes,
        ),
        _graph(
            "Trouble of our own",
            [
                measured(metrics.OWN_ERRORS, "Sum", _HOUR, "errors in the app"),
                measured(metrics.INVOICES_UNEXPECTED, "Sum", _HOUR, "unexplained failures"),
                measured(metrics.SIGNATURE_REFUSED, "Sum", _HOUR, "refused signatures"),
                measured(metrics.RECONNECT_REQUIRED, "Sum", _HOUR, "lost connections"),
            ],
            "in an hour",
        ),
    ]


def _logs(shown: Shown) -> list[cloudwatch.IWidget]:
    return [
        _table(
            "Newest errors",
            shown.groups(),
            'filter level = "ERROR" or ispresent(errorType) | fields @timestamp, @log, message,'
            " error, where, errorType, portalId | sort @timestamp desc | limit 20",
            16,
        ),
        _table(
            "Metered reads of QuickBooks, by day (Intuit gives 500,000 a month)",
            shown.groups(),
            "filter ispresent(MeteredReads) | stats sum(MeteredReads) as reads by bin(1d) as day"
            " | sort day desc",
        ),
    ]


def _text(markdown: str) -> cloudwatch.IWidget:
    return cloudwatch.TextWidget(markdown=markdown, width=_WIDTH, height=3)


def _states(alarms: Sequence[cloudwatch.IAlarm], height: int) -> cloudwatch.IWidget:
    return cloudwatch.AlarmStatusWidget(
        title="Alarms", alarms=list(alarms), width=_WIDTH, height=height
    )


def _number(title: str, metric: cloudwatch.IMetric, width: int) -> cloudwatch.IWidget:
    return cloudwatch.SingleValueWidget(title=title, metrics=[metric], width=width, height=4)


def _graph(
    title: str, metric: Sequence[cloudwatch.IMetric], unit: str, threshold: float | None = None
) -> cloudwatch.IWidget:
    line = cloudwatch.HorizontalAnnotation(
        value=threshold or 0, label="alarm", color=cloudwatch.Color.RED
    )
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metric),
        left_y_axis=cloudwatch.YAxisProps(label=unit, min=0, show_units=False),
        left_annotations=[] if threshold is None else [line],
        width=8,
        height=6,
    )


def _table(
    title: str, groups: Sequence[str], query: str, width: int = 8, height: int = 6
) -> cloudwatch.IWidget:
    return cloudwatch.LogQueryWidget(
        title=title,
        log_group_names=list(groups),
        query_string=query,
        view=cloudwatch.LogQueryVisualizationType.TABLE,
        width=width,
        height=height,
    )


def _in_units(metric: cloudwatch.Metric, each: float, label: str) -> cloudwatch.MathExpression:
    # Ids must be different within a graph, as the labels are.
    id_ = "m_" + re.sub(r"\W", "_", label)
    return cloudwatch.MathExpression(
        expression=f"{id_} / {each:g}",
        using_metrics={id_: metric},
        period=metric.period,
        label=label,
    )
