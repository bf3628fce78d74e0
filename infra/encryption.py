"""The owner's key, if there is one, for all that is kept.

What holds data is found by its type, so that nothing that is added to the stack later can be
forgotten. Not encrypted with it: the functions' variables, which hold no secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jsii
from aws_cdk import Aspects, Aws, CfnResource, IAspect, Stack, aws_iam, aws_lambda
from constructs import IConstruct

# What each kind of resource has its key in. A table has it for each copy; ours has one.
_PROPERTIES: Mapping[str, Mapping[str, Any]] = {
    "AWS::DynamoDB::GlobalTable": {
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "Replicas.0.SSESpecification.KMSMasterKeyId": "KEY",
    },
    "AWS::Logs::LogGroup": {"KmsKeyId": "KEY"},
    "AWS::SecretsManager::Secret": {"KmsKeyId": "KEY"},
    "AWS::SNS::Topic": {"KmsMasterKeyId": "KEY"},
    "AWS::SQS::Queue": {"KmsMasterKeyId": "KEY", "SqsManagedSseEnabled": False},
}
# What a caller of each service must be allowed, for the service to use the key on his behalf.
# - DynamoDB guide "Encryption at rest usage notes": it decrypts the table's key as whoever asks;
#   all else it does under grants that it gets when the key is chosen.
# - SQS guide "Key management": producers need both, consumers the first.
# - Secrets Manager guide "Secret encryption and decryption": both to write, the first to read.
_USES: Mapping[str, Iterable[str]] = {
    "dynamodb": ["kms:Decrypt"],
    "sqs": ["kms:Decrypt", "kms:GenerateDataKey"],
    "secretsmanager": ["kms:Decrypt", "kms:GenerateDataKey"],
    "secretsmanager:read": ["kms:Decrypt"],
}


def encrypt(stack: Stack, key_arn: str) -> None:
    """Let everything in the stack that holds data use the key."""
    Aspects.of(stack).add(_Encrypted(key_arn))


def allow_key(function: aws_lambda.Function, key_arn: str, uses: Iterable[str]) -> None:
    """Let the services that a function calls use the key for it, and nobody but them."""
    for use in uses:
        service = use.partition(":")[0]
        function.add_to_role_policy(
            aws_iam.PolicyStatement(
                actions=list(_USES[use]),
                resources=[key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"{service}.{Aws.REGION}.amazonaws.com"}
                },
            )
        )


@jsii.implements(IAspect)
class _Encrypted:
    def __init__(self, key_arn: str) -> None:
        self._key_arn = key_arn

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, CfnResource):
            for path, value in _PROPERTIES.get(node.cfn_resource_type, {}).items():
                node.add_property_override(path, self._key_arn if value == "KEY" else value)
