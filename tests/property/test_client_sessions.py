"""Whatever is done to sessions, on whichever device: headers say what the messages are, and nothing is lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from tests.support.clock import MINUTE, Time, without_date
from tests.support.world import World
from vault.client import Beginning, Clock, NewMessage, Role, SessionChange, Undo, Vault
from vault.client.counting import count_days
from vault.core import params
from vault.core.model import Day, Message
from vault.core.params import KdfParams
from vault.core.text import excerpt
from vault.writing.words import count_words

words = st.text("ab 日.\n", max_size=6)
messages = st.builds(
    NewMessage, text=words, role=st.sampled_from(Role), seconds=st.integers(0, 100), flags=st.just(()) | st.just(("x",))
)
changes = st.builds(
    SessionChange,
    title=st.none() | st.just("T"),
    add_tags=st.sampled_from([(), ("a",), ("b",)]),
    remove_tags=st.sampled_from([(), ("a",)]),
    pinned=st.none() | st.booleans(),
    archived=st.none() | st.booleans(),
    ended=st.none() | st.booleans(),
)
devices = st.integers(0, 1)
# Drawn without looking at a session: of two that were active at one moment the ids, which are random, say which one a
# writer goes on with, so a second run of the same steps may find fewer messages there than the first.
places = st.integers(0, 99)


class Sessions(RuleBasedStateMachine):
    """Two devices at one service; `texts` is what was written into each session, `gone` which messages are trashed."""

    sessions = Bundle("sessions")
    undos = Bundle("undos")

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(params, "FLOOR", KdfParams(m_kib=8, t=1, p=1))
        self.patch.setattr(params, "PROFILE", KdfParams(m_kib=64, t=1, p=1))
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name))
        self.world.proxy.lie = without_date
        self.time = Time()
        self.vaults: list[Vault] = []
        self.texts: dict[str, Counter[str]] = {}

    @initialize()
    def open(self) -> None:
        for name in ("laptop", "phone"):
            device = self.world.device(name)
            device.wall_ms = self.time
            self.vaults.append(device.unlock() if self.vaults else device.create()[0])

    @rule(target=sessions, device=devices, given=st.lists(messages, max_size=3), prompt=st.none() | words)
    def begin(self, device: int, given: list[NewMessage], prompt: str | None) -> str:
        session = self.vaults[device].append_all(None, given, new=Beginning(prompt=prompt, tags=("c",)))
        self.texts[session] = Counter([*([] if prompt is None else [prompt]), *(message.text for message in given)])
        return session

    @rule(device=devices, session=sessions, given=st.lists(messages, max_size=3))
    def add(self, device: int, session: str, given: list[NewMessage]) -> None:
        vault = self.vaults[device]
        vault.refresh()
        if not self.is_trashed(session):
            vault.append_all(session, given)
            self.texts[session].update(message.text for message in given)

    @rule(device=devices, text=words)
    def go_on(self, device: int, text: str) -> None:
        vault = self.vaults[device]
        session = vault.write(text)
        self.texts.setdefault(session, Counter())[text] += 1

    @rule(minutes=st.integers(0, 7))
    def wait(self, minutes: int) -> None:
        self.time.ms += minutes * MINUTE

    @rule(device=devices, session=sessions, text=words, which=places)
    def edit(self, device: int, session: str, text: str, which: int) -> None:
        vault = self.vaults[device]
        vault.refresh()
        found = list(vault.messages(session))
        if found:
            message = found[which % len(found)]
            vault.edit_message(session, message.id, text)
            self.texts[session] += Counter([text])
            self.texts[session] -= Counter([message.text])

    @rule(target=undos, device=devices, session=sessions, trashed=st.booleans(), which=places)
    def trash(self, device: int, session: str, trashed: bool, which: int) -> Undo:
        vault = self.vaults[device]
        vault.refresh()
        found = list(vault.messages(session))
        return vault.trash_message(session, found[which % len(found)].id, trashed=trashed) if found else Undo([])

    @rule(target=undos, device=devices, some=st.lists(sessions, max_size=3, unique=True), change=changes)
    def change(self, device: int, some: list[str], change: SessionChange) -> Undo:
        self.vaults[device].refresh()
        return self.vaults[device].change_sessions(some, change)

    @rule(target=undos, device=devices, into=sessions, given=sessions)
    def merge(self, device: int, into: str, given: str) -> Undo:
        vault = self.vaults[device]
        vault.refresh()
        if into == given or self.is_trashed(into):
            return Undo([])
        before = {message.id for message in vault.messages(into)}
        undo = vault.merge_sessions(into, given)
        self.texts[into].update(message.text for message in vault.messages(into) if message.id not in before)
        return undo

    @rule(undo=consumes(undos))
    def take_back(self, undo: Undo) -> None:
        undo.undo()

    def is_trashed(self, session: str) -> bool:
        self.vaults[0].refresh()
        return (
            next(each for each in self.vaults[0].sessions(include_trashed=True) if each.id == session).trashed_at
            is not None
        )

    @invariant()
    def headers_say_what_the_messages_are(self) -> None:
        if not self.vaults:
            return
        vault = self.vaults[0]
        vault.refresh()
        listed = vault.sessions(include_trashed=True)
        assert {each.id for each in listed} == self.texts.keys()
        for each in listed:
            found = list(vault.messages(each.id))
            assert Counter(message.text for message in found) == +self.texts[each.id]
            assert all(a.position <= b.position for a, b in pairwise(found))
            shown = [message for message in found if message.trashed_at is None]
            spoken = [message.text for message in shown if message.role is not Role.SYSTEM]
            assert each.count == len(found)
            assert each.words == sum(count_words(message.text) for message in shown if message.role is Role.WRITER)
            assert sum(day.seconds for day in each.days) == sum(message.seconds for message in shown)
            assert each.preview == (excerpt(spoken[-1], 160) if spoken else "")

    def teardown(self) -> None:
        if self.vaults:
            assert self.vaults[1].verify().ok
        for vault in self.vaults:
            vault.lock()
        self.world.close()
        self.folder.cleanup()
        self.patch.undo()


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=25, stateful_step_count=20, deadline=None, print_blob=True)


said = st.builds(
    Message,
    role=st.sampled_from(Role),
    text=words,
    position=st.just(0),
    created_at=st.integers(0, 10).map(lambda day: day * 86_400_000),
    zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York"]),
    seconds=st.integers(0, 9),
)


@given(st.lists(said), st.lists(said), st.randoms())
def test_days_are_a_sum_in_any_order(kept: list[Message], gone: list[Message], random: object) -> None:
    mixed = [*kept, *gone]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    days = count_days(count_days((), mixed, 1), gone, -1)
    assert days == count_days((), kept, 1)
    assert all(first.day < second.day for first, second in pairwise(days))
    assert [Day.parse(day.payload()) for day in days] == list(days)


@given(
    start=st.integers(0, 10**12),
    ahead=st.integers(-(10**10), 10**10),
    trips=st.lists(st.tuples(*3 * [st.integers(0, 30_000)]), min_size=1, max_size=8),
)
def test_the_services_time_is_known_to_a_second_and_the_time_on_the_way(
    start: int, ahead: int, trips: list[tuple[int, int, int]]
) -> None:
    """`ahead` is the device's clock against the service's; a trip is a pause, the way there and back, in ms."""
    true = start + 2 * 10**10
    clock = Clock(lambda: true + ahead)
    for pause, there, back in trips:
        true += pause
        sent = clock.device_ms()
        true += there
        shown = formatdate(true // 1000, usegmt=True)
        true += back
        clock.note(shown, sent)
        off = clock.now().service_ms - true
        assert -1_000 - back <= off <= 1_000 + there
    assert clock.now().ms == true + ahead


@pytest.mark.parametrize(
    "date",
    ["", "yesterday", "Fri, 99 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:20 -0000", "\ud800", "0" * 99, "-1"],
)
def test_a_date_that_is_none_changes_nothing(date: str) -> None:
    clock = Clock(lambda: 5)
    clock.note(date, 5)
    assert clock.now().service_ms == 5
