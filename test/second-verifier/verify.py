#!/usr/bin/env python3
"""Verifies an evidence bundle of Deponent, offline.

    python3 verify.py BUNDLE.zip --trust trust.json [--held checkpoint] [--json]

A second implementation, written from the specification of the evidence alone: it shares no line and no author's memory with the
product's `deponent verify`. Needs Python 3.9 or newer, its standard library, and the `openssl` command (3.0 or newer).
Exit code 0 and `VERIFIED ...` only if every step holds; else 1 and one line for each failure; 2 where a file cannot be read.

Read on in the order of the steps: zip_container, manifest (1), checkpoints (2, 4, 5), groups (6), records and proofs (7),
disclosures (8), summary_csv (9), citations (10); below them canonical_json, spelling, signatures, notes, trust, merkle, tiles, group_map.
"""

import argparse
import json
import sys
from typing import Any, Callable, Dict, Iterable, List, Optional, TypeVar

import zip_container
from checkpoints import HELD, check_checkpoint, check_held, check_map_leaf, stated_size
from citations import check_citations
from disclosures import check_disclosures, read_disclosures
from groups import check_groups, check_map_leaves
from manifest import CHECKPOINT, CONSISTENCY, MANIFEST, MAP_LEAF, REPORT, SUMMARY, TIMESTAMP, check_names, read_manifest
from notes import Checkpoint
from proofs import open_proofs
from records import Record, check_records, read_records
from refused import Failure, Refused
from spelling import to_base64, tree_hash
from summary_csv import rebuild
from trust import Trust, read_trust

T = TypeVar("T")

STEPS = ("container", "checkpoint", "timestamp", "map", "held", "groups", "records", "disclosures", "summary", "citations", "renditions")


class Outcome:
    """What was found, step by step. A step that nobody reached or that does not apply says `not_applicable`."""

    def __init__(self) -> None:
        self.failures: Dict[int, List[Failure]] = {}
        self.bundle = {"records": 0, "groups": 0, "treeSize": 0}
        self.verified: List[str] = []

    def read(self, step: int, check: Callable[[], T], file: Optional[str] = None, record_id: Optional[str] = None) -> Optional[T]:
        """Runs a check of a step and gives what it read, or None once its refusal is noted: of this file, unless it says which."""
        found = self.failures.setdefault(step, [])
        try:
            return check()
        except Refused as refused:
            found.append(refused.about(file, record_id))
        except Exception as error:  # Whatever goes wrong while checking is a reason not to accept.
            found.append(Failure(file, record_id, f"could not be checked: {error!r}"))
        return None

    def fails(self, step: int, check: Callable[[], Iterable[Failure]]) -> None:
        """Notes what a check of a step finds; where nothing, the step has passed."""
        self.failures.setdefault(step, []).extend(self.read(step, lambda: list(check())) or [])

    @property
    def ok(self) -> bool:
        return bool(self.verified) and not any(self.failures.values())

    def as_json(self) -> str:
        steps = []
        for number, name in enumerate(STEPS, 1):
            found = self.failures.get(number)
            status = "not_applicable" if found is None else "failed" if found else "passed"
            failures = [{"file": one.file, "recordId": one.record_id, "message": one.message} for one in found or []]
            steps.append({"step": number, "name": name, "status": status, "failures": failures})
        return json.dumps({"ok": self.ok, "bundle": self.bundle, "steps": steps}, ensure_ascii=False, separators=(",", ":"))

    def as_text(self) -> str:
        if self.ok:
            return "\n".join(self.verified)
        lines = []
        for step, failures in sorted(self.failures.items()):
            for file, record_id, message in failures:
                words = ["FAILED step", str(step), *([file] if file else []), *([f"rec {record_id}"] if record_id else []), message]
                lines.append(" ".join(words))
        return "\n".join(lines)


def verify(container: bytes, trust_text: bytes, held: Optional[bytes]) -> Outcome:
    """All steps, in order. After a failure of 1, 2 or 4 nothing that follows would mean anything; the others are all run."""
    outcome = Outcome()
    trust = outcome.read(1, lambda: read_trust(trust_text), "--trust")
    files = trust and outcome.read(1, lambda: zip_container.read(container))
    predicate = files and outcome.read(1, lambda: read_manifest(files, trust), MANIFEST)
    if not predicate:
        return outcome
    # The record lines and the size of the tree decide which proofs belong in the bundle. What is wrong with those is for 7 and 2.
    lines, unreadable = read_records(files)
    known = not unreadable and stated_size(files) == predicate["checkpoint"]["size"]
    outcome.fails(1, lambda: check_names(files, predicate, [line.index for line in lines] if known else None))
    if outcome.failures[1]:
        return outcome
    checkpoint = outcome.read(2, lambda: check_checkpoint(files, trust), CHECKPOINT)
    if not checkpoint:
        return outcome
    outcome.bundle["treeSize"] = checkpoint.size
    if trust.has_authority:
        outcome.fails(3, lambda: [Failure(TIMESTAMP, None, "the policy demands a timestamp, which this verifier cannot check")])
    check_inclusion = outcome.read(4, lambda: open_proofs(files, len(lines) + len(unreadable), checkpoint))
    map_leaf = check_inclusion and outcome.read(4, lambda: check_map_leaf(files[MAP_LEAF], checkpoint, check_inclusion), MAP_LEAF)
    if not map_leaf:
        return outcome
    if held is not None or CONSISTENCY in files:
        outcome.read(5, lambda: check_held(files, checkpoint, trust, held), HELD)
    scope = predicate["scope"]
    if scope["type"] == "groups":
        outcome.fails(6, lambda: check_groups(files, lines, predicate, checkpoint.origin, tree_hash(map_leaf["root"])))
    outcome.fails(7, lambda: [*unreadable, *check_records(lines, predicate, checkpoint, check_inclusion)])
    if scope["type"] == "range" and scope["first"] == 0:
        outcome.fails(7, lambda: check_map_leaves(lines, map_leaf, checkpoint.origin))
    values = {line.index: outcome.read(8, lambda: read_disclosures(line), line.file, line.id) or {} for line in lines}
    outcome.fails(8, lambda: check_disclosures(lines, values, predicate["profile"]))
    outcome.fails(9, lambda: [] if rebuild(lines, values) == files[SUMMARY] else [Failure(SUMMARY, None, "it is not what the records give")])
    outside: List[int] = []
    outcome.fails(10, lambda: check_citations(lines, outside))
    groups = set(scope["groups"]) if scope["type"] == "groups" else {line.group for line in lines if line.group}
    outcome.bundle.update(records=sum(line.event is not None for line in lines), groups=len(groups))
    if not any(outcome.failures.values()):
        outcome.verified = story(predicate, checkpoint, map_leaf, lines, len(outside), trust, held)
    return outcome


def story(predicate: Any, checkpoint: Checkpoint, map_leaf: Any, lines: List[Record], outside: int, trust: Trust, held: Optional[bytes]) -> List[str]:
    """"`VERIFIED`, what is complete as of which size, time and root, what was withheld or not checked"; and what cannot be seen."""
    records = [line for line in lines if line.event is not None]
    as_of = f"as of size {checkpoint.size}, {map_leaf['time']}, root {to_base64(checkpoint.root)}"
    withholding = [line for line in lines if line.line["withheld"]]
    withheld = sorted({entry["name"] for line in withholding for entry in line.line["withheld"]})
    erased = sum(line.line["erased"] is not None for line in lines)
    unchecked = [
        *([] if trust.quorum else ["witnesses (the policy demands none)"]),
        "timestamp (the policy names no authority)",
        *([] if held else ["an earlier checkpoint (none was given)"]),
        *([f"{outside} citations of deliveries outside the scope"] if outside else []),
        "renditions (none at hand)",
    ]
    return [
        f"VERIFIED {len(records)} records of {checkpoint.origin}, export {predicate['exportId']}, profile {predicate['profile']}",
        _completeness(predicate["scope"], as_of),
        *([f"withheld: {', '.join(withheld)} in {len(withholding)} records"] if withheld else []),
        *([f"erased: the disclosures of {erased} records; their leaves are proved"] if erased else []),
        f"not checked: {'; '.join(unchecked)}",
        f"vouched for by the manifest signature alone: reason of the export, reasons for withholding, VERIFY.md, {REPORT}",
        "cannot be seen: events never sent, content false when sealed, changes in the seconds before sealing, a group map false when sealed",
    ]


def _completeness(scope: Dict[str, Any], as_of: str) -> str:
    if scope["type"] == "groups":
        return f"complete: {'group' if len(scope['groups']) == 1 else 'groups'} {', '.join(scope['groups'])} {as_of}"
    if scope["type"] == "range":
        return f"complete: every index from {scope['first']} to {scope['last']} {as_of}"
    return f"selection asserted, not provable; {as_of}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Verifies an evidence bundle of Deponent, offline.")
    parser.add_argument("bundle", metavar="BUNDLE.zip", nargs="?", help="absent with --json-lines")
    parser.add_argument("--trust", metavar="FILE", help="keys and policy to verify against, never taken from the bundle")
    parser.add_argument("--held", metavar="FILE", help="a checkpoint of the same log held from before")
    parser.add_argument("--json", action="store_true", help="prints every step as JSON")
    parser.add_argument("--json-lines", action="store_true", help='reads one {"bundle", "trust", "held"} a line from stdin, prints one outcome a line')
    given = parser.parse_args()
    try:
        if given.json_lines:
            for line in sys.stdin:
                asked = json.loads(line)
                print(verify_files(asked["bundle"], asked["trust"], asked["held"]).as_json(), flush=True)
            return 0
        if not given.bundle or not given.trust:
            parser.error("a bundle and --trust are needed")
        outcome = verify_files(given.bundle, given.trust, given.held)
    except OSError as error:
        print(f"{error.filename} cannot be read.", file=sys.stderr)
        return 2
    print(outcome.as_json() if given.json else outcome.as_text())
    return 0 if outcome.ok else 1


def verify_files(bundle: str, trust: str, held: Optional[str]) -> Outcome:
    container, trust_text = _read_file(bundle), _read_file(trust)
    return verify(container, trust_text, _read_file(held) if held is not None else None)


def _read_file(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


if __name__ == "__main__":
    sys.exit(main())
