"""Step 8: what is disclosed, withheld and erased.

EVIDENCE, Disclosures: "text `base64url(canonical [salt, name, value])`, digest `base64url(SHA-256(that text))`, both as in RFC 9901,
16 random bytes of salt."
"""

import re
from typing import Any, Dict, Iterator, List, Mapping, Set, Tuple

import canonical_json
from canonical_json import is_list, is_list_of, is_object, is_string, members, or_null
from records import Record
from refused import Failure, demand
from spelling import from_base64url, is_hex_256, sha256, to_base64url

SALT_BYTES = 16
_CONTENT = re.compile(r"content\.(0|[1-9][0-9]*)\Z")

Values = Dict[str, Any]


def read_disclosures(record: Record) -> Values:
    """The disclosed values by name; `Refused` unless each has its digest under its name."""
    values: Values = {}
    for text in record.line["disclosures"]:
        parsed = canonical_json.parse(from_base64url(text), "a disclosure")
        demand(is_list(parsed) and len(parsed) == 3 and is_string(parsed[0]) and is_string(parsed[1]), "a disclosure is salt, name and value")
        salt, name, value = parsed
        demand(len(from_base64url(salt)) == SALT_BYTES, f"the salt of {name} has not {SALT_BYTES} bytes")
        demand(record.data["digests"].get(name) == to_base64url(sha256(text.encode("ascii"))), f"the disclosure {name} has not the digest in the leaf")
        demand(name not in values, f"{name} is disclosed twice")
        _check_value(name, value)
        values[name] = value
    demand(list(values) == sorted(values), "the disclosures are not in order of name")
    return values


def check_disclosures(records: List[Record], values: Mapping[int, Values], profile: str) -> Iterator[Failure]:
    """"digest under its name, 16-byte salt, names complete, profile kept; `erased` if and only if a `record.erased` in the bundle
    names id and leaf hash; one `external` a group". `values`: what `read_disclosures` gave, by index."""
    erasures = {(record.data["about"]["recordId"], record.data["about"]["leafHash"], record.index) for record in records if _is_erasure(record)}
    external: Dict[str, str] = {}
    for record in records:
        for message in _faults(record, values.get(record.index, {}), profile, erasures):
            yield Failure(record.file, record.id, message)
        said = values.get(record.index, {}).get("external")
        if said is not None and record.group is not None and external.setdefault(record.group, said) != said:
            yield Failure(record.file, record.id, "another record of the group discloses another external id")


def _is_erasure(record: Record) -> bool:
    return record.data["kind"] == "record.erased"


def _faults(record: Record, values: Values, profile: str, erasures: Set[Tuple[str, str, int]]) -> Iterator[str]:
    naming = {index: leaf_hash for record_id, leaf_hash, index in erasures if record_id == record.event_id}
    if any(leaf_hash != record.leaf_hash_text for leaf_hash in naming.values()):
        yield "a record.erased record names this record with another leaf hash"
    if record.line["erased"] is not None:
        if record.line["erased"] not in naming:
            yield "erased names no record.erased record of this record"
        if record.line["disclosures"] or record.line["withheld"]:
            yield "an erased record discloses and withholds nothing"
        return
    if naming:
        yield "a record.erased record names this record, which is not shown as erased"
    withheld = [entry["name"] for entry in record.line["withheld"]]
    if withheld != sorted(set(withheld)):
        yield "the withheld names are not in order"
    if sorted([*values, *withheld]) != sorted(record.data["digests"]):
        yield "disclosures and withheld do not name exactly the digests of the leaf"
    # `redacted` withholds `people`, `external`, `names`, `question`, `answer` only "by default": any choice keeps it.
    if (profile == "full" and withheld) or (profile == "hashes" and values):
        yield f"the record does not keep profile {profile}"
    if not all(entry["reason"] for entry in record.line["withheld"]):
        yield "something is withheld without a reason"


def _check_value(name: str, value: Any) -> None:
    """The values of EVIDENCE, Disclosures; "what does not apply is `null`"."""
    what = f"the disclosure {name}"
    hashed = or_null(is_hex_256)
    text = or_null(is_string)
    if _CONTENT.match(name):
        members(value, what, renditionSha256=hashed, sourceSha256=hashed, textSha256=hashed)
    elif name == "io":
        members(value, what, argumentsSha256=hashed, requestedTool=text, resultSha256=hashed)
    elif name == "people":
        members(value, what, client=text, email=text)
    elif name == "answer":
        members(value, what, grounding=or_null(is_object), quotes=is_list_of(is_hex_256), text=text, webSearch=text)
    elif name == "names":
        demand(is_list_of(text)(value), f"{what} is not a list of paths")
    elif name in ("external", "question", "reason"):
        demand(is_string(value), f"{what} is not a string")
