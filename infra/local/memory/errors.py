"""The errors of the services, before botocore's exceptions are made of them."""

from __future__ import annotations

from typing import Any


class ServiceError(Exception):
    """An error answer: its code, its message, and further fields of the answer."""

    def __init__(self, code: str, message: str, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields = code, message, fields


def invalid(message: str) -> ServiceError:
    """Return DynamoDB's answer to a request that makes no sense."""
    return ServiceError("ValidationException", message)


def invalid_parameter(message: str) -> ServiceError:
    """Return DynamoDB's answer to a value that makes no sense."""
    return invalid(f"One or more parameter values were invalid: {message}")
