"""What is left to do once the app secret is filled in, and what can be seen to be done."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import smoke
from infra.local.screen import Screen
from infra.options import Options
from infra.setup_checks import Verdict
from infra.setup_values import Vendor
from invoice_sync.model.connection import Connection
from invoice_sync.store.connections import ConnectionStore
from invoice_sync.store.table import Table

# Output of the stack -> the field of Intuit's page.
_AT_INTUIT = {
    "QuickBooksRedirectUri": "Keys & credentials, Redirect URIs",
    "QuickBooksLaunchUrl": "Launch URL",
    "QuickBooksDisconnectUrl": "Disconnect URL",
    "QuickBooksWebhookUrl": "Webhooks, Endpoint URL",
}
_EVENTS = "Invoice, Payment, CreditMemo, Customer, Vendor, Employee, Item, Preferences"
_TOPICS = ("TechnicalTopicArn", "BusinessTopicArn")


@dataclass(frozen=True)
class Step:
    """`done`: None when it cannot be seen from here. `lines`: what to copy."""

    text: str
    done: bool | None = False
    lines: tuple[str, ...] = ()


_MARKS = {True: ("[x]", "green"), False: ("[ ]", ""), None: ("[?]", "")}


def show(
    screen: Screen,
    session: boto3.Session,
    environment: str,
    options: Options,
    outputs: Mapping[str, str],
    verdicts: Mapping[Vendor, Verdict],
    values: Mapping[str, str],
) -> None:
    """`values`: what the app secret holds by now."""
    connections = _connections(session, outputs)
    if unchecked := list(_unchecked(options, verdicts, values, connections or [])):
        screen.heading("What could not be checked")
        for text in unchecked:
            screen.line(text, indent=2)
    screen.heading("What is left ([x] is done, [?] cannot be seen from here)")
    for step in _steps(session, environment, options, outputs, verdicts, connections):
        mark, style = _MARKS[step.done]
        screen.verbatim(f"{mark} {step.text}", indent=2, style=style)
        for line in step.lines:
            screen.verbatim(line, indent=6)


def _unchecked(
    options: Options,
    verdicts: Mapping[Vendor, Verdict],
    values: Mapping[str, str],
    connections: list[Connection],
) -> Iterator[str]:
    for verdict in verdicts.values():
        if verdict.accepted is None:
            yield f"{verdict.words}. Run make setup again later: Enter alone keeps all."
    if "quickbooksVerifierToken" in values:
        yield (
            "The verifier token: Intuit alone knows it. Send a test event from its page Webhooks."
            ' If the token is wrong, the log of quickbooks_webhook says "webhook refused", and'
            f' more than 25 an hour ring the alarm "{options.stack_name}: signatures are refused".'
        )
    if "Intuit" in verdicts and not connections:
        kind = "production" if options.quickbooks == "production" else "development"
        yield f"Whether Intuit's keys are those of {kind}: it shows when somebody connects."


def _steps(
    session: boto3.Session,
    environment: str,
    options: Options,
    outputs: Mapping[str, str],
    verdicts: Mapping[Vendor, Verdict],
    connections: list[Connection] | None,
) -> Iterator[Step]:
    """`connections`: None when they cannot be seen."""
    known = "HubSpot" in verdicts and verdicts["HubSpot"].accepted
    yield Step(
        "HubSpot: the app with this deployment's addresses",
        None if known else False,
        (f"make extension ENV={environment}", "cd build/extension && hs project upload"),
    )
    width = max(map(len, _AT_INTUIT.values()))
    addresses = [
        f"{field:{width}}  {outputs[name]}" for name, field in _AT_INTUIT.items() if name in outputs
    ]
    yield Step(
        "Intuit: these addresses, and the webhook events",
        None,
        (*addresses, f"{'Webhooks, events':{width}}  {_EVENTS}"),
    )
    if options.domain_name:
        name = f"{options.domain_name}  CNAME  {outputs.get('DomainTarget', '')}"
        yield Step("your DNS leads the domain's name to AWS", None, (name,))
    if options.alarm_email or options.finance_email:
        yield _alarms(session, options, outputs)
    working = [one for one in connections or [] if one.state == "connected"]
    yield Step(
        "connect a HubSpot account with a QuickBooks company, in a browser",
        None if connections is None else bool(working),
        tuple(f"HubSpot account {one.portal_id}" for one in working)
        or (outputs.get("ConnectUrl", ""),),
    )
    yield Step("check the whole", lines=(f"make smoke ENV={environment}",))


def _alarms(session: boto3.Session, options: Options, outputs: Mapping[str, str]) -> Step:
    arns = tuple(outputs[name] for name in _TOPICS if name in outputs)
    done: bool | None
    try:
        smoke.told(session, arns)
        done = True
    except (smoke.FailedError, smoke.SkippedError):
        done = False
    except (BotoCoreError, ClientError):
        done = None
    people = dict.fromkeys((options.alarm_email, options.finance_email or options.alarm_email))
    names = ", ".join(filter(None, people))
    return Step(f"alarms: open the link in each mail of AWS Notifications ({names})", done)


def _connections(session: boto3.Session, outputs: Mapping[str, str]) -> list[Connection] | None:
    """Return all connections; None when these credentials may not read them."""
    database = session.client("dynamodb")
    try:
        store = ConnectionStore(Table(database, outputs["TableName"], time.sleep))
        return store.all(logging.getLogger(__name__))
    except (KeyError, BotoCoreError, ClientError):
        return None
