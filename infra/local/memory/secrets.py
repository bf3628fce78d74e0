"""Secrets Manager, as far as the product uses it: secrets of text, and their versions.

Source: API reference of AWS Secrets Manager.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.memory.errors import ServiceError

Request = Mapping[str, Any]
Answer = dict[str, Any]

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
_NAME = re.compile(r"[\w/+=.@-]{1,512}", re.ASCII)
_LARGEST = 65536
_GONE = "Secrets Manager can't find the specified secret."
_WORDS = {"ClientRequestToken", "SecretString"}
# The parameters that are understood, by operation.
_UNDERSTOOD = {
    "CreateSecret": {"Name", "Description", "KmsKeyId", "Tags", *_WORDS},
    "PutSecretValue": {"SecretId", *_WORDS},
    "GetSecretValue": {"SecretId", "VersionId", "VersionStage"},
    "DescribeSecret": {"SecretId"},
    "DeleteSecret": {"SecretId", "RecoveryWindowInDays", "ForceDeleteWithoutRecovery"},
    "RestoreSecret": {"SecretId"},
    "ListSecrets": {"IncludePlannedDeletion"},
}


@dataclass
class Secret:
    name: str
    arn: str
    created: datetime
    description: str
    tags: list[dict[str, str]]
    # As it was named; empty: AWS's own key.
    kms_key_id: str
    # By version id.
    texts: dict[str, str] = field(default_factory=dict)
    created_at: dict[str, datetime] = field(default_factory=dict)
    # The version of each stage.
    stages: dict[str, str] = field(default_factory=dict)
    deleted_at: datetime | None = None

    def stages_of(self, version: str) -> list[str]:
        return [stage for stage, of in self.stages.items() if of == version]


class Secrets:
    """All secrets of an account. `clock` returns epoch seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.secrets: dict[str, Secret] = {}
        self._clock = clock
        self._lock = threading.RLock()
        self._operations: dict[str, Callable[[Request], Answer]] = {
            "CreateSecret": self._create,
            "PutSecretValue": self._put,
            "GetSecretValue": self._get,
            "DescribeSecret": lambda request: _description(self._secret(request)),
            "DeleteSecret": self._delete,
            "RestoreSecret": self._restore,
            "ListSecrets": self._list,
        }

    def run(self, operation: str, parameters: Request) -> Answer:
        """Carry an operation out. Raises ServiceError."""
        if operation not in self._operations:
            raise NotImplementedError(f"the double's Secrets Manager has no {operation}")
        if unknown := sorted(parameters.keys() - _UNDERSTOOD[operation]):
            raise NotImplementedError(f"{operation} with {', '.join(unknown)}")
        with self._lock:
            return self._operations[operation](parameters)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _secret(self, request: Request, *, deleted: bool = False) -> Secret:
        """Return a secret by its name or its ARN. Raises ServiceError."""
        wanted = request["SecretId"]
        for secret in self.secrets.values():
            if wanted in (secret.name, secret.arn):
                return secret
        raise ServiceError("ResourceNotFoundException", _GONE)

    def _usable(self, request: Request) -> Secret:
        """Return a secret that is not about to be deleted. Raises ServiceError."""
        secret = self._secret(request)
        if secret.deleted_at:
            raise ServiceError(
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for"
                " deletion.",
            )
        return secret

    def _create(self, request: Request) -> Answer:
        name = request["Name"]
        if not _NAME.fullmatch(name):
            raise ServiceError(
                "ValidationException",
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of"
                " the following: -/_+=.@!",
            )
        if name in self.secrets:
            if self.secrets[name].deleted_at:
                raise ServiceError(
                    "InvalidRequestException",
                    "You can't create this secret because a secret with this name is already"
                    " scheduled for deletion.",
                )
            raise ServiceError(
                "ResourceExistsException",
                f"The operation failed because the secret {name} already exists.",
            )
        arn = f"{_ARN}{name}-{uuid.uuid4().hex[:6]}"
        tags = [dict(tag) for tag in request.get("Tags", ())]
        description, key = request.get("Description", ""), request.get("KmsKeyId", "")
        secret = Secret(name, arn, self._now(), description, tags, key)
        version = self._add(secret, request) if "SecretString" in request else ""
        self.secrets[name] = secret
        return {"ARN": arn, "Name": name, **({"VersionId": version} if version else {})}

    def _put(self, request: Request) -> Answer:
        secret = self._usable(request)
        if "SecretString" not in request:
            raise ServiceError(
                "InvalidRequestException", "You must provide either SecretString or SecretBinary."
            )
        version = self._add(secret, request)
        return {
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": version,
            "VersionStages": secret.stages_of(version),
        }

    def _add(self, secret: Secret, request: Request) -> str:
        """Add a version, make it the current one, and return its id. Raises ServiceError."""
        text, version = request["SecretString"], request.get("ClientRequestToken", "")
        if not 1 <= len(text.encode()) <= _LARGEST:
            raise ServiceError(
                "ValidationException",
                "1 validation error detected: Value at 'secretString' failed to satisfy"
                " constraint: Member must have length between 1 and 65536",
            )
        version = version or str(uuid.uuid4())
        if secret.texts.get(version, text) != text:
            raise ServiceError(
                "ResourceExistsException",
                "You can't use ClientRequestToken"
                f" {version} because that value is already in use for a version of secret"
                f" {secret.arn}.",
            )
        if version not in secret.texts:
            secret.texts[version], secret.created_at[version] = text, self._now()
            if CURRENT in secret.stages:
                secret.stages[PREVIOUS] = secret.stages[CURRENT]
            secret.stages[CURRENT] = version
        self._forget(secret)
        return version

    def _forget(self, secret: Secret) -> None:
        """Drop the oldest versions without a stage: more than 100, and older than a day."""
        loose = [version for version in secret.texts if not secret.stages_of(version)]
        for version in loose[: max(0, len(secret.texts) - 100)]:
            if self._now() - secret.created_at[version] > timedelta(days=1):
                del secret.texts[version], secret.created_at[version]

    def _get(self, request: Request) -> Answer:
        secret = self._usable(request)
        stage = request.get("VersionStage", "" if "VersionId" in request else CURRENT)
        version = request.get("VersionId") or secret.stages.get(stage, "")
        if version not in secret.texts or (stage and stage not in secret.stages_of(version)):
            what = f"staging label: {stage}" if stage else f"VersionId: {version}"
            raise ServiceError(
                "ResourceNotFoundException",
                f"Secrets Manager can't find the specified secret value for {what}",
            )
        return {
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": version,
            "SecretString": secret.texts[version],
            "VersionStages": secret.stages_of(version),
            "CreatedDate": secret.created_at[version],
        }

    def _delete(self, request: Request) -> Answer:
        secret = self._secret(request)
        days = request.get("RecoveryWindowInDays")
        forced = request.get("ForceDeleteWithoutRecovery", False)
        if forced and days is not None:
            raise ServiceError(
                "InvalidParameterException",
                "You can't use ForceDeleteWithoutRecovery in conjunction with"
                " RecoveryWindowInDays.",
            )
        if days is not None and not 7 <= days <= 30:
            raise ServiceError(
                "InvalidParameterException",
                "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
            )
        self._usable(request)
        date = self._now() + timedelta(days=0 if forced else days or 30)
        secret.deleted_at = self._now()
        if forced:
            del self.secrets[secret.name]
        return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": date}

    def _restore(self, request: Request) -> Answer:
        secret = self._secret(request)
        secret.deleted_at = None
        return {"ARN": secret.arn, "Name": secret.name}

    def _list(self, request: Request) -> Answer:
        planned = request.get("IncludePlannedDeletion", False)
        listed = [each for each in self.secrets.values() if planned or not each.deleted_at]
        if len(listed) > 100:
            raise NotImplementedError("more than one page of secrets")
        return {"SecretList": [_entry(secret) for secret in listed]}


def _entry(secret: Secret) -> dict[str, Any]:
    versions = {version: secret.stages_of(version) for version in secret.texts}
    return {
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": secret.created,
        "SecretVersionsToStages": {of: stages for of, stages in versions.items() if stages},
        **({"Description": secret.description} if secret.description else {}),
        **({"KmsKeyId": secret.kms_key_id} if secret.kms_key_id else {}),
        **({"Tags": [dict(tag) for tag in secret.tags]} if secret.tags else {}),
        **({"DeletedDate": secret.deleted_at} if secret.deleted_at else {}),
    }


def _description(secret: Secret) -> dict[str, Any]:
    described = _entry(secret)
    described["VersionIdsToStages"] = described.pop("SecretVersionsToStages")
    return described
