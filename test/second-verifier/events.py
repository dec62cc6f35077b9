"""The event inside a leaf.

EVIDENCE, Leaf: "All members shown are present; what does not apply is `null`, `[]` or `{}`." Unlike everywhere else, members that
are not known may stand beside them.
"""

from typing import Any, Dict

from canonical_json import Check, is_integer, is_list_of, is_object, is_string, one_of, or_null
from manifest import GROUP_OF_ONE
from refused import demand
from spelling import is_group_id, is_sha256_uri, is_source, is_time, is_tree_hash, is_uuid_v7

EVIDENCE_KINDS = ("file_text", "line_range", "chunks", "summary", "diff", "preview", "cited_answer", "result")
OUTCOMES = ("answered", "refused", "failed")
CONTROL_GROUP = "cor_control"
# `about` by kind of control record.
ABOUT = {
    "record.erased": {"recordId": is_uuid_v7, "leafHash": is_tree_hash, "basis": is_string},
    "export.created": {"exportId": is_string, "profile": is_string, "scope": is_sha256_uri},
    "export.downloaded": {"exportId": is_string, "bundle": is_sha256_uri},
    "hold.placed": {"holdId": is_string},
    "hold.released": {"holdId": is_string},
    "key.rotated": {"old": is_string, "new": is_string},
    "policy.changed": {"version": is_integer, "hash": is_sha256_uri},
    "tool.defined": {"name": is_string, "definition": is_sha256_uri},
    "access.denied": {"count": is_integer, "from": is_time, "to": is_time},
}
ITEM = {"contentId": is_string, "version": is_integer, "range": or_null(is_object), "length": is_object, "truncated": one_of(True, False)}
RANGE = {"unit": one_of("line", "byte"), "start": is_integer, "end": is_integer, "total": is_integer}
LENGTH = {"bytes": is_integer, "codePoints": is_integer, "lines": is_integer}
CITATION = {"marker": is_integer, "recordId": is_uuid_v7, "item": is_integer, "contentId": is_string, "version": is_integer, "lineStart": is_integer, "lineEnd": is_integer}
TOOL = {"name": or_null(is_string), "definition": or_null(is_sha256_uri), "protocol": or_null(is_string)}
POLICY = {"version": is_integer, "hash": is_sha256_uri}


def check_event(event: Dict[str, Any]) -> None:
    strings = {"source": is_source, "type": is_string}
    times = {name: is_time for name in ("time", "recordedtime")}
    maybe = {name: or_null(is_string) for name in ("traceparent", "authid")}
    authtype = one_of(None, "api_key", "app_user", "system")
    _has(event, "event", specversion=one_of("1.0"), id=is_uuid_v7, correlationid=is_group_id, authtype=authtype, data=is_object, **strings, **times, **maybe)
    data = event["data"]
    digests = lambda value: is_object(value) and all(is_string(digest) for digest in value.values())
    _has(data, "data", actor=or_null(is_string), digests=digests, kind=or_null(is_string), **{"class": one_of("governed", "audit", "control")})
    nobody = event["authtype"] is None
    demand(not nobody or (event["authid"] is None and data["actor"] is None), "an actor stands there although nobody was authenticated")
    if data["class"] == "control":
        _check_control(event, data)
    else:
        _check_call(event, data)


def _check_control(event: Dict[str, Any], data: Dict[str, Any]) -> None:
    """"Control records have in `data` only `class`, `kind`, `actor`, `about`, `digests`; type `deponent.<kind>.v1`. [...]
    `record.erased` belongs to the group of the record that it erases unless that is a group of one; all others form the control group"."""
    kind = data["kind"]
    demand(kind in ABOUT, "not a kind of control record")
    _has(data, "data", about=is_object)
    _has(data["about"], "about", **ABOUT[kind])
    demand(event["type"] == f"deponent.{kind}.v1", "the type is not that of the kind")
    group = event["correlationid"]
    fits = not group.startswith(GROUP_OF_ONE) if kind == "record.erased" else group == CONTROL_GROUP
    demand(fits, "a control record in another group than the control group")


def _check_call(event: Dict[str, Any], data: Dict[str, Any]) -> None:
    correlation = one_of("argument", "meta", "session", "none")
    lists = {"content": is_list_of(is_object), "citations": is_list_of(is_object)}
    objects = {"tool": is_object, "policy": or_null(is_object), "model": or_null(is_object)}
    nullable = {"code": or_null(is_string), "client": or_null(is_string), "kind": one_of(None, *EVIDENCE_KINDS)}
    _has(data, "data", outcome=one_of(*OUTCOMES), correlation=correlation, **lists, **objects, **nullable)
    _has(data["tool"], "tool", **TOOL)
    if data["policy"] is not None:
        _has(data["policy"], "policy", **POLICY)
    for item in data["content"]:
        _has(item, "an item of content", **ITEM)
        _has(item["length"], "a length", **LENGTH)
        if item["range"] is not None:
            _has(item["range"], "a range", **RANGE)
            demand(item["range"]["end"] + 1 >= item["range"]["start"], "a range ends before it starts")
    for citation in data["citations"]:
        _has(citation, "a citation", **CITATION)
    demand(event["type"] == f"deponent.call.{data['outcome']}.v1", "the type is not that of the outcome")
    answered = data["outcome"] == "answered"
    demand(answered == (data["code"] is None), "code is the error code unless answered")
    demand(data["kind"] is None or (answered and data["class"] == "governed"), "a kind of evidence that was not a governed answer")
    group, own = event["correlationid"], GROUP_OF_ONE + event["id"]
    alone = data["correlation"] == "none"
    demand(group == own if alone else group.startswith("cor_") and group != CONTROL_GROUP, "the group does not fit where the correlation came from")


def _has(value: Any, what: str, **checks: Check) -> None:
    demand(is_object(value), f"{what} is not an object")
    for name, check in checks.items():
        demand(name in value and check(value[name]), f"{name} of {what} is absent or has not the form it must have")
