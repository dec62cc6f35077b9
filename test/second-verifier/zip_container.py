"""The ZIP container, which has one form only.

EVIDENCE, Bundle: "entries in byte order of their names, stored (compressors differ between versions), 1980-01-01 00:00, no extra
fields, comments, descriptors, directories or gaps; version 20, flags 0, attributes 0; below 4 GiB and 65,535 entries. The verifier
writes the container anew and compares."

So reading can be naive: it walks the local headers from the start of the file; what `write` then does not give again is refused.
"""

import struct
import zlib
from typing import Dict, List, Tuple

from refused import Refused, demand

LOCAL = struct.Struct("<IHHHHHIIIHH")
CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
END = struct.Struct("<IHHHHIIH")
LOCAL_SIGNATURE, CENTRAL_SIGNATURE, END_SIGNATURE = 0x04034B50, 0x02014B50, 0x06054B50
VERSION = 20
STORED = 0
MIDNIGHT = 0
FIRST_OF_JANUARY_1980 = (1 << 5) | 1
MOST_ENTRIES = 65_534
MOST_BYTES = 2**32 - 1

NOT_THE_FORM = "the container is not in the one form a bundle has"


def read(container: bytes) -> Dict[str, bytes]:
    """The files by name, in the order of the container."""
    demand(len(container) <= MOST_BYTES, NOT_THE_FORM)
    files = _walk(container)
    names = [name for name, _ in files]
    demand(all(a < b for a, b in zip(names, names[1:])) and 0 < len(files) <= MOST_ENTRIES, NOT_THE_FORM)
    demand(write(files) == container, NOT_THE_FORM)
    return {name.decode("ascii"): data for name, data in files}


def write(files: List[Tuple[bytes, bytes]]) -> bytes:
    """The one container of these files."""
    local: List[bytes] = []
    central: List[bytes] = []
    offset = 0
    for name, data in files:
        checksum = zlib.crc32(data)
        described = (VERSION, 0, STORED, MIDNIGHT, FIRST_OF_JANUARY_1980, checksum, len(data), len(data), len(name), 0)
        local += [LOCAL.pack(LOCAL_SIGNATURE, *described), name, data]
        central += [CENTRAL.pack(CENTRAL_SIGNATURE, VERSION, *described, 0, 0, 0, 0, offset), name]
        offset += LOCAL.size + len(name) + len(data)
    directory = b"".join(central)
    end = END.pack(END_SIGNATURE, 0, 0, len(files), len(files), len(directory), offset, 0)
    return b"".join(local) + directory + end


def _walk(container: bytes) -> List[Tuple[bytes, bytes]]:
    files = []
    at = 0
    while container[at : at + 4] == struct.pack("<I", LOCAL_SIGNATURE):
        demand(at + LOCAL.size <= len(container), NOT_THE_FORM)
        header = LOCAL.unpack_from(container, at)
        size, name_length = header[7], header[9]
        name_at = at + LOCAL.size
        data_at = name_at + name_length
        at = data_at + size
        demand(at <= len(container), NOT_THE_FORM)
        name = container[name_at:data_at]
        if not name.isascii():
            raise Refused(NOT_THE_FORM)  # flags 0: names in ASCII
        files.append((name, container[data_at:at]))
    return files
