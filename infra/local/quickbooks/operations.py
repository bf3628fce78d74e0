"""The operations of the API: query, read, write, and batches of them."""

from __future__ import annotations

import json
import re
from typing import Any

from . import changes, credit_memos, faults, invoices, names, payments, query, rates
from .books import Row
from .calls import Call, batch_items, json_body, load_of, statement
from .faults import RefusalError, SystemFailureError, missing, unsupported
from .fields import Doc
from .kinds import READABLE, WRITABLE
from .realm import Realm
from .trouble import check_digestible, check_readable

NEWEST_MINOR_VERSION = 75
BATCH_ITEM_ID_LENGTH = 10


def run(call: Call) -> Doc:
    """Carry out the call and return the content of its answer. Raises RefusalError."""
    version = call.request.args.get("minorversion", "1")
    if not version.isdecimal() or not 1 <= int(version) <= NEWEST_MINOR_VERSION:
        raise unsupported(f"minorversion {version}")
    if call.resource == "query" and call.rest is None:
        return _query(call, statement(call.request))
    if call.method == "GET":
        return _read(call)
    if call.method == "POST" and call.rest is None:
        body = json_body(call.request)
        if call.resource == "batch":
            return _batch(call, body)
        kind = WRITABLE.get(call.resource)
        if kind:
            return {kind: _write(call, kind, _operation(call, kind), body)}
    raise _no_resource(call)


def _operation(call: Call, kind: str) -> str | None:
    """Return what is asked for; a payment is voided by an update that includes "void".

    Source: reference "Payment".
    """
    operation, include = (call.request.args.get(name) for name in ("operation", "include"))
    if kind != "Payment" or operation not in ("update", "void"):
        return operation
    if operation == "void":
        raise unsupported("operation=void of Payment")
    return "void" if include == "void" else operation


def _no_resource(call: Call) -> RefusalError:
    path, full = call.request.path, call.request.base_url
    return unsupported(f"Could not find resource for relative : {path} of full path: {full}")


def _query(call: Call, text: str) -> Doc:
    call.meter()
    return {"QueryResponse": query.run(call.realm, text)}


def _read(call: Call) -> Doc:
    realm, resource, rest = call.realm, call.resource, call.rest
    call.meter()
    if resource == "cdc" and rest is None:
        return changes.answer(call)
    if resource == "exchangerate" and rest is None:
        return rates.answer(realm, call.request.args)
    if resource == "preferences" and rest is None:
        return {"Preferences": realm.preferences_view()}
    if resource == "companyinfo" and rest in (realm.realm_id, "1"):
        return {"CompanyInfo": realm.company_view()}
    kind = READABLE.get(resource)
    if kind is None or rest is None or "/" in rest:
        raise _no_resource(call)
    if not re.fullmatch(r"-?\d+", rest):
        detail = f"Id should be a valid number. Supplied value:{rest}"
        raise RefusalError("2030", detail, "Id")
    row = realm.find(kind, rest)
    if row is None:
        raise faults.not_found()
    check_digestible(realm, kind, {"Id": rest})
    check_readable(realm, [row])
    return {kind: realm.view(row)}


def _write(
    call: Call, kind: str, operation: str | None, body: Any, *, duplicates: bool = False
) -> Doc:
    realm = call.realm
    if not realm.subscription_active:
        raise RefusalError(
            "6190",
            "Subscription period has ended or canceled or there was a billing problem : You "
            "can't add data to QuickBooks Online Plus because your trial or subscription "
            "period ended.",
        )
    if operation not in (None, "update", "void", "delete"):
        raise unsupported(f"operation={operation}")
    check_digestible(realm, kind, body)
    if operation == "update" and isinstance(body, dict) and "Id" not in body:
        raise missing("Id")
    if operation in ("void", "delete"):
        return _undo(realm, kind, operation, body)
    row = _store(call, kind, body, duplicates or call.include_duplicates)
    if row.token == 0 and isinstance(body, dict) and "Id" not in body:
        mark = row.doc.get("PrivateNote") or json.dumps(body, default=str)
        call.created.append((kind, str(_number_sent(body) or mark)))
    return realm.view(row)


def _undo(realm: Realm, kind: str, operation: str, body: Any) -> Doc:
    if kind not in ("Invoice", "Payment"):
        raise unsupported(f"operation={operation} of {kind}")
    if operation == "delete":
        delete = invoices.delete_invoice if kind == "Invoice" else payments.delete_payment
        return delete(realm, body)
    void = invoices.void_invoice if kind == "Invoice" else payments.void_payment
    return realm.view(void(realm, body))


def _store(call: Call, kind: str, body: Any, duplicates: bool) -> Row:
    has_id = isinstance(body, dict) and ("Id" in body or body.get("sparse"))
    if kind == "Payment":
        write = payments.update_payment if has_id else payments.create_payment
        return write(call.realm, body)
    if kind == "CreditMemo":
        return credit_memos.create_credit_memo(call.realm, body, allow_duplicate=duplicates)
    if kind != "Invoice":
        return names.write(call.realm, kind, body)
    if has_id:
        return invoices.update_invoice(call.realm, body, allow_duplicate=duplicates)
    return invoices.create_invoice(call.realm, body, allow_duplicate=duplicates)


# -- batch


def _batch(call: Call, body: Any) -> Doc:
    items = batch_items(body)
    if call.request.args.get("requestid"):
        for item in items:
            if len(item["bId"]) > BATCH_ITEM_ID_LENGTH:
                raise RefusalError("2130", f"bId is longer than {BATCH_ITEM_ID_LENGTH} characters")
    results: list[Doc] = []
    for item in items:
        if len(results) == call.realm.switches.batch_breaks_off_after:
            # Those before it stay: a batch is no transaction.
            raise SystemFailureError
        results.append({**_batch_item(call, item), "bId": item["bId"]})
    # The order of answers is documented as open: a client has to go by bId.
    return {
        "BatchItemResponse": results[::-1] if call.realm.switches.shuffle_batch_answers else results
    }


def _batch_item(call: Call, item: Doc) -> Doc:
    try:
        if "Query" in item:
            return _query(call, item["Query"])
        return _batch_write(call, load_of(item), item)
    except RefusalError as refusal:
        return {"Fault": refusal.fault()}


def _batch_write(call: Call, kind: str, item: Doc) -> Doc:
    if kind not in WRITABLE.values():
        raise RefusalError("2000", f"Unknown object in a batch item: {kind}", kind)
    operation, options, payload = item.get("operation"), item.get("optionsData"), item[kind]
    if operation not in ("create", "update", "delete"):
        raise RefusalError("2170", f"Invalid Enumeration : {operation}", "operation")
    if options not in (None, "void") or (options and operation != "update"):
        raise unsupported(f"optionsData {options} with {operation}")
    has_id = isinstance(payload, dict) and "Id" in payload
    if operation == "create" and has_id:
        raise RefusalError("2600", "A create cannot carry an Id", "Id")
    if operation != "create" and not has_id:
        raise missing("Id")
    todo = options or ("delete" if operation == "delete" else None)
    return {kind: _write(call, kind, todo, payload)}


def _number_sent(body: Doc) -> Any:
    return body.get("DocNumber") or body.get("DisplayName")
