"""Step 6: each group of the scope is complete, and no other is there; and the map leaves of a range from 0, built again.

EVIDENCE, Bundle: "`groups/<groupId>.json`: `{ count, first, head, last, mapProof[] }`: siblings from the leaf's up, base64".
"""

from typing import Any, Dict, Iterator, List, Mapping

import canonical_json
import group_map
from canonical_json import is_integer, is_list_of, members
from manifest import GROUP_OF_ONE, MAP_LEAF, group_file
from records import Record, records_beyond_scope
from refused import Failure, Refused
from spelling import is_tree_hash, tree_hash


def check_groups(files: Mapping[str, bytes], records: List[Record], predicate: Mapping[str, Any], origin: str, map_root: bytes) -> Iterator[Failure]:
    """"each group of the scope, no other: `groups/` file under the map root, count, first, last, head (a group of one: its id is its
    record's, `groupSeq` 1)"."""
    in_scope = set(predicate["scope"]["groups"])
    if not in_scope or len(in_scope) < len(predicate["scope"]["groups"]):
        yield Failure(None, None, "the scope names no group, or one twice")
    by_group: Dict[str, List[Record]] = {group: [] for group in in_scope}
    for record in records:
        by_group.setdefault(record.group or "", []).append(record)
    for group in sorted(in_scope):
        if group.startswith(GROUP_OF_ONE):
            if [(record.event_id, record.group_seq) for record in by_group[group]] != [(group[len(GROUP_OF_ONE) :], 1)]:
                yield Failure(None, None, f"{group} is not the group of one record, its own")
            continue
        name = group_file(group)
        try:
            yield from _check_group(name, files[name], group, by_group[group], origin, map_root)
        except Refused as refused:
            yield refused.about(name)
    for record in records_beyond_scope(records, predicate, {record.index for record in records if record.group in in_scope}):
        if record.event is not None:
            yield Failure(record.file, record.id, f"a record of {record.group}, which is not of the scope")


def _check_group(name: str, text: bytes, group: str, records: List[Record], origin: str, map_root: bytes) -> Iterator[Failure]:
    stated = members(
        canonical_json.parse(text, "the group"),
        "the group",
        count=is_integer,
        first=is_integer,
        head=is_tree_hash,
        last=is_integer,
        mapProof=is_list_of(is_tree_hash),
    )
    value = group_map.value_of(stated["count"], stated["first"], stated["head"], stated["last"])
    siblings = [tree_hash(sibling) for sibling in stated["mapProof"]]
    if group_map.root_of_proof(group_map.key_of(origin, group), value, siblings) != map_root:
        yield Failure(name, None, "the group is not under the map root")
    if stated["count"] != len(records):
        yield Failure(name, None, f"the group has {stated['count']} records, {len(records)} of them are in the bundle")
    elif not records:
        yield Failure(name, None, "a group without records")
    elif (stated["first"], stated["last"]) != (records[0].index, records[-1].index):
        yield Failure(name, None, "first and last are not the indices of the group's records")
    elif stated["head"] != records[-1].leaf_hash_text:
        yield Failure(name, None, "head is not the leaf hash of the group's last record")


def check_map_leaves(records: List[Record], last_map: Mapping[str, Any], origin: str) -> Iterator[Failure]:
    """"In a range from 0 every map leaf is rebuilt too": a false group map shows there. `last_map`: what `map.json` says, which is
    rebuilt as well where no index before it is missing."""
    groups: Dict[str, Dict[str, Any]] = {}
    rebuilt = group_map.GroupMap()
    for index, record in enumerate(records):
        if record.index != index:
            return
        if record.map_leaf is not None:
            if tree_hash(record.map_leaf["root"]) != rebuilt.root():
                yield Failure(record.file, None, f"the map leaf {index} is not the map of the records before it")
        elif record.group is not None and not record.group.startswith(GROUP_OF_ONE):
            state = groups.setdefault(record.group, {"count": 0, "first": record.index})
            state.update(count=state["count"] + 1, head=record.leaf_hash_text, last=record.index)
            rebuilt.put(group_map.key_of(origin, record.group), group_map.value_of(**state))
    if last_map["size"] == len(records) and tree_hash(last_map["root"]) != rebuilt.root():
        yield Failure(MAP_LEAF, None, "it is not the map of the records before it")
