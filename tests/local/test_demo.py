"""How the demo is asked for, what it leaves to try, and how its API is called from a terminal."""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from infra.local import call, demo, demo_words, serving
from infra.local.gateway import Gateway, Route
from infra.local.screen import Screen
from infra.local.wire import Recorder
from invoice_sync.model.failure import Failure
from invoice_sync.model.failure_details import CustomerNotFound
from invoice_sync.model.record import Record, Summary

ROOT = Path(__file__).parents[2]
PORTAL_ID = "24680"
NO_CONTACT = Failure(detail=CustomerNotFound(variant="no_contact"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "-1"], "-1 is no port: give a number from 1 to 65535"),
        (["--port", "99999"], "99999 is no port"),
        (["--page-port", "x"], "x is no port"),
        (["--invoices", "0"], "0 is no number of invoices: give 1 or more"),
        (["--invoices", "-3"], "-3 is no number of invoices"),
    ],
)
def test_wrong_options_are_refused_in_a_sentence(
    arguments: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["demo", *arguments])
    with pytest.raises(SystemExit) as ended:
        demo.main()
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_port_that_is_taken_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setattr(sys, "argv", ["demo", "--page-port", port])
        with pytest.raises(SystemExit) as ended:
            demo.main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert f"port {port} cannot be used (Address already in use)" in said.err
    assert said.out == ""


def test_a_full_disk_ends_the_record_and_not_the_demo(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no disk that is always full")
    recorder = Recorder(full)
    recorder.write({"status": 200})
    recorder.close()
    assert recorder.trouble == "No space left on device"
    recorder = Recorder(tmp_path / "out.jsonl")
    recorder.write({"status": 200})
    recorder.close()
    assert recorder.trouble == ""
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == '{"status": 200}\n'


def test_a_command_that_is_stopped_or_may_not_write_says_so_in_a_sentence(tmp_path: Path) -> None:
    package = tmp_path / "infra"
    package.mkdir()
    shutil.copy(ROOT / "infra" / "__init__.py", package)

    def said(raised: str) -> str:
        (package / "command.py").write_text(f"import errno\nraise {raised}\n", encoding="utf-8")
        command = [sys.executable, "-m", "infra.command"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode != 0
        return ran.stderr

    assert said("KeyboardInterrupt") == "\nStopped.\n"
    full = 'OSError(errno.ENOSPC, "No space left on device", "build/x")'
    assert said(full) == "build/x cannot be written: No space left on device.\n"
    assert "Traceback" in said("ValueError('a mistake of ours')")


def test_a_record_in_a_folder_that_does_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "nowhere" / "out.jsonl"
    monkeypatch.setattr(sys, "argv", ["demo", "--once", "--record", str(path)])
    assert demo.main() == 2
    said = capsys.readouterr()
    assert said.err == f"--record {path}: No such file or directory\n"
    assert said.out == ""


def record(number: str, status: Any, **more: Any) -> Record:
    return Record(portal_id=PORTAL_ID, invoice_id=number, number=number, status=status, **more)


def test_what_is_left_to_try_is_about_invoices_that_fail() -> None:
    records = {"A": record("A", "synced"), "B": record("B", "failing"), "C": record("C", "failing")}
    ids = {"A": "1", "B": "2", "C": "3"}
    calls = serving.calls(records, ids, {"A": "adopt", "C": "create_again"})
    commands = [one.command for one in calls]
    assert "make call GET=/v1/invoices/2/preview" in commands
    resolve = """make call POST=/v1/invoices/3/resolve BODY='{"resolution": "create_again"}'"""
    assert [one for one in commands if "resolve" in one] == [resolve]


def test_failing_invoices_are_shown_with_customer_and_money() -> None:
    out = io.StringIO()
    summary = Summary(customer="Red Queen", amount=Decimal("1980.00"), currency="USD")
    failing = record("INV-1", "failing", failure=NO_CONTACT, summary=summary)
    demo_words.failures(Screen(Console(file=out)), {"INV-1": failing})
    assert "  INV-1    Red Queen  1,980.00  USD       customer_not_found\n" in out.getvalue()
    assert "Why: The invoice has no contact." in out.getvalue()


def test_the_docs_that_it_names_exist() -> None:
    for name, _ in (*serving.DOCS, serving.DEPLOY):
        assert (ROOT / name).is_file()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
        seen = {
            "query": event["queryStringParameters"],
            "signed": "x-hubspot-signature-v3" in event["headers"],
            "body": event.get("body"),
        }
        return {"statusCode": 200, "body": json.dumps(seen)}

    routes = [Route(method, "/v1/things", "f", handler) for method in ("GET", "POST")]
    running = Gateway(routes).start()
    yield running
    running.stop()


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "build" / "demo.json"
    monkeypatch.setattr(serving, "ADDRESS", path)
    return path


def test_a_call_of_the_running_demo_is_signed(
    gateway: Gateway, address: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serving.Running(gateway.url, PORTAL_ID).write(address)
    assert call.main(["POST", "/v1/things?a=b", "--body", '{"c": 1}']) == 0
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert said.err == "Status 200\n"
    assert answer["signed"]
    assert (answer["query"]["a"], answer["query"]["portalId"]) == ("b", PORTAL_ID)
    assert json.loads(answer["body"]) == {"c": 1}
    assert call.main(["GET", "/nothing"]) == 1


def test_a_call_as_a_line_of_curl(
    gateway: Gateway, address: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serving.Running(gateway.url, PORTAL_ID).write(address)
    assert call.main(["GET", "/v1/things", "--curl"]) == 0
    line = capsys.readouterr().out
    assert line.startswith("curl -sS -X GET -H 'X-HubSpot-Signature")
    assert f"{gateway.url}/v1/things?" in line
    assert not gateway.calls


def test_without_a_demo_a_call_says_so(address: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call.main(["GET", "/v1/failures"]) == 1
    serving.Running("http://127.0.0.1:9", PORTAL_ID).write(address)  # one that was killed
    assert call.main(["GET", "/v1/failures"]) == 1
    said = capsys.readouterr().err
    assert said == "No demo is running here. Start one in another terminal: make demo\n" * 2


def test_a_demo_that_ends_leaves_the_address_of_another_alone(address: Path) -> None:
    first, second = (serving.Running(f"http://127.0.0.1:{port}", PORTAL_ID) for port in (1, 2))
    first.write(address)
    second.write(address)
    first.forget(address)
    assert serving.running(address) == second
    first.announce(address)
    assert serving.running(address) == second
    second.forget(address)
    assert not address.exists()
    first.announce(address)  # it is still up
    assert serving.running(address) == first


def test_the_api_s_own_address_leads_on(gateway: Gateway) -> None:
    assert httpx.get(f"{gateway.url}/").status_code == 404  # as API Gateway does
    calls = [serving.Try("make call GET=/v1/failures?a=1&b=2", "<all>")]
    gateway.home = serving.home(calls, "http://127.0.0.1:1/")
    page = httpx.get(f"{gateway.url}/")
    assert page.headers["content-type"].startswith("text/html")
    for link in ("http://127.0.0.1:1/", "/health", "/openapi.json", "/connect/hubspot"):
        assert f'<a href="{link}">' in page.text
    assert "make call GET=/v1/failures?a=1&amp;b=2</code>: &lt;all&gt;" in page.text
