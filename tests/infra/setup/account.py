"""The account of a deployment, the person who fills its secret in, and what they enter."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

from ..fake_account import FakeAccount

# As the two vendors' pages show them.
USUAL = {
    "hubspotClientId": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "hubspotClientSecret": "1A2B3C4D-4b5a-6978-8796-a5b4c3d2e1f0",
    "quickbooksClientId": "AB" + "q7" * 24,
    "quickbooksClientSecret": "s9" * 20,
    "quickbooksVerifierToken": "2b3c4d5e-4b5a-6978-8796-a5b4c3d2e1f0",
}
STACK = "invoice-sync-example"
BASE = "https://abc.execute-api.us-east-1.amazonaws.com"
SECRETS = [text for name, text in USUAL.items() if not name.endswith("Id")]
HUBSPOT_ID, HUBSPOT_SECRET, INTUIT_ID, INTUIT_SECRET, VERIFIER = USUAL.values()
# A secret of nobody.
OTHER = "9f9e9d9c-4b5a-6978-8796-a5b4c3d2e1f0"


class Account(FakeAccount):
    """With the stack as it is after its first deployment: the secret has no value."""

    def __init__(self) -> None:
        super().__init__()
        self.arn = self.secrets.run("CreateSecret", {"Name": "AppSecret"})["ARN"]
        paths = {
            "ConnectUrl": "/connect/hubspot",
            "QuickBooksRedirectUri": "/connect/quickbooks/callback",
            "QuickBooksLaunchUrl": "/connect/hubspot",
            "QuickBooksDisconnectUrl": "/connect/quickbooks/disconnected",
            "QuickBooksWebhookUrl": "/webhooks/quickbooks",
        }
        self.outputs = {
            "AppSecretId": self.arn,
            "TableName": "the-table",
            "TechnicalTopicArn": "arn:aws:sns:us-east-1:1:technical",
            "BusinessTopicArn": "arn:aws:sns:us-east-1:1:business",
            **{name: BASE + path for name, path in paths.items()},
        }
        self.stacks[STACK] = ({}, self.outputs)

    def put(self, value: Any) -> None:
        text = value if isinstance(value, str) else json.dumps(value)
        self.secrets.run("PutSecretValue", {"SecretId": self.arn, "SecretString": text})

    def make_table(self) -> None:
        keys = {"pk": "HASH", "sk": "RANGE"}
        self.database.run(
            "CreateTable",
            {
                "TableName": "the-table",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for name in keys
                ],
                "KeySchema": [
                    {"AttributeName": name, "KeyType": kind} for name, kind in keys.items()
                ],
            },
        )

    @property
    def stored(self) -> Any:
        answer = self.secrets.run("GetSecretValue", {"SecretId": self.arn})
        return json.loads(answer["SecretString"])

    @property
    def versions(self) -> int:
        return len(self.secrets.secrets["AppSecret"].texts)


class Terminal:
    """A person at the keyboard. `says`: what is answered to each question, in order. `shown`: what
    was asked with the answer shown."""

    def __init__(self, says: Iterable[str]) -> None:
        self._says = iter(says)
        self.shown: list[str] = []

    def isatty(self) -> bool:
        return True

    def show(self, prompt: str) -> str:
        self.shown.append(prompt)
        return self.hide(prompt)

    def hide(self, prompt: str) -> str:
        sys.stdout.write(f"{prompt}\n")
        answer = next(self._says)
        if answer == "^C":
            raise KeyboardInterrupt
        if answer == "^D":
            raise EOFError
        return answer


# Both run it and return its exit code: with answers, with an input.
Ask = Callable[..., int]
Pipe = Callable[[Any], int]
