"""What a deployed stack says of itself, for the commands of its owner."""

from __future__ import annotations

import boto3
from botocore.exceptions import ClientError


class NotDeployedError(Exception):
    """Why the stack cannot be asked, and what to do."""


def output(stack: str, name: str) -> str:
    """Return an output of a stack.

    Raises NotDeployedError.
    """
    session = boto3.Session()
    if session.get_credentials() is None:
        raise NotDeployedError("there are no AWS credentials in this shell")
    try:
        answer = session.client("cloudformation").describe_stacks(StackName=stack)
    except ClientError as error:
        raise NotDeployedError(f"{error}. Are --stack and the AWS region right?") from None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in answer["Stacks"][0]["Outputs"]}
    if name not in outputs:
        raise NotDeployedError(f"{stack} has no output {name}: another stack?")
    return str(outputs[name])
