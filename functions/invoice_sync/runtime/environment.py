"""The environment variables that configure the functions, read into one frozen object."""

from __future__ import annotations

import os
from dataclasses import dataclass

from invoice_sync.errors import EnvironmentVariableError


@dataclass(frozen=True)
class Environment:
    """Where the functions find their table, queue, secret and both services."""

    table_name: str
    queue_url: str
    app_secret_id: str
    # Names of the connections' secrets begin with it: each deployment has its own.
    connection_secrets: str
    # The ARN of the key that encrypts them; empty: AWS's own for Secrets Manager.
    kms_key_arn: str
    # The services' public addresses by default; local runs point to the simulators.
    hubspot_base_url: str
    hubspot_token_url: str
    hubspot_authorize_url: str
    quickbooks_base_url: str
    quickbooks_token_url: str
    quickbooks_revoke_url: str
    quickbooks_authorize_url: str
    # The portals that this app works for. One that is taken out again is out at once.
    allowed_portal_ids: frozenset[str]
    # The settings of a new connection, as JSON.
    default_settings: str


def read() -> Environment:
    """Read the environment variables as they are now.

    Raises EnvironmentVariableError, which names the missing variable.
    """
    return Environment(
        table_name=_required("TABLE_NAME"),
        queue_url=_required("QUEUE_URL"),
        app_secret_id=_required("APP_SECRET_ID"),
        connection_secrets=_required("CONNECTION_SECRETS"),
        kms_key_arn=os.environ.get("KMS_KEY_ARN", ""),
        hubspot_base_url=os.environ.get("HUBSPOT_BASE_URL", "https://api.hubapi.com"),
        hubspot_token_url=hubspot_token_url(),
        hubspot_authorize_url=os.environ.get(
            "HUBSPOT_AUTHORIZE_URL", "https://app.hubspot.com/oauth/authorize"
        ),
        quickbooks_base_url=os.environ.get(
            "QUICKBOOKS_BASE_URL", "https://quickbooks.api.intuit.com"
        ),
        quickbooks_token_url=quickbooks_token_url(),
        quickbooks_revoke_url=os.environ.get(
            "QUICKBOOKS_REVOKE_URL", "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"
        ),
        quickbooks_authorize_url=os.environ.get(
            "QUICKBOOKS_AUTHORIZE_URL", "https://appcenter.intuit.com/connect/oauth2"
        ),
        allowed_portal_ids=frozenset(_required("ALLOWED_PORTAL_IDS").split(",")),
        default_settings=os.environ.get("DEFAULT_SETTINGS", "{}"),
    )


def hubspot_token_url() -> str:
    return os.environ.get("HUBSPOT_TOKEN_URL", "https://api.hubapi.com/oauth/v3/token")


def quickbooks_token_url() -> str:
    default = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    return os.environ.get("QUICKBOOKS_TOKEN_URL", default)


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise EnvironmentVariableError(f"the environment variable {name} is not set")
    return value
