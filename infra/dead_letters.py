"""Look at dead letters, and send back or drop those that were chosen: make dead-letters

Without a choice it lists them and changes nothing. A message is named by its id, or by as much of
its beginning as no other one has. Messages are hidden for two minutes while this looks at them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.deployed import NotDeployedError, output
from invoice_sync.errors import HintError
from invoice_sync.hints import Hint, from_message

_HIDDEN_SECONDS = 120
# Far more than there ever should be.
_MOST = 5000


class ChoiceError(Exception):
    """A choice that is not one message."""


@dataclass(frozen=True)
class DeadLetter:
    id: str
    receipt: str
    body: str
    group: str
    sent_at: datetime
    receives: int
    # None: it is none of this version's.
    hint: Hint | None


class DeadLetters:
    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs, self._url = sqs, url

    def all(self) -> list[DeadLetter]:
        """Return the messages, the oldest first."""
        return sorted(self._read(), key=lambda letter: letter.sent_at)

    def _read(self) -> Iterator[DeadLetter]:
        seen = set[str]()
        while len(seen) < _MOST:
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=_HIDDEN_SECONDS,
                # A short poll may miss some.
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["All"],
            )
            new = [each for each in answer.get("Messages", []) if each["MessageId"] not in seen]
            if not new:
                return
            seen |= {each["MessageId"] for each in new}
            yield from map(_letter, new)

    def send_back(self, letters: Sequence[DeadLetter]) -> None:
        """Put them on the queue that they come from. Stopped half-way, one may be on both: a hint
        that comes twice does no harm."""
        sources = self._sqs.list_dead_letter_source_queues(QueueUrl=self._url)["queueUrls"]
        for letter in letters:
            self._sqs.send_message(
                QueueUrl=sources[0],
                MessageBody=letter.body,
                **({"MessageGroupId": letter.group} if letter.group else {}),
            )
            self.drop([letter])

    def drop(self, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

    def leave(self, letters: Sequence[DeadLetter]) -> None:
        """Let others see them again at once."""
        for letter in letters:
            self._sqs.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )


def _letter(message: dict[str, Any]) -> DeadLetter:
    attributes = message["Attributes"]
    try:
        hint = from_message(message["Body"])
    except HintError:
        hint = None
    return DeadLetter(
        id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        group=attributes.get("MessageGroupId", ""),
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        receives=int(attributes["ApproximateReceiveCount"]),
        hint=hint,
    )


def main(arguments: list[str], now: datetime | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="make dead-letters",
        usage="make dead-letters ENV=prod [ARGS='--send-back ID... --drop ID... --portal ID']",
        description=__doc__,
    )
    parser.add_argument("--stack", default="", help="its name")
    parser.add_argument("--queue", default="", help="the queue's address, instead of the stack's")
    parser.add_argument("--portal", default="", help="only those of this HubSpot account")
    parser.add_argument("--send-back", nargs="+", default=[], metavar="ID", help="or all")
    parser.add_argument("--drop", nargs="+", default=[], metavar="ID")
    options = parser.parse_args(arguments)
    if not options.stack and not options.queue:
        parser.error("name the environment, for example ENV=prod")
    try:
        url = options.queue or output(options.stack, "DeadLetterQueueUrl")
        return _run(DeadLetters(boto3.Session().client("sqs"), url), options, now)
    except (NotDeployedError, ChoiceError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1


def _run(queue: DeadLetters, options: argparse.Namespace, now: datetime | None) -> int:
    every = queue.all()
    left = every
    try:
        letters = [each for each in every if _is_of(each, options.portal)]
        everything = options.send_back == ["all"]
        back = letters if everything else _chosen(letters, options.send_back)
        dropped = _chosen(letters, options.drop)
        if both := {each.id for each in back} & {each.id for each in dropped}:
            raise ChoiceError(f"{both.pop()} cannot be both sent back and dropped")
        for line in _table(letters, now or datetime.now(UTC)):
            print(line)
        queue.send_back(back)
        queue.drop(dropped)
        left = [each for each in every if each not in (*back, *dropped)]
    finally:
        queue.leave(left)
    print(f"{len(letters)} dead letters, {len(back)} sent back, {len(dropped)} dropped")
    return 0


def _is_of(letter: DeadLetter, portal_id: str) -> bool:
    # Of an event of QuickBooks, the hint names the realm alone.
    return not portal_id or bool(letter.hint and letter.hint.portal_id == portal_id)


def _chosen(letters: Sequence[DeadLetter], beginnings: Sequence[str]) -> list[DeadLetter]:
    chosen = []
    for beginning in beginnings:
        found = [each for each in letters if each.id.startswith(beginning)]
        if len(found) != 1:
            raise ChoiceError(f"{len(found)} dead letters have an id that begins with {beginning}")
        chosen += found
    return chosen


def _table(letters: Sequence[DeadLetter], now: datetime) -> Iterator[str]:
    form = "{:<10} {:<22} {:<12} {:<20} {:<10} {:>9} {:>9}"
    if letters:
        yield form.format("id", "type", "portal", "object", "trigger", "age", "receives")
    for letter in letters:
        hint = letter.hint
        about = (
            (hint.object_type, hint.portal_id or hint.realm_id, hint.object_id, hint.trigger)
            if hint
            else ("not a hint", letter.group, f"{len(letter.body)} characters", "")
        )
        yield form.format(letter.id[:8], *about, _age(now - letter.sent_at), letter.receives)


def _age(age: timedelta) -> str:
    minutes = max(int(age.total_seconds() // 60), 0)
    days, hours = minutes // 1440, minutes // 60
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} m" if hours else f"{minutes} m"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
