"""The alarms: one for each thing that a person can do something about.

An alarm's name says what is wrong, and its description what to do first, with links.
`docs/runbook.md` has a section under the same name. Thresholds are here and nowhere else.

Each metric of an alarm costs 0.10 USD a month, whatever the alarm does with it. So an alarm is kept
where nothing else tells the same: docs/cost.md has the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import Aws, Duration, aws_iam, aws_lambda, aws_sns
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra import links, queries
from infra.dashboard import BUSINESS, TECHNICAL, Measured, Thresholds
from infra.functions import log_of, own_account
from infra.ingest import HintQueue
from infra.options import Options
from infra.schedule import SWEEP_EVERY
from invoice_sync.runtime import metrics

# From the webhook's arrival to QuickBooks' confirmation, for 99 of 100 invoices.
PROMISED_LATENCY = Duration.seconds(60)
# How long the oldest message may wait for a worker.
LONGEST_WAIT = Duration.minutes(5)
# Since a look for missed changes was due.
LONGEST_SWEEP_LAG = Duration.hours(1)
# How long an invoice may fail before somebody is reminded.
LONGEST_FAILURE = Duration.days(1)
# Of a connection, before somebody is reminded.
FEWEST_DAYS = 14
# In a quarter of an hour: one or two heal by themselves.
MOST_SERVER_ERRORS = 4
# What lasts is told each day at this hour, UTC: morning in Europe, before work begins in America.
REMINDER_HOUR = 5

_FIVE, _QUARTER, _HOUR = Duration.minutes(5), Duration.minutes(15), Duration.hours(1)
_SILENT = cloudwatch.TreatMissingData.NOT_BREACHING

Audience = Literal["business", "technical"]
_OPERATORS: tuple[Audience, ...] = ("technical",)
_FINANCE: tuple[Audience, ...] = ("business",)


@dataclass(frozen=True)
class _Log:
    """Where to look: the log of these functions, or that of the HTTP front when there are none,
    and the query to begin with."""

    functions: Sequence[str]
    query: str = queries.NEWEST_ERRORS


_WORKER, _SWEEP = _Log(["sync_worker"]), _Log(["sweep"])


@dataclass(frozen=True)
class _Rule:
    """One alarm. It rings when `metric` is beyond `threshold`."""

    id: str
    # What is wrong: the name of the alarm.
    wrong: str
    # What to do first.
    first: str
    tells: tuple[Audience, ...]
    log: _Log
    metric: cloudwatch.Metric | cloudwatch.MathExpression
    threshold: float
    # It rings when so many periods in a row are beyond the threshold.
    periods: int = 1
    below: bool = False
    missing: cloudwatch.TreatMissingData = _SILENT
    # An alarm that is on tells of nothing new. What may last for days is told anew each day; what
    # is in no hurry, only then. Of its end nobody is told, since each day has one.
    told: Literal["at once", "at once, then daily", "daily"] = "at once"


class Alarms(Construct):
    """`access_log`: the name of the log group of the HTTP front. `connect_url`: where somebody
    connects again."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        functions: Mapping[str, aws_lambda.Function],
        hints: HintQueue,
        http: gateway.HttpApi,
        access_log: str,
        connect_url: str,
        measured: Measured,
        options: Options,
    ) -> None:
        super().__init__(scope, id_)
        self._functions, self._hints, self._http = functions, hints, http
        self._access_log, self._measured, self._options = access_log, measured, options
        self._connect_url = connect_url
        self.thresholds = Thresholds(
            new_failures=options.failing_threshold,
            failure_days=LONGEST_FAILURE.to_days(),
            latency_seconds=PROMISED_LATENCY.to_seconds(),
            wait_seconds=LONGEST_WAIT.to_seconds(),
            sweep_lag_minutes=LONGEST_SWEEP_LAG.to_minutes(),
            server_errors=MOST_SERVER_ERRORS,
        )
        self.technical = self._topic("TechnicalTopic", options.alarm_email)
        self.business = self._topic("BusinessTopic", options.finance_email or options.alarm_email)
        tell = {
            "technical": actions.SnsAction(self.technical),
            "business": actions.SnsAction(self.business),
        }
        self.by_audience: dict[Audience, list[cloudwatch.IAlarm]] = {
            "business": [],
            "technical": [],
        }
        rules = (
            *self._invoice_rules(),
            *self._connection_rules(),
            *self._flow_rules(),
            *self._sweep_rules(),
            *self._error_rules(),
        )
        for rule in rules:
            alarm = self._alarm(rule)
            for audience in rule.tells:
                self.by_audience[audience].append(alarm)
                alarm.add_alarm_action(tell[audience])
                if rule.told == "at once":
                    alarm.add_ok_action(tell[audience])

    def _topic(self, id_: str, email: str) -> aws_sns.Topic:
        """A policy takes the place of SNS's own, which lets the account's CloudWatch publish: with
        the rule that TLS is used alone, no alarm would reach anybody.

        Not encrypted: CloudWatch cannot use AWS's own key for SNS, and the messages have names of
        alarms and numbers only.
        """
        topic = aws_sns.Topic(self, id_, enforce_ssl=True)
        topic.add_to_resource_policy(
            aws_iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[own_account("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
            )
        )
        if email:
            topic.add_subscription(subscriptions.EmailSubscription(email))
        return topic

    def _alarm(self, rule: _Rule) -> cloudwatch.Alarm:
        less = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        greater = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
        return cloudwatch.Alarm(
            self,
            rule.id,
            alarm_name=f"{self._options.stack_name}: {rule.wrong}",
            alarm_description=self._description(rule),
            metric=rule.metric if rule.told == "at once" else _told_daily(rule),
            threshold=rule.threshold,
            comparison_operator=less if rule.below else greater,
            datapoints_to_alarm=rule.periods,
            evaluation_periods=rule.periods,
            treat_missing_data=rule.missing,
        )

    def _description(self, rule: _Rule) -> str:
        """CloudWatch takes 1,024 characters, and mails show addresses as links."""
        stack_name = self._options.stack_name
        groups = [log_of(name, stack_name) for name in rule.log.functions] or [self._access_log]
        lines = [
            f"First: {rule.first}",
            f"Runbook: {links.runbook(self._options.runbook_url, rule.wrong)}",
        ]
        if self._options.dashboards:
            name = BUSINESS if rule.tells == _FINANCE else TECHNICAL
            board = links.dashboard(Aws.REGION, name.format(stack_name))
            lines.append(f"Dashboard: {board}")
        lines.append(f"Log: {links.log_query(Aws.REGION, groups, rule.log.query)}")
        return "\n".join(lines)

    def _invoice_rules(self) -> list[_Rule]:
        """Invoices that fail: what finance people do something about."""
        return [
            _Rule(
                "NewFailures",
                "many invoices began to fail",
                "open the failing invoices in HubSpot, grouped by cause: as a rule they share one.",
                _FINANCE,
                _Log(["sync_worker"], queries.FAILING_LOOKS),
                self._measured(metrics.INVOICES_FAILED, "Sum", _HOUR),
                self._options.failing_threshold,
            ),
            _Rule(
                "OldFailures",
                "an invoice has failed for over a day",
                "open the failing invoices in HubSpot, the oldest first, and do what they say, or"
                " stop syncing what shall stay as it is.",
                _FINANCE,
                _Log(["sync_worker"], queries.FAILING_LOOKS),
                self._measured(metrics.OLDEST_FAILURE_AGE, "Maximum", SWEEP_EVERY),
                LONGEST_FAILURE.to_seconds(),
                told="daily",
            ),
        ]

    def _connection_rules(self) -> list[_Rule]:
        """Who may consent again is an administrator of both services, as a rule in finance."""
        first = f"open {self._connect_url} and connect HubSpot and QuickBooks again"
        which = _Log(["sync_worker", "sweep"], queries.WHICH_PORTAL)
        return [
            _Rule(
                "ReconnectRequired",
                "a connection was lost",
                f"{first}. Waiting invoices follow by themselves.",
                (*_FINANCE, *_OPERATORS),
                which,
                self._measured(metrics.RECONNECT_REQUIRED, "Sum", _FIVE),
                0,
            ),
            _Rule(
                "ConnectionEnds",
                "a connection has ended or ends soon",
                f"{first}. Invoices wait for it, or will soon.",
                (*_FINANCE, *_OPERATORS),
                which,
                self._measured(metrics.DAYS_TO_RECONNECT, "Minimum", SWEEP_EVERY),
                FEWEST_DAYS,
                below=True,
                told="daily",
            ),
        ]

    def _late_rule(self) -> _Rule:
        """One trouble is told once: a message that waits, and an invoice that took long."""
        age = self._hints.queue.metric_approximate_age_of_oldest_message(
            period=_FIVE, statistic="Maximum"
        )
        return _Rule(
            "Late",
            "invoices are late",
            "look at the status pages of QuickBooks and HubSpot, then at the errors. Nothing is"
            " lost: the invoices wait.",
            _OPERATORS,
            _WORKER,
            cloudwatch.MathExpression(
                expression=f"MAX([FILL(age, 0) / {LONGEST_WAIT.to_seconds():.0f},"
                f" FILL(latency, 0) / {PROMISED_LATENCY.to_milliseconds():.0f}])",
                using_metrics={
                    "age": age,
                    "latency": self._measured(metrics.SYNC_LATENCY, "p99", _FIVE),
                },
                period=_FIVE,
                label="Times of what is promised",
            ),
            1,
            3,
        )

    def _flow_rules(self) -> list[_Rule]:
        """Invoices that wait, and what nobody could use."""
        return [
            self._late_rule(),
            _Rule(
                "DeadLetters",
                "messages are in the dead-letter queue",
                "read the errors: it is a bug, or a message that is not ours. Nothing is lost for"
                " 14 days. Fix it, then send them back with make dead-letters.",
                _OPERATORS,
                _WORKER,
                self._hints.dead_letters.metric_approximate_number_of_messages_visible(
                    period=_FIVE, statistic="Maximum"
                ),
                0,
                told="at once, then daily",
            ),
            _Rule(
                "WorkerFails",
                "sync_worker fails",
                "read the newest error. Invoices wait: their batch comes again every nine minutes,"
                " ten times.",
                _OPERATORS,
                _WORKER,
                self._functions["sync_worker"].metric_errors(period=_QUARTER, statistic="Sum"),
                2,
            ),
            _Rule(
                "ApiErrors",
                "requests are answered with server errors",
                "see in the log which route it is, then read that function's errors. HubSpot sends"
                " webhooks again for 24 hours, Intuit longer.",
                _OPERATORS,
                _Log([], queries.FAILED_REQUESTS),
                # A function that crashes, runs out of time or is throttled, and one that cannot do
                # its work: the front answers 5xx for all of them.
                self._http.metric_server_error(period=_QUARTER, statistic="Sum"),
                MOST_SERVER_ERRORS,
            ),
        ]

    def _sweep_rules(self) -> list[_Rule]:
        """Changes that no webhook tells of."""
        return [
            _Rule(
                "SweepStopped",
                "the sweep has stopped",
                "read the newest error. None: is its schedule enabled (EventBridge Scheduler)?"
                " Webhooks still bring changes.",
                _OPERATORS,
                _SWEEP,
                # Each sweep that comes to its end sends one.
                self._measured(metrics.SWEEP_LAG, "SampleCount", SWEEP_EVERY),
                1,
                3,
                below=True,
                missing=cloudwatch.TreatMissingData.BREACHING,
            ),
            _Rule(
                "SweepLag",
                "changes have not been looked for",
                "see in the log which portal the sweep could not care for, and why. Webhooks still"
                " bring changes.",
                _OPERATORS,
                _Log(["sweep"], queries.WHICH_PORTAL),
                self._measured(metrics.SWEEP_LAG, "Maximum", SWEEP_EVERY),
                LONGEST_SWEEP_LAG.to_seconds(),
                told="at once, then daily",
            ),
        ]

    def _error_rules(self) -> list[_Rule]:
        """Bugs, and requests that are not signed."""
        return [
            _Rule(
                "OwnErrors",
                "an error in the app itself",
                "read the error: it says where in the code it is, and which portal met it. All"
                " other invoices go on.",
                _OPERATORS,
                _Log(["sync_worker", "sweep"]),
                self._measured(metrics.OWN_ERRORS, "Sum", _HOUR),
                0,
            ),
            _Rule(
                "UnexpectedFailures",
                "failures that we cannot explain",
                "list the failures with the code unexpected: each has the service's own words."
                " Report them, so that a later version explains them.",
                _OPERATORS,
                _Log(["sync_worker"], queries.FAILING_LOOKS),
                self._measured(metrics.INVOICES_UNEXPECTED, "Sum", _HOUR),
                2,
            ),
            _Rule(
                "SignaturesRefused",
                "signatures are refused",
                "compare the app secret with what the HubSpot and the Intuit app show. If it fits,"
                " a stranger is trying.",
                _OPERATORS,
                _Log(["hubspot_webhook", "quickbooks_webhook", "api"]),
                self._measured(metrics.SIGNATURE_REFUSED, "Sum", _HOUR),
                # Two deployments in an hour, with their checks, are nobody's trouble: each sends
                # ten (smoke.py: seven; preflight: three).
                25,
                told="at once, then daily",
            ),
        ]


def _told_daily(rule: _Rule) -> cloudwatch.MathExpression:
    """Return the metric as it is, but well for one period each day: an alarm that is on goes off
    then, and rings again if it is still as bad. Of what is told daily only, it is well except for
    the hour of the reminder."""
    assert isinstance(rule.metric, cloudwatch.Metric)
    well = 2 * rule.threshold if rule.below else 0
    minutes = rule.metric.period.to_minutes()
    if rule.told == "daily":
        expression = f"IF(HOUR(m) == {REMINDER_HOUR}, m, {well:g})"
    else:
        expression = f"IF(HOUR(m) == {REMINDER_HOUR} && MINUTE(m) < {minutes:.0f}, {well:g}, m)"
    return cloudwatch.MathExpression(
        expression=expression,
        using_metrics={"m": rule.metric},
        period=rule.metric.period,
        label=rule.wrong,
    )
