"""Tiles, in the place of single proofs in bundles of more than 10,000 records.

EVIDENCE, Bundle: "the tiles over those indices and the right edge of the tree. Tiles are authenticated from the root down before
any proof is read from them." The form is that of C2SP tlog-tiles: `tlog/tile/<L>/<N>[.p/<W>]`, 256 hashes a full tile.
"""

from typing import Iterable, List, Mapping, Sequence, Set, Tuple

from merkle import node_hash, perfect_root
from refused import demand
from spelling import HASH_BYTES

WIDTH = 256
PREFIX = "tlog/tile/"


def path_of(level: int, number: int, size: int) -> str:
    """Where the tile stands for a tree of this size: the N is split into groups of three digits, all but the last after an `x`."""
    width = min(WIDTH, (size >> (8 * level)) - number * WIDTH)
    digits = f"{number % 1000:03d}"
    rest = number // 1000
    while rest:
        digits = f"x{rest % 1000:03d}/{digits}"
        rest //= 1000
    return f"{PREFIX}{level}/{digits}" + (f".p/{width}" if width < WIDTH else "")


def right_edge(size: int) -> List[Tuple[int, int]]:
    """The partial tiles of a tree of this size, lowest level first: their hashes are the whole tree, cut into perfect subtrees."""
    levels = range(0, (size.bit_length() + 7) // 8)
    return [(level, size >> (8 * (level + 1))) for level in levels if (size >> (8 * level)) % WIDTH]


def needed(indices: Iterable[int], size: int) -> Set[Tuple[int, int]]:
    """The tiles over these indices up to the right edge, and the right edge, each as level and number."""
    found = set(right_edge(size))
    for index in indices:
        level, number = 0, index // WIDTH
        while (level, number) not in found:
            found.add((level, number))
            level, number = level + 1, number // WIDTH
    return found


class Tiles:
    """The tiles of a bundle. None is read from before it has given the hash that the tile above, or the root, has for it."""

    def __init__(self, files: Mapping[str, bytes], size: int, root: bytes) -> None:
        self._files = files
        self._size = size
        edge = right_edge(size)
        self._authentic = {place: self._read(*place) for place in edge}
        edge_root = _root_of([self._authentic[place] for place in reversed(edge)])
        demand(edge_root == root, "the right edge of the tiles does not give the root of the checkpoint")

    def leaf_hash(self, index: int) -> bytes:
        demand(index < self._size, "the index is not in the tree")
        return self._tile(0, index // WIDTH)[index % WIDTH]

    def _tile(self, level: int, number: int) -> List[bytes]:
        """A full tile, authenticated by the one above; partial tiles are all of the right edge."""
        if (level, number) not in self._authentic:
            above = self._tile(level + 1, number // WIDTH)[number % WIDTH]
            hashes = self._read(level, number)
            demand(perfect_root(hashes) == above, "the tile does not give its hash in the tile above", path_of(level, number, self._size))
            self._authentic[level, number] = hashes
        return self._authentic[level, number]

    def _read(self, level: int, number: int) -> List[bytes]:
        path = path_of(level, number, self._size)
        demand(path in self._files, "the tile is missing", path)
        tile = self._files[path]
        width = int(path.rpartition(".p/")[2]) if ".p/" in path else WIDTH
        demand(len(tile) == width * HASH_BYTES, "the tile has another length", path)
        return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def _root_of(edge: Sequence[Sequence[bytes]]) -> bytes:
    """RFC 9162, 2.1.1: perfect subtrees from the largest to the smallest, joined from the right. `edge`: highest level first."""
    peaks: List[bytes] = []
    for hashes in edge:
        while hashes:
            largest = 1 << (len(hashes).bit_length() - 1)
            peaks.append(perfect_root(hashes[:largest]))
            hashes = hashes[largest:]
    root = peaks.pop()
    while peaks:
        root = node_hash(peaks.pop(), root)
    return root
