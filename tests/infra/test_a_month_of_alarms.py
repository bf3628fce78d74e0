"""A month of troubles: who is told what, when and how often.

What is asked of the alarms: each trouble is told soon to those who can act on it, whatever other
trouble lasts at the time, and nobody gets more mails than he reads.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from .cloudwatch import Mail, Month
from .test_alarms import PREFIX, telling
from .test_stack import of_type

HOUR, DAY = 60, 24 * 60
DAYS = 30
REMINDED_AT = 5 * HOUR


@dataclass
class Told:
    """`topics`: the logical ids of the two by who reads them."""

    mails: list[Mail]
    topics: dict[str, str]

    def rung(self, alarm: str, audience: str = "") -> list[int]:
        """Return the minutes at which an alarm told somebody that it is on."""
        to = self.topics.get(audience)
        ons = [one for one in self.mails if one.alarm == alarm and one.state == "ALARM"]
        return sorted({one.minute for one in ons if not to or one.to == to})


class World:
    """A deployment in good order, and what goes wrong in it. Times are minutes."""

    def __init__(self, template: dict[str, Any]) -> None:
        self.template, self.month = template, Month()
        self.sweeps = dict.fromkeys(range(0, DAYS * DAY, 5), 300.0)  # lag in seconds
        self.oldest = dict.fromkeys(self.sweeps, 0.0)
        self.days = dict.fromkeys(self.sweeps, 90.0)
        self.worker = self._logical("AWS::Lambda::Function", "sync_worker")
        dead, waiting = self._queues()
        self.dead_letters = f"ApproximateNumberOfMessagesVisible of {dead}"
        self.age = f"ApproximateAgeOfOldestMessage of {waiting}"
        for day in range(DAYS):
            # An invoice each five minutes by day, and a failure in the morning.
            for minute in range(day * DAY + 8 * HOUR, day * DAY + 18 * HOUR, 5):
                self.month.at(minute, "SyncLatency", 2_000)
            self.month.at(day * DAY + 9 * HOUR, "InvoicesFailed", 1)

    def fails(self, minute: int, invoices: int) -> None:
        for _ in range(invoices):
            self.month.at(minute, "InvoicesFailed", 1)

    def stays_failing(self, since: int, until: int) -> None:
        for at in range(since, until, 5):
            self.oldest[at] = max(self.oldest[at], (at - since) * 60.0)

    def worker_fails(self, since: int, until: int) -> None:
        for at in range(since, until, 5):
            self.month.at(at, f"Errors of {self.worker}", 4)
            self.month.at(at, self.age, (at - since) * 60.0)

    def loses_connection(self, at: int, renewed: int) -> None:
        self.month.at(at, "ReconnectRequired", 1)
        for minute in range(at + 5, renewed, 5):
            self.days[minute] = 0.0

    def dead_letters_wait(self, since: int, until: int, number: float) -> None:
        for at in range(since, until, 5):
            self.month.at(at, self.dead_letters, number)

    def portal_is_not_swept(self, since: int, until: int) -> None:
        for at in range(since, until, 5):
            self.sweeps[at] = (at - since) * 60.0

    def sweep_is_dead(self, since: int, until: int) -> None:
        for at in range(since, until, 5):
            del self.sweeps[at]

    def api_breaks(self, since: int, until: int) -> None:
        for at in range(since, until, 5):
            self.month.at(at, "5xx of " + self._logical("AWS::ApiGatewayV2::Api", ""), 3)

    def quickbooks_is_down(self, since: int, until: int) -> None:
        """Hints are tried again; what they bring in the end has waited."""
        for at in range(until, until + 15, 5):
            self.month.at(at, "SyncLatency", (at - since) * 60_000.0)

    def told(self) -> Told:
        for at, lag in self.sweeps.items():
            self.month.at(at, "SweepLag", lag)
            self.month.at(at, "OldestFailureAge", self.oldest[at])
            self.month.at(at, "DaysToReconnect", self.days[at])
        alarms = {one["AlarmName"].removeprefix(PREFIX): one for one in telling(self.template)}
        topics = {
            audience: next(one for one in of_type(self.template, "AWS::SNS::Topic") if part in one)
            for audience, part in (("finance", "BusinessTopic"), ("operators", "TechnicalTopic"))
        }
        return Told(self.month.mails(alarms, DAYS * DAY), topics)

    def _logical(self, kind: str, name: str) -> str:
        found = of_type(self.template, kind)
        (one,) = (id_ for id_, made in found.items() if name in made.get("FunctionName", ""))
        return one

    def _queues(self) -> tuple[str, str]:
        queues = of_type(self.template, "AWS::SQS::Queue")
        (waiting,) = (id_ for id_, made in queues.items() if "RedrivePolicy" in made)
        (dead,) = set(queues) - {waiting}
        return dead, waiting


def at(day: int, hour: int, minute: int = 0) -> int:
    return day * DAY + hour * HOUR + minute


@pytest.fixture
def world(template: dict[str, Any]) -> World:
    return World(template)


def test_a_quiet_month_tells_nobody_anything(world: World) -> None:
    assert world.told().mails == []


def test_a_month_of_troubles(world: World) -> None:
    """All that lasts in it lasts for days, and something new happens meanwhile."""
    world.fails(at(2, 10), 40)  # the fallback item was made inactive
    world.stays_failing(at(3, 9), at(29, 9))  # and one invoice that nobody cares for
    world.worker_fails(at(5, 2), at(5, 5))  # a broken deployment, at night
    world.loses_connection(at(7, 13), at(14, 13))  # of portal A, and nobody renews it
    world.loses_connection(at(10, 15), at(14, 13))  # of portal B, meanwhile
    world.fails(at(11, 10), 12)  # while the one invoice still fails
    world.dead_letters_wait(at(15, 11), at(20, 16), 1)
    world.worker_fails(at(18, 22), at(19, 1))  # while a dead letter waits
    world.dead_letters_wait(at(20, 16), at(21, 9), 2)  # one more
    world.portal_is_not_swept(at(22, 10), at(26, 10))
    world.sweep_is_dead(at(24, 1), at(24, 7))  # while one portal is not swept
    world.api_breaks(at(27, 9), at(27, 11))
    world.quickbooks_is_down(at(28, 9), at(28, 11))
    told = world.told()
    mornings = {day: at(day, 5) for day in range(DAYS)}

    assert told.rung("many invoices began to fail") == [at(2, 11), at(11, 11)]
    # Each morning, from a day after it began to fail; on one of them the sweep was dead.
    old = told.rung("an invoice has failed for over a day", "finance")
    assert old == [mornings[day] + 5 for day in range(5, 30) if day != 24]
    assert told.rung("sync_worker fails") == [at(5, 2, 15), at(18, 22, 15)]
    assert told.rung("a connection was lost", "finance") == [at(7, 13, 5), at(10, 15, 5)]
    assert told.rung("a connection was lost", "operators") == [at(7, 13, 5), at(10, 15, 5)]
    reminders = told.rung("a connection has ended or ends soon")
    assert reminders == [mornings[day] + 5 for day in range(8, 15)]
    # At once, and each morning while there are any.
    dead = told.rung("messages are in the dead-letter queue")
    assert dead == [at(15, 11, 5), *(mornings[day] + 10 for day in range(16, 22))]
    # An hour behind; while the sweep was dead there was nothing to say.
    behind = told.rung("changes have not been looked for")
    assert behind == [
        at(22, 11, 10),
        mornings[23] + 10,
        at(24, 7, 5),
        mornings[25] + 10,
        mornings[26] + 10,
    ]
    assert told.rung("the sweep has stopped") == [at(24, 1, 15)]
    assert told.rung("requests are answered with server errors") == [at(27, 9, 15)]
    late = told.rung("invoices are late")
    assert late == [at(5, 2, 25), at(18, 22, 25), at(28, 11, 15)]
    quiet = {"an error in the app itself", "failures that we cannot explain"}
    assert not quiet & {one.alarm for one in told.mails}


def test_how_many_mails_that_makes(world: World) -> None:
    """Eight troubles of a bad month: those of the first days, without the reminders."""
    world.fails(at(2, 10), 40)
    world.worker_fails(at(5, 2), at(5, 5))
    world.loses_connection(at(7, 13), at(7, 18))
    world.dead_letters_wait(at(15, 11), at(15, 16), 1)
    world.portal_is_not_swept(at(22, 10), at(22, 14))
    world.sweep_is_dead(at(24, 1), at(24, 7))
    world.api_breaks(at(27, 9), at(27, 11))
    world.quickbooks_is_down(at(28, 9), at(28, 11))
    told = world.told()
    sent = Counter((one.to, one.state) for one in told.mails)
    finance, operators = told.topics["finance"], told.topics["operators"]
    assert sent == {
        (finance, "ALARM"): 2,
        (finance, "OK"): 2,
        (operators, "ALARM"): 8,
        (operators, "OK"): 6,
    }


@pytest.mark.parametrize("old", ["dead letter", "failing invoice", "lost connection", "lag"])
def test_no_old_trouble_keeps_a_new_one_silent(world: World, old: str) -> None:
    """Whatever lasts all month: a dead worker, a dead sweep and a wave of failures are told."""
    match old:
        case "dead letter":
            world.dead_letters_wait(0, DAYS * DAY, 1)
        case "failing invoice":
            world.stays_failing(0, DAYS * DAY)
        case "lost connection":
            world.loses_connection(0, DAYS * DAY)
        case "lag":
            world.portal_is_not_swept(0, DAYS * DAY)
    world.worker_fails(at(12, 2), at(12, 5))
    world.sweep_is_dead(at(15, 1), at(15, 7))
    world.fails(at(18, 10), 20)
    told = world.told()
    assert told.rung("sync_worker fails") == [at(12, 2, 15)]
    assert told.rung("invoices are late") == [at(12, 2, 25)]
    assert told.rung("the sweep has stopped") == [at(15, 1, 15)]
    assert told.rung("many invoices began to fail") == [at(18, 11)]


def test_what_lasts_is_told_once_a_day_and_its_end_never(world: World) -> None:
    world.dead_letters_wait(at(1, 11), at(6, 11), 1)
    told = world.told()
    assert Counter(one.minute // DAY for one in told.mails) == dict.fromkeys(range(1, 7), 1)
    assert {one.state for one in told.mails} == {"ALARM"}
