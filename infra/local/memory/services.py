"""The services of the double together, for `LocalAws`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from infra.local.aws import QUEUE, TABLE
from infra.local.memory.client import Service, Session, carry_out
from infra.local.memory.dynamodb import DynamoDb
from infra.local.memory.secrets import Secrets
from infra.local.memory.sqs import Sqs

# A client that is not the double's gets here: nobody listens, and no request reaches AWS.
_NOWHERE = "http://127.0.0.1:9"


class Memory:
    """Services of this process. `clock` returns epoch seconds; only it makes time pass."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._services: dict[str, Service] = {}
        self.session = Session(self._services)
        self.url = _NOWHERE

    def start(self) -> None:
        self.reset()

    def stop(self) -> None:
        """There is nothing to stop."""

    def reset(self) -> None:
        self.session.hook = carry_out
        self.dynamodb, self.sqs = DynamoDb(self._clock), Sqs(self._clock)
        self._services.update(
            dynamodb=self.dynamodb, sqs=self.sqs, secretsmanager=Secrets(self._clock)
        )

    def end_waits(self) -> None:
        self.sqs.end_waits(QUEUE)

    def items(self) -> list[dict[str, Any]]:
        return self.dynamodb.items(TABLE)
