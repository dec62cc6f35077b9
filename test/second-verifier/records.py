"""The record lines: reading them, and step 7.

EVIDENCE, Record line: "`{ disclosures[], erased, index, leaf, leafHash, recordId, withheld[] }`; `leaf` is the leaf's text as a
string. [...] A map leaf in a range: `recordId` `null`."
"""

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Set, Tuple

import canonical_json
from canonical_json import is_integer, is_list, is_list_of, is_object, is_string, members, one_of, or_null
from checkpoints import read_map_leaf
from events import EVIDENCE_KINDS, check_event
from manifest import AUDIT_LINES, EVIDENCE_LINES
from merkle import leaf_hash
from notes import Checkpoint
from proofs import CheckInclusion
from refused import Failure, Refused, demand
from spelling import is_sha256_uri, is_tree_hash, is_uuid_v7, sha256_uri, to_base64

LEAF_BYTES = 60_000


class Record(NamedTuple):
    """A line whose texts are canonical. `event` and `seal` are None for a map leaf, which is a line but no record."""

    file: str
    number: int
    line: Dict[str, Any]
    leaf_hash: bytes
    event: Optional[Dict[str, Any]]
    seal: Optional[Dict[str, Any]]
    map_leaf: Optional[Dict[str, Any]]

    @property
    def index(self) -> int:
        return self.line["index"]

    @property
    def id(self) -> Optional[str]:
        return self.line["recordId"]

    @property
    def event_id(self) -> Optional[str]:
        return self.event["id"] if self.event else None

    @property
    def data(self) -> Dict[str, Any]:
        return self.event["data"] if self.event else {"kind": None, "digests": {}}

    @property
    def group(self) -> Optional[str]:
        return self.event["correlationid"] if self.event else None

    @property
    def group_seq(self) -> int:
        return self.seal["groupSeq"] if self.seal else 0

    @property
    def leaf_hash_text(self) -> str:
        """As the line states it; step 7 compares it with the leaf."""
        return self.line["leafHash"]

    @property
    def is_evidence(self) -> bool:
        return self.data["kind"] in EVIDENCE_KINDS


def read_records(files: Mapping[str, bytes]) -> Tuple[List[Record], List[Failure]]:
    """All lines of both files that can be read, by index; and what step 7 says of the others."""
    records: List[Record] = []
    failures: List[Failure] = []
    for file in (EVIDENCE_LINES, AUDIT_LINES):
        try:
            texts = canonical_json.lines_of(files.get(file, b""))
        except Refused as refused:
            failures.append(refused.about(file))
            continue
        for number, text in enumerate(texts, 1):
            try:
                records.append(_read_line(file, number, text))
            except Refused as refused:
                failures.append(Failure(file, refused.failure.record_id, f"line {number}: {refused}"))
    return sorted(records, key=lambda record: record.index), failures


def _read_line(file: str, number: int, text: bytes) -> Record:
    line = canonical_json.parse(text, "the record")
    strings = is_list_of(is_string)
    members(
        line,
        "the record",
        disclosures=strings,
        erased=or_null(is_integer),
        index=is_integer,
        leaf=is_string,
        leafHash=is_tree_hash,
        recordId=or_null(is_uuid_v7),
        withheld=is_list,
    )
    for entry in line["withheld"]:
        members(entry, "an entry of withheld", name=is_string, reason=is_string)
    try:
        return _read_leaf(file, number, line)
    except Refused as refused:
        raise Refused(str(refused), file, line["recordId"]) from None


def _read_leaf(file: str, number: int, line: Dict[str, Any]) -> Record:
    leaf = line["leaf"].encode("utf-8")
    demand(len(leaf) <= LEAF_BYTES, "the leaf is too large")
    parsed = canonical_json.parse(leaf, "the leaf")
    if is_object(parsed) and "map" in parsed:
        return Record(file, number, line, leaf_hash(leaf), None, None, read_map_leaf(leaf))
    members(parsed, "the leaf", event=is_object, seal=is_object)
    seal, event = parsed["seal"], parsed["event"]
    members(seal, "the seal", v=one_of(1), eventHash=is_sha256_uri, groupSeq=is_integer, groupPrev=or_null(is_sha256_uri))
    demand(seal["groupSeq"] >= 1 and (seal["groupPrev"] is None) == (seal["groupSeq"] == 1), "groupPrev is null for the first of a group, and for no other")
    check_event(event)
    return Record(file, number, line, leaf_hash(leaf), event, seal, None)


def check_records(records: List[Record], predicate: Mapping[str, Any], checkpoint: Checkpoint, check_inclusion: CheckInclusion) -> Iterator[Failure]:
    """Step 7, for lines that could be read."""
    yield from _check_order(records)
    for record in records:
        for message in _faults_of_one(record, checkpoint.origin):
            yield Failure(record.file, record.id, message)
        try:
            check_inclusion(record.index, record.leaf_hash)
        except Refused as refused:
            yield refused.about(record.file, record.id)
    yield from _check_chains(records, predicate["scope"])
    if predicate["scope"]["type"] == "range":
        yield from _check_range(records, predicate)
    else:
        for record in records:
            if record.event is None:
                yield Failure(record.file, None, f"the map leaf {record.index} is in no range")
    for message in _faults_of_manifest(records, predicate, checkpoint):
        yield Failure(None, None, message)
    yield from _check_export_record(records, predicate)


def _check_order(records: List[Record]) -> Iterator[Failure]:
    """"rising index, [...] id unique"."""
    seen: Set[Any] = set()
    latest = {EVIDENCE_LINES: 0, AUDIT_LINES: 0}
    for record in records:
        if record.number < latest[record.file]:
            yield Failure(record.file, record.id, f"index {record.index} stands before a lower one")
        latest[record.file] = record.number
        for twice in seen & {record.index, record.event_id}:
            yield Failure(record.file, record.id, f"{twice} stands there twice")
        seen.update({record.index, record.event_id} - {None})


def _faults_of_one(record: Record, origin: str) -> Iterator[str]:
    """"right file, rising index, leaf hash, `eventHash`, `source`"."""
    if record.is_evidence != (record.file == EVIDENCE_LINES):
        yield "the record stands in the wrong file"
    if record.leaf_hash_text != to_base64(record.leaf_hash):
        yield "leafHash is not that of the leaf"
    if record.id != record.event_id:
        yield "recordId is not the id of the event"
    if record.map_leaf is not None and record.map_leaf["size"] != record.index:
        yield "the size of the map leaf is not its own index"
    if record.event is None or record.seal is None:
        return
    if record.seal["eventHash"] != sha256_uri(canonical_json.write(record.event)):
        yield "eventHash is not that of the event"
    if record.event["source"] != f"urn:deponent:{origin}":
        yield "the source is another log"


def _check_chains(records: List[Record], scope: Mapping[str, Any]) -> Iterator[Failure]:
    """"`groupSeq` 1..n and `groupPrev` (in a range: no gaps)". Of a group that the scope does not hold whole, such as the control
    group of the export's own record, every link that is in the bundle is checked."""
    whole = set(scope["groups"]) if scope["type"] == "groups" else set()
    first_index, last_index = (scope["first"], scope["last"]) if scope["type"] == "range" else (0, -1)
    last: Dict[str, Record] = {}
    for record in records:
        if record.seal is None or record.group is None:
            continue
        before = last.get(record.group)
        since = before.index if before else 0
        gapless = record.group in whole or (first_index <= since and record.index <= last_index)
        expected = before.group_seq + 1 if before else 1
        if record.group_seq < expected or (gapless and record.group_seq != expected):
            yield Failure(record.file, record.id, f"groupSeq is {record.group_seq} where {expected} is due")
        elif before and record.group_seq == expected and record.seal["groupPrev"] != "sha256:" + before.leaf_hash.hex():
            yield Failure(record.file, record.id, "groupPrev does not match")
        last[record.group] = record


def _check_range(records: List[Record], predicate: Mapping[str, Any]) -> Iterator[Failure]:
    """"range: every index"; beyond it only this export's own record and erasures of records of the range."""
    scope = predicate["scope"]
    inside = {record.index for record in records if scope["first"] <= record.index <= scope["last"]}
    missing = scope["last"] - scope["first"] + 1 - len(inside)
    if missing:
        yield Failure(None, None, f"{missing} indices of the range are not in the bundle")
    for record in records_beyond_scope(records, predicate, inside):
        yield Failure(record.file, record.id, f"index {record.index} is not of the scope")


def records_beyond_scope(records: List[Record], predicate: Mapping[str, Any], scope: Set[int]) -> Iterator[Record]:
    """Those that are neither of the scope (by index) nor "the `export.created` record of this export, and `record.erased` records
    that name a record of the scope"."""
    ids = {record.event_id for record in records if record.index in scope}
    for record in records:
        erases = record.data["kind"] == "record.erased" and record.data["about"]["recordId"] in ids
        if record.index not in scope and not erases and not is_export_record(record, predicate):
            yield record


def _faults_of_manifest(records: List[Record], predicate: Mapping[str, Any], checkpoint: Checkpoint) -> Iterator[str]:
    """"manifest equals checkpoint, counts"."""
    stated = predicate["checkpoint"]
    if stated != {"origin": checkpoint.origin, "root": to_base64(checkpoint.root), "size": checkpoint.size}:
        yield "the manifest names another checkpoint"
    counts = {
        "audit": sum(record.file == AUDIT_LINES for record in records),
        "erased": sum(record.line["erased"] is not None for record in records),
        "evidence": sum(record.file == EVIDENCE_LINES for record in records),
        "withheld": sum(bool(record.line["withheld"]) for record in records),
    }
    if predicate["counts"] != counts:
        yield "the manifest counts other numbers of records"


def is_export_record(record: Record, predicate: Mapping[str, Any]) -> bool:
    """Whether this is the `export.created` record of the export that the manifest describes."""
    return record.data["kind"] == "export.created" and record.data["about"].get("exportId") == predicate["exportId"]


def _check_export_record(records: List[Record], predicate: Mapping[str, Any]) -> Iterator[Failure]:
    """"and the `export.created` record (exportId, profile, scope, actor)"."""
    own = [record for record in records if is_export_record(record, predicate)]
    if len(own) != 1:
        yield Failure(None, None, f"the bundle holds {len(own)} export.created records of this export, not one")
        return
    about = {"exportId": predicate["exportId"], "profile": predicate["profile"], "scope": sha256_uri(canonical_json.write(predicate["scope"]))}
    if own[0].data["about"] != about or own[0].data["actor"] != predicate["requestedBy"]:
        yield Failure(own[0].file, own[0].id, "the export.created record says otherwise than the manifest")
