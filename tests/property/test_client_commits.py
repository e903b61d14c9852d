"""A commit is sent as its model says, and what it seals is what it was given."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_core_codecs import ids, payloads
from vault.client.commits import Edit, Edits, RecordEdit, commit_json, container_json, prepare, record_json
from vault.client.contents import Contents, OpenContainer, OpenRecord
from vault.core import canonical, envelope
from vault.core.digest import SetDigest
from vault.core.envelope import ZERO_ID, Context, EnvelopeClass
from vault.core.head import Head
from vault.core.keyring import Keyring
from vault.core.model import RootHeader, SessionHeader
from vault.wire import models as wire
from vault.wire.limits import MAX_SAFE_INTEGER, MIN_ENVELOPE_BYTES

VAULT, SESSION, KEY = b"v" * 16, b"s" * 16, b"k" * 32
KEYRING = Keyring(VAULT, bytes(32))
HEADER = SessionHeader(0, SetDigest.empty(), "T", "", "", 0, 0, "UTC", 10)
record_ids = ids.filter(any)
versions = st.integers(1, MAX_SAFE_INTEGER)
envelopes = st.binary(min_size=MIN_ENVELOPE_BYTES, max_size=MIN_ENVELOPE_BYTES + 4)
containers = st.builds(
    wire.ContainerWrite,
    container_id=ids,
    version=versions,
    epoch=st.integers(1, 2**32 - 1),
    wrapped_key=st.none() | st.binary(min_size=60, max_size=60),
    header=envelopes,
)
records = st.builds(wire.RecordWrite, container_id=ids, record_id=record_ids, version=versions, envelope=envelopes)
slots = st.none() | st.builds(wire.SlotChanges, add=st.just([]), destroy=st.lists(ids, max_size=2))


@given(versions, envelopes, st.lists(containers, max_size=3), st.lists(records, max_size=3), slots)
def test_a_commit_is_spelled_as_its_model_would_be(
    seq: int,
    head: bytes,
    given_containers: list[wire.ContainerWrite],
    given_records: list[wire.RecordWrite],
    changes: wire.SlotChanges | None,
) -> None:
    model = wire.Commit(expected_seq=seq, head=head, containers=given_containers, records=given_records, slots=changes)
    lines = [
        record_json(each.container_id.hex(), each.record_id, each.version, each.envelope) for each in given_records
    ]
    body = commit_json(seq, head, [container_json(each) for each in given_containers], lines, changes)
    assert body == model.model_dump_json().encode()


@given(st.dictionaries(record_ids, payloads, max_size=4), st.booleans())
def test_what_is_added_in_canonical_bytes_is_sealed_as_what_is_edited(found: dict[bytes, Any], is_new: bool) -> None:
    typed = {record_id: {**payload, "type": "strange"} for record_id, payload in found.items()}
    old = [OpenRecord(b"\1" * 15 + b"\2", 3, 77, {})]
    root = OpenContainer(VAULT, KEY, 1, 1, 5, RootHeader(0, SetDigest.empty()))
    held = {VAULT: root}
    if not is_new:
        header = SessionHeader(1, SetDigest.empty().add(77), "T", "", "", 0, 0, "UTC", 10)
        held[SESSION] = OpenContainer(SESSION, KEY, 4, 3, 9, header)
    contents = Contents(VAULT, KEYRING, Head(1, len(held), SetDigest.empty(), bytes(32), 1, ()), bytes(32), held)
    first = [] if is_new else [RecordEdit(old[0].record_id, {"type": "changed"}, old[0])]
    before = HEADER if is_new else held[SESSION].header
    added = [(record_id, canonical.encode(payload)) for record_id, payload in typed.items()]
    edit = Edit(SESSION, before, first, KEY if is_new else None, added)
    commit = wire.Commit.model_validate_json(prepare(contents, Edits([edit])).body)

    assert [each.record_id for each in commit.records] == [*(each.record_id for each in first), *typed]
    total = SetDigest.empty()
    for write in commit.records:
        context = Context(EnvelopeClass.RECORD, VAULT, SESSION, write.record_id, write.version)
        total = total.add(KEYRING.element(context, write.envelope))
        expected = typed.get(write.record_id, {"type": "changed"})
        assert envelope.open(KEY, context, write.envelope) == expected
        assert write.version == (1 if write.record_id in typed else 4)
    (sealed,) = commit.containers
    context = Context(EnvelopeClass.HEADER, VAULT, SESSION, ZERO_ID, sealed.version)
    header = SessionHeader.parse(envelope.open(KEY, context, sealed.header))
    assert (header.count, header.digest) == (len(first) + len(typed), total)
