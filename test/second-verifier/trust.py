"""What the auditor trusts: `trust.json`, which comes from elsewhere than the bundle.

EVIDENCE, Log: "`{ "v": 1, "log": [ { "vkey", "until" } ], "export": [ { "vkey", "until" } ], "witnesses": [ "<vkey>" ], "quorum": 0,
"tsa": [ "<PEM>" ] }`; ordinary JSON, unknown members refused. All `log` keys bear the one accepted origin. `until`: `null`, or for
a retired key the largest tree size it may vouch for. `quorum`: how many different witnesses must have cosigned; `tsa` non-empty: a
timestamp is compulsory."
"""

import json
import re
from typing import Any, List, NamedTuple, Optional

from canonical_json import is_integer, is_list, is_list_of, is_string, members, one_of, or_null
from refused import Refused, demand
from signatures import COSIGNATURE_V1, ED25519, Vkey, parse_vkey

ORIGIN = re.compile(r"deponent(/[a-z0-9][a-z0-9.-]{0,62}){2}\Z")


class TrustedKey(NamedTuple):
    vkey: Vkey
    until: Optional[int]

    def may_vouch_for(self, size: int) -> bool:
        return self.until is None or size <= self.until


class Trust(NamedTuple):
    origin: str
    log: List[TrustedKey]
    export: List[TrustedKey]
    witnesses: List[Vkey]
    quorum: int
    has_authority: bool


def read_trust(text: bytes) -> Trust:
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        raise Refused("trust is not JSON") from None
    strings = is_list_of(is_string)
    members(value, "trust", v=one_of(1), log=is_list, export=is_list, witnesses=strings, quorum=is_integer, tsa=strings)
    log, export = [_keys(value[role], role) for role in ("log", "export")]
    demand(bool(log) and bool(export), "trust names no key of the log or none of its exports")
    origin = log[0].vkey.name
    demand(ORIGIN.match(origin) is not None, f"{origin} is not the origin of a log")
    demand(all(key.vkey.name == origin for key in log), "the keys of the log bear different origins")
    demand(all(key.vkey.name == origin + "/export" for key in export), "an export key does not bear the origin and /export")
    witnesses = [parse_vkey(text) for text in value["witnesses"]]
    demand(all(key.kind == COSIGNATURE_V1 for key in witnesses), "a witness has a key of another type")
    demand(len({key.public for key in witnesses}) == len(witnesses), "two witnesses have the same key")
    demand(0 <= value["quorum"] <= len({key.name for key in witnesses}), "the quorum asks for more witnesses than there are")
    return Trust(origin, log, export, witnesses, value["quorum"], bool(value["tsa"]))


def _keys(entries: List[Any], role: str) -> List[TrustedKey]:
    keys = []
    for entry in entries:
        members(entry, f"a key of {role}", vkey=is_string, until=or_null(is_integer))
        key = TrustedKey(parse_vkey(entry["vkey"]), entry["until"])
        demand(key.vkey.kind == ED25519, f"a key of {role} is of another type")
        keys.append(key)
    return keys


def _without_duplicates(pairs: Any) -> Any:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("duplicate member")
    return dict(pairs)
