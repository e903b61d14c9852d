"""Pins and bindings on disk."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.client.kept_orders import KeptOrder
from vault.client.pins import PinStore
from vault.client.secrets import Stretching
from vault.client.trusted_state import Pin
from vault.core.head import KeptCheckpoint
from vault.core.params import PROFILE
from vault.errors import ForkError, StorageError

VAULT = bytes(range(16))


def pin(seq: int, mark: bytes = b"h") -> Pin:
    return Pin(VAULT, seq, mark * 32, b"y" * 32)


def log(size: int, mark: bytes = b"r", key: bytes = b"k") -> KeptCheckpoint:
    return KeptCheckpoint(key * 32, "inkvault/" + "0d" * 16, size, mark * 32)


def only_file(directory: Path) -> Path:
    (path,) = directory.glob("*.json")
    return path


def test_a_new_device_knows_nothing_and_reading_makes_nothing(tmp_path: Path) -> None:
    store = PinStore(tmp_path / "state")
    assert store.load(VAULT) is None
    assert store.bound_vault("p", "diary") is None
    assert store.handles("p") == []
    assert not (tmp_path / "state").exists()


@given(
    seq=st.integers(1, 2**53 - 1),
    head_hash=st.binary(min_size=32, max_size=32),
    history=st.binary(min_size=32, max_size=32),
)
def test_what_is_saved_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, seq: int, head_hash: bytes, history: bytes
) -> None:
    store = PinStore(tmp_path_factory.mktemp("pins"))
    saved = Pin(VAULT, seq, head_hash, history)
    store.save(saved)
    assert store.load(VAULT) == saved


def test_files_are_private(tmp_path: Path) -> None:
    store = PinStore(tmp_path / "a" / "b")
    before = os.umask(0)
    try:
        store.save(pin(1))
        store.bind("p", "diary", VAULT)
    finally:
        os.umask(before)
    for path in (tmp_path / "a" / "b").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_pin_never_goes_back(tmp_path: Path) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5))
    store.save(pin(3))
    assert store.load(VAULT) == pin(5)


def test_the_checkpoint_of_the_log_is_kept_with_the_pin(tmp_path: Path) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5))
    assert store.load_log(VAULT) is None
    store.save(pin(5), log(3))
    store.save(pin(7))
    store.save(pin(6), log(2))
    assert (store.load(VAULT), store.load_log(VAULT)) == (pin(7), log(3))
    store.save(pin(4), log(9))
    assert (store.load(VAULT), store.load_log(VAULT)) == (pin(7), log(9))


@pytest.mark.parametrize("other", [log(3, b"x"), log(3, key=b"x"), log(4, key=b"x")])
def test_two_logs_are_a_fork(tmp_path: Path, other: KeptCheckpoint) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5), log(3))
    with pytest.raises(ForkError):
        store.save(pin(6), other)
    assert (store.load(VAULT), store.load_log(VAULT)) == (pin(5), log(3))


def test_a_pin_from_before_there_were_logs_is_read(tmp_path: Path) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5), log(3))
    path = only_file(tmp_path / "pins")
    fields = json.loads(path.read_text())
    del fields["audit"]
    path.write_text(json.dumps(fields))
    assert (store.load(VAULT), store.load_log(VAULT)) == (pin(5), None)


@pytest.mark.parametrize("audit", ["", {}, {"size": 3}, [1]])
def test_a_damaged_checkpoint_is_not_taken_for_none(tmp_path: Path, audit: object) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5), log(3))
    path = only_file(tmp_path / "pins")
    path.write_text(json.dumps({**json.loads(path.read_text()), "audit": audit}))
    with pytest.raises(StorageError, match="damaged"):
        store.load_log(VAULT)


def test_two_states_at_one_number_are_a_fork(tmp_path: Path) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5))
    with pytest.raises(ForkError):
        store.save(pin(5, b"x"))
    assert store.load(VAULT) == pin(5)


def test_processes_that_save_at_once_leave_the_highest(tmp_path: Path) -> None:
    threads = [threading.Thread(target=PinStore(tmp_path).save, args=(pin(seq),)) for seq in range(1, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert PinStore(tmp_path).load(VAULT) == pin(24)
    assert not list((tmp_path / "pins").glob(".new-*"))


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 0},
        {"seq": True},
        {"seq": "3"},
        {"seq": None},
        {"vault_id": "00" * 16},
        {"vault_id": 7},
        {"head_hash": "00"},
        {"head_hash": "ZZ" * 32},
        {"history": "AB" * 32},
    ],
)
def test_a_damaged_pin_is_refused_not_forgotten(tmp_path: Path, change: dict[str, object]) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5))
    path = only_file(tmp_path / "pins")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(StorageError):
        store.load(VAULT)
    with pytest.raises(StorageError):
        store.save(pin(9))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b"null"])
def test_files_of_another_shape_are_refused(tmp_path: Path, content: bytes) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5))
    store.bind("p", "diary", VAULT)
    only_file(tmp_path / "pins").write_bytes(content)
    only_file(tmp_path / "names").write_bytes(content)
    with pytest.raises(StorageError):
        store.load(VAULT)
    with pytest.raises(StorageError):
        store.bound_vault("p", "diary")


def test_names_are_bound_by_place(tmp_path: Path) -> None:
    store = PinStore(tmp_path)
    store.bind("https://a", "diary", VAULT)
    store.bind("https://b", "diary", bytes(16))
    store.bind("https://b", "../../etc", bytes(16))
    assert store.bound_vault("https://a", "diary") == VAULT
    assert store.bound_vault("https://b", "diary") == bytes(16)
    assert store.bound_vault("https://c", "diary") is None
    assert store.handles("https://b") == ["../../etc", "diary"]
    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "names"}


def test_a_name_can_be_bound_anew_by_who_makes_the_vault(tmp_path: Path) -> None:
    store = PinStore(tmp_path)
    store.bind("p", "diary", VAULT)
    store.bind("p", "diary", bytes(16))
    assert store.bound_vault("p", "diary") == bytes(16)


def test_what_a_passphrase_is_stretched_with_is_kept_with_the_name(tmp_path: Path) -> None:
    store, kept = PinStore(tmp_path), Stretching(b"s" * 32, PROFILE)
    store.bind("p", "diary", VAULT)
    assert store.stretching("p", "diary") is None
    store.bind("p", "diary", VAULT, kept)
    store.bind("p", "diary", VAULT)  # unlocked by the recovery key
    assert store.stretching("p", "diary") == kept
    store.bind("p", "diary", bytes(16))
    assert store.stretching("p", "diary") is None


@pytest.mark.parametrize("change", [{"vault_salt": "00"}, {"m_kib": 2**21}, {"t": 1}, {"p": "1"}, {"m_kib": None}])
def test_what_nothing_is_stretched_with_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    store = PinStore(tmp_path)
    store.bind("p", "diary", VAULT, Stretching(b"s" * 32, PROFILE))
    path = only_file(tmp_path / "names")
    fields = json.loads(path.read_text())
    path.write_text(json.dumps(fields | {"stretching": fields["stretching"] | change}))
    with pytest.raises(StorageError):
        store.stretching("p", "diary")


def test_what_is_forgotten_is_gone_and_nothing_else(tmp_path: Path) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5))
    store.bind("p", "diary", VAULT)
    store.bind("p", "other", bytes(16))
    store.forget("p", "diary")
    assert store.load(VAULT) is None
    assert store.handles("p") == ["other"]
    store.forget("p", "diary")


@pytest.mark.parametrize("damaged", ["names", "pins"])
def test_damaged_files_can_be_forgotten(tmp_path: Path, damaged: str) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5))
    store.bind("p", "diary", VAULT)
    only_file(tmp_path / damaged).write_bytes(b"{")
    assert store.knows("p", "diary")
    store.forget("p", "diary")
    assert not store.knows("p", "diary")
    assert store.bound_vault("p", "diary") is None
    assert list((tmp_path / damaged).glob("*.json")) == []


def test_a_failed_replacement_leaves_the_old_pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PinStore(tmp_path)
    store.save(pin(5))

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match="No space left"):
        store.save(pin(6))
    monkeypatch.undo()
    assert store.load(VAULT) == pin(5)
    assert not list((tmp_path / "pins").glob(".new-*"))


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        PinStore(tmp_path / "file" / "state").save(pin(1))


# --- orders ----------------------------------------------------------------------------------------------------------


def order(mark: bytes = b"e") -> KeptOrder:
    return KeptOrder(VAULT, mark * 16, b"o" * 32, b"l" * 32, whole=False, counts=(1, 2, 3, 4, 5), log=log(7))


def test_an_order_is_kept_until_it_is_dropped_or_its_vault_forgotten(tmp_path: Path) -> None:
    store = PinStore(tmp_path)
    store.bind("p", "diary", VAULT)
    for each in (order(b"a"), order(b"b"), order(b"b")):
        store.keep_order(each)
    assert store.load_order(VAULT, b"a" * 16) == order(b"a")
    store.drop_order(order(b"a"))
    store.drop_order(order(b"a"))
    assert store.load_order(VAULT, b"a" * 16) is None
    assert store.load_order(VAULT, b"b" * 16) == order(b"b")
    store.forget("p", "diary")
    assert store.load_order(VAULT, b"b" * 16) is None
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize(
    "change", [{"whole": 1}, {"counts": [1, 2, 3, 4]}, {"counts": [1, 2, 3, 4, True]}, {"hash": "00"}, {"audit": None}]
)
def test_an_order_that_is_damaged_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    store = PinStore(tmp_path)
    store.keep_order(order())
    (path,) = tmp_path.rglob("*.json")
    path.write_text(json.dumps(order().payload() | change))
    with pytest.raises(StorageError, match="damaged"):
        store.load_order(VAULT, b"e" * 16)


def test_a_log_that_is_accepted_takes_the_place_of_any_other(tmp_path: Path) -> None:
    store = PinStore(tmp_path)
    store.save(pin(3), log(9))
    store.accept_log(VAULT, log(4, key=b"n"))
    assert (store.load(VAULT), store.load_log(VAULT)) == (pin(3), log(4, key=b"n"))
