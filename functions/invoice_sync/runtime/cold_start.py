"""What a function does while Lambda starts it, beside loading its modules.

An on-demand function has a whole processor until its first event, whatever its memory (AWS,
"Effectively running Java on Serverless", "Utilize initialization phase"), and then the share that
its memory buys: all of one with 1,769 MB (AWS Lambda guide, "Configure Lambda function memory").
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable


def begin() -> None:
    """Collect no garbage until `end`: a start makes hardly any, and looking for it again and again
    takes a tenth of the time."""
    if _on_lambda():
        gc.disable()


def end(build: Callable[[], object]) -> None:
    """Build what the first event needs. Call it last in the module of a handler.

    It does nothing outside Lambda, where a handler may be imported before its variables are set.
    """
    if _on_lambda():
        build()
        # These objects stay for good, so the collector need not look at them again.
        gc.freeze()
        gc.enable()


def _on_lambda() -> bool:
    return "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ
