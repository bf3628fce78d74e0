"""What both API clients share: one TLS context, timeouts, the retry rule, the pace of calls."""

from __future__ import annotations


class UnavailableError(Exception):
    """The service did not answer, or answered that it cannot now. Trying later may help.

    `outcome_unknown`: the request may have taken effect. `retry_after`: seconds, 0 if unsaid.
    """

    def __init__(
        self,
        service: str,
        why: str,
        *,
        outcome_unknown: bool = False,
        retry_after: float = 0,
        rate_limited: bool = False,
    ) -> None:
        super().__init__(f"{service}: {why}")
        self.service = service
        self.outcome_unknown = outcome_unknown
        self.retry_after = retry_after
        self.rate_limited = rate_limited


class ReconnectRequiredError(Exception):
    """The service no longer accepts our access: a person must connect it again."""

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} must be connected again")
        self.service = service
