"""Keys and Ed25519 signatures; the arithmetic is that of the `openssl` command.

A verifier key (vkey) is written as in C2SP signed-note: `<name>+<8 hex digits of the key id>+<base64 of type byte and key>`, where
the key id is the first 4 bytes of `SHA-256(name || "\\n" || type || key)`.
"""

import os
import subprocess
import tempfile
from typing import NamedTuple

from refused import Refused, demand
from spelling import from_base64, sha256

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
# RFC 8410: SubjectPublicKeyInfo of an Ed25519 key is this and the 32 bytes.
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")


class Vkey(NamedTuple):
    name: str
    key_id: bytes
    kind: int
    public: bytes

    @property
    def key_name(self) -> str:
        """`name+hash`: the `keyid` of the manifest's signature."""
        return f"{self.name}+{self.key_id.hex()}"


def parse_vkey(text: str) -> Vkey:
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    demand(bool(name) and not any(c.isspace() for c in name), f"the name of the key {text!r} is not one")
    material = from_base64(encoded)
    demand(len(material) == 1 + PUBLIC_KEY_BYTES, f"the key of {name} has another length")
    demand(material[0] in (ED25519, COSIGNATURE_V1), f"the key of {name} is of another type")
    expected = sha256(name.encode() + b"\n" + material)[:4]
    demand(key_id == expected.hex(), f"the hash in the key of {name} is not that of the key")
    return Vkey(name, expected, material[0], material[1:])


def verifies(key: Vkey, message: bytes, signature: bytes) -> bool:
    """One process of openssl for one signature."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    with tempfile.TemporaryDirectory(prefix="second-verifier-") as directory:
        parts = {"key": _SPKI_PREFIX + key.public, "message": message, "signature": signature}
        paths = {}
        for part, content in parts.items():
            paths[part] = os.path.join(directory, part)
            with open(paths[part], "wb") as file:
                file.write(content)
        options = ["-verify", "-pubin", "-keyform", "DER", "-inkey", paths["key"], "-rawin", "-in", paths["message"], "-sigfile", paths["signature"]]
        try:
            done = subprocess.run(["openssl", "pkeyutl", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        except FileNotFoundError:
            raise Refused("no signature can be checked: there is no openssl command here") from None
    return done.returncode == 0 and b"Signature Verified Successfully" in done.stdout
