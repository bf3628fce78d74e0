"""What a deployed stack says of itself, for the commands of its owner."""

from __future__ import annotations

import boto3
from botocore.exceptions import ClientError


class NotDeployedError(Exception):
    """Why the stack cannot be asked, and what to do."""


class NoCredentialsError(NotDeployedError):
    """Nobody can be asked."""


def outputs(stack: str) -> dict[str, str]:
    """Return the outputs of a stack by name. Raises NotDeployedError."""
    session = boto3.Session()
    if session.get_credentials() is None:
        raise NoCredentialsError("there are no AWS credentials in this shell")
    try:
        answer = session.client("cloudformation").describe_stacks(StackName=stack)
    except ClientError as error:
        raise NotDeployedError(f"{error}. Are --stack and the AWS region right?") from None
    return {
        one.get("OutputKey", ""): one.get("OutputValue", "")
        for one in answer["Stacks"][0].get("Outputs", [])
    }


def output(stack: str, name: str) -> str:
    """Return an output of a stack. Raises NotDeployedError."""
    found = outputs(stack)
    if name not in found:
        raise NotDeployedError(f"{stack} has no output {name}: another stack?")
    return found[name]
