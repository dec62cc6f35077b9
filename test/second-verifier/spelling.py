"""How hashes, times and ids are written.

EVIDENCE, Encodings: "Hashes of things: `sha256:` + 64 lowercase hex digits. Hashes of trees, maps and proofs: base64 with padding.
Salts and disclosure digests: base64url without padding. Members named `...Sha256`: 64 hex digits. All base64 is strict: decode,
encode, compare. Times: RFC 3339, UTC, three decimals, `Z`. `recordId`: UUIDv7, lower case."
"""

import base64
import binascii
import hashlib
import re
from datetime import datetime
from typing import Any, Callable

from refused import Refused, demand

HASH_BYTES = 32
_UUID_V7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z", re.ASCII)
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,15})\Z")
_GROUP_ID = re.compile(r"(cor_[a-z2-7]{39}|cor_control|call_[0-9a-f-]{36})\Z")
_SOURCE = re.compile(r"urn:deponent:[a-z0-9./-]{1,200}\Z")
_HEX_256 = re.compile(r"[0-9a-f]{64}\Z")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def sha256_uri(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def from_base64(text: str) -> bytes:
    return _strict(text, lambda ascii_text: base64.b64decode(ascii_text), to_base64)


def from_base64url(text: str) -> bytes:
    padding = "=" * (-len(text) % 4)
    return _strict(text, lambda ascii_text: base64.urlsafe_b64decode(ascii_text + padding.encode()), to_base64url)


def tree_hash(text: str) -> bytes:
    """A hash of a tree, a map or a proof."""
    value = from_base64(text)
    demand(len(value) == HASH_BYTES, "a hash has not 32 bytes")
    return value


def decimal(text: str) -> int:
    """ASCII digits without leading zeroes."""
    demand(_DECIMAL.match(text) is not None, f"{text!r} is not a number in plain decimal form")
    return int(text)


def is_tree_hash(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(from_base64(value)) == HASH_BYTES
    except Refused:
        return False


def is_hex_256(value: Any) -> bool:
    return isinstance(value, str) and _HEX_256.match(value) is not None


def is_uuid_v7(value: Any) -> bool:
    return isinstance(value, str) and _UUID_V7.match(value) is not None


def is_group_id(value: Any) -> bool:
    """Groups: `cor_` + base32 of 24 bytes, the control group, or `call_<recordId>`."""
    return isinstance(value, str) and _GROUP_ID.match(value) is not None


def is_source(value: Any) -> bool:
    """`urn:deponent:<log origin>`, of whichever log."""
    return isinstance(value, str) and _SOURCE.match(value) is not None


def is_sha256_uri(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("sha256:") and is_hex_256(value[7:])


def is_time(value: Any) -> bool:
    if not isinstance(value, str) or not _TIME.match(value):
        return False
    try:
        datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")
        return True
    except ValueError:
        return False


def _strict(text: str, decode: Callable[[bytes], bytes], encode: Callable[[bytes], str]) -> bytes:
    try:
        value = decode(text.encode("ascii"))
    except (ValueError, binascii.Error):
        raise Refused("not base64") from None
    demand(encode(value) == text, "base64 in another spelling")
    return value
