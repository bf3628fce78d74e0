"""The credentials of both apps, and how secrets are read and written.

No pydantic and no httpx here: the webhook functions must start quickly.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from invoice_sync.errors import SecretError, SecretMissingError

# How long the secret is kept in memory: a rotated one must take hold soon.
KEPT = timedelta(minutes=5)
# Field of AppSecret -> member of the secret's JSON object.
_APP_SECRET = {
    "hubspot_client_id": "hubspotClientId",
    "hubspot_client_secret": "hubspotClientSecret",
    "quickbooks_client_id": "quickbooksClientId",
    "quickbooks_client_secret": "quickbooksClientSecret",
    "quickbooks_verifier_token": "quickbooksVerifierToken",
}
APP_SECRET_KEYS = tuple(_APP_SECRET.values())


@dataclass(frozen=True, repr=False)
class AppSecret:
    """The credentials of the HubSpot app and of the Intuit app. Empty: not filled in yet."""

    hubspot_client_id: str
    hubspot_client_secret: str
    quickbooks_client_id: str
    quickbooks_client_secret: str
    quickbooks_verifier_token: str


# Nobody has stored a value yet.
_AS_DEPLOYED = AppSecret("", "", "", "", "")


class CachedAppSecret:
    """The app secret, read again after five minutes."""

    def __init__(self, client: Any, secret_id: str) -> None:
        self._client, self._id = client, secret_id
        self._read: tuple[datetime, AppSecret] | None = None

    def get(self, now: datetime) -> AppSecret:
        """Return the secret. Raises SecretError."""
        if self._read is None or now - self._read[0] > KEPT:
            value = find(self._client, self._id)
            if value is None:
                return _AS_DEPLOYED
            texts = {field: str(value.get(key, "")) for field, key in _APP_SECRET.items()}
            self._read = (now, AppSecret(**texts))
        return self._read[1]


def read(client: Any, secret_id: str) -> dict[str, Any]:
    """Return the JSON object in a secret. Raises SecretError, SecretMissingError."""
    value = find(client, secret_id)
    if value is None:
        raise SecretMissingError("there is no such secret")
    return value


def find(client: Any, secret_id: str) -> dict[str, Any] | None:
    """Return the JSON object in a secret, or None when there is no such secret, or no value in it
    yet. Raises SecretError."""
    try:
        value = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
    except client.exceptions.ResourceNotFoundException:
        return None
    except (ValueError, KeyError):
        raise SecretError("a secret does not hold a JSON object") from None
    if not isinstance(value, dict):
        raise SecretError("a secret does not hold a JSON object")
    return value


def merge(client: Any, secret_id: str, values: dict[str, Any], kms_key_arn: str) -> None:
    """Set members of the JSON object in a secret, and create the secret if there is none.

    `kms_key_arn`: the key that encrypts a new secret; an existing secret keeps its key. Two callers
    at once may undo each other's members: hold a lease. Raises SecretError.
    """
    whole = find(client, secret_id)
    if whole is None:
        try:
            key = {"KmsKeyId": kms_key_arn} if kms_key_arn else {}
            client.create_secret(Name=secret_id, SecretString=json.dumps(values), **key)
            return
        except client.exceptions.ResourceExistsException:
            whole = read(client, secret_id)  # somebody created it meanwhile
    client.put_secret_value(SecretId=secret_id, SecretString=json.dumps(whole | values))
