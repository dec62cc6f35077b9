"""Step 10: citation closure.

EVIDENCE, Disclosures: each citation of an answer points "to a delivery of the same group, in a record of lower `groupSeq` or in the
answer's own `content`; contentId and version are equal and the cited lines lie inside that item's `range`: citation closure,
checkable in every profile".
"""

from typing import Any, Dict, Iterator, List, Mapping, Optional, Set

from records import Record
from refused import Failure


def check_citations(records: List[Record], outside: List[int]) -> Iterator[Failure]:
    """Step 10. `outside` takes the index of the answer for each citation of a delivery that a range or a selection does not hold, so
    that nobody can check it in this bundle."""
    by_id = {record.event_id: record for record in records if record.event is not None}
    earlier: Dict[str, Set[int]] = {}
    for record in records:
        if record.group is None:
            continue
        seqs = earlier.setdefault(record.group, set())
        # Whoever holds all earlier records of the group holds every delivery that may be cited.
        holds_all = len(seqs) >= record.group_seq - 1
        for citation in record.data.get("citations", []):
            if citation["recordId"] not in by_id and not holds_all:
                outside.append(record.index)
                continue
            reason = _fault(citation, record, by_id.get(citation["recordId"]))
            if reason is not None:
                yield Failure(record.file, record.id, f"citation {citation['marker']}: {reason}")
        seqs.add(record.group_seq)


def _fault(citation: Mapping[str, Any], answer: Record, cited: Optional[Record]) -> Optional[str]:
    if cited is None or cited.group != answer.group:
        return "the record cited is not of the group"
    if cited is not answer and cited.group_seq >= answer.group_seq:
        return "the record cited is not an earlier one"
    if cited.data.get("outcome") != "answered" or citation["item"] >= len(cited.data["content"]):
        return "nothing was delivered there"
    item = cited.data["content"][citation["item"]]
    if (citation["contentId"], citation["version"]) != (item["contentId"], item["version"]):
        return "another content or version was delivered there"
    delivered = item["range"]
    if delivered is None or delivered["unit"] != "line" or not delivered["start"] <= citation["lineStart"] <= citation["lineEnd"] <= delivered["end"]:
        return "the lines cited were not delivered there"
    return None
