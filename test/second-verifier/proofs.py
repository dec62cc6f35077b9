"""Inclusion: that a leaf stands at its index in the log.

EVIDENCE, Bundle: "one for each record and the map leaf, each ending in the exact bytes of `checkpoint`, no `extra` line; over 10,000
records `tlog/tile/...` instead". Both forms answer one question: is this the leaf hash at this index?
"""

import re
from typing import Callable, List, Mapping

import tiles
from manifest import CHECKPOINT, has_proof_files, proof_file
from merkle import root_of_inclusion
from notes import Checkpoint
from refused import Refused, demand
from spelling import decimal, tree_hash

_PROOF = re.compile(rb"c2sp\.org/tlog-proof@v1\nindex ([0-9]+)\n((?:[^\n]+\n)*)\n(.*)\Z", re.DOTALL)

CheckInclusion = Callable[[int, bytes], None]
"""Refuses a leaf hash that the bundle does not prove to stand at this index."""


def open_proofs(files: Mapping[str, bytes], lines: int, checkpoint: Checkpoint) -> CheckInclusion:
    """`lines`: how many record lines the bundle has, which decides the form of its proofs."""
    return _in_files(files, checkpoint) if has_proof_files(lines) else _in_tiles(files, checkpoint)


def _in_files(files: Mapping[str, bytes], checkpoint: Checkpoint) -> CheckInclusion:
    def check(index: int, leaf_hash: bytes) -> None:
        name = proof_file(index)
        demand(name in files, f"{name} is missing")
        proof = _read_proof(files[name], index, files[CHECKPOINT], name)
        root = root_of_inclusion(index, checkpoint.size, leaf_hash, proof)
        demand(root == checkpoint.root, f"{name} does not lead from the leaf to the root of the checkpoint")

    return check


def _in_tiles(files: Mapping[str, bytes], checkpoint: Checkpoint) -> CheckInclusion:
    authentic = tiles.Tiles(files, checkpoint.size, checkpoint.root)

    def check(index: int, leaf_hash: bytes) -> None:
        demand(authentic.leaf_hash(index) == leaf_hash, f"the tiles have another leaf at index {index}")

    return check


def _read_proof(text: bytes, index: int, checkpoint_note: bytes, name: str) -> List[bytes]:
    """The siblings "from the leaf's sibling hash up to the root's child hash" (C2SP tlog-proof)."""
    parts = _PROOF.match(text)
    if parts is None:
        raise Refused(f"{name} is not a tlog-proof")
    demand(decimal(parts[1].decode("ascii")) == index, f"{name} is the proof of another index")
    demand(parts[3] == checkpoint_note, f"{name} ends in another checkpoint")
    return [tree_hash(line.decode("latin-1")) for line in parts[2].split(b"\n")[:-1]]
