"""The group map, which makes completeness provable.

EVIDENCE, Group map: "key `SHA256("deponent-group/v1\\n" || origin || "\\n" || groupId)`, value `SHA256(canonical { count, first, head,
last })` over all records of the group [...]. Binary prefix tree over key bits, most significant first: leaf `SHA256(0x10 || key ||
value)`, node `SHA256(0x11 || l || r)`, empty subtree 32 zero bytes, one-leaf subtree collapses to its leaf."
"""

from typing import Any, List, Optional, Sequence

import canonical_json
from refused import demand
from spelling import sha256

EMPTY = bytes(32)
KEY_BITS = 256


def key_of(origin: str, group: str) -> bytes:
    return sha256(f"deponent-group/v1\n{origin}\n{group}".encode("ascii"))


def value_of(count: int, first: int, head: str, last: int) -> bytes:
    """`head`: the leaf hash of the last record, base64."""
    return sha256(canonical_json.write({"count": count, "first": first, "head": head, "last": last}))


def root_of_proof(key: bytes, value: bytes, siblings: Sequence[bytes]) -> bytes:
    """The map root that these siblings, "from the leaf's up", give."""
    demand(len(siblings) <= KEY_BITS, "the map proof is longer than a key")
    demand(not siblings or siblings[0] != EMPTY, "the map proof begins beside an empty subtree, where the leaf would have collapsed")
    node = _leaf(key, value)
    for depth, sibling in zip(range(len(siblings) - 1, -1, -1), siblings):
        node = _node(sibling, node) if _bit(key, depth) else _node(node, sibling)
    return node


class GroupMap:
    """A map that is built from records: for a range from 0, where "every map leaf is rebuilt too"."""

    def __init__(self) -> None:
        self._top: Optional[List[Any]] = None

    def put(self, key: bytes, value: bytes) -> None:
        self._top = _put(self._top, key, value, 0)

    def root(self) -> bytes:
        return _hash(self._top)


# A subtree is None, a leaf [hash, key] or a node [hash or None, left, right]; a node's hash is dropped when something below changes.


def _put(tree: Optional[List[Any]], key: bytes, value: bytes, depth: int) -> List[Any]:
    if tree is None or (len(tree) == 2 and tree[1] == key):
        return [_leaf(key, value), key]
    if len(tree) == 2:
        tree = [None, None, tree] if _bit(tree[1], depth) else [None, tree, None]
    side = 2 if _bit(key, depth) else 1
    tree[side] = _put(tree[side], key, value, depth + 1)
    tree[0] = None
    return tree


def _hash(tree: Optional[List[Any]]) -> bytes:
    if tree is None:
        return EMPTY
    if tree[0] is None:
        tree[0] = _node(_hash(tree[1]), _hash(tree[2]))
    return tree[0]


def _leaf(key: bytes, value: bytes) -> bytes:
    return sha256(b"\x10" + key + value)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x11" + left + right)


def _bit(key: bytes, depth: int) -> int:
    return key[depth // 8] >> (7 - depth % 8) & 1
