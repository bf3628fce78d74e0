"""Random damage to JSON, to bytes and to texts. All randomness is the given generator's."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

MARKED = ("Kanarie Vogel", "pay@kanarie-a.example", "kanarie-token-5f2b")
_NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 2**31, 2**63, 10**19, 10**20, 10**30, -(10**17)),
    *(0.5, -0.0, 1e308, 5e-324, 1e15, 253402300800000, -62135596800001),
)
_TEXTS = (
    *("", " ", "0", "-1", "null", "true", "1e400", "NaN", "0x10", "١٢٣", "²", "1 2", "12\n", "+1"),
    *("0-53", "0-1", "invoices", "object.creation", "object.\ud800", "\ud800", "\x00", "a\x00b"),
    *("9" * 21, "9" * 1100, "x" * 5000, "☃", "\u202etxt", "../../etc", "%00", "%2e%2e", "{{7*7}}"),
    *("<script>alert(1)</script>", "' OR '1'='1", '"', "\\", "\r\nset-cookie: a=b", "__proto__"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30", "9999-12-31"),
    *("2026-11-23T12:59:59Z", "PORTAL#24680", "INVOICE#1", *MARKED),
)
_OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [None], [[]], {"": None}, {"a": {"b": []}})


def value(chosen: Random, depth: int = 2) -> Any:
    """Return any JSON value, most of them awkward."""
    kind = chosen.randrange(8 if depth else 6)
    if kind <= 1:
        return chosen.choice(_NUMBERS)
    if kind <= 3:
        return chosen.choice(_TEXTS)
    if kind <= 5:
        return copy.deepcopy(chosen.choice(_OTHERS))
    inner = [value(chosen, depth - 1) for _ in range(chosen.randrange(4))]
    if kind == 6:
        return inner
    return {str(chosen.choice(_TEXTS)): each for each in inner}


def text(chosen: Random) -> str:
    return chosen.choice(_TEXTS)


def damaged(chosen: Random, whole: Any, times: int = 0) -> Any:
    """Return a copy with members or elements dropped, nulled, retyped, repeated, added."""
    box = [copy.deepcopy(whole)]
    for _ in range(times or chosen.choice((1, 1, 1, 2, 3, 6))):
        places = list(positions(box))
        holder, key = chosen.choice(places)
        chosen.choice(_DAMAGES)(chosen, holder, key)
        if not box:
            box = [None]
    return box[0]


def positions(node: Any) -> Iterator[tuple[Any, Any]]:
    """Return each value's holder, and its key or index there."""
    stack = [node]
    while stack:
        holder = stack.pop()
        for key, each in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            yield holder, key
            if isinstance(each, dict | list):
                stack.append(each)


def _drop(_: Random, holder: Any, key: Any) -> None:
    del holder[key]


def _null(_: Random, holder: Any, key: Any) -> None:
    holder[key] = None


def _replace(chosen: Random, holder: Any, key: Any) -> None:
    holder[key] = value(chosen)


def _retype(_: Random, holder: Any, key: Any) -> None:
    old = holder[key]
    if isinstance(old, str):
        holder[key] = int(old) if old.isascii() and old.isdigit() and len(old) < 400 else [old]
    elif isinstance(old, dict):
        holder[key] = list(old.values())
    elif isinstance(old, list):
        holder[key] = {str(index): each for index, each in enumerate(old)}
    else:
        holder[key] = str(old)


def _repeat(_: Random, holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[f"{key}{key}"] = copy.deepcopy(holder[key])


def _add(chosen: Random, holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.insert(chosen.randrange(len(holder) + 1), value(chosen))
    else:
        holder[text(chosen)] = value(chosen)


def _rename(chosen: Random, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[chosen.choice((str(key).upper(), f" {key}", text(chosen)))] = holder.pop(key)


def _enlarge(chosen: Random, holder: Any, key: Any) -> None:
    old = holder[key]
    many = chosen.choice((3, 30, 300))
    if isinstance(old, str | list):
        holder[key] = old * many
    elif isinstance(old, int | float) and not isinstance(old, bool):
        holder[key] = old * 10**many if isinstance(old, int) else old * 1e9


_DAMAGES: tuple[Callable[[Random, Any, Any], None], ...] = (
    *(_drop, _drop, _null, _null, _replace, _replace, _replace, _retype, _retype),
    *(_repeat, _add, _rename, _enlarge),
)


def to_json(chosen: Random, whole: Any) -> bytes:
    """Write a value as JSON, as some writers would, and others would not."""
    plain = chosen.random() < 0.5
    written = json.dumps(whole, ensure_ascii=plain, separators=(",", ":"))
    return written.encode("utf-8", "surrogatepass")


def bytes_instead(chosen: Random, body: bytes) -> bytes:
    """Return what is no longer the body that was meant."""
    return chosen.choice(_RAW)(chosen, body)


def _cut(chosen: Random, body: bytes) -> bytes:
    return body[: chosen.randrange(len(body) + 1)]


def _flip(chosen: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(chosen.randrange(1, 6)):
        if changed:
            changed[chosen.randrange(len(changed))] = chosen.randrange(256)
    return bytes(changed)


def _deep(chosen: Random, _: bytes) -> bytes:
    depth = chosen.choice((200, 990, 12_000))
    return chosen.choice((b"[" * depth, b"[" * depth + b"]" * depth, b'{"a":' * depth))


def _noise(chosen: Random, _: bytes) -> bytes:
    return chosen.randbytes(chosen.randrange(200))


_RAW: tuple[Callable[[Random, bytes], bytes], ...] = (
    _cut,
    _flip,
    _flip,
    _deep,
    _noise,
    lambda _, body: b"",
    lambda _, body: b"\xef\xbb\xbf" + body,
    lambda _, body: body + body,
    lambda _, body: body.decode("utf-8", "replace").encode("utf-16"),
    lambda _, body: b"<html><body>502 Bad Gateway</body></html>",
    lambda _, body: b"[" + b",".join([body] * 200) + b"]",
    lambda _, body: b'{"a":1,"a":2,"\\ud800":NaN,"b":Infinity}',
    lambda chosen, body: b"[" + b"1" * chosen.choice((400, 5000)) + b"]",
    lambda _, body: body.replace(b'"', b"'"),
)
