"""Steps 2, 4 and 5: the checkpoint, the map leaf that it ends in, and an earlier checkpoint that the auditor holds."""

from typing import Any, Dict, List, Mapping, Optional

import canonical_json
from canonical_json import is_integer, is_list_of, is_object, members, one_of
from manifest import CHECKPOINT, CONSISTENCY
from merkle import is_consistent, leaf_hash
from notes import Checkpoint, read_checkpoint, signers
from refused import Refused, demand
from spelling import is_time, is_tree_hash, tree_hash
from trust import Trust

HELD = "--held"


def check_checkpoint(files: Mapping[str, bytes], trust: Trust) -> Checkpoint:
    """Step 2: "checkpoint: pinned log key, origin, quorum"."""
    checkpoint = read_checkpoint(files[CHECKPOINT])
    _check_log_key(checkpoint, trust)
    cosigned = {key.name for key in signers(checkpoint, trust.witnesses)}
    demand(len(cosigned) >= trust.quorum, f"{len(cosigned)} witnesses cosigned where the policy demands {trust.quorum}")
    demand(checkpoint.size > 0, "the checkpoint is of an empty log")
    return checkpoint


def stated_size(files: Mapping[str, bytes]) -> Optional[int]:
    """What the checkpoint says of itself before step 2 says who signed it; None where it is no checkpoint."""
    try:
        return read_checkpoint(files.get(CHECKPOINT, b"")).size
    except Refused:
        return None


def _check_log_key(checkpoint: Checkpoint, trust: Trust) -> None:
    demand(checkpoint.origin == trust.origin, f"the checkpoint is of another log: {checkpoint.origin}")
    signed = signers(checkpoint, [key.vkey for key in trust.log])
    vouched = any(key.vkey in signed and key.may_vouch_for(checkpoint.size) for key in trust.log)
    demand(vouched, "no trusted key of the log that may vouch for its size signed the checkpoint")


def read_map_leaf(text: bytes) -> Dict[str, Any]:
    """"canonical `{ "map": { "root": "<base64>", "size": <its own index>, "time": "..." }, "v": 1 }`"."""
    leaf = members(canonical_json.parse(text, "the map leaf"), "the map leaf", map=is_object, v=one_of(1))
    members(leaf["map"], "the map leaf", root=is_tree_hash, size=is_integer, time=is_time)
    return leaf["map"]


def check_map_leaf(text: bytes, checkpoint: Checkpoint, check_inclusion: Any) -> Dict[str, Any]:
    """Step 4: "`map.json` is leaf size-1". `check_inclusion`: a CheckInclusion of proofs.py."""
    last = checkpoint.size - 1
    leaf = read_map_leaf(text)
    demand(leaf["size"] == last, "its size is not its own index")
    check_inclusion(last, leaf_hash(text))
    return leaf


def check_held(files: Mapping[str, bytes], checkpoint: Checkpoint, trust: Trust, held_note: Optional[bytes]) -> None:
    """Step 5: "`--held`: same origin, not larger, root equal or joined by a consistency line; every line verifies"."""
    try:
        lines = _consistency_lines(files, checkpoint)
    except Refused as refused:
        raise Refused(str(refused), CONSISTENCY) from None
    if held_note is None:
        return
    held = read_checkpoint(held_note)
    _check_log_key(held, trust)
    demand(held.size <= checkpoint.size, "the checkpoint held is larger than that of the bundle")
    if held.size == checkpoint.size:
        demand(held.root == checkpoint.root, "the checkpoint held has another root at the same size")
        return
    demand(held.size in lines, f"no consistency line joins size {held.size}: an export that names this checkpoint as held has one")
    demand(lines[held.size] == held.root, f"the consistency line of size {held.size} has another root than the checkpoint held", CONSISTENCY)


def _consistency_lines(files: Mapping[str, bytes], checkpoint: Checkpoint) -> Dict[int, bytes]:
    """The root by size; "`{ from, proof[], root }` to this checkpoint"."""
    demand(CONSISTENCY not in files or len(files[CONSISTENCY]) > 0, "a file without lines does not apply")
    roots: Dict[int, bytes] = {}
    sizes: List[int] = []
    for number, text in enumerate(canonical_json.lines_of(files.get(CONSISTENCY, b"")), 1):
        what = f"line {number}"
        line = members(canonical_json.parse(text, what), what, from_=is_integer, proof=is_list_of(is_tree_hash), root=is_tree_hash)
        root = tree_hash(line["root"])
        proof = [tree_hash(node) for node in line["proof"]]
        joined = is_consistent(line["from"], checkpoint.size, root, checkpoint.root, proof)
        demand(joined, f"line {number} does not prove that the log grew from size {line['from']}")
        roots[line["from"]] = root
        sizes.append(line["from"])
    demand(sizes == sorted(roots), "the lines are not in order of size")
    return roots
