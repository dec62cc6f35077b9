"""Canonical JSON.

EVIDENCE, Encodings: "RFC 8785 restricted to objects, arrays, strings, `true`, `false`, `null` and integers 0 ... 2^53-1. Member
names match `[A-Za-z_][A-Za-z0-9_.]{0,63}`. [...] A reader parses, writes again and refuses when the bytes differ, and refuses
unknown members everywhere but inside `event`."
"""

import json
import re
from typing import Any, Callable, Dict, List

from refused import Refused, demand

MEMBER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}\Z")
LARGEST_INTEGER = 2**53 - 1

Check = Callable[[Any], bool]


def write(value: Any) -> bytes:
    """Names in byte order, no spaces, the escapes of RFC 8785 (3.2.2.2), which are those of Python's json module."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def parse(text: bytes, what: str) -> Any:
    """The value of a canonical text; `Refused`, naming `what`, for any other bytes."""
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_not_allowed,
            parse_constant=_not_allowed,
        )
        demand(write(value) == text, f"{what} is not canonical JSON")
        return value
    except (ValueError, RecursionError):  # UnicodeError and JSONDecodeError are ValueErrors
        raise Refused(f"{what} is not canonical JSON") from None


def lines_of(text: bytes) -> List[bytes]:
    """NDJSON: "one canonical text and one LF a line"; an empty file has no line."""
    demand(not text or text.endswith(b"\n"), "the last line does not end with a line feed")
    return text.split(b"\n")[:-1]


def members(value: Any, what: str, **checks: Check) -> Dict[str, Any]:
    """An object with exactly these members (a trailing `_` in a keyword stands for a Python word), each passing its check."""
    wanted = {name.rstrip("_"): check for name, check in checks.items()}
    demand(isinstance(value, dict), f"{what} is not an object")
    for name in wanted:
        demand(name in value, f"{what} lacks {name}")
    for name in value:
        demand(name in wanted, f"{what} has the unknown member {name}")
    for name, check in wanted.items():
        demand(check(value[name]), f"{name} of {what} has not the form it must have")
    return value


def is_string(value: Any) -> bool:
    return isinstance(value, str)


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_list(value: Any) -> bool:
    return isinstance(value, list)


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_list_of(check: Check) -> Check:
    return lambda value: is_list(value) and all(check(item) for item in value)


def or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def one_of(*allowed: Any) -> Check:
    return lambda value: any(type(value) is type(one) and value == one for one in allowed)


def _object(pairs: Any) -> Dict[str, Any]:
    """Duplicate names need no check of their own: written again, the text is shorter."""
    for name, _ in pairs:
        if not MEMBER_NAME.match(name):
            raise ValueError("member name")
    return dict(pairs)


def _integer(digits: str) -> int:
    value = int(digits)
    if not 0 <= value <= LARGEST_INTEGER:
        raise ValueError("integer out of range")
    return value


def _not_allowed(_: str) -> Any:
    raise ValueError("not an integer")
