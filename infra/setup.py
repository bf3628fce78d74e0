"""Asks for the five values of the app secret, checks them and stores them: make setup ENV=prod

On a terminal it asks for one after the other. Otherwise it reads them from its input, as a JSON
object with the secret's names. No value of it goes through a file, an argument, a variable of the
environment or an error.
"""

from __future__ import annotations

import getpass
import json
import sys
import warnings
from collections.abc import Mapping
from typing import Any, get_args

import boto3
from botocore.exceptions import ClientError

from infra import deployed, setup_checks, setup_left
from infra.local.screen import Screen
from infra.options import Options
from infra.setup_checks import Verdict
from infra.setup_values import VALUES, Value, Vendor, clean, doubt, mistake
from invoice_sync.credentials import app_secret
from invoice_sync.credentials.app_secret import AppSecret
from invoice_sync.errors import SecretError

_WHERE: Mapping[Vendor, str] = {
    "HubSpot": "the app's page in HubSpot, tab Auth",
    "Intuit": 'your app at developer.intuit.com, "Keys & credentials" and "Webhooks" of',
}
# What Intuit calls its keys -> what they work with.
_INTUITS = {
    "production": ("Production", "those of Development work with sandbox companies only"),
    "sandbox": ("Development", "sandbox companies, as the configuration says, need those"),
}
_LARGEST_INPUT = 65_536

# By vendor; none for one that was not asked, because its client id or secret is missing.
Verdicts = dict[Vendor, Verdict]


class SetupError(Exception):
    """Why the values are not stored, and what to do."""


def main(
    environment: str, options: Options, outputs: Mapping[str, str], arguments: list[str]
) -> int:
    """Return 0 if all five are stored and no vendor refused them. Raises SetupError,
    NotDeployedError, BotoCoreError."""
    if arguments:
        raise SetupError(
            "make setup takes no values in the command, where the shell would remember them."
            " Run it without, and it asks"
        )
    secret_id = deployed.named(outputs, "AppSecretId", options.stack_name)
    session = boto3.Session(region_name=options.region)
    secrets = session.client("secretsmanager")
    screen = Screen()
    before = _texts(_read(secrets, secret_id, screen))
    if sys.stdin.isatty():
        dialog = _Dialog(screen, options, before)
        dialog.ask()
        values, verdicts = dialog.values, dialog.verdicts
    else:
        values, verdicts = _given(screen, before)
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    if changed:
        _store(secrets, secret_id, changed)
    missing = [name for name in VALUES if name not in values]
    _say_what_is_stored(screen, changed, missing, verdicts)
    setup_left.show(screen, session, environment, options, outputs, verdicts, values)
    refused = any(each.accepted is False for each in verdicts.values())
    return 1 if missing or refused else 0


# -- the secret


def _read(secrets: Any, secret_id: str, screen: Screen | None = None) -> dict[str, Any]:
    """Return what is in the secret; nothing if it cannot be read as one. Raises SetupError."""
    try:
        return app_secret.find(secrets, secret_id) or {}
    except SecretError:
        if screen:
            screen.line(
                "What is stored is not a JSON object. It cannot be kept: all five values are"
                " needed. It stays in Secrets Manager as the version AWSPREVIOUS.",
                style="yellow",
            )
        return {}
    except ClientError as error:
        raise SetupError(_refusal(error, "GetSecretValue", secret_id)) from None


def _texts(stored: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(stored[name]) for name in VALUES if stored.get(name)}


def _store(secrets: Any, secret_id: str, changed: Mapping[str, str]) -> None:
    """Set members of the secret, and leave the others as they are by now. Raises SetupError."""
    text = json.dumps({**_read(secrets, secret_id), **changed})
    try:
        secrets.put_secret_value(SecretId=secret_id, SecretString=text)
    except ClientError as error:
        refusal = _refusal(error, "PutSecretValue", secret_id)
        raise SetupError(f"Nothing was stored. {refusal}") from None


def _refusal(error: ClientError, action: str, secret_id: str) -> str:
    """Say what AWS refused, without its own words: they may repeat what was sent."""
    said = error.response.get("Error", {})
    code, message = said.get("Code", ""), said.get("Message", "")
    if code == "AccessDeniedException" and "kms" in message.lower():
        needed = "kms:Decrypt and kms:GenerateDataKey"
        return (
            f"The secret is encrypted with a key of your own: these credentials need {needed}"
            " for it, from its policy too"
        )
    if code == "AccessDeniedException":
        return (
            f"These credentials lack secretsmanager:{action} for {secret_id}. docs/deploy.md,"
            " step 2, has the rights of whoever runs make setup"
        )
    if code == "ResourceNotFoundException":
        return f"There is no secret {secret_id}, though the stack made one: was it deleted?"
    if code == "InvalidRequestException":
        return (
            "The secret is about to be deleted. To keep it:"
            f" aws secretsmanager restore-secret --secret-id {secret_id}"
        )
    return f"Secrets Manager refused {action}: {code}"


# -- the values, from a person


class _Dialog:
    """`values`: what is stored, and what was entered since. `verdicts`: what the vendors said."""

    def __init__(self, screen: Screen, options: Options, stored: Mapping[str, str]) -> None:
        self._screen, self._options = screen, options
        self._stored = dict(stored)
        self._settled: dict[str, str] = {}
        self.values = dict(stored)
        self.verdicts: Verdicts = {}

    def ask(self) -> None:
        """Ask for all five. Raises SetupError when the person leaves."""
        self._screen.heading(f"The app secret of {self._options.stack_name}")
        self._screen.line(
            "Secrets are not shown while you paste them. Enter alone keeps what is in brackets, or"
            " leaves a value for later. Nothing is stored before the last one; Ctrl-C ends."
        )
        try:
            for vendor in get_args(Vendor):
                self._ask_for(vendor)
        except (EOFError, KeyboardInterrupt):
            self._screen.line()
            raise SetupError("You left. Nothing was stored") from None

    def _ask_for(self, vendor: Vendor) -> None:
        if vendor == "Intuit":
            keys, why = _INTUITS[self._options.quickbooks]
            self._screen.heading(f"{vendor}: {_WHERE[vendor]} {keys}")
            self._screen.line(f"Take the keys of {keys}: {why}.", indent=2, style="dim")
        else:
            self._screen.heading(f"{vendor}: {_WHERE[vendor]}")
        client = [each for each in VALUES.values() if each.vendor == vendor and _is_client(each)]
        refused: list[str | None] = []
        while True:
            for value in client:
                self._settled.pop(value.name, None)
            for value in client:
                self._settle(value)
            pair = [self.values.get(value.name) for value in client]
            verdict = _verdict(vendor, self.values)
            if verdict is None:
                break
            self.verdicts[vendor] = verdict
            self._say(verdict.words + ".", _STYLES[verdict.accepted])
            if verdict.accepted is not False or pair == refused:
                break
            refused = pair
            self._say("Enter them again. Enter alone takes them as they are.")
        for value in VALUES.values():
            if value.vendor == vendor and value not in client:
                self._settle(value)

    def _settle(self, value: Value) -> None:
        """Ask until there is a value that is right in itself, or nobody wants to give one."""
        doubted = ""
        while True:
            text = clean(self._enter(value))
            kept = not text
            text = text or self.values.get(value.name, "")
            if not text:
                self._say("left for later")
                return
            if wrong := mistake(value, text, self._settled):
                self._say(f"{wrong}.", "yellow")
                continue
            if not kept and text != doubted and (odd := doubt(value, text)):
                self._say(f"{odd}. If it is right, enter it once more.", "yellow")
                doubted = text
                continue
            break
        if kept:
            self._say("kept")
        elif value.is_secret:
            self._say(f"{len(text)} characters")
        self.values[value.name] = self._settled[value.name] = text

    def _enter(self, value: Value) -> str:
        now = self.values.get(value.name, "")
        if value.is_secret and now:
            now = "stored" if now == self._stored.get(value.name) else "as entered"
        elif now:
            # Enough to know it by. Whole, it would show a secret that was pasted in its place.
            now = f"{now[:8]}..."
        prompt = f"  {value.label.capitalize()}{' (hidden)' if value.is_secret else ''}"
        prompt += f" [{now}]: " if now else ": "
        if not value.is_secret:
            return input(prompt)
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            try:
                return getpass.getpass(prompt)
            except getpass.GetPassWarning:
                raise SetupError(
                    "This terminal cannot hide what is pasted. Nothing was stored. Use another,"
                    " or give the values as JSON to make setup's input"
                ) from None

    def _say(self, text: str, style: str = "dim") -> None:
        self._screen.line(text, indent=4, style=style)


_STYLES = {True: "green", False: "bold red", None: "yellow"}


def _is_client(value: Value) -> bool:
    """Tell whether it is a part of what the vendor knows the app by."""
    return "client" in value.label


def _verdict(vendor: Vendor, values: Mapping[str, str]) -> Verdict | None:
    """Return what a vendor thinks of its client; None while a part of it is missing."""
    app = AppSecret(*(values.get(name, "") for name in VALUES))
    if any(
        value.vendor == vendor and _is_client(value) and value.name not in values
        for value in VALUES.values()
    ):
        return None
    return setup_checks.ask(vendor, app)


# -- the values, from another program


def _given(screen: Screen, stored: Mapping[str, str]) -> tuple[dict[str, str], Verdicts]:
    """Return what is stored with what the input names, and what the vendors think of it. Raises
    SetupError when something is certainly wrong: nobody is there to be asked."""
    given = _parsed(sys.stdin.buffer.read(_LARGEST_INPUT + 1))
    values = {**stored, **given}
    wrong = [
        f"  {name}: {said}"
        for name, text in given.items()
        if (said := mistake(VALUES[name], text, values))
    ]
    if wrong:
        raise SetupError("\n".join(["Nothing was stored:", *wrong]))
    for name, text in given.items():
        if odd := doubt(VALUES[name], text):
            screen.line(f"{name}: {odd}. It is taken as it is.", style="yellow")
    verdicts: Verdicts = {}
    for vendor in get_args(Vendor):
        if (verdict := _verdict(vendor, values)) is None:
            continue
        verdicts[vendor] = verdict
        new = any(VALUES[name].vendor == vendor and _is_client(VALUES[name]) for name in given)
        if verdict.accepted is False and new:
            raise SetupError(f"Nothing was stored. {verdict.words}")
        screen.line(f"{verdict.words}.", style=_STYLES[verdict.accepted])
    return values, verdicts


def _parsed(content: bytes) -> dict[str, str]:
    """Return the values of a JSON object that are not empty, by name. Raises SetupError, which
    repeats nothing of it."""
    names = ", ".join(VALUES)
    if not content.strip():
        raise SetupError(
            "Nobody is there to ask, and no values came in. Run make setup in a terminal, or give"
            f" its input a JSON object with {names}. A name that is left out keeps its value"
        )
    if len(content) > _LARGEST_INPUT:
        raise SetupError("The input is far too long. It must be one JSON object of five values")
    try:
        pairs = json.loads(content.decode("utf-8-sig"), object_pairs_hook=lambda pairs: pairs)
    except ValueError:
        pairs = None
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        raise SetupError(f"The input is no JSON object. It may have these names: {names}")
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in VALUES:
            raise SetupError(f"The input has a name that is unknown. It may have these: {names}")
        if name in values:
            raise SetupError(f"The input has {name} twice")
        if not isinstance(value, str):
            raise SetupError(f"{name} must be a text in quotation marks")
        values[name] = clean(value)
    return {name: value for name, value in values.items() if value}


def _say_what_is_stored(
    screen: Screen, changed: Mapping[str, str], missing: list[str], verdicts: Verdicts
) -> None:
    screen.line()
    if changed:
        minutes = int(app_secret.KEPT.total_seconds() // 60)
        screen.line(f"Stored: {', '.join(changed)}.", style="bold green")
        screen.line(f"The functions use what is new within {minutes} minutes.")
    else:
        screen.line("All is as it was: there was nothing to store.", style="bold")
    for verdict in verdicts.values():
        if verdict.accepted is False:
            screen.line(f"{verdict.words}. Nobody can connect like this.", style="bold red")
    if missing:
        screen.line(
            f"Missing: {', '.join(missing)}. Nobody can connect before all five are there: run"
            " make setup again when you have them.",
            style="bold yellow",
        )
