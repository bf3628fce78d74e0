from __future__ import annotations

import pytest

from tests.benchmarks.looks import created_and_changed, looks

from .conftest import Flow


def test_it(flow: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    flow.invoice()
    flow.work()
    flow.watch_quickbooks()
    capsys.readouterr()
    spent = created_and_changed(flow)
    out = capsys.readouterr().out
    import sys, json
    for line in out.splitlines():
        if line.startswith("{"):
            d = json.loads(line)
            if d.get("message") in ("looked at an invoice", "nothing new in HubSpot"): print(d.get("timestamp"), {k: d.get(k) for k in ("message","invoiceId","trigger","event","hints")}, file=sys.stderr)
    print(spent, looks(out), file=sys.stderr)
    assert 0
