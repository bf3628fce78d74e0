"""The alarms: one for each thing that can be wrong.

An alarm's name says what is wrong, and its description what to do first. `docs/runbook.md` has a
section under the same name. Thresholds are here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration, aws_iam, aws_lambda, aws_sns
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.dashboard import Measured
from infra.functions import own_account
from infra.ingest import HintQueue
from infra.options import Options
from infra.schedule import SWEEP_EVERY
from invoice_sync.runtime import metrics

# From the webhook's arrival to QuickBooks' confirmation, for 99 of 100 invoices.
PROMISED_LATENCY = Duration.seconds(60)
_MINUTE, _QUARTER, _HOUR = Duration.minutes(1), Duration.minutes(15), Duration.hours(1)
# Since a look for missed changes was due.
LONGEST_SWEEP_LAG = Duration.hours(1)
_RUNBOOK = "See docs/runbook.md."

_GREATER = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_SILENT = cloudwatch.TreatMissingData.NOT_BREACHING


@dataclass(frozen=True)
class _Rule:
    """One alarm. It rings when `metric` is beyond `threshold`."""

    id: str
    # What is wrong: the name of the alarm.
    wrong: str
    # What to do first.
    first: str
    metric: cloudwatch.IMetric
    threshold: float
    # It rings when so many of the last so many periods are beyond the threshold.
    periods: tuple[int, int] = (1, 1)
    comparison: cloudwatch.ComparisonOperator = _GREATER
    missing: cloudwatch.TreatMissingData = _SILENT
    # Invoices do not flow: one composite alarm speaks for all of these.
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
        measured: Measured,
        options: Options,
    ) -> None:
        super().__init__(scope, id_)
        self._functions, self._hints, self._http = functions, hints, http
        self._measured, self._name = measured, options.stack_name
        self.topic = self._make_topic()
        if options.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(options.alarm_email))
        tell = actions.SnsAction(self.topic)
        flow = []
        rules = (
            *self._queue_rules(),
            *self._invoice_rules(options.failing_threshold),
            *(self._function_errors(name) for name in self._functions),
            self._sweep_rule(),
            *self._runtime_rules(),
            *self._access_rules(),
            *self._service_rules(),
        )
        for rule in rules:
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

    def _make_topic(self) -> aws_sns.Topic:
        """A policy takes the place of SNS's own, which lets the account's CloudWatch publish: with
        the rule that TLS is used alone, no alarm would reach anybody.

        Not encrypted: CloudWatch cannot use AWS's own key for SNS, and the messages have names of
        alarms and numbers only.
        """
        topic = aws_sns.Topic(self, "Topic", enforce_ssl=True)
        topic.add_to_resource_policy(
            aws_iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[own_account("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
            )
        )
        return topic

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

    def _queue_rules(self) -> list[_Rule]:
        """Hints that wait, or that nobody could use."""
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
        ]

    def _invoice_rules(self, failing_threshold: int) -> list[_Rule]:
        """Invoices that fail."""
        return [
            _Rule(
                "FailingInvoices",
                "invoices are failing, or the sweep is dead",
                "open the list of failing invoices in HubSpot; each says what to do. Without"
                " data the sweep function does not run: read its log.",
                self._measured(metrics.FAILING_INVOICES, "Maximum", SWEEP_EVERY),
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
                        "unexpected": self._measured(metrics.INVOICES_UNEXPECTED, "Sum", _HOUR),
                        "failed": self._measured(metrics.INVOICES_FAILED, "Sum", _HOUR),
                    },
                    period=_HOUR,
                    label="Unexpected, % of new failures",
                ),
                5,
            ),
            _Rule(
                "OwnErrors",
                "an error in the app itself",
                "search the logs of sync_worker and sweep for an error of our own; it says where in"
                " the code it is, and which portal met it.",
                self._measured(metrics.OWN_ERRORS, "Sum", _HOUR),
                0,
            ),
        ]

    def _sweep_rule(self) -> _Rule:
        """Changes that no webhook tells of."""
        return _Rule(
            "SweepLag",
            "changes have not been looked for",
            "read the sweep log for what it could not care for; webhooks still bring what they"
            " tell of.",
            self._measured(metrics.SWEEP_LAG, "Maximum", SWEEP_EVERY),
            LONGEST_SWEEP_LAG.to_seconds(),
        )

    def _runtime_rules(self) -> list[_Rule]:
        """Functions at a limit of their own or of the account."""
        return [
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
        ]

    def _access_rules(self) -> list[_Rule]:
        """Signatures, tokens and connections."""
        return [
            _Rule(
                "SignaturesRefused",
                "signatures are refused",
                "compare the client secret and the verifier token in the app secret with those of"
                " the HubSpot and the Intuit app. If they fit, a stranger is trying.",
                self._measured(metrics.SIGNATURE_REFUSED, "Sum", _HOUR),
                # Three checks of the deployment in an hour are nobody's trouble: each sends seven.
                25,
            ),
            _Rule(
                "ReconnectRequired",
                "a connection must be renewed",
                "open the stack's ConnectUrl and connect HubSpot and QuickBooks again; waiting"
                " invoices follow by themselves.",
                self._measured(metrics.RECONNECT_REQUIRED, "Maximum", SWEEP_EVERY),
                0,
                flow=True,
            ),
            _Rule(
                "TokenDies",
                "a QuickBooks token dies soon",
                "open the stack's ConnectUrl and connect again. The sweep renews tokens by"
                " itself: read the sweep log for why it did not.",
                self._measured(metrics.DAYS_TO_RECONNECT, "Minimum", _QUARTER),
                14,
                comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
                # Nothing to send before the first connection; a dead sweep has its own alarm.
            ),
        ]

    def _service_rules(self) -> list[_Rule]:
        """What people notice: errors of the API, and invoices that arrive late."""
        return [
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
                self._measured(metrics.SYNC_LATENCY, "p99", _QUARTER),
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
        """Return the highest p99 duration of all functions, in percent of the function's limit."""
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
