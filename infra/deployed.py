"""What a deployed stack says of itself, for the commands of its owner."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.options import Options

# The member of the template's metadata that has what the owner chose.
OPTIONS_IN_METADATA = "InvoiceSyncOptions"


class NotDeployedError(Exception):
    """Why the stack cannot be asked, and what to do."""


class NoCredentialsError(NotDeployedError):
    """Nobody can be asked."""


class OtherAccountError(NotDeployedError):
    """The credentials are not those of the environment."""


def session_of(options: Options) -> boto3.Session:
    """Return a session in the region of an environment, with credentials for its account.

    Raises NoCredentialsError, OtherAccountError, ClientError.
    """
    session = _session(options.region)
    account = session.client("sts").get_caller_identity()["Account"]
    if account != options.account:
        raise OtherAccountError(
            f"{options.stack_name} belongs to the AWS account {options.account}, and the"
            f" credentials in this shell are for {account}. Nothing was done"
        )
    return session


def chosen(session: boto3.Session, stack: str) -> dict[str, Any] | None:
    """Return what the owner chose for a stack when it was last deployed; None if there is no such
    stack, or if it does not say. Raises NotDeployedError, ClientError."""
    try:
        summary = session.client("cloudformation").get_template_summary(StackName=stack)
    except ClientError as error:
        # A stack in review has a change set alone: its first deployment was broken off.
        if _is_not_there(error) or _is_refused(error, "REVIEW_IN_PROGRESS"):
            return None
        raise
    try:
        metadata = json.loads(summary.get("Metadata") or "{}")
    except ValueError:
        # Not the same as no options: then nothing would be kept from being dropped.
        raise NotDeployedError(
            f"{stack} is deployed, and what was chosen for it cannot be read: the metadata of its"
            " template are not JSON. Is it another program's stack? Nothing was done"
        ) from None
    options = metadata.get(OPTIONS_IN_METADATA)
    return options if isinstance(options, dict) else None


def outputs(stack: str, region: str = "") -> dict[str, str]:
    """Return the outputs of a stack by name. Raises NotDeployedError.

    `region`: that of the shell when empty.
    """
    session = _session(region)
    try:
        answer = session.client("cloudformation").describe_stacks(StackName=stack)
    except ClientError as error:
        if _is_not_there(error):
            where = session.region_name
            raise NotDeployedError(
                f"There is no stack {stack} in {where}: deploy it first"
            ) from None
        raise NotDeployedError(f"{stack} cannot be looked at: {error}") from None
    return {
        one.get("OutputKey", ""): one.get("OutputValue", "")
        for one in answer["Stacks"][0].get("Outputs", [])
    }


def output(stack: str, name: str, region: str = "") -> str:
    """Return an output of a stack. Raises NotDeployedError."""
    return named(outputs(stack, region), name, stack)


def named(found: Mapping[str, str], name: str, stack: str) -> str:
    """Return one of a stack's outputs. Raises NotDeployedError."""
    if not found:
        raise NotDeployedError(
            f"{stack} has nothing in it: its first deployment failed, or is not over. Run make"
            " deploy, and see what it says"
        )
    if name not in found:
        raise NotDeployedError(f"{stack} has no output {name}: another stack?")
    return found[name]


def own_table(found: Mapping[str, str]) -> str:
    """Return the name of the table that the stack made; empty if its outputs do not say. While a
    restored table is in use, `TableName` is that one."""
    return found.get("OwnTableName") or found.get("TableName", "")


def _session(region: str) -> boto3.Session:
    session = boto3.Session(region_name=region or None)
    if session.get_credentials() is None:
        raise NoCredentialsError(
            "there are no AWS credentials in this shell: set AWS_PROFILE, or sign in with aws sso"
            " login"
        )
    return session


def _is_not_there(error: ClientError) -> bool:
    return _is_refused(error, "does not exist")


def _is_refused(error: ClientError, words: str) -> bool:
    said = error.response.get("Error", {})
    return said.get("Code") == "ValidationError" and words in said.get("Message", "")
