"""The dashboard: what a person asks first stands in the top row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration, aws_lambda
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.ingest import HintQueue
from infra.schedule import SWEEP_EVERY
from invoice_sync.runtime import metrics

_MINUTE, _QUARTER, _HOUR, _DAY = (
    Duration.minutes(1),
    Duration.minutes(15),
    Duration.hours(1),
    Duration.days(1),
)


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


class Dashboard(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        functions: Mapping[str, aws_lambda.Function],
        hints: HintQueue,
        measured: Measured,
    ) -> None:
        super().__init__(scope, id_)
        self._functions, self._measured = list(functions.values()), measured
        self._backlog = hints.queue.metric_approximate_number_of_messages_visible(
            period=_MINUTE, statistic="Maximum"
        )
        self._age = hints.queue.metric_approximate_age_of_oldest_message(
            period=_MINUTE, statistic="Maximum"
        )
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=measured.deployment,
            default_interval=_DAY,
            widgets=[self._numbers(), self._flow(), self._functions_row()],
        )

    def _numbers(self) -> list[cloudwatch.IWidget]:
        measured = self._measured
        return [
            _number("Failing now", measured(metrics.FAILING_INVOICES, "Maximum", SWEEP_EVERY)),
            _number(
                "Oldest failure, seconds",
                measured(metrics.OLDEST_FAILURE_AGE, "Maximum", SWEEP_EVERY),
            ),
            _number("Synced in 24 hours", measured(metrics.INVOICES_SYNCED, "Sum", _DAY), "-PT24H"),
            _number("Latency p99, ms", measured(metrics.SYNC_LATENCY, "p99", _HOUR)),
            _number("Backlog", self._backlog),
            _number(
                "Metered reads in 30 days", measured(metrics.METERED_READS, "Sum", _DAY), "-P30D"
            ),
        ]

    def _flow(self) -> list[cloudwatch.IWidget]:
        measured = self._measured
        return [
            _graph(
                "Invoices",
                measured(metrics.INVOICES_SYNCED, "Sum", _QUARTER, "synced"),
                measured(metrics.INVOICES_FAILED, "Sum", _QUARTER, "newly failing"),
                measured(metrics.INVOICES_UNEXPECTED, "Sum", _QUARTER, "unexpected"),
            ),
            _graph(
                "Webhook to QuickBooks, ms",
                measured(metrics.SYNC_LATENCY, "p50", _QUARTER, "half within"),
                measured(metrics.SYNC_LATENCY, "p99", _QUARTER, "99 of 100 within"),
            ),
            _graph("Queue: messages, and age in seconds", self._backlog, self._age),
        ]

    def _functions_row(self) -> list[cloudwatch.IWidget]:
        errors = [function.metric_errors(statistic="Sum") for function in self._functions]
        durations = [function.metric_duration(statistic="p99") for function in self._functions]
        return [
            _graph("Errors", *errors),
            _graph("Duration p99", *durations),
            _graph(
                "Days until a token dies",
                self._measured(metrics.DAYS_TO_RECONNECT, "Minimum", _QUARTER),
            ),
        ]


def _number(title: str, metric: cloudwatch.IMetric, start: str = "") -> cloudwatch.IWidget:
    """Show one number. With `start` it covers the whole time since then; else it is the newest."""
    return cloudwatch.SingleValueWidget(
        title=title,
        metrics=[metric],
        width=4,
        height=4,
        start=start or None,
        set_period_to_time_range=bool(start),
    )


def _graph(title: str, *metric: cloudwatch.IMetric) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metric), width=8, height=6)
