"""What watches the system: one alarm for each thing that can be wrong, and one dashboard.

Every alarm's name says what is wrong and its description what to do first; `docs/runbook.md` has
a section under the same name. Thresholds are here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration, aws_lambda, aws_sns
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.ingest import HintQueue
from infra.options import Options
from infra.schedule import SWEEP_EVERY
from invoice_sync.runtime import metrics

# From the webhook's arrival to QuickBooks' confirmation, for 99 of 100 invoices.
PROMISED_LATENCY = Duration.seconds(60)
_MINUTE, _QUARTER, _HOUR, _DAY = (
    Duration.minutes(1),
    Duration.minutes(15),
    Duration.hours(1),
    Duration.days(1),
)
_RUNBOOK = "See docs/runbook.md."

_GREATER = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_SILENT = cloudwatch.TreatMissingData.NOT_BREACHING


@dataclass(frozen=True)
class _Rule:
    """Wrong when `metric` is beyond `threshold` in `wrong` of the last `of` periods.

    `flow`: invoices do not flow then; such alarms are told as one.
    """

    id: str
    wrong: str
    first: str
    metric: cloudwatch.IMetric
    threshold: float
    periods: tuple[int, int] = (1, 1)
    comparison: cloudwatch.ComparisonOperator = _GREATER
    missing: cloudwatch.TreatMissingData = _SILENT
    flow: bool = False


class Alarms(Construct):
    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        functions: Mapping[str, aws_lambda.Function],
        hints: HintQueue,
        http: gateway.HttpApi,
        namespace: str,
        options: Options,
    ) -> None:
        super().__init__(scope, id_)
        self._functions, self._hints, self._http = functions, hints, http
        self._namespace, self._name = namespace, options.stack_name
        self.topic = aws_sns.Topic(self, "Topic", enforce_ssl=True)
        if options.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(options.alarm_email))
        tell = actions.SnsAction(self.topic)
        flow = []
        for rule in self._rules(options.failing_threshold):
            alarm = self._alarm(rule)
            if rule.flow:
                flow.append(alarm)
            else:
                alarm.add_alarm_action(tell)
                alarm.add_ok_action(tell)
        stopped = cloudwatch.CompositeAlarm(
            self,
            "NotFlowing",
            composite_alarm_name=f"{self._name}: invoices are not flowing",
            alarm_description="Invoices wait or are late for all. First: open the dashboard and"
            f" see which of the alarms behind this one is red. {_RUNBOOK}",
            alarm_rule=cloudwatch.AlarmRule.any_of(*flow),
        )
        stopped.add_alarm_action(tell)
        stopped.add_ok_action(tell)
        self._dashboard()

    def _alarm(self, rule: _Rule) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            rule.id,
            alarm_name=f"{self._name}: {rule.wrong}",
            alarm_description=f"First: {rule.first} {_RUNBOOK}",
            metric=rule.metric,
            threshold=rule.threshold,
            comparison_operator=rule.comparison,
            datapoints_to_alarm=rule.periods[0],
            evaluation_periods=rule.periods[1],
            treat_missing_data=rule.missing,
        )

    def _rules(self, failing_threshold: int) -> Sequence[_Rule]:
        return [
            _Rule(
                "DeadLetters",
                "hints are in the dead-letter queue",
                "search the sync_worker log for errors; it is a bug, or a message that is not"
                " ours. Nothing is lost: fix it, then start a redrive.",
                self._hints.dead_letters.metric_approximate_number_of_messages_visible(
                    period=_MINUTE, statistic="Maximum"
                ),
                0,
            ),
            _Rule(
                "OldHints",
                "hints wait too long",
                "look at the status pages of QuickBooks and HubSpot, then at the sync_worker log.",
                self._hints.queue.metric_approximate_age_of_oldest_message(
                    period=_MINUTE, statistic="Maximum"
                ),
                300,
                (3, 5),
                flow=True,
            ),
            _Rule(
                "FailingInvoices",
                "invoices are failing, or the sweep is dead",
                "open the list of failing invoices in HubSpot; each says what to do. Without"
                " data the sweep function does not run: read its log.",
                self._own(metrics.FAILING_INVOICES, "Maximum", SWEEP_EVERY),
                failing_threshold,
                (3, 3),
                # The sweep always sends the number: none means that there is no sweep.
                missing=cloudwatch.TreatMissingData.BREACHING,
            ),
            _Rule(
                "UnexpectedFailures",
                "many failures that we cannot explain",
                "list the failures of code unexpected; their message is the service's own words."
                " Report them, so that the catalogue gets a row.",
                cloudwatch.MathExpression(
                    expression="IF(unexpected >= 3, 100 * unexpected / failed, 0)",
                    using_metrics={
                        "unexpected": self._own(metrics.INVOICES_UNEXPECTED, "Sum", _HOUR),
                        "failed": self._own(metrics.INVOICES_FAILED, "Sum", _HOUR),
                    },
                    period=_HOUR,
                    label="Unexpected, % of new failures",
                ),
                5,
            ),
            *(self._function_errors(name) for name in self._functions),
            _Rule(
                "Throttles",
                "functions are throttled",
                "compare the account's concurrent executions in this region with its quota.",
                self._throttles(),
                0,
                (3, 5),
                flow=True,
            ),
            _Rule(
                "NearTimeout",
                "a function runs into its time limit",
                "see on the dashboard which function it is, and whether QuickBooks or HubSpot"
                " answers slowly.",
                self._near_timeout(),
                80,
                (3, 5),
            ),
            _Rule(
                "SignaturesRefused",
                "webhook signatures are refused",
                "compare the client secret and the verifier token in the app secret with those of"
                " the HubSpot and the Intuit app. If they fit, a stranger is trying.",
                self._own(metrics.SIGNATURE_REFUSED, "Sum", _HOUR),
                # Three checks of the deployment in an hour are nobody's trouble: each sends three.
                10,
            ),
            _Rule(
                "ReconnectRequired",
                "a connection must be renewed",
                "open the stack's ConnectUrl and connect HubSpot and QuickBooks again; waiting"
                " invoices follow by themselves.",
                self._own(metrics.RECONNECT_REQUIRED, "Maximum", SWEEP_EVERY),
                0,
                flow=True,
            ),
            _Rule(
                "TokenDies",
                "a QuickBooks token dies soon",
                "open the stack's ConnectUrl and connect again. The sweep renews tokens by"
                " itself: read the sweep log for why it did not.",
                self._own(metrics.DAYS_TO_RECONNECT, "Minimum", _QUARTER),
                14,
                comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
                # Nothing to send before the first connection; a dead sweep has its own alarm.
            ),
            _Rule(
                "ApiErrors",
                "the API answers with server errors",
                "read the access log for the route, then that function's log.",
                cloudwatch.MathExpression(
                    expression="IF(broken >= 3, 100 * broken / requests, 0)",
                    using_metrics={
                        "broken": self._http.metric_server_error(period=_QUARTER, statistic="Sum"),
                        "requests": self._http.metric_count(period=_QUARTER, statistic="Sum"),
                    },
                    period=_QUARTER,
                    label="Server errors, %",
                ),
                1,
                # A webhook that cannot be taken is answered 503, which is no error of its function.
                flow=True,
            ),
            _Rule(
                "Latency",
                "invoices reach QuickBooks later than promised",
                "see on the dashboard whether hints wait (backlog) or looks are slow (duration).",
                self._own(metrics.SYNC_LATENCY, "p99", _QUARTER),
                PROMISED_LATENCY.to_milliseconds(),
                (2, 3),
                flow=True,
            ),
        ]

    def _function_errors(self, name: str) -> _Rule:
        function = self._functions[name]
        return _Rule(
            f"{name}-errors",
            f"{name} fails too often",
            f"read the log group of {name} for the newest error.",
            cloudwatch.MathExpression(
                # Three at least: one of two calls an hour is no trend, and retries heal it.
                expression="IF(errors >= 3, 100 * errors / calls, 0)",
                using_metrics={
                    "errors": function.metric_errors(period=_QUARTER, statistic="Sum"),
                    "calls": function.metric_invocations(period=_QUARTER, statistic="Sum"),
                },
                period=_QUARTER,
                label=f"{name}: errors, %",
            ),
            5,
            flow=name in ("hubspot_webhook", "sync_worker"),
        )

    def _near_timeout(self) -> cloudwatch.MathExpression:
        """The highest p99 of all functions, in percent of its own limit."""
        parts, used = [], {}
        for number, function in enumerate(self._functions.values()):
            assert function.timeout
            parts.append(f"100 * m{number} / {function.timeout.to_milliseconds()}")
            used[f"m{number}"] = function.metric_duration(period=_MINUTE, statistic="p99")
        return cloudwatch.MathExpression(
            expression=f"MAX([{', '.join(parts)}])",
            using_metrics=used,
            period=_MINUTE,
            label="Longest run, % of its limit",
        )

    def _throttles(self) -> cloudwatch.MathExpression:
        used = {
            f"m{number}": function.metric_throttles(period=_MINUTE, statistic="Sum")
            for number, function in enumerate(self._functions.values())
        }
        return cloudwatch.MathExpression(
            expression=f"SUM([{', '.join(used)}])",
            using_metrics=used,
            period=_MINUTE,
            label="All functions: throttles",
        )

    def _own(
        self, name: str, statistic: str, period: Duration, label: str = ""
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"service": self._name},
            statistic=statistic,
            period=period,
            label=label or None,
        )

    def _dashboard(self) -> None:
        """The top row answers what a person asks first."""
        backlog = self._hints.queue.metric_approximate_number_of_messages_visible(
            period=_MINUTE, statistic="Maximum"
        )
        waits = self._hints.queue.metric_approximate_age_of_oldest_message(
            period=_MINUTE, statistic="Maximum"
        )

        def number(
            title: str, metric: cloudwatch.IMetric, start: str = ""
        ) -> cloudwatch.SingleValueWidget:
            return cloudwatch.SingleValueWidget(
                title=title,
                metrics=[metric],
                width=4,
                height=4,
                start=start or None,
                # Sums are of the whole time shown, other numbers the newest ones.
                set_period_to_time_range=bool(start),
            )

        def graph(title: str, *metric: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
            return cloudwatch.GraphWidget(title=title, left=list(metric), width=8, height=6)

        own, every = self._own, list(self._functions.values())
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=self._name,
            default_interval=_DAY,
            widgets=[
                [
                    number("Failing now", own(metrics.FAILING_INVOICES, "Maximum", SWEEP_EVERY)),
                    number(
                        "Oldest failure, seconds",
                        own(metrics.OLDEST_FAILURE_AGE, "Maximum", SWEEP_EVERY),
                    ),
                    number(
                        "Synced in 24 hours", own(metrics.INVOICES_SYNCED, "Sum", _DAY), "-PT24H"
                    ),
                    number("Latency p99, ms", own(metrics.SYNC_LATENCY, "p99", _HOUR)),
                    number("Backlog", backlog),
                    number(
                        "Metered reads in 30 days", own(metrics.METERED_READS, "Sum", _DAY), "-P30D"
                    ),
                ],
                [
                    graph(
                        "Invoices",
                        own(metrics.INVOICES_SYNCED, "Sum", _QUARTER, "synced"),
                        own(metrics.INVOICES_FAILED, "Sum", _QUARTER, "newly failing"),
                        own(metrics.INVOICES_UNEXPECTED, "Sum", _QUARTER, "unexpected"),
                    ),
                    graph(
                        "Webhook to QuickBooks, ms",
                        own(metrics.SYNC_LATENCY, "p50", _QUARTER, "half within"),
                        own(metrics.SYNC_LATENCY, "p99", _QUARTER, "99 of 100 within"),
                    ),
                    graph("Queue: messages, and age in seconds", backlog, waits),
                ],
                [
                    graph("Errors", *(one.metric_errors(statistic="Sum") for one in every)),
                    graph("Duration p99", *(one.metric_duration(statistic="p99") for one in every)),
                    graph(
                        "Days until a token dies",
                        own(metrics.DAYS_TO_RECONNECT, "Minimum", _QUARTER),
                    ),
                ],
            ],
        )
