"""CloudWatch's alarms, as far as this stack uses them: what a template's alarms tell, and when.

By AWS's guide "Using Amazon CloudWatch alarms": each period gives one datapoint; the alarm is on
while all of the last periods are beyond the threshold; a period without data counts as
`TreatMissingData` says. Actions follow a change of the state only. Simpler than the real one, which
looks each minute, and back beyond periods without data: here a period is judged at its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any

# Minutes since the beginning of the month, and values.
Samples = dict[str, list[tuple[int, float]]]


class _MissingError(Exception):
    """A number of a period without data."""


@dataclass(frozen=True)
class Mail:
    """`minute`: since the beginning. `to`: the logical id of the topic."""

    minute: int
    alarm: str
    state: str
    to: str


@dataclass
class Month:
    """What is measured, by the names of metrics. A queue's and a function's are told apart by the
    logical id of what they belong to: `Errors of <id>`."""

    samples: Samples = field(default_factory=lambda: defaultdict(list))

    def at(self, minute: int, name: str, value: float) -> None:
        self.samples[name].append((minute, value))

    def mails(self, alarms: Mapping[str, dict[str, Any]], minutes: int) -> list[Mail]:
        """Return what the alarms tell, by time."""
        found = [mail for name, one in alarms.items() for mail in self._of(name, one, minutes)]
        return sorted(found, key=lambda mail: (mail.minute, mail.alarm, mail.to))

    def _of(self, name: str, alarm: dict[str, Any], minutes: int) -> list[Mail]:
        period, points = period_of(alarm), self._points(alarm)
        judged, state, told = list[bool](), "OK", list[Mail]()
        needed = alarm["EvaluationPeriods"]
        assert alarm.get("DatapointsToAlarm", needed) == needed
        for number in range(minutes // period):
            judged.append(is_beyond(alarm, points, number * period))
            now = "ALARM" if len(judged) >= needed and all(judged[-needed:]) else "OK"
            if now != state:
                state = now
                topics = alarm.get("AlarmActions" if now == "ALARM" else "OKActions", [])
                end = (number + 1) * period
                told += [Mail(end, name, now, topic["Ref"]) for topic in topics]
        return told

    def _points(self, alarm: dict[str, Any]) -> dict[str, dict[int, float]]:
        """Return the datapoints of each metric, by the first minute of their periods."""
        period = period_of(alarm)
        points: dict[str, dict[int, float]] = {}
        for id_, name, statistic in metrics_of(alarm):
            values: dict[int, list[float]] = defaultdict(list)
            for minute, value in self.samples.get(name, ()):
                values[minute // period * period].append(value)
            points[id_] = {at: _STATISTICS[statistic](ones) for at, ones in values.items()}
        return points


_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    # Of fewer than a hundred.
    "p99": max,
}


def metrics_of(alarm: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return id, name and statistic of each metric of an alarm."""
    if "MetricName" in alarm:
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        return [("m", _named(alarm), statistic)]
    parts = [one for one in alarm["Metrics"] if "MetricStat" in one]
    return [
        (one["Id"], _named(one["MetricStat"]["Metric"]), one["MetricStat"]["Stat"]) for one in parts
    ]


def _named(metric: dict[str, Any]) -> str:
    (owner,) = [one["Value"] for one in metric["Dimensions"]]
    if isinstance(owner, str):
        return str(metric["MetricName"])
    return f"{metric['MetricName']} of {owner.get('Ref') or owner['Fn::GetAtt'][0]}"


def period_of(alarm: dict[str, Any]) -> int:
    """Return minutes."""
    if "Period" in alarm:
        return int(alarm["Period"]) // 60
    (period,) = {one["MetricStat"]["Period"] for one in alarm["Metrics"] if "MetricStat" in one}
    return int(period) // 60


def is_beyond(alarm: dict[str, Any], points: dict[str, dict[int, float]], minute: int) -> bool:
    """Tell whether the period that begins then is beyond the threshold."""
    now = {id_: ones.get(minute) for id_, ones in points.items()}
    try:
        number = evaluated(alarm, now, minute)
    except _MissingError:
        return bool(alarm["TreatMissingData"] == "breaching")
    if alarm["ComparisonOperator"] == "LessThanThreshold":
        return bool(number < alarm["Threshold"])
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    return bool(number > alarm["Threshold"])


def evaluated(alarm: dict[str, Any], now: Mapping[str, float | None], minute: int = 720) -> float:
    """Return the number that an alarm judges. `now`: the datapoints of its metrics by their ids;
    None: no data. Raises _MissingError."""
    expressions = [one["Expression"] for one in alarm.get("Metrics", ()) if "Expression" in one]
    (math,) = expressions or ["m"]

    def known(value: float | None) -> float:
        if value is None:
            raise _MissingError
        return value

    functions: dict[str, Any] = {
        "IF": lambda condition, yes, no: known(yes if condition else no),
        "MAX": max,
        "FILL": lambda value, otherwise: otherwise if value is None else value,
        "HOUR": lambda value: known(value) * 0 + minute // 60 % 24,
        "MINUTE": lambda value: known(value) * 0 + minute % 60,
    }
    names = functions | dict(now)
    value = eval(_compiled(math), {"__builtins__": {}}, names)  # noqa: S307 - our own text
    return known(value)


@cache
def _compiled(math: str) -> CodeType:
    return compile(math.replace("&&", " and "), "<expression>", "eval")
