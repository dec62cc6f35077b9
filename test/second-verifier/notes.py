"""Signed notes (C2SP signed-note) and the checkpoint in one.

EVIDENCE, Log: "a checkpoint (signed note, three lines, no extension lines, Ed25519)".
"""

from typing import Iterable, List, NamedTuple, Tuple

from refused import Refused, demand
from signatures import COSIGNATURE_V1, Vkey, verifies
from spelling import decimal, from_base64, tree_hash

MOST_SIGNATURES = 100
KEY_ID_BYTES = 4
TIMESTAMP_BYTES = 8


class Signature(NamedTuple):
    name: str
    key_id: bytes
    value: bytes


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: List[Signature]


def read_checkpoint(note: bytes) -> Checkpoint:
    """Takes the note apart; says nothing about who signed it."""
    text, signatures = _read_note(note)
    lines = text.decode("utf-8").split("\n")[:-1]
    demand(len(lines) == 3, "a checkpoint has three lines")
    origin, size, root = lines
    demand(bool(origin), "the checkpoint names no origin")
    return Checkpoint(origin, decimal(size), tree_hash(root), text, signatures)


def signers(checkpoint: Checkpoint, keys: Iterable[Vkey]) -> List[Vkey]:
    """Those of `keys` that signed. C2SP: unknown signatures are ignored; one of a known key that is false spoils the note."""
    by_id = {(key.name, key.key_id): key for key in keys}
    found = []
    for signature in checkpoint.signatures:
        key = by_id.pop((signature.name, signature.key_id), None)
        if key is not None:
            message, value = _signed(checkpoint.text, key, signature.value)
            demand(verifies(key, message, value), f"the signature of {key.key_name} does not verify")
            found.append(key)
    return found


def _signed(text: bytes, key: Vkey, value: bytes) -> Tuple[bytes, bytes]:
    """What the key signed, and the signature proper: a cosignature (C2SP tlog-cosignature) is over its time too."""
    if key.kind != COSIGNATURE_V1:
        return text, value
    time = int.from_bytes(value[:TIMESTAMP_BYTES], "big")
    return b"cosignature/v1\ntime %d\n" % time + text, value[TIMESTAMP_BYTES:]


def _read_note(note: bytes) -> Tuple[bytes, List[Signature]]:
    """"A text ending in newline, a blank line, one or more signature lines"; no control characters but newline."""
    try:
        characters = note.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("a note is UTF-8") from None
    demand(all(c == "\n" or ord(c) >= 0x20 for c in characters), "a note has no control characters")
    text, separator, tail = characters.rpartition("\n\n")
    demand(bool(separator) and tail.endswith("\n"), "a note is a text, a blank line and signature lines")
    lines = tail[:-1].split("\n")
    demand(len(lines) <= MOST_SIGNATURES, "a note has too many signatures")
    return (text + "\n").encode("utf-8"), [_read_signature(line) for line in lines]


def _read_signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    well_formed = dash == "\u2014" and bool(name) and "+" not in name and not any(c.isspace() for c in name)
    demand(well_formed, "a signature line is an em dash, a key name and base64")
    value = from_base64(encoded)
    demand(len(value) > KEY_ID_BYTES, "a signature is too short")
    return Signature(name, value[:KEY_ID_BYTES], value[KEY_ID_BYTES:])
