"""Step 9: `records/summary.csv`, "for people; a function of the two files".

EVIDENCE, summary.csv: "header and one row a record, by index, CRLF, every field in quotes (`"` doubled; a field whose first character
is `=`, `+`, `-`, `@`, TAB, CR or LF gets a `'` before it) [...]; of several content items `id@version`, `start-end`, path and hash are
joined by `; `; undisclosed is empty; `status`: `disclosed`, `withheld` (anything), `erased`."
"""

from typing import Any, Iterable, List, Mapping

from disclosures import Values
from records import Record

COLUMNS = (
    *("index", "recordId", "groupId", "groupSeq", "time", "kind", "outcome", "code", "tool", "actor", "email", "client"),
    *("content", "lines", "path", "textSha256", "question", "answer", "status", "leafHash"),
)
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def rebuild(records: Iterable[Record], values: Mapping[int, Values]) -> bytes:
    """The file that these records and disclosed values (by index) give. A map leaf is no record and has no row."""
    rows = [list(COLUMNS)] + [_row(record, values.get(record.index, {})) for record in records if record.event is not None]
    return "".join(",".join(_field(field) for field in row) + "\r\n" for row in rows).encode("utf-8")


def _row(record: Record, disclosed: Values) -> List[str]:
    data: Mapping[str, Any] = record.data
    people = disclosed.get("people", {})
    content = data.get("content", [])
    ranges = [item["range"] for item in content]
    paths = disclosed.get("names", [])
    hashes = [disclosed.get(f"content.{number}", {}).get("textSha256") for number in range(len(content))]
    cells = {
        "index": str(record.index),
        "recordId": record.id,
        "groupId": record.group,
        "groupSeq": str(record.group_seq),
        "time": record.event["time"] if record.event else None,
        "kind": data["kind"],
        "outcome": data.get("outcome"),
        "code": data.get("code"),
        "tool": data.get("tool", {}).get("name"),
        "actor": data["actor"],
        "email": people.get("email"),
        "client": people.get("client"),
        "content": "; ".join(f"{item['contentId']}@{item['version']}" for item in content),
        "lines": _joined([f"{one['start']}-{one['end']}" if one else None for one in ranges]),
        "path": _joined(paths[: len(content)]),
        "textSha256": _joined(hashes),
        "question": disclosed.get("question"),
        "answer": disclosed.get("answer", {}).get("text"),
        "status": _status(record),
        "leafHash": record.leaf_hash_text,
    }
    return [cells[column] or "" for column in COLUMNS]


def _joined(parts: List[Any]) -> str:
    """One place for each item, so that the columns stay parallel; nothing at all where no item has anything."""
    return "; ".join(part or "" for part in parts) if any(parts) else ""


def _status(record: Record) -> str:
    if record.line["erased"] is not None:
        return "erased"
    return "withheld" if record.line["withheld"] else "disclosed"


def _field(text: str) -> str:
    guarded = "'" + text if text.startswith(BEGINS_A_FORMULA) else text
    return '"' + guarded.replace('"', '""') + '"'
