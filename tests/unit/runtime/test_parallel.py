from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from invoice_sync.runtime.parallel import together


def test_results_come_in_the_order_of_the_calls() -> None:
    first_may_end = threading.Event()

    def first() -> int:
        first_may_end.wait()
        return 1

    def second() -> int:
        first_may_end.set()
        return 2

    assert together(first, second) == [1, 2]


def test_an_error_is_raised_only_when_all_have_ended() -> None:
    ended = []

    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        together(fails, lambda: ended.append(1))
    assert ended == [1]


def test_importing_it_makes_no_threads() -> None:
    code = "import invoice_sync.runtime.parallel as p;assert p._executor.cache_info().currsize == 0"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": "functions"})
