"""The kinds of faults, by name: what a caller meets in place of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from infra.local.hubspot import answers as hubspot
from infra.local.memory.errors import ServiceError
from infra.local.memory.transactions import cancelled
from infra.local.quickbooks import faults as quickbooks
from infra.local.wire import Answer, to_response

from .gate import AwsCall, Call, Fault, Gate, HttpCall

# Seconds that a client waits for an answer, all repetitions of botocore included.
_HTTP_TIMEOUT, _AWS_TIMEOUT = 20.0, 15.0
_HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_ENDPOINT = "https://service.us-east-1.amazonaws.com/"
_THROTTLED = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "sqs": "RequestThrottled",
    "secretsmanager": "ThrottlingException",
}
_BROKEN = {
    "dynamodb": "InternalServerError",
    "sqs": "InternalError",
    "secretsmanager": "InternalServiceErrorException",
}


# -- without an answer


def refused(gate: Gate, call: HttpCall) -> Any:
    raise httpx.ConnectError("refused", request=call.request)


def timeout(gate: Gate, call: HttpCall) -> Any:
    gate.pass_time(_HTTP_TIMEOUT)
    raise httpx.ReadTimeout("timeout", request=call.request)


def lost(gate: Gate, call: HttpCall) -> Any:
    """It takes effect, and nobody hears of it."""
    call.run()
    return timeout(gate, call)


def reset(gate: Gate, call: HttpCall) -> Any:
    call.run()
    raise httpx.RemoteProtocolError("Server disconnected", request=call.request)


def late(gate: Gate, call: HttpCall) -> Any:
    """It takes effect when nobody waits for it any more."""
    gate.later(_HTTP_TIMEOUT + 25, call.run)
    return timeout(gate, call)


def very_late(gate: Gate, call: HttpCall) -> Any:
    gate.later(_HTTP_TIMEOUT + 120, call.run)
    return timeout(gate, call)


def killed(gate: Gate, call: Call) -> Any:
    raise gate.kill()


def killed_after(gate: Gate, call: Call) -> Any:
    call.run()
    raise gate.kill()


# -- with an answer that says no


def _sent(call: HttpCall, answer: Answer) -> httpx.Response:
    response = to_response(answer)
    return httpx.Response(
        response.status_code, headers=list(response.headers), content=response.get_data()
    )


def limited(gate: Gate, call: HttpCall) -> Any:
    return _limited(gate, call, {"Retry-After": "1"})


def limited_for_long(gate: Gate, call: HttpCall) -> Any:
    return _limited(gate, call, {"Retry-After": "30"})


def limited_bare(gate: Gate, call: HttpCall) -> Any:
    return _limited(gate, call, {})


def _limited(gate: Gate, call: HttpCall, headers: dict[str, str]) -> httpx.Response:
    if call.service == "hubspot" or "hubspot" in call.label:
        answer = hubspot.rate_limited("TEN_SECONDLY_ROLLING", headers)
    else:
        words = quickbooks.throttled("2026-03-03T07:00:00.000-08:00")
        answer = Answer(429, words, {"Content-Type": "application/xml", **headers})
    return _sent(call, answer)


def limited_json(gate: Gate, call: HttpCall) -> Any:
    body = quickbooks.gateway("3001", "ThrottleExceeded", 429, "The request limit was reached.",
                              _now(gate))  # fmt: skip
    return _sent(call, Answer(429, body))


def broken(gate: Gate, call: HttpCall) -> Any:
    return _error(gate, call, 500)


def broken_after(gate: Gate, call: HttpCall) -> Any:
    """An error of the service, which has carried the call out."""
    call.run()
    return _error(gate, call, 500)


def busy(gate: Gate, call: HttpCall) -> Any:
    return _sent(call, Answer(503, _HTML, {"Content-Type": "text/html"}))


def busy_after(gate: Gate, call: HttpCall) -> Any:
    call.run()
    return busy(gate, call)


def _error(gate: Gate, call: HttpCall, status: int) -> httpx.Response:
    if call.service == "quickbooks":
        error = {
            "Message": "message=InternalServerError; errorCode=003200; statusCode=500",
            "Detail": "An error of the server",
            "code": "10000",
            "element": "",
        }
        return _sent(call, Answer(status, {"Fault": {"Error": [error], "type": "SystemFault"}}))
    return _sent(call, hubspot.error(status, "INTERNAL_ERROR", "internal error"))


def unauthorised(gate: Gate, call: HttpCall) -> Any:
    if call.service == "quickbooks":
        body = quickbooks.gateway("3200", "AuthenticationFailed", 401, "Token expired", _now(gate))
        return _sent(call, Answer(401, body))
    if call.service == "tokens":
        return _sent(call, Answer(401, {"error": "invalid_client"}))
    return _sent(call, hubspot.unauthenticated().answer)


def forbidden(gate: Gate, call: HttpCall) -> Any:
    """The refusal of a gateway that stands before the service."""
    if call.service == "quickbooks":
        name = "ApplicationAuthorizationFailed"
        body = quickbooks.gateway("3100", name, 403, None, _now(gate))
        return _sent(call, Answer(403, body))
    return _sent(call, Answer(403, _HTML, {"Content-Type": "text/html"}))


def _now(gate: Gate) -> Any:
    assert gate.own
    return gate.own.clock.now()


# -- with an answer that says nothing


def empty(gate: Gate, call: HttpCall) -> Any:
    answer = call.run()
    return httpx.Response(answer.status_code, headers={"content-type": "application/json"})


def truncated(gate: Gate, call: HttpCall) -> Any:
    answer = call.run()
    text = answer.content[: len(answer.content) // 2]
    kind = answer.headers.get("content-type", "application/json")
    return httpx.Response(answer.status_code, headers={"content-type": kind}, content=text)


def html(gate: Gate, call: HttpCall) -> Any:
    call.run()
    return httpx.Response(200, headers={"content-type": "text/html"}, content=_HTML.encode())


def nothing_in_it(gate: Gate, call: HttpCall) -> Any:
    """Well-formed, and without what was asked for."""
    call.run()
    return httpx.Response(200, json={})


# -- AWS


def aws_refused(gate: Gate, call: AwsCall) -> Any:
    raise EndpointConnectionError(endpoint_url=_ENDPOINT)


def aws_timeout(gate: Gate, call: AwsCall) -> Any:
    gate.pass_time(_AWS_TIMEOUT)
    raise ReadTimeoutError(endpoint_url=_ENDPOINT)


def aws_lost(gate: Gate, call: AwsCall) -> Any:
    call.run()
    return aws_timeout(gate, call)


def aws_late(gate: Gate, call: AwsCall) -> Any:
    def effect() -> None:
        # Its condition may no longer hold, and nobody hears of it.
        with suppress(ServiceError):
            call.run()

    gate.later(_AWS_TIMEOUT + 10, effect)
    return aws_timeout(gate, call)


def aws_broken(gate: Gate, call: AwsCall) -> Any:
    raise ServiceError(_BROKEN[call.service], "an error of the service", status=500)


def throttled(gate: Gate, call: AwsCall) -> Any:
    raise ServiceError(_THROTTLED[call.service], "too many requests")


def throttled_after(gate: Gate, call: AwsCall) -> Any:
    """The answer to the first try was lost, and botocore's next tries were throttled."""
    call.run()
    return throttled(gate, call)


def repeated(gate: Gate, call: AwsCall) -> Any:
    """The answer was lost, and botocore sent the call again; transactions with their token."""
    parameters = dict(call.operation.parameters)
    if call.operation.name == "TransactWriteItems":
        parameters["ClientRequestToken"] = "sent-again"
    call.carry_out(parameters)
    return call.carry_out(parameters)


def conflict(gate: Gate, call: AwsCall) -> Any:
    if call.operation.name == "TransactWriteItems":
        return _cancelled(call, "TransactionConflict")
    raise ServiceError("TransactionConflictException", "Transaction is ongoing for the item")


def condition(gate: Gate, call: AwsCall) -> Any:
    if call.operation.name == "TransactWriteItems":
        return _cancelled(call, "ConditionalCheckFailed")
    raise ServiceError("ConditionalCheckFailedException", "The conditional request failed")


def _cancelled(call: AwsCall, code: str) -> Any:
    members = call.operation.parameters["TransactItems"]
    conditional = ["ConditionExpression" in repr(member) for member in members]
    culprit = conditional.index(True) if any(conditional) else 0
    reasons = [{"Code": code if each == culprit else "None"} for each in range(len(members))]
    raise cancelled(reasons)


def unprocessed(gate: Gate, call: AwsCall) -> Any:
    """A batch of which nothing was carried out."""
    parameters = call.operation.parameters
    match call.operation.name:
        case "BatchGetItem":
            return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}
        case "BatchWriteItem":
            return {"UnprocessedItems": parameters["RequestItems"]}
    failed = [
        {"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"}
        for entry in parameters["Entries"]
    ]
    return {"Successful": [], "Failed": failed}


HTTP: dict[str, Fault] = {
    each.__name__: each
    for each in (
        *(refused, timeout, lost, reset, late, very_late, killed, killed_after),
        *(limited, limited_for_long, limited_bare, broken, broken_after, busy, busy_after),
        *(unauthorised, forbidden, empty, truncated, html, nothing_in_it),
    )
}
AWS: dict[str, Fault] = {
    each.__name__: each
    for each in (
        *(aws_refused, aws_timeout, aws_lost, aws_late, aws_broken, throttled, throttled_after),
        *(repeated, killed, killed_after),
    )
}
_ONLY_QUICKBOOKS: dict[str, Fault] = {"limited_json": limited_json}
_SOME_AWS: dict[str, Fault] = {
    "conflict": conflict,
    "condition": condition,
    "unprocessed": unprocessed,
}
ALL: dict[str, Fault] = {**HTTP, **AWS, **_ONLY_QUICKBOOKS, **_SOME_AWS}
LATE = (late.__name__, very_late.__name__)
# What HubSpot shows is no book: an older status that comes over a newer one stays there until the
# next change.
_SHOWS_THE_STATUS = "hubspot POST /crm/v3/objects/invoices/batch/update"
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")


def fitting(call: Call) -> Iterator[str]:
    """Return the names of the faults that a call may meet."""
    if isinstance(call, AwsCall):
        yield from AWS
        name = call.operation.name
        if name in _WRITES:
            yield "conflict"
            if call.is_conditional:
                yield "condition"
        if "Batch" in name:
            yield "unprocessed"
    else:
        shows = call.label == _SHOWS_THE_STATUS
        yield from (kind for kind in HTTP if not (shows and kind in LATE))
        if call.service == "quickbooks":
            yield from _ONLY_QUICKBOOKS
