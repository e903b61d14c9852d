"""Erasing from the client's side: what goes and what stays, other devices, lost answers, the certificate."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest

from tests.support.proxy import Answer, Forward, Request
from tests.support.world import PASSPHRASE, World
from vault.audit import certificate
from vault.client import (
    Beginning,
    ErasureSummary,
    NewMessage,
    NotebookFields,
    SessionChange,
    TemplateFields,
    ToErase,
    Vault,
    transport,
)
from vault.client.receiving import Incoming, Parcel
from vault.core import canonical, params
from vault.core.digest import SetDigest
from vault.core.params import KdfParams
from vault.core.rootrecords import Phase, UnknownRecord
from vault.errors import (
    ConflictError,
    LockedError,
    NotFoundError,
    RateLimitError,
    UnavailableError,
    UnlockError,
    UsageError,
)
from vault.wire.models import Erasure

CONFIRM = "POST /erasures/{id}/confirm"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One service over each database for all tests, each of which has a vault of its own."""
    url = request.getfixturevalue("cluster").new_database() if request.param == "postgresql" else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(params, "FLOOR", KdfParams(m_kib=8, t=1, p=1))
        patch.setattr(params, "PROFILE", KdfParams(m_kib=64, t=1, p=1))
        patch.setattr(transport, "RETRY_DELAYS", (0.0, 0.0))
        world = World(tmp_path_factory.mktemp("erasing"), url)
        yield world
        world.close()


@pytest.fixture
def handle() -> str:
    return f"diary {next(NUMBERS)}"


@pytest.fixture
def vault(world: World, handle: str) -> Iterator[Vault]:
    """A vault on the laptop."""
    vault, _ = world.device("laptop").create(handle)
    yield vault
    vault.lock()


@pytest.fixture
def phone(world: World, vault: Vault, handle: str) -> Iterator[Vault]:
    """The same vault on the phone. To be asked for when there is something in it."""
    vault = world.device("phone").unlock(handle=handle)
    yield vault
    vault.lock()


def texts(vault: Vault, session_id: str) -> list[str]:
    return [message.text for message in vault.session(session_id).messages]


def sealed(vault: Vault, container_id: str) -> dict[bytes, bytes]:
    """The bytes that each record of a container says."""
    assert vault._unlocked is not None
    return {
        record_id: canonical.encode(record.payload)
        for record_id, record in vault._unlocked.read(bytes.fromhex(container_id)).items()
    }


def erase(vault: Vault, what: ToErase) -> ErasureSummary:
    plan, summary = vault.plan_erasure(what)
    vault.carry_out(plan, PASSPHRASE)
    return summary


def whole(vault: Vault) -> None:
    """Everything opens, and is what head and headers mean."""
    assert vault.verify().ok


# --- what goes, what stays -------------------------------------------------------------------------------------------


def test_sessions_and_messages_go_and_all_else_stays_as_it_was(world: World, vault: Vault) -> None:
    gone = vault.write("all of this goes", new="Gone")
    cut = vault.append_all(None, [NewMessage(text) for text in ("first", "second goes", "third of many words")])
    other = vault.write("untouched", new="Other")
    messages = {message.text: message.id for message in vault.messages(cut)}
    before, neighbour = sealed(vault, cut), sealed(vault, other)
    assert vault._unlocked is not None
    old = dict(vault._unlocked.contents.containers)

    plan, summary = vault.plan_erasure(ToErase(sessions=(gone,), messages=((cut, messages["second goes"]),)))
    assert summary.phrase == "erase 1 session and 1 message"
    for typed in (summary.phrase, "  Erase 1  session\tand 1 message\n", "ERASE 1 SESSION AND 1 MESSAGE\r\n"):
        assert summary.is_confirmed_by(typed)
    for typed in ("", "erase", "erase 1 sessionand 1 message", "erase 1 session and 1 message.", "era se 1 session"):
        assert not summary.is_confirmed_by(typed)
    assert [(item.kind, item.title) for item in summary.items] == [("session", "Gone"), ("message", "second goes")]
    assert (summary.records, summary.rekeyed, summary.resealed) == (2, 1, 2)
    assert summary.first_at is not None
    assert summary.last_at is not None
    assert summary.first_at <= summary.last_at
    assert texts(vault, gone) == ["all of this goes"], "a plan changes nothing"

    states: list[Erasure] = []
    proof = vault.carry_out(plan, PASSPHRASE, on_progress=states.append)
    assert states[-1].state == "done"
    assert {state.problem for state in states} == {None}
    stated = certificate.verify(proof.data, proof.key)[0].statement
    assert (stated.scope, stated.containers, stated.records, stated.rekeyed, stated.resealed) == ("part", 1, 2, 1, 2)
    assert (stated.verdict == "KEYS_ONLY") is (world.database_url is not None)

    with pytest.raises(NotFoundError, match="erased"):
        vault.session(gone)
    after = sealed(vault, cut)
    assert after == {record_id: text for record_id, text in before.items() if b"second goes" not in text}
    assert sealed(vault, other) == neighbour
    new = vault._unlocked.contents.containers
    assert new[bytes.fromhex(other)] == old[bytes.fromhex(other)]
    assert new[bytes.fromhex(cut)].key != old[bytes.fromhex(cut)].key
    assert new[bytes.fromhex(cut)].epoch == 2
    shown = vault.session(cut).summary
    assert (shown.count, shown.title, shown.words) == (2, "first", 5)
    whole(vault)


def test_earlier_texts_go_and_the_message_stays(vault: Vault) -> None:
    session = vault.append_all(None, [NewMessage("says this no more"), NewMessage("beside it")])
    message = vault.session(session).messages[0].id
    vault.edit_message(session, message, "again")
    vault.edit_message(session, message, "at last")
    summary = erase(vault, ToErase(earlier_texts=((session, message),)))
    assert summary.phrase == "erase 2 earlier texts"
    assert texts(vault, session) == ["at last", "beside it"]
    assert vault.session(session).messages[0].versions == ()
    assert b"no more" not in b"".join(sealed(vault, session).values())
    with pytest.raises(NotFoundError, match="nothing to erase"):
        vault.plan_erasure(ToErase(earlier_texts=((session, message),)))
    whole(vault)


def test_what_a_message_was_in_another_tool_goes_with_it(vault: Vault) -> None:
    session = vault.append_all(None, [NewMessage("one"), NewMessage("two")])
    first, second = (message.id for message in vault.session(session).messages)
    beside: list[dict[str, object]] = [
        {"type": "source", "position": position, "part": 0, "parts": 1, "item": "{}"} for position in (0, 1)
    ]
    receive(vault, session, [*beside, {"type": "source", "part": 0, "parts": 1, "item": "{}"}])
    erase(vault, ToErase(messages=((session, first),)))
    assert [payload.get("position") for payload in map(canonical.decode, sealed(vault, session).values())].count(0) == 0
    assert len(sealed(vault, session)) == 3
    erase(vault, ToErase(messages=((session, second),)))
    assert vault.session(session).summary.count == 1, "what belongs to the session stays with it"
    whole(vault)


def test_the_text_as_it_was_imported_is_an_earlier_one(vault: Vault) -> None:
    session = vault.write("beside it")
    imported: dict[str, object] = {
        "type": "message",
        "role": "writer",
        "text": "now",
        "position": 7,
        "created_at": 1,
        "zone": "UTC",
        "edited_at": 2,
        "versions": [{"text": "then", "at": 1}],
        "origin": {"tool": "another", "item": '{"text":"then"}'},
    }
    receive(vault, session, [imported, {"type": "source", "position": 7, "part": 0, "parts": 1, "item": "then"}])
    erase(vault, ToErase(earlier_texts=((session, ("01" * 16)),)))
    left = [canonical.decode(data) for data in sealed(vault, session).values()]
    assert [each.get("origin") for each in left if each["text"] == "now"] == [{"tool": "another"}]
    assert len(left) == 2
    assert "then" not in str(left)


def receive(vault: Vault, session: str, payloads: list[dict[str, object]]) -> None:
    """Put records of any type into a session."""
    assert vault._unlocked is not None
    header = dict(vault._unlocked.contents.sessions())[bytes.fromhex(session)]
    records = [(bytes([number]) * 16, canonical.encode(payload)) for number, payload in enumerate(payloads, 1)]
    vault.receiver().take(Parcel([Incoming(bytes.fromhex(session), header, records)]))


def test_a_notebook_goes_with_its_sessions_and_the_reports_that_name_them(vault: Vault, phone: Vault) -> None:
    notebook = vault.save_notebook(NotebookFields("Journey"))
    kept = vault.save_notebook(NotebookFields("Home"))
    inside = [vault.write(f"day {day}", new=Beginning(title=f"Day {day}", notebook=notebook)) for day in (1, 2)]
    outside = vault.write("at home", new=Beginning(notebook=kept))
    telling, other = (
        UnknownRecord({"type": "report", "items": [{"kind": "session", "name": name}], "doubts": doubts})
        for name, doubts in (("Somewhere", [{"examples": ["Day 2: a time"]}]), ("at home", []))
    )
    vault.receiver().take(Parcel(root={b"\1" * 16: telling, b"\2" * 16: other}))
    phone.refresh()

    summary = erase(vault, ToErase(notebooks=(notebook,)))
    assert summary.phrase == "erase 1 notebook and 2 sessions"
    assert {item.kind for item in summary.items} == {"notebook", "session", "report"}
    for device in (vault, phone):
        device.refresh()
        assert [each.id for each in device.notebooks()] == [kept]
        assert [each.id for each in device.sessions()] == [outside]
        assert device.receiver().root().get(b"\1" * 16) is None
        assert device.receiver().root().get(b"\2" * 16) == other
        whole(device)
    assert inside[0] not in [each.id for each in phone.sessions(include_trashed=True)]
    phone.save_notebook(NotebookFields("written under the new key of the root"))
    vault.refresh()
    assert len(vault.notebooks()) == 2


def test_the_trash_is_emptied(vault: Vault) -> None:
    session = vault.append_all(None, [NewMessage("stays"), NewMessage("goes")])
    trashed = vault.write("goes altogether", new="Trashed")
    notebook = vault.save_notebook(NotebookFields("trashed notebook"))
    inside = vault.write("stays, though its notebook goes", new=Beginning(notebook=notebook))
    template = vault.save_template(TemplateFields("trashed template", (Phase("", "", 0),)))
    vault.trash_message(session, vault.session(session).messages[1].id)
    vault.change_sessions([trashed], SessionChange(trashed=True))
    vault.change_notebook(notebook, trashed=True)
    vault.trash_template(template)
    summary = erase(vault, ToErase(trash=True))
    assert summary.phrase == "erase 1 notebook, 1 session, 1 message and 1 template"
    assert {each.id for each in vault.sessions(include_trashed=True)} == {session, inside}
    assert len(list(vault.messages(session))) == 1
    assert vault.notebooks(include_trashed=True) == []
    with pytest.raises(NotFoundError, match="nothing to erase"):
        vault.plan_erasure(ToErase(trash=True))
    whole(vault)


def test_what_was_last_active_before_a_day_goes(vault: Vault) -> None:
    vault.write("long ago")
    later = vault.write("after that", new="Later")
    assert vault._unlocked is not None
    edge = dict(vault._unlocked.contents.sessions())[bytes.fromhex(later)].last_active
    summary = erase(vault, ToErase(before=edge))
    assert summary.counts["sessions"] == 1
    assert [each.id for each in vault.sessions()] == [later]


def test_what_cannot_be_chosen(vault: Vault) -> None:
    session = vault.write("here")
    for what in (
        ToErase(),
        ToErase(sessions=("0" * 32,)),
        ToErase(messages=((session, "0" * 32),)),
        ToErase(notebooks=("0" * 32,)),
    ):
        with pytest.raises(NotFoundError):
            vault.plan_erasure(what)
    with pytest.raises(UsageError, match="nothing beside"):
        vault.plan_erasure(ToErase(everything=True, trash=True))
    assert texts(vault, session) == ["here"]


# --- who may, and when -----------------------------------------------------------------------------------------------


def test_another_secret_erases_nothing(world: World, vault: Vault) -> None:
    session = vault.write("stays")
    plan, _ = vault.plan_erasure(ToErase(sessions=(session,)))
    sent = len(world.proxy.traffic)
    with pytest.raises(UnlockError):
        vault.carry_out(plan, "not the passphrase")
    with pytest.raises(UsageError):
        vault.carry_out(plan)
    assert len(world.proxy.traffic) == sent
    assert texts(vault, session) == ["stays"]


def test_a_vault_that_changed_is_shown_again_before_anything_goes(vault: Vault, phone: Vault) -> None:
    first, second = vault.write("first", new="A"), vault.write("second", new="B")
    plan, _ = vault.plan_erasure(ToErase(sessions=(first,)))
    phone.refresh()
    phone.write("written meanwhile", session=first)
    with pytest.raises(ConflictError, match="look at it again"):
        vault.carry_out(plan, PASSPHRASE)
    with pytest.raises(ConflictError, match="look at it again"):
        vault.carry_out(plan, PASSPHRASE)
    vault.refresh()
    with pytest.raises(ConflictError):
        vault.carry_out(plan, PASSPHRASE)
    assert texts(vault, first) == ["first", "written meanwhile"]

    stale, _ = vault.plan_erasure(ToErase(sessions=(second,)))
    plan, summary = vault.plan_erasure(ToErase(sessions=(first,)))
    assert summary.records == 2
    with pytest.raises(ConflictError):
        vault.carry_out(stale, PASSPHRASE)
    vault.carry_out(plan, PASSPHRASE)
    assert [each.id for each in vault.sessions()] == [second]


# --- other devices ---------------------------------------------------------------------------------------------------


def test_other_devices_drop_what_is_gone_and_lose_no_text_in_silence(
    world: World, vault: Vault, phone: Vault, handle: str
) -> None:
    gone, cut = vault.write("goes", new="A"), vault.append_all(None, [NewMessage("cut"), NewMessage("kept")])
    phone.refresh()
    erase(vault, ToErase(sessions=(gone,), messages=((cut, vault.session(cut).messages[0].id),)))

    with pytest.raises(NotFoundError, match="keep your text"):
        phone.write("for a session that is gone", session=gone)  # found out by the refused commit
    with pytest.raises(NotFoundError, match="erased"):
        phone.session(gone)
    assert texts(phone, cut) == ["kept"]
    assert phone.write("for the one that is left", session=cut) == cut
    whole(phone)
    assert texts(world.device("tablet").unlock(handle=handle), cut) == ["kept", "for the one that is left"]


def test_a_session_erased_while_it_is_read(vault: Vault, phone: Vault) -> None:
    gone = vault.write("goes")
    phone.refresh()
    erase(vault, ToErase(sessions=(gone,)))
    with pytest.raises(NotFoundError, match="erased"):
        phone.session(gone)
    assert phone.sessions() == []


def test_an_erasure_between_the_pages_of_a_listing(world: World, vault: Vault, handle: str) -> None:
    """The head of the first page is sealed under a root key that is no more: it is read anew, not taken for damage."""
    notebook = vault.save_notebook(NotebookFields("goes"))
    session = vault.write("stays")
    cut_pages = iter([True])

    def lie(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.path != "/api/v1/containers" or not next(cut_pages, False):
            return answer
        erase(vault, ToErase(notebooks=(notebook,)))
        body = answer.json()
        first = min(body["containers"], key=lambda each: str(each["container_id"]))
        return Answer.of(body | {"containers": [first], "next": first["container_id"]})

    with world.proxy.lying(lie):
        opened = world.device("tablet").unlock(handle=handle)
    assert opened.notebooks() == []
    assert texts(opened, session) == ["stays"]


def test_a_session_can_be_brought_back_by_an_import_under_its_id(vault: Vault) -> None:
    session = vault.write("goes and comes")
    assert vault._unlocked is not None
    header = dict(vault._unlocked.contents.sessions())[bytes.fromhex(session)]
    records = list(sealed(vault, session).items())
    erase(vault, ToErase(sessions=(session,)))
    header = replace(header, count=0, digest=SetDigest.empty())
    vault.receiver().take(Parcel([Incoming(bytes.fromhex(session), header, records)]))
    assert texts(vault, session) == ["goes and comes"]


def test_an_import_does_not_go_on_in_a_session_erased_meanwhile(vault: Vault, phone: Vault) -> None:
    session = vault.write("the first part")
    phone.refresh()
    assert phone._unlocked is not None
    header = dict(phone._unlocked.contents.sessions())[bytes.fromhex(session)]
    erase(vault, ToErase(sessions=(session,)))
    rest = Incoming(bytes.fromhex(session), header, [(b"\1" * 16, b'{"type":"rest"}')], goes_on=True)
    with pytest.raises(NotFoundError, match="erased"):
        phone.receiver().take(Parcel([rest]))
    assert phone.sessions() == []


# --- lost answers ----------------------------------------------------------------------------------------------------


def lost(route: str, times: int) -> Callable[[Request, Forward], Answer]:
    """The service carries it out, and its answer is lost so many times."""
    left = iter(range(times))

    def lie(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.route == route and next(left, None) is not None:
            raise httpx.ReadError("reset")
        return answer

    return lie


@pytest.mark.parametrize("everything", [False, True])
def test_an_order_whose_answer_is_lost_is_found_to_stand(world: World, vault: Vault, everything: bool) -> None:
    session = vault.write("goes")
    plan, _ = vault.plan_erasure(ToErase(everything=True) if everything else ToErase(sessions=(session,)))
    with world.proxy.lying(lost(CONFIRM, 100)):
        proof = vault.carry_out(plan, PASSPHRASE)
    assert proof.certificate.statement.scope == ("vault" if everything else "part")


def test_an_order_that_may_have_arrived_is_given_again(world: World, vault: Vault) -> None:
    session = vault.write("goes")
    plan, _ = vault.plan_erasure(ToErase(sessions=(session,)))
    cut_off = False

    def lie(request: Request, forward: Forward) -> Answer:
        nonlocal cut_off
        answer = forward(request)
        cut_off = cut_off or request.route == CONFIRM
        if cut_off:
            raise httpx.ReadError("reset")
        return answer

    with world.proxy.lying(lie), pytest.raises(UnavailableError):
        vault.carry_out(plan, PASSPHRASE)
    vault.refresh()
    assert vault.sessions() == []
    assert vault.carry_out(plan, PASSPHRASE).certificate.statement.containers == 1
    whole(vault)


REFUSALS = [
    ("401 Unauthorized", {"code": "unauthorized"}, LockedError),
    ("429 Too Many Requests", {"code": "rate_limited", "retry_after": 9}, RateLimitError),
    ("507 Insufficient Storage", {"code": "storage"}, UnavailableError),
]


@pytest.mark.parametrize(("status", "body", "_"), REFUSALS)
@pytest.mark.parametrize("everything", [False, True])
def test_a_refusal_of_what_the_network_has_sent_twice_is_not_believed(
    world: World, vault: Vault, everything: bool, status: str, body: dict[str, object], _: object
) -> None:
    """The first answer was lost on the way, which sent it again by itself: this client sees the second alone."""
    session = vault.write("goes")
    plan, _summary = vault.plan_erasure(ToErase(everything=True) if everything else ToErase(sessions=(session,)))

    def lie(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        return Answer.of({"message": "", **body}, status) if request.route == CONFIRM else answer

    with world.proxy.lying(lie):
        proof = vault.carry_out(plan, PASSPHRASE)
    assert proof.certificate.statement.scope == ("vault" if everything else "part")


@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS)
def test_a_refusal_before_anything_was_done_is_believed(  # noqa: PLR0917 - parameters and fixtures
    world: World, vault: Vault, handle: str, status: str, body: dict[str, object], kind: type[Exception]
) -> None:
    session = vault.write("stays")
    plan, _ = vault.plan_erasure(ToErase(sessions=(session,)))
    lie = refusing(status, body)
    with world.proxy.lying(lie), pytest.raises(kind):
        vault.carry_out(plan, PASSPHRASE)
    assert plan.ordered is None
    assert not [name for name in world.device("laptop").pins() if plan.erasure_id.hex() in name]
    assert texts(world.device("laptop").unlock(handle=handle), session) == ["stays"]


@pytest.mark.parametrize(("status", "body", "_"), REFUSALS)
def test_a_refusal_after_a_lost_answer_leaves_open_what_became_of_the_first(
    world: World, vault: Vault, status: str, body: dict[str, object], _: object
) -> None:
    """It is on its way while the second is refused, and arrives later."""
    session = vault.write("goes")
    plan, _summary = vault.plan_erasure(ToErase(sessions=(session,)))
    lost: list[Request] = []
    refuse = refusing(status, body)

    def lie(request: Request, forward: Forward) -> Answer:
        if request.route == CONFIRM and not lost:
            lost.append(request)
            raise httpx.ReadTimeout("late")
        return refuse(request, forward)

    with world.proxy.lying(lie):
        with pytest.raises(UnavailableError, match="does not say whether the order arrived"):
            vault.carry_out(plan, PASSPHRASE)
        with pytest.raises(UnavailableError, match="does not say whether the order arrived"):
            vault.carry_out(plan, PASSPHRASE)  # the answer to the first is lost still
    assert [name for name in world.device("laptop").pins() if plan.erasure_id.hex() in name]
    assert world.proxy.forward(lost[0]).status.startswith("200")
    assert vault.carry_out(plan, PASSPHRASE).certificate.statement.containers == 1


def refusing(status: str, body: dict[str, object]) -> Callable[[Request, Forward], Answer]:
    """The order is answered with this, and not carried out."""

    def lie(request: Request, forward: Forward) -> Answer:
        return Answer.of({"message": "", **body}, status) if request.route == CONFIRM else forward(request)

    return lie


def test_what_is_in_the_way_is_told(world: World, vault: Vault) -> None:
    session = vault.write("goes")
    plan, _ = vault.plan_erasure(ToErase(sessions=(session,)))
    shown = iter(["busy", "busy", "disk"])

    def lie(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.route == "GET /erasures/{id}" and (problem := next(shown, None)):
            return Answer.of(answer.json() | {"state": "rows", "problem": problem})
        return answer

    told: list[tuple[str, str | None]] = []
    with world.proxy.lying(lie):
        vault.carry_out(plan, PASSPHRASE, on_progress=lambda state: told.append((state.state, state.problem)))
    assert told[:2] == [("rows", "busy"), ("rows", "disk")]
    assert told[-1] == ("done", None)


# --- the whole vault -------------------------------------------------------------------------------------------------


def test_the_whole_vault_goes_and_nothing_tells_of_it(world: World, vault: Vault, phone: Vault, handle: str) -> None:
    vault.write("goes")
    vault.save_notebook(NotebookFields("goes too"))
    phone.refresh()
    plan, summary = vault.plan_erasure(ToErase(everything=True))
    assert summary.phrase == "erase everything"
    assert summary.counts["sessions"] == summary.counts["notebooks"] == 1
    proof = vault.carry_out(plan, PASSPHRASE)
    assert certificate.verify(proof.data, proof.key)[0].statement.scope == "vault"
    with pytest.raises(LockedError):
        vault.sessions()
    with pytest.raises(LockedError):
        phone.write("nowhere to go")
    laptop, tablet = world.device("laptop"), world.device("tablet")
    assert not any(vault.vault_id in name or handle.encode() in data for name, data in laptop.pins().items())
    for device in (laptop, tablet):
        with pytest.raises(UnlockError, match="wrong"):
            device.unlock(handle=handle)
    again, _ = laptop.create(handle)
    assert again.vault_id != vault.vault_id


def test_the_recovery_key_signs_as_well(world: World) -> None:
    vault, key = world.device("laptop").create("opened with the recovery key")
    vault.write("goes")
    vault.lock()
    opened = world.device("laptop").recover(key, "opened with the recovery key")
    plan, _ = opened.plan_erasure(ToErase(everything=True))
    with pytest.raises(UnlockError):
        opened.carry_out(plan, PASSPHRASE)
    assert opened.carry_out(plan, recovery_key=key).certificate.statement.scope == "vault"
