"""Unlocking, staying unlocked, locking (PROTOCOL §4), and what somebody without a secret can find out."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import sqlite3
import struct
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.service import Clock, Host, RefusedError, SlotKey, Writer, hosted
from vault.errors import StorageError
from vault.server import authentication
from vault.server.challenges import Challenges
from vault.server.logins import Login as LoginState
from vault.server.logins import Logins
from vault.storage import access
from vault.storage.database import UncertainError
from vault.storage.keyfile import KeyFile
from vault.storage.refusal import Refusal
from vault.storage.refusal import unauthorized as real_unauthorized
from vault.storage.store import Store
from vault.wire.codes import ErrorCode
from vault.wire.encodings import b64encode
from vault.wire.models import (
    Challenge,
    ChallengeRequest,
    Commit,
    ContainerPage,
    CurrentLogin,
    Login,
    LoginRequest,
    SlotChanges,
    SlotList,
)


def status(writer: Writer, path: str = "/containers", headers: dict[str, str] | None = None) -> int:
    return writer.send("GET", path, headers=headers).status_code


def refused(writer: Writer, request: LoginRequest) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        writer.ask("POST", "/logins", Login, request)
    return caught.value


# --- logging in ------------------------------------------------------------------------------------------------------


def test_a_login_gives_the_slot_that_logged_in(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    for key in writer.keys:
        login = writer.login(key)
        assert login.slot == key.slot
        assert login.idle_seconds == 300
        assert login.token is not None
        current = writer.ask("GET", "/logins/current", CurrentLogin)
        assert current == CurrentLogin(
            login_id=login.login_id,
            vault_id=writer.vault_id,
            slot_id=key.slot_id,
            idle_seconds=300,
            resume_share=login.resume_share,
        )


def test_the_challenge_shows_headers_and_no_slot(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    response = writer.send("POST", "/logins/challenge", ChallengeRequest(handle="ada"))
    challenge = Challenge.model_validate_json(response.content)
    assert sorted(challenge.slots) == sorted(key.slot[:44] for key in writer.keys)
    for key in writer.keys:
        assert b64encode(key.slot[44:])[4:-4] not in response.text


def test_when_a_slot_was_used_is_noted(host: Host, writer: Writer) -> None:
    used = {info.header[24:40]: info.last_used_at for info in writer.ask("GET", "/slots", SlotList).slots}
    assert used[writer.keys[0].slot_id] is not None
    assert used[writer.keys[1].slot_id] is None


def test_a_login_works_when_its_time_cannot_be_noted(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(host.http, "ada").create()

    def fails(*_: Any) -> None:
        raise StorageError("disk full")

    monkeypatch.setattr(Store, "note_login", fails)
    writer.login()
    assert status(writer) == 200


def test_every_wrong_login_gets_the_same_answer(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    other = Writer(host.http, "bea").create()
    answers = set()
    for wrong in (
        {"signature": os.urandom(64)},
        {"slot_id": writer.keys[1].slot_id},
        {"slot_id": other.keys[0].slot_id},
        {"slot_id": os.urandom(16)},
        {"vault_id": other.vault_id},
        {"vault_id": os.urandom(16)},
        {"origin": "http://evil.example"},
        {"origin": "http://inkvault.embedded:80"},
        {"challenge": os.urandom(32)},
        {"expiry": 2_000_000_000},
    ):
        request = writer.login_request().model_copy(update=wrong)
        response = writer.send("POST", "/logins", request)
        answers.add((response.status_code, response.content))
    assert len(answers) == 1
    assert answers.pop()[0] == 401


def test_a_signature_for_another_origin_is_refused(host: Host) -> None:
    """A relay gets a signature for its own origin, which is good for nothing here, whatever it claims."""
    writer = Writer(host.http, "ada").create()
    challenge = writer.challenge()
    key = writer.keys[0]
    signature = key.sign("http://evil.example", challenge.challenge, challenge.expiry)
    request = writer.login_request().model_copy(
        update={"challenge": challenge.challenge, "expiry": challenge.expiry, "signature": signature}
    )
    assert refused(writer, request).status == 401


def test_a_challenge_is_good_once(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    request = writer.login_request()
    writer.ask("POST", "/logins", Login, request)
    assert refused(writer, request).status == 401
    request = writer.login_request()
    assert refused(writer, request.model_copy(update={"signature": os.urandom(64)})).status == 401
    assert refused(writer, request).status == 401


def test_a_challenge_expires(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    request = writer.login_request()
    assert request.expiry == int(host.clock.seconds) + 120
    host.clock.seconds += 120
    assert refused(writer, request).status == 401
    request = writer.login_request()
    host.clock.seconds += 119
    writer.ask("POST", "/logins", Login, request)


def test_redeemed_challenges_are_forgotten_when_they_expire() -> None:
    clock = Clock()
    challenges = Challenges(clock)
    for _ in range(1000):
        vault_id = os.urandom(16)
        challenge, expiry = challenges.issue(vault_id)
        assert challenges.redeem(challenge, vault_id, expiry)
        assert not challenges.redeem(challenge, vault_id, expiry)
        clock.seconds += 1
    assert len(challenges._redeemed) <= 121


def test_a_login_makes_no_vault(host: Host) -> None:
    writer = Writer(host.http, "nobody")
    challenge = writer.challenge()
    key = SlotKey(challenge.vault_id)
    request = LoginRequest(
        vault_id=challenge.vault_id,
        slot_id=challenge.slots[0][24:40],
        challenge=challenge.challenge,
        expiry=challenge.expiry,
        origin=writer.origin,
        signature=key.sign(writer.origin, challenge.challenge, challenge.expiry),
        carrier="bearer",
    )
    assert refused(writer, request).status == 401
    with sqlite3.connect(host.settings.data_dir / "inkvault.db") as connection:
        assert connection.execute("SELECT count(*) FROM vaults").fetchone() == (0,)


# --- names that nobody uses ------------------------------------------------------------------------------------------


def test_an_unknown_name_looks_like_a_known_one(host: Host) -> None:
    known = Writer(host.http, "ada").create().challenge()
    unknown = Writer(host.http, "nobody").challenge()
    assert len(unknown.slots) == len(known.slots)
    shapes = []
    for challenge in (known, unknown):
        ids = [header[24:40] for header in challenge.slots]
        assert ids == sorted(ids)
        assert {header[8:24] for header in challenge.slots} == {challenge.vault_id}
        shapes.append(sorted(header[:8] + header[40:] for header in challenge.slots))
    assert (
        shapes[0]
        == shapes[1]
        == sorted([struct.pack(">BBIBBI", 1, 1, 131_072, 3, 1, 1), struct.pack(">BBIBBI", 1, 2, 0, 0, 0, 1)])
    )


def test_an_unknown_name_always_gets_the_same_answer(tmp_path: Path) -> None:
    answers = []
    for _ in range(2):
        with hosted(tmp_path / "data") as host:
            answers += [Writer(host.http, "nobody").challenge() for _ in range(2)]
    fixed = {(answer.vault_id, answer.vault_salt, tuple(answer.slots)) for answer in answers}
    assert len(fixed) == 1
    assert len({answer.challenge for answer in answers}) == 4
    with hosted(tmp_path / "data") as host:
        assert Writer(host.http, "somebody").challenge().vault_id != answers[0].vault_id


def test_both_kinds_of_slots_come_first_now_and_then(host: Host) -> None:
    firsts = {Writer(host.http, f"nobody {number}").challenge().slots[0][1] for number in range(30)}
    assert firsts == {1, 2}


def test_known_and_unknown_names_take_the_same_work(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same reads of key files, the same hashes and one check of a signature, whether a name is in use or not."""
    known = Writer(host.http, "ada").create()
    work: list[str] = []

    def watched(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def noted(*arguments: Any, **named: Any) -> Any:
            work.append(name)
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, noted)

    watched(KeyFile, "_opened")
    watched(authentication, "_is_signed")
    watched(authentication.Authentication, "_keyed_hash")
    sequences = []
    for handle, vault_id in (("ada", known.vault_id), ("nobody", None)):
        writer = Writer(host.http, handle)
        work.clear()
        challenge = writer.challenge()
        assert vault_id in (None, challenge.vault_id)
        writer.vault_id = challenge.vault_id
        key = SlotKey(challenge.vault_id, slot_id=challenge.slots[0][24:40])
        assert refused(writer, writer.login_request(key)).status == 401
        sequences.append(list(work))
    assert sequences[0] == sequences[1]
    assert sequences[0].count("_is_signed") == 1


def test_a_decoy_key_opens_nothing(host: Host) -> None:
    """Nobody, the service included, holds the other half of the key that stands in for unknown slots."""
    writer = Writer(host.http, "nobody")
    for path in (host.settings.data_dir / "keys").iterdir():
        data = path.read_bytes()
        assert path.stem == "00" * 16
        assert data[4096 + 24 + 136 : 4096 + 24 + 168] == data[4096 + 256 + 24 + 136 : 4096 + 256 + 24 + 168]
    assert refused(writer, _sign_anything(writer)).status == 401


@pytest.mark.parametrize("written", [0, 1, 2, 3])
def test_a_decoy_that_was_cut_off_is_completed(tmp_path: Path, written: int) -> None:
    """A kill before, within or after its writing: unknown names are answered, by the same slots from then on."""
    data = tmp_path / "data"
    with hosted(data) as host:
        Writer(host.http, "nobody").challenge()
    path = data / "keys" / f"{'00' * 16}.keys"
    whole = path.read_bytes()
    cut = [b"", whole[:4096], whole[: 4096 + 256 + 100], whole[: 4096 + 256]][written]
    path.write_bytes(cut.ljust(-(-len(cut) // 4096) * 4096, b"\x00"))
    sizes = set()
    for _ in range(3):
        with hosted(data) as host:
            writer = Writer(host.http, "nobody")
            assert refused(writer, _sign_anything(writer)).status == 401
            sizes.add(len(path.read_bytes().rstrip(b"\x00")))
    assert len(sizes) == 1


def _sign_anything(writer: Writer) -> LoginRequest:
    challenge = writer.challenge()
    writer.vault_id = challenge.vault_id
    return writer.login_request(SlotKey(challenge.vault_id, slot_id=challenge.slots[0][24:40]))


@pytest.mark.parametrize("handle", ["Ada", " ada", "a  b", "a\tb", "ﬁ", "a\u200bb", "\ud800", "İ", "a" * 65, "é" * 64])
def test_only_normal_forms_of_names(host: Host, handle: str) -> None:
    body = json.dumps({"handle": handle})
    response = host.http.post("/api/v1/logins/challenge", content=body, headers={"Content-Type": "application/json"})
    expected = 200 if handle == "é" * 64 else 400
    assert response.status_code == expected


# --- idle time -------------------------------------------------------------------------------------------------------


def test_a_login_ends_after_its_idle_time(host: Host, writer: Writer) -> None:
    host.clock.seconds += 299
    assert status(writer) == 200
    host.clock.seconds += 1
    assert status(writer) == 401


def test_looking_does_not_renew_and_writing_does(host: Host, writer: Writer) -> None:
    renewing = [
        ("GET", "/logins/current", None),
        ("POST", "/logins/current/heartbeat", b"{}"),
        ("POST", "/commits", "append"),
    ]
    for method, path, body in renewing:
        host.clock.seconds += 200
        content = writer.append(os.urandom(16)).model_dump_json().encode() if body == "append" else body
        headers = {**writer.headers, **({"Content-Type": "application/json"} if content else {})}
        response = host.http.request(method, f"/api/v1{path}", content=content, headers=headers)
        assert response.is_success
        if body == "append":
            writer.seq += 1
    for path in ("/containers", "/changes?since=1", "/slots", "/snapshot"):
        host.clock.seconds += 80
        expected = 401 if path == "/snapshot" else 200
        assert status(writer, path) == expected


def test_the_idle_time_is_the_writers_choice_within_bounds(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    for seconds, is_accepted in ((59, False), (60, True), (3600, True), (3601, False)):
        raw = writer.login_request().model_dump_json().replace('"idle_seconds":300', f'"idle_seconds":{seconds}')
        response = host.http.post("/api/v1/logins", content=raw, headers={"Content-Type": "application/json"})
        assert response.is_success == is_accepted
    writer.login(idle_seconds=60)
    host.clock.seconds += 60
    assert status(writer) == 401


def test_the_resume_share_is_gone_with_the_login(host: Host) -> None:
    clock = Clock()
    logins = Logins(clock)
    login, token = logins.open(b"v" * 16, b"s" * 16, "bearer", 300)
    share = login.resume_share
    clock.seconds += 300
    logins.sweep()
    assert logins.find(token, renew=True) is None
    del login
    gc.collect()
    assert not any(isinstance(found, LoginState) and found.resume_share == share for found in gc.get_objects())


def test_logins_of_a_vault_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.server.logins.MAX_LOGINS_PER_VAULT", 3)
    clock = Clock()
    logins = Logins(clock)
    tokens = []
    for _ in range(5):
        clock.seconds += 1
        tokens.append(logins.open(b"v" * 16, b"s" * 16, "bearer", 300)[1])
    other = logins.open(b"w" * 16, b"s" * 16, "bearer", 300)[1]
    assert [logins.find(token, renew=False) is not None for token in [*tokens, other]] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]


# --- tokens and cookies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x", "bearer {}", "Basic {}", "Bearer {}A", "Bearer {} ", "Bearer  {}", "{}"],
)
def test_only_the_very_token_speaks(writer: Writer, header: str) -> None:
    token = writer.headers["Authorization"].removeprefix("Bearer ")
    expected = {401, 200} if header == "Bearer {} " else {401}  # servers may strip white space around a header
    assert status(writer, headers={"Authorization": header.format(token)}) in expected


def test_nothing_stored_logs_in(host: Host, writer: Writer) -> None:
    """No bytes of the data directory, hashed or not, are worth a login."""
    blobs = [os.urandom(32)]
    for path in host.settings.data_dir.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert writer.headers["Authorization"].removeprefix("Bearer ").encode() not in data
            blobs += [data[start : start + 32] for start in range(0, len(data) - 32, 256)]
    for blob in blobs[:500]:
        assert status(writer, headers={"Authorization": f"Bearer {b64encode(blob)}"}) == 401


def test_a_cookie_speaks_for_its_page_only(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    login = writer.login(carrier="cookie")
    assert login.token is None
    (cookie,) = host.http.cookies.jar
    assert cookie.name == f"inkvault_{hashlib.sha256(login.login_id).hexdigest()[:16]}"
    assert cookie.path == "/api/v1"
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "Strict"
    assert not cookie.secure
    assert cookie.expires is None
    assert status(writer) == 200
    speaker = {"Inkvault-Login": login.login_id.hex(), "Sec-Fetch-Site": "same-origin"}
    for wrong, expected in (
        ({"Inkvault-Login": ""}, 401),
        ({"Inkvault-Login": cookie.name.removeprefix("inkvault_")}, 401),
        ({"Inkvault-Login": os.urandom(16).hex()}, 401),
        ({"Sec-Fetch-Site": ""}, 403),
        ({"Sec-Fetch-Site": "none"}, 401),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Authorization": "Bearer " + (cookie.value or "")}, 401),
    ):
        assert status(writer, headers={**speaker, **wrong}) == expected
    writer.headers = {"Inkvault-Login": login.login_id.hex()}
    assert status(writer) == 401


def test_a_token_does_not_speak_as_a_cookie(host: Host, writer: Writer) -> None:
    current = writer.ask("GET", "/logins/current", CurrentLogin)
    token = writer.headers["Authorization"].removeprefix("Bearer ")
    writer.headers = {
        "Inkvault-Login": current.login_id.hex(),
        "Sec-Fetch-Site": "same-origin",
        "Cookie": f"inkvault_{hashlib.sha256(current.login_id).hexdigest()[:16]}={token}",
    }
    assert status(writer) == 401


def test_over_https_cookies_are_secure(tmp_path: Path) -> None:
    with hosted(tmp_path / "data", origins=("https://ink.example",)) as host:
        http = httpx.Client(transport=httpx.WSGITransport(app=host.app), base_url="https://ink.example")
        writer = Writer(http, "ada").create()
        writer.login(carrier="cookie")
        (cookie,) = http.cookies.jar
        assert cookie.secure


def test_locking_one_tab_locks_all_tabs_of_the_browser(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    tabs = []
    for _ in range(3):
        writer.login(carrier="cookie")
        tabs.append(dict(writer.headers))
    elsewhere = Writer(httpx.Client(transport=httpx.WSGITransport(app=host.app), base_url=writer.origin), "ada")
    elsewhere.vault_id, elsewhere.keys = writer.vault_id, writer.keys
    elsewhere.login(carrier="cookie")
    assert len(host.http.cookies.jar) == 3
    assert writer.send("DELETE", "/logins/current").status_code == 204
    assert len(host.http.cookies.jar) == 0
    for headers in tabs:
        writer.headers = headers
        assert status(writer) == 401
    assert status(elsewhere) == 200


def test_locking_with_a_token_ends_that_login(host: Host, writer: Writer) -> None:
    first = dict(writer.headers)
    writer.login()
    assert writer.send("DELETE", "/logins/current", headers=first).status_code == 204
    assert status(writer, headers=first) == 401
    assert status(writer) == 200


def test_cookies_of_ended_logins_are_cleared_at_the_next_login(host: Host) -> None:
    writer = Writer(host.http, "ada").create()
    writer.login(carrier="cookie")
    host.clock.seconds += 300
    # The page asks as a page does: only then do cookies speak at all.
    writer.login(carrier="cookie")
    assert len(host.http.cookies.jar) == 1


def test_a_restart_ends_every_login(host: Host, writer: Writer) -> None:
    with hosted(host.settings.data_dir) as again:
        other = Writer(again.http, "ada")
        other.headers = writer.headers
        assert status(other) == 401


# --- slots and logins ------------------------------------------------------------------------------------------------


def test_destroying_a_slot_ends_its_logins_but_not_the_one_that_replaces_it(host: Host, writer: Writer) -> None:
    asking = dict(writer.headers)
    writer.login()
    same_slot = dict(writer.headers)
    writer.login(writer.keys[1])
    other_slot = dict(writer.headers)
    new = [SlotKey(writer.vault_id, epoch=2) for _ in range(2)]
    changes = SlotChanges(add=[key.new() for key in new], destroy=[writer.keys[0].slot_id])
    commit = writer.next_commit(slots=changes)
    writer.headers = asking
    writer.commit(commit)
    assert writer.ask("GET", "/logins/current", CurrentLogin).slot_id == new[0].slot_id
    assert writer.commit(commit).seq == 2
    assert writer.ask("GET", "/logins/current", CurrentLogin).slot_id == new[0].slot_id
    assert status(writer, headers=same_slot) == 401
    assert status(writer, headers=other_slot) == 200
    # The new slot is now the one that counts.
    writer.headers = other_slot
    writer.commit(writer.next_commit(slots=SlotChanges(destroy=[new[0].slot_id])))
    assert status(writer, headers=asking) == 401
    assert status(writer, headers=other_slot) == 200


def test_destroying_ones_own_slot_without_another_ends_the_login(writer: Writer) -> None:
    writer.commit(writer.next_commit(slots=SlotChanges(destroy=[writer.keys[0].slot_id])))
    assert status(writer) == 401
    writer.login(writer.keys[1])


def test_a_refused_replacement_changes_no_login(writer: Writer) -> None:
    stale = Commit(
        expected_seq=9,
        head=os.urandom(541),
        slots=SlotChanges(add=[SlotKey(writer.vault_id).new()], destroy=[writer.keys[0].slot_id]),
    )
    with pytest.raises(RefusedError) as caught:
        writer.commit(stale)
    assert caught.value.body.code == ErrorCode.STALE
    assert writer.ask("GET", "/logins/current", CurrentLogin).slot_id == writer.keys[0].slot_id


def other_login(writer: Writer, key: SlotKey) -> Writer:
    """The same vault in other hands, unlocked by `key`."""
    other = Writer(writer.http, writer.handle, origin=writer.origin)
    other.vault_id, other.keys, other.seq = writer.vault_id, writer.keys, writer.seq
    other.login(key)
    return other


@pytest.mark.parametrize("is_replay", [True, False])
def test_a_login_never_goes_on_under_a_slot_it_did_not_prove(writer: Writer, is_replay: bool) -> None:
    """Neither a replay that only names another slot, nor a commit that is refused, changes what a login lives by."""
    first, second = writer.keys
    thief = other_login(writer, first)
    writer.login(second)
    writer.commit(writer.next_commit())
    head = writer.ask("GET", "/containers", ContainerPage).head
    named = SlotKey(writer.vault_id, slot_id=second.slot_id)
    claim = Commit(
        expected_seq=1 if is_replay else 7,
        head=head,
        slots=SlotChanges(add=[named.new()], destroy=[first.slot_id]),
    )
    new = SlotKey(writer.vault_id, epoch=2)
    replacement = SlotChanges(add=[new.new()], destroy=[first.slot_id])
    for _ in range(2):
        thief.send("POST", "/commits", claim)
        if writer.seq == 2:
            assert thief.ask("GET", "/logins/current", CurrentLogin).slot_id == first.slot_id
            assert status(writer) == 200
            writer.commit(writer.next_commit(slots=replacement))
    assert thief.send("POST", "/commits", claim).status_code == 401
    assert status(thief) == status(thief, "/logins/current") == 401


def test_a_dead_login_stays_dead_when_another_process_destroyed_its_slot(host: Host, writer: Writer) -> None:
    first, second = writer.keys
    thief = other_login(writer, first)
    with hosted(host.settings.data_dir) as elsewhere:
        writer.http = elsewhere.http
        writer.login(second)
        new = SlotKey(writer.vault_id, epoch=2)
        commit = writer.next_commit(slots=SlotChanges(add=[new.new()], destroy=[first.slot_id]))
        writer.commit(commit)
    named = [SlotKey(writer.vault_id, slot_id=key.slot_id).new() for key in (second, new)]
    for expected_seq, head, added in (
        (1, os.urandom(541), named[0]),
        (1, commit.head, named[0]),
        (1, commit.head, named[1]),
        (2, os.urandom(541), named[1]),
    ):
        changes = SlotChanges(add=[added], destroy=[first.slot_id])
        claim = Commit(expected_seq=expected_seq, head=head, slots=changes)
        assert thief.send("POST", "/commits", claim).status_code == 401
    assert status(thief) == status(thief, "/logins/current") == 401


def test_a_replacement_whose_answer_was_lost_is_repeated(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slot of the login is gone by then: who sends the new one, byte for byte, goes on under it."""
    new = SlotKey(writer.vault_id, epoch=2)
    commit = writer.next_commit(slots=SlotChanges(add=[new.new()], destroy=[writer.keys[0].slot_id]))
    real = Store.commit

    def lost(*arguments: Any) -> None:
        real(*arguments)
        raise UncertainError("The database gave no answer to a commit.")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", lost)
        with pytest.raises(RefusedError) as caught:
            writer.commit(commit)
        assert (caught.value.status, caught.value.body.code) == (500, ErrorCode.INTERNAL)
    assert status(writer) == 401
    assert writer.commit(commit).seq == 2
    assert writer.ask("GET", "/logins/current", CurrentLogin).slot_id == new.slot_id


def test_another_tab_that_looks_during_a_replacement_stays_unlocked(
    host: Host, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the commit and the moment when the login goes on under the new slot."""
    found_gone, answers = threading.Event(), list[int]()
    real_commit = Store.commit

    def unauthorized() -> Refusal:
        found_gone.set()
        return real_unauthorized()

    def look() -> None:
        with host.app.test_client() as client:
            headers = {**writer.headers, "Host": "inkvault.embedded"}
            answers.append(client.get("/api/v1/containers", headers=headers).status_code)

    looker = threading.Thread(target=look)

    def commit(*arguments: Any) -> Any:
        outcome = real_commit(*arguments)
        looker.start()
        assert found_gone.wait(30)
        return outcome

    monkeypatch.setattr(access, "unauthorized", unauthorized)
    monkeypatch.setattr(Store, "commit", commit)
    new = SlotKey(writer.vault_id, epoch=2)
    writer.commit(writer.next_commit(slots=SlotChanges(add=[new.new()], destroy=[writer.keys[0].slot_id])))
    looker.join(30)
    assert answers == [200]


def test_a_destroyed_slot_cannot_log_in(writer: Writer) -> None:
    old = writer.keys[0]
    writer.commit(writer.next_commit(slots=SlotChanges(add=[SlotKey(writer.vault_id).new()], destroy=[old.slot_id])))
    assert refused(writer, writer.login_request(old)).status == 401


def test_a_broken_public_key_is_no_fault(host: Host) -> None:
    """A vault made with login keys that are no points of the curve can only not be opened."""
    writer = Writer(host.http, "ada")
    creation = writer.creation()
    broken = creation.slots[0].model_copy(update={"login_key": b"\xff" * 32})
    writer.send("POST", "/vaults", creation.model_copy(update={"slots": [broken, creation.slots[1]]}))
    assert refused(writer, writer.login_request()).status == 401
    writer.login(writer.keys[1])
    assert isinstance(writer.keys[0].private, Ed25519PrivateKey)
