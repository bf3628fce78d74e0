"""The commands of one environment: python -m infra.deployment COMMAND ENV, as the Makefile runs it.

Each reads `config/ENV.toml` and refuses credentials of another account before it does anything.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import dead_letters, deployed, extension, restored, restored_table, setup, smoke
from infra.configuration import load
from infra.options import OptionError, Options
from infra.setup import SetupError

# What another command needs to know of a stack: its options and its outputs.
_Command = Callable[[Options, Mapping[str, str], list[str]], int]


class RefusedError(Exception):
    """Why a command is not carried out, and what to do."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.deployment", description=__doc__)
    parser.add_argument("command", choices=("target", "diff", "deploy", "setup", *_COMMANDS))
    parser.add_argument("environment")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    given = parser.parse_args(arguments)
    command, environment, rest = given.command, given.environment, given.rest
    try:
        options = load(environment)
        session = deployed.session_of(options)
        if command == "target":
            print(f"aws://{options.account}/{options.region}")
            return 0
        if command in ("diff", "deploy"):
            if options.table_name:
                _check_table(session, options)
            before = deployed.chosen(session, options.stack_name)
            _compare(command, environment, options, before, "".join(rest))
            return 0
        # The commands below ask in the shell's region.
        os.environ["AWS_DEFAULT_REGION"] = options.region
        found = deployed.outputs(options.stack_name, options.region)
        if command == "setup":
            return setup.main(environment, options, found, rest)
        return _COMMANDS[command](options, found, rest)
    except (OptionError, RefusedError, SetupError, deployed.NotDeployedError) as error:
        print(error, file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"AWS did not answer as hoped: {error}", file=sys.stderr)
    return 1


def _check_table(session: boto3.Session, options: Options) -> None:
    """Raises RefusedError."""
    try:
        found = deployed.outputs(options.stack_name, options.region)
    except deployed.NotDeployedError:
        found = {}
    if options.table_name == deployed.own_table(found):
        raise RefusedError(
            f"tableName: {options.table_name} is the stack's own table: leave tableName out"
        )
    if wrong := list(restored_table.problems(session.client("dynamodb"), options)):
        raise RefusedError("\n".join(wrong))


def _compare(
    command: str,
    environment: str,
    options: Options,
    before: Mapping[str, Any] | None,
    drop: str,
) -> None:
    """Say what the deployed stack has and this configuration lacks. Raises RefusedError, unless
    somebody only looks or named all of it."""
    gone = dict(dropped(before or {}, options.chosen))
    named = {name for name in drop.replace(",", " ").split() if name}
    if wrong := sorted(named - set(gone)):
        raise RefusedError(
            f"DROP names {', '.join(wrong)}, which config/{environment}.toml does not drop"
        )
    if not set(gone) - named:
        return
    lines = [
        f"{options.stack_name} is deployed with what config/{environment}.toml lacks:",
        *(f"  {each}" for each in gone.values()),
        "Put it back, or say that it shall go:"
        f" make deploy ENV={environment} DROP={','.join(gone)}",
    ]
    if command == "deploy":
        raise RefusedError("\n".join(lines))
    print("\n".join(lines))


def dropped(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each option that is gone, or has lost an entry, with words for what is gone."""
    for name, value in before.items():
        if name == "kmsKeyArn" and value != after.get(name):
            # Another one is no better than none: the functions can no longer use this one.
            yield name, f'{name} = {_shown(value)}; first: docs/deploy.md, "A key of your own"'
        elif name not in after:
            yield name, f"{name} = {_shown(value)}"
        elif gone := _gone(value, after[name]):
            yield name, f"{name}: {', '.join(gone)}"


def _gone(before: Any, after: Any) -> Sequence[str]:
    if isinstance(before, list) and isinstance(after, list):
        return [str(one) for one in before if str(one) not in map(str, after)]
    if isinstance(before, dict) and isinstance(after, dict):
        return [f"{name} = {_shown(value)}" for name, value in before.items() if name not in after]
    return []


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _smoke(options: Options, found: Mapping[str, str], rest: list[str]) -> int:
    return smoke.main([_url(options, found), "--stack", options.stack_name, *rest])


def _extension(options: Options, found: Mapping[str, str], _rest: list[str]) -> int:
    return extension.main([_url(options, found)])


def _dead_letters(options: Options, _found: Mapping[str, str], rest: list[str]) -> int:
    return dead_letters.main(["--stack", options.stack_name, *rest])


def _restored(options: Options, found: Mapping[str, str], rest: list[str]) -> int:
    used = deployed.named(found, "TableName", options.stack_name)
    if options.table_name and used != options.table_name:
        raise RefusedError(
            f"{options.stack_name} still uses {used}. Run make deploy first, so that it uses"
            f" {options.table_name}"
        )

    def complete() -> None:
        for line in restored_table.complete(boto3.Session().client("dynamodb"), used, options):
            print(line)

    return restored.main(["--stack", options.stack_name, *rest], first=complete)


def _url(options: Options, found: Mapping[str, str]) -> str:
    return deployed.named(found, "StageUrl", options.stack_name)


def _destroy(options: Options, found: Mapping[str, str], _rest: list[str]) -> int:
    """Ask whether the stack shall be deleted, after saying what that means."""
    session = boto3.Session()
    there = _as_deployed(options, deployed.chosen(session, options.stack_name))
    for line in leaving(there, found):
        print(line)
    if there.on_deletion != options.on_deletion:
        print(
            f'The configuration says removalPolicy = "{options.on_deletion}", which is not'
            " deployed. AWS goes by what is deployed. If you want the other, run make deploy first."
        )
    try:
        typed = input(f"Type {options.stack_name} to delete the stack: ")
    except EOFError:
        raise RefusedError("Nobody is there to ask. Nothing was deleted") from None
    if typed.strip() != options.stack_name:
        raise RefusedError("That is another name. Nothing was deleted")
    session.client("cloudformation").update_termination_protection(
        StackName=options.stack_name, EnableTerminationProtection=False
    )
    return 0


def _as_deployed(options: Options, chosen: Mapping[str, Any] | None) -> Options:
    """Return the options with what CloudFormation goes by when it deletes the stack, which a file
    that was changed since does not say."""
    if chosen is None:
        return options
    return replace(
        options,
        on_deletion=chosen.get("removalPolicy", "retain"),
        kms_key_arn=chosen.get("kmsKeyArn", ""),
    )


def leaving(options: Options, found: Mapping[str, str]) -> Iterator[str]:
    """Yield what deleting the stack means, and how to delete what it leaves."""
    name, region = options.stack_name, options.region
    secrets, logs = f"aws secretsmanager --region {region}", f"aws logs --region {region}"
    yield f"{name} in the account {options.account}, {region}: the sync ends at once."
    yield "QuickBooks and HubSpot keep all that is there. Delete the apps at HubSpot and Intuit"
    yield "yourself, or their webhooks go on to an address that answers nobody."
    connections = f"  {secrets} list-secrets --filters Key=name,Values={name}/connections/"
    restored = found.get("TableName", "TABLE") if "OwnTableName" in found else ""
    if options.on_deletion == "destroy":
        yield "The table, the app secret and the logs go too, for ever. The tokens of connections"
        yield "stay; delete each secret that this lists:"
        yield connections
        if restored:
            yield "The restored table stays too. To delete it:"
            yield from _deletion(region, restored)
        return
    yield "The table, the secrets and the logs stay, and cost what they cost. To delete them too:"
    for table in (restored, deployed.own_table(found) or "TABLE"):
        yield from _deletion(region, table)
    yield f"  {secrets} delete-secret --secret-id {found.get('AppSecretId', 'SECRET')}"
    yield connections
    yield f"  {logs} describe-log-groups --log-group-name-prefix /{name}/"
    yield f"  {logs} delete-log-group --log-group-name /aws/vendedlogs/{name}/access"
    yield "Before this name is deployed again the log groups must be gone: AWS makes none twice."
    if options.kms_key_arn:
        yield f"Without {options.kms_key_arn} nobody can read what stays: keep it as long."


def _deletion(region: str, table: str) -> Iterator[str]:
    command, name = f"aws dynamodb --region {region}", f"--table-name {table}"
    if table:
        yield f"  {command} update-table {name} --no-deletion-protection-enabled"
        yield f"  {command} delete-table {name}"


_COMMANDS: dict[str, _Command] = {
    "smoke": _smoke,
    "extension": _extension,
    "dead-letters": _dead_letters,
    "restored": _restored,
    "destroy": _destroy,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
