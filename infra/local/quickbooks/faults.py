"""QuickBooks Online's refusals, as recorded answers show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

MESSAGES = {
    "400": "MalformedRequest",
    "500": "Unsupported Operation",
    "610": "Object Not Found",
    "1040": "Batch size exceeds allowed limit",
    "1050": "Invalid Content Type",
    "2000": "Invalid Object Name",
    "2010": "Request has invalid or unsupported property",
    "2020": "Required param missing, need to supply the required value for the API",
    "2030": "Invalid ID",
    "2040": "Invalid String",
    "2050": "String length is either shorter or longer than supported by specification",
    "2060": "Invalid Date Format",
    "2070": "Invalid Date",
    "2090": "Invalid Number",
    "2110": "Invalid Decimal",
    "2120": "Invalid Type",
    "2130": "Invalid Request Id Format",
    "2140": "Invalid Amount",
    "2170": "Invalid Enumeration",
    "2190": "Invalid Date Range",
    "2210": "Invalid Email Address format",
    "2220": "Invalid Currency",
    "2230": "Invalid Boolean",
    "2240": "Invalid Number Range",
    "2290": "Negative amounts aren't supported on transaction lines",
    "2500": "Invalid Reference Id",
    "2600": "Conflicting elements in the request",
    "3000": "Invalid Custom Field",
    "4000": "Error parsing query",
    "4001": "Invalid query",
    "4002": "Error processing query",
    "5010": "Stale Object Error",
    "5030": "Feature Not Supported",
    "6000": "A business validation error has occurred while processing your request",
    "6070": "Amount calculation incorrect in the request",
    "6080": "No Name Provided",
    "6090": "Discount line is missing information",
    "6100": "Invalid line TaxCode in the request",
    "6140": "Duplicate Document Number Error",
    "6150": "ParentRef is required",
    "6170": "TxnTaxDetail is not allowed in the request",
    "6180": "Sub level limit exceeded",
    "6190": "Invalid Company Status",
    "6210": "Account Period Closed",
    "6220": "The entity you are trying to delete has an open balance",
    "6240": "Duplicate Name Exists Error",
    "6270": "Inventory transaction before item start date",
    "6420": "Email address required",
    "6430": "Invalid account type",
    "6520": "Missing Inventory Item Quantity",
    "10000": "An application error has occurred while processing your request",
}
INACTIVE = (
    "Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
XML_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NAMESPACE = "http://schema.intuit.com/finance/v3"


class RefusalError(Exception):
    """A request that QuickBooks turns down with a Fault."""

    status, kind = 400, "ValidationFault"

    def __init__(self, code: str, detail: str, element: str = "") -> None:
        super().__init__(f"{code} {detail}")
        self.code, self.detail, self.element = code, detail, element

    def fault(self) -> dict[str, Any]:
        error = {
            "Message": MESSAGES[self.code],
            "Detail": self.detail,
            "code": self.code,
            "element": self.element,
        }
        return {"Error": [error], "type": self.kind}


class SystemFailureError(RefusalError):
    """A request that QuickBooks cannot digest, however often it comes.

    Words and status: ruckus/quickbooks-ruby, issues 224 and 285.
    """

    status, kind = 500, "SystemFault"

    def __init__(self) -> None:
        super().__init__("10000", "System Failure Error: java.lang.NullPointerException")


def unreadable() -> RefusalError:
    """Return the refusal of a read that one of its rows spoils.

    Words: intuit/QuickBooks-V3-DotNET-SDK, issue 111.
    """
    return RefusalError("4002", "QueryProcessingError: To email address entered is invalid")


def business(text: str) -> RefusalError:
    return RefusalError("6000", f"Business Validation Error: {text}")


def missing(element: str) -> RefusalError:
    return RefusalError("2020", f"Required parameter {element} is missing in the request", element)


def not_found() -> RefusalError:
    return RefusalError("610", f"Object Not Found : {INACTIVE}")


def stale(user: str) -> RefusalError:
    return RefusalError(
        "5010",
        f"Stale Object Error : You and {user} were working on this at the same time. "
        f"{user} finished before you did, so your work was not saved.",
    )


def too_long(element: str, limit: int, length: int) -> RefusalError:
    return RefusalError(
        "2050",
        "String length specified does not match the supported length. "
        f"Min:0 Max:{limit:,} supported. Supplied length: {length:,}",
        element,
    )


def unsupported(what: str) -> RefusalError:
    return RefusalError("500", f"Operation {what} is not supported.")


def gateway(code: str, name: str, status: int, detail: str | None, now: datetime) -> dict[str, Any]:
    """Return the gateway's body for 401 and 403, whose names are in lower case."""
    message = f"message={name}; errorCode=00{code}; statusCode={status}"
    error = {"message": message, "detail": detail, "code": code, "element": None}
    kind = "AUTHENTICATION" if status == 401 else "SERVICE"
    return {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": int(now.timestamp() * 1000),
        "status": None,
        "cdcresponse": [],
    }


def throttled(time: str) -> str:
    """Return the body of a 429: it was recorded as XML even for clients that asked for JSON."""
    return (
        f'{XML_HEAD}<IntuitResponse time="{time}" xmlns="{NAMESPACE}">'
        '<Fault type="SERVICE"><Error code="3001">'
        "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
        "<Detail>The request limit was reached.  Try again later</Detail>"
        "</Error></Fault></IntuitResponse>"
    )


def as_xml(body: dict[str, Any]) -> str:
    """Return a body as XML, for a client that did not ask for JSON."""
    time = quoteattr(str(body.get("time", "")))
    inner = "".join(_element(k, v) for k, v in body.items() if k != "time")
    return f'{XML_HEAD}<IntuitResponse time={time} xmlns="{NAMESPACE}">{inner}</IntuitResponse>'


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if name == "Fault":
        return f"<Fault type={quoteattr(value['type'])}>{_element('Error', value['Error'])}</Fault>"
    if name == "Error":
        marks = f"code={quoteattr(value['code'])} element={quoteattr(value['element'])}"
        texts = _element("Message", value["Message"]) + _element("Detail", value["Detail"])
        return f"<Error {marks}>{texts}</Error>"
    if isinstance(value, dict):
        inside = "".join(_element(k, v) for k, v in value.items())
        return f"<{name}>{inside}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"
