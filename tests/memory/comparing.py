"""Makes the same calls on moto and on the double, and compares what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from infra.local.aws import TABLE, LocalAws

_SETS = ("SS", "NS", "BS")


@dataclass(frozen=True)
class Refused:
    """An error, as a caller sees it."""

    exception: str
    code: str
    message: str
    reasons: tuple[str, ...] = ()
    item: Any = None

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...]]:
        return self.exception, self.code, self.reasons


def outcome(client: Any, method: str, **parameters: Any) -> Any:
    """Make a call, and return its answer without the metadata, or how it was refused."""
    try:
        answer: dict[str, Any] = getattr(client, method)(**parameters)
    except ClientError as error:
        detail: dict[str, Any] = error.response["Error"]  # type: ignore[assignment]
        response: Any = error.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] >= 400
        return Refused(
            type(error).__name__,
            detail["Code"],
            detail["Message"],
            tuple(reason["Code"] for reason in response.get("CancellationReasons", ())),
            normal(response.get("Item")),
        )
    except ParamValidationError as error:
        return Refused(type(error).__name__, "", str(error))
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return normal(answer)


def normal(value: Any) -> Any:
    """Write numbers and sets in one way."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((name, content),) = value.items()
            if name == "N" and isinstance(content, str):
                return {"N": Decimal(content)}
            if name == "NS" and isinstance(content, list):
                return {"NS": sorted(map(Decimal, content))}
            if name in _SETS and isinstance(content, list):
                return {name: sorted(content)}
        return {name: normal(content) for name, content in value.items()}
    if isinstance(value, list):
        return [normal(element) for element in value]
    return value


class Pair:
    """moto and the double, both empty."""

    def __init__(self, moto: LocalAws, memory: LocalAws) -> None:
        self.moto, self.memory = moto, memory
        for each in (moto, memory):
            each.reset()

    def empty(self) -> None:
        """Delete all items, which is quicker than a reset."""
        for each in (self.moto, self.memory):
            for item in each.items():
                key = {name: item[name] for name in ("pk", "sk")}
                each.client("dynamodb").delete_item(TableName=TABLE, Key=key)

    def outcomes(self, service: str, method: str, **parameters: Any) -> tuple[Any, Any]:
        """Return what moto and the double say."""
        moto, memory = (
            outcome(each.client(service), method, **parameters) for each in (self.moto, self.memory)
        )
        return moto, memory

    def same(self, method: str, service: str = "dynamodb", **parameters: Any) -> Any:
        """Make a call on both. The answers, or the errors without their words, must be equal."""
        if service == "dynamodb" and not method.startswith(("batch", "transact")):
            parameters = {"TableName": TABLE, **parameters}
        moto, memory = self.outcomes(service, method, **parameters)
        if "ReturnConsumedCapacity" not in parameters and isinstance(moto, dict):
            # moto sometimes tells what nobody asked for.
            for name in ("ConsumedCapacity", "ItemCollectionMetrics"):
                moto.pop(name, None)
        if isinstance(moto, Refused) and isinstance(memory, Refused):
            assert memory.kind == moto.kind, (memory, moto)
            assert memory.item == moto.item
        else:
            assert (memory, parameters) == (moto, parameters)
        return memory

    def check_items(self) -> None:
        """Check that both hold the same items."""
        kept = [
            sorted(normal(each.items()), key=lambda item: repr((item["pk"], item["sk"])))
            for each in (self.moto, self.memory)
        ]
        assert kept[1] == kept[0]
