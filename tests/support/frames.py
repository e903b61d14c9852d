"""Snapshots as other answers show the same things, in JSON, so that they are lied about in the same way.

Written from PROTOCOL §7.1, apart from the code of the product.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.support.lies import pack, unpack
from tests.support.proxy import Answer, Forward, Json, Lie, Request

MEDIA_TYPE = "application/vnd.inkvault.snapshot"
SNAPSHOT = "GET /snapshot"


def frame(kind: int, body: bytes) -> bytes:
    """Any frame at all."""
    return struct.pack(">IB", 1 + len(body), kind) + body


def render(values: Iterable[Json | bytes]) -> bytes:
    """The bytes of a snapshot; what is bytes goes out as it is."""
    return b"".join(value if isinstance(value, bytes) else _render(value) for value in values)


def parse(snapshot: bytes) -> list[Json]:
    """What a sound snapshot says, in order. Its last frame may be missing."""
    return [_parse(kind, body) for kind, body in split(snapshot)]


def split(snapshot: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each frame."""
    at = 0
    while at < len(snapshot):
        length, kind = struct.unpack_from(">IB", snapshot, at)
        end = at + 4 + length
        assert end <= len(snapshot)
        yield kind, snapshot[at + 5 : end]
        at = end


def in_snapshot(change: Callable[[list[Json]], Iterable[Json | bytes]]) -> Lie:
    """Change the snapshot on its way."""

    def lie(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.route != SNAPSHOT:
            return answer
        return answer.with_body(render(change(parse(answer.body))))

    return lie


def _render(value: Json) -> bytes:
    match value["kind"]:
        case "head":
            return frame(1, struct.pack(">Q", value["seq"]) + unpack(value["head"]))
        case "container":
            each: dict[str, Any] = value["container"]
            numbers = struct.pack(">QI", each["version"], each["epoch"])
            sealed = unpack(each["wrapped_key"]) + unpack(each["header"])
            return frame(2, bytes.fromhex(each["container_id"]) + numbers + sealed)
        case "record":
            each = value["record"]
            number = struct.pack(">Q", each["version"])
            return frame(3, bytes.fromhex(each["record_id"]) + number + unpack(each["envelope"]))
        case "end":
            return frame(4, struct.pack(">QQ", value["containers"], value["records"]))
    raise AssertionError(value)


def _parse(kind: int, body: bytes) -> Json:
    match kind:
        case 1:
            return {"kind": "head", "seq": int.from_bytes(body[:8]), "head": pack(body[8:])}
        case 2:
            container_id, version, epoch, key = struct.unpack_from(">16sQI60s", body)
            return {
                "kind": "container",
                "container": {
                    "container_id": container_id.hex(),
                    "version": version,
                    "epoch": epoch,
                    "wrapped_key": pack(key),
                    "header": pack(body[88:]),
                },
            }
        case 3:
            record_id, version = struct.unpack_from(">16sQ", body)
            record = {"record_id": record_id.hex(), "version": version, "envelope": pack(body[24:])}
            return {"kind": "record", "record": record}
        case 4:
            containers, records = struct.unpack(">QQ", body)
            return {"kind": "end", "containers": containers, "records": records}
    raise AssertionError(kind)
