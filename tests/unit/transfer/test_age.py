"""The age format, held against the program of that name."""

from __future__ import annotations

import io
import os
import pty
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.errors import FormatError, UnlockError, UsageError
from vault.transfer import age_keys
from vault.transfer.age import CHUNK, AgeReader, AgeWriter
from vault.transfer.age_keys import Identity, Passphrase, PublicKey, Recipient, SecretKey, parse_identity
from vault.transfer.age_text import bech32_decode

# A key pair of the age program.
IDENTITY = "AGE-SECRET-KEY-1522NRQXN9R0Z48628R6M96EXAC02UZ9MZVPEXFFNLSCADETQFLPSK7E2CE"
RECIPIENT = "age1u9ejk8djxt97r988kqufq76zhtmwzz09hr87yfksn8cym8ekmygqyupnkf"
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(age_keys, "WORK_FACTOR", 4)


def sealed(data: bytes, recipient: Recipient, step: int = 10_000) -> bytes:
    sink = io.BytesIO()
    writer = AgeWriter(sink, recipient)
    for at in range(0, len(data), step):
        writer.write(data[at : at + step])
    writer.finish()
    return sink.getvalue()


def opened(data: bytes, identity: Identity) -> bytes:
    return AgeReader(io.BytesIO(data), identity).read()


def key_pair(folder: Path) -> tuple[str, Path]:
    path = folder / "key.txt"
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
    public = next(line for line in path.read_text().splitlines() if line.startswith("# public key: "))
    return public.removeprefix("# public key: "), path


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_is_opened(size: int) -> None:
    data = os.urandom(size)
    assert opened(sealed(data, Passphrase("correct")), Passphrase("correct")) == data


@pytest.mark.parametrize("size", SIZES)
def test_the_age_program_opens_what_we_seal(size: int, tmp_path: Path) -> None:
    public, key = key_pair(tmp_path)
    data = os.urandom(size)
    done = subprocess.run(
        ["age", "-d", "-i", key], input=sealed(data, PublicKey.parse(public)), capture_output=True, check=True
    )
    assert done.stdout == data


@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_the_age_program_seals(size: int, tmp_path: Path) -> None:
    public, key = key_pair(tmp_path)
    data = os.urandom(size)
    made = subprocess.run(["age", "-r", public, "-r", RECIPIENT], input=data, capture_output=True, check=True).stdout
    secret = key.read_text().splitlines()[-1]
    assert opened(made, parse_identity(secret)) == opened(made, SecretKey.parse(IDENTITY)) == data


def typed(command: Sequence[str | Path], passphrase: str) -> int:
    """The exit code of a program that asks for a passphrase at a terminal of its own."""
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.execvp(command[0], [str(each) for each in command])
        finally:
            os._exit(127)
    with os.fdopen(terminal, "r+b", buffering=0) as screen:
        shown = b""
        while b"passphrase" not in shown.lower():
            shown += screen.read(1_000)
        screen.write(passphrase.encode() + b"\n")
        with suppress(OSError):  # how Linux says that nobody holds the other end any more
            while screen.read(1_000):
                pass
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("passphrase", ["correct horse", "ein Wörtchen 日本"])
def test_the_age_program_opens_what_we_seal_with_a_passphrase(passphrase: str, tmp_path: Path) -> None:
    data = os.urandom(2 * CHUNK + 7)
    sealed_path, opened_path = tmp_path / "sealed", tmp_path / "opened"
    sealed_path.write_bytes(sealed(data, Passphrase(passphrase)))
    assert typed(["age", "-d", "-o", opened_path, sealed_path], "wrong") != 0
    assert not opened_path.exists()
    assert typed(["age", "-d", "-o", opened_path, sealed_path], passphrase) == 0
    assert opened_path.read_bytes() == data


@given(st.integers(0, 2 * CHUNK + 50), st.integers(0, 2 * CHUNK + 50))
def test_any_place_can_be_read(at: int, count: int) -> None:
    data = bytes(range(251)) * (2 * CHUNK // 251)
    reader = io.BufferedReader(AgeReader(io.BytesIO(sealed(data, Passphrase("correct"))), Passphrase("correct")))
    reader.seek(at)
    assert reader.read(count) == data[at : at + count]


@pytest.mark.parametrize("cut", [1, 16, CHUNK, CHUNK + 16, CHUNK + 17, 2 * (CHUNK + 16)])
def test_a_file_that_was_cut_off_does_not_open(cut: int) -> None:
    data = sealed(os.urandom(2 * CHUNK + 7), Passphrase("correct"))
    with pytest.raises(FormatError):
        opened(data[:-cut], Passphrase("correct"))


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    whole = sealed(b"x" * 300, PublicKey.parse(RECIPIENT))
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((FormatError, UnlockError)):
        opened(bytes(changed), SecretKey.parse(IDENTITY))


def test_two_chunks_cannot_change_places() -> None:
    whole = sealed(os.urandom(3 * CHUNK), Passphrase("correct"))
    start = len(whole) - 3 * (CHUNK + 16)
    first, second = whole[start : start + CHUNK + 16], whole[start + CHUNK + 16 : start + 2 * (CHUNK + 16)]
    swapped = whole[:start] + second + first + whole[start + 2 * (CHUNK + 16) :]
    with pytest.raises(FormatError):
        opened(swapped, Passphrase("correct"))


def test_another_passphrase_or_identity_does_not_open_it() -> None:
    data = sealed(b"secret", Passphrase("correct"))
    for identity in (Passphrase("wrong"), SecretKey.parse(IDENTITY)):
        with pytest.raises(UnlockError):
            opened(data, identity)


@pytest.mark.parametrize("cost", [b"21", b"63", b"0", b"04", b"-1", b"4294967296", b"x"])
def test_absurd_costs_are_refused_before_anything_is_derived(cost: bytes) -> None:
    data = sealed(b"secret", Passphrase("correct"))
    line = data.split(b"\n")[1]
    with pytest.raises(FormatError):
        opened(data.replace(line, line.rsplit(b" ", 1)[0] + b" " + cost, 1), Passphrase("correct"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"age-encryption.org/v1\n",
        b"age-encryption.org/v2\n-> X25519 x\n",
        b"age-encryption.org/v1\n--- AAAA\n",
        b"age-encryption.org/v1\n-> \n\n--- AAAA\n",
        b"age-encryption.org/v1\n-> scrypt a 4\n" + b"A" * 65 + b"\n--- AAAA\n",
        b"age-encryption.org/v1\n" + b"-> x y\n\n" * 200 + b"--- AAAA\n",
        b"age-encryption.org/v1\n-> " + b"x" * 100_000,
        b"\xff" * 1_000,
    ],
)
def test_what_is_no_age_file_is_refused(data: bytes) -> None:
    with pytest.raises((FormatError, UnlockError)):
        opened(data, Passphrase("correct"))


def test_recipients_and_identities_are_read_strictly() -> None:
    assert bech32_decode("age", RECIPIENT) is not None
    for text in ("age1", RECIPIENT[:-1], RECIPIENT[:-1] + "q", RECIPIENT.replace("x", "X", 1), "ssh-ed25519 AAAA", ""):
        with pytest.raises(UsageError):
            PublicKey.parse(text)
    with pytest.raises(UsageError):
        parse_identity("AGE-SECRET-KEY-1QQQ")
    assert parse_identity(f"{IDENTITY}\n") == SecretKey.parse(IDENTITY)
    assert parse_identity("a passphrase") == Passphrase("a passphrase")
