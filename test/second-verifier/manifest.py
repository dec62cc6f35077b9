"""Step 1: "container, manifest signature under the pinned export key, file hashes, nothing missing or added".

EVIDENCE, Manifest: DSSE around an in-toto Statement; "one signature, `keyid` = the vkey's `name+hash`; payloadType
`application/vnd.in-toto+json`; `subject` = every other file, by name, with SHA-256; predicateType `urn:deponent:export:v1`".
"""

import hashlib
from typing import Any, Dict, Iterator, List, Mapping, Optional, Set

import canonical_json
import tiles
from canonical_json import is_integer, is_list, is_list_of, is_object, is_string, members, one_of, or_null
from refused import Failure, demand
from signatures import verifies
from spelling import from_base64, is_group_id, is_hex_256, is_time, is_tree_hash
from trust import Trust

MANIFEST = "manifest.dsse.json"
CHECKPOINT = "checkpoint"
TIMESTAMP = "checkpoint.tsr"
MAP_LEAF = "map.json"
EVIDENCE_LINES = "records/evidence.ndjson"
AUDIT_LINES = "records/audit.ndjson"
SUMMARY = "records/summary.csv"
CONSISTENCY = "consistency.ndjson"
REPORT = "report.pdf"
PROOFS = "proofs/"

GROUP_OF_ONE = "call_"
MOST_RECORDS_WITH_PROOF_FILES = 10_000

ALWAYS = (MANIFEST, CHECKPOINT, MAP_LEAF, EVIDENCE_LINES, AUDIT_LINES, SUMMARY, "VERIFY.md")
# The report is written for people and only the manifest vouches for it: a bundle without one proves as much.
SOMETIMES = (TIMESTAMP, CONSISTENCY, REPORT)

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:deponent:export:v1"
PROFILES = ("full", "redacted", "hashes")


def read_manifest(files: Mapping[str, bytes], trust: Trust) -> Dict[str, Any]:
    """The predicate, once its signature, its shape and the hash of every file hold."""
    demand(MANIFEST in files, "the manifest is missing", MANIFEST)
    statement = _signed_statement(files[MANIFEST], trust)
    predicate = _predicate(statement["predicate"])
    _check_files(files, statement["subject"])
    return predicate


def _signed_statement(envelope_text: bytes, trust: Trust) -> Dict[str, Any]:
    envelope = canonical_json.parse(envelope_text, "the manifest")
    members(envelope, "the manifest", payload=is_string, payloadType=one_of(PAYLOAD_TYPE), signatures=is_list)
    demand(len(envelope["signatures"]) == 1, "the manifest has one signature", MANIFEST)
    signature = members(envelope["signatures"][0], "the manifest's signature", keyid=is_string, sig=is_string)
    payload = from_base64(envelope["payload"])
    keys = [key for key in trust.export if key.vkey.key_name == signature["keyid"]]
    demand(len(keys) > 0, "the manifest is not signed by a trusted export key", MANIFEST)
    message = _pre_authentication_encoding(PAYLOAD_TYPE.encode(), payload)
    signed = any(verifies(key.vkey, message, from_base64(signature["sig"])) for key in keys)
    demand(signed, "the manifest's signature does not verify", MANIFEST)
    statement = canonical_json.parse(payload, "the statement")
    members(statement, "the statement", _type=one_of(STATEMENT_TYPE), predicate=is_object, predicateType=one_of(PREDICATE_TYPE), subject=is_list)
    size = _predicate(statement["predicate"])["checkpoint"]["size"]
    demand(any(key.may_vouch_for(size) for key in keys), "the export key is retired and may not vouch for a tree of this size", MANIFEST)
    return statement


def _pre_authentication_encoding(payload_type: bytes, payload: bytes) -> bytes:
    """DSSE protocol: `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`."""
    return b"DSSEv1 %d %s %d %s" % (len(payload_type), payload_type, len(payload), payload)


def _predicate(value: Any) -> Dict[str, Any]:
    """"`{ checkpoint: { origin, root, size }, counts: { audit, erased, evidence, withheld }, createdAt, exportId, profile, reason,
    requestedBy, scope, software: { name, version } }`"."""
    what = "the predicate"
    strings = {"exportId": is_string, "reason": is_string, "requestedBy": or_null(is_string)}
    members(value, what, checkpoint=is_object, counts=is_object, createdAt=is_time, profile=one_of(*PROFILES), scope=is_object, software=is_object, **strings)
    members(value["checkpoint"], f"the checkpoint of {what}", origin=is_string, root=is_tree_hash, size=is_integer)
    members(value["counts"], f"counts of {what}", audit=is_integer, erased=is_integer, evidence=is_integer, withheld=is_integer)
    members(value["software"], f"software of {what}", name=is_string, version=is_string)
    _check_scope(value["scope"])
    return value


def _check_scope(scope: Dict[str, Any]) -> None:
    """Scope: "`{ type: "groups", groups[] }`, `{ type: "range", first, last }` (indices), or `{ type: "selection", query }`"."""
    kind = scope.get("type")
    if kind == "groups":
        members(scope, "the scope", type=is_string, groups=is_list_of(is_group_id))
    elif kind == "range":
        members(scope, "the scope", type=is_string, first=is_integer, last=is_integer)
        demand(scope["first"] <= scope["last"], "the scope is a range that ends before it begins")
    else:
        members(scope, "the scope", type=one_of("selection"), query=is_string)


def _check_files(files: Mapping[str, bytes], subject: Any) -> None:
    listed = {}
    for entry in subject:
        members(entry, "a subject", digest=is_object, name=is_string)
        members(entry["digest"], "the digest of a subject", sha256=is_hex_256)
        listed[entry["name"]] = entry["digest"]["sha256"]
    demand(len(listed) == len(subject), "the manifest lists a file twice", MANIFEST)
    for name in sorted(listed.keys() | files.keys() - {MANIFEST}):
        demand(name in listed, "the file is not in the manifest", name)
        demand(name in files, "the file is missing", name)
        demand(hashlib.sha256(files[name]).hexdigest() == listed[name], "the file has another hash than the manifest says", name)


def check_names(files: Mapping[str, bytes], predicate: Mapping[str, Any], indices: Optional[List[int]]) -> Iterator[Failure]:
    """"All of them, no others (`checkpoint.tsr`, `groups/`, `consistency.ndjson` where they apply)". `indices`: of the record lines;
    None where they are not known, so that nothing can be said about proofs."""
    expected = {*ALWAYS, *_group_files(predicate["scope"])}
    allowed = {*SOMETIMES}
    if indices is None:
        allowed.update(name for name in files if name.startswith((PROOFS, tiles.PREFIX)))
    else:
        expected |= _proof_files(indices, predicate["checkpoint"]["size"])
    for name in sorted(expected - files.keys()):
        yield Failure(name, None, "the file is missing")
    for name in sorted(files.keys() - expected - allowed):
        yield Failure(name, None, "a file that does not belong in the bundle")


def group_file(group: str) -> str:
    return f"groups/{group}.json"


def proof_file(index: int) -> str:
    return f"{PROOFS}{index}.tlog-proof"


def has_proof_files(lines: int) -> bool:
    """"one for each record and the map leaf [...]; over 10,000 records [tiles] instead"."""
    return lines <= MOST_RECORDS_WITH_PROOF_FILES


def _group_files(scope: Mapping[str, Any]) -> Set[str]:
    """A group of one needs none: it is "complete by construction, not in the group map"."""
    return {group_file(group) for group in scope.get("groups", []) if not group.startswith(GROUP_OF_ONE)}


def _proof_files(indices: List[int], size: int) -> Set[str]:
    proved = {index for index in [*indices, size - 1] if 0 <= index < size}
    if has_proof_files(len(indices)):
        return {proof_file(index) for index in proved}
    return {tiles.path_of(level, number, size) for level, number in tiles.needed(proved, size)}
