"""Pins and name bindings on this device: small JSON files, mode 0600, replaced in one step (docs/FORMAT.md §7.1).

They hold nothing secret: vault names, vault ids, sequence numbers, hashes, and what passphrases are stretched with. A
damaged file is refused, never taken for a device that has seen nothing: losing a pin silently is what a lying service
would wish for.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from vault.client.kept_orders import KeptOrder
from vault.client.secrets import Stretching
from vault.client.trusted_state import Pin, later_log
from vault.core.head import KeptCheckpoint
from vault.core.params import KdfParams, SlotKind, check_params
from vault.errors import ForkError, FormatError, PolicyError, StorageError
from vault.wire.limits import ID_BYTES, KEY_BYTES


class PinStore:
    """The pins of one device. `directory` is made when something is first saved; None is the user's state directory.

    A *place* names a service: its origin, or the data directory of an embedded one. The same vault name in two places
    is two names.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = user_state_path("inkvault") if directory is None else directory

    def load(self, vault_id: bytes) -> Pin | None:
        """The pin of a vault, or None on a device that never opened it. Raises StorageError for a damaged file."""
        path = self._pin_path(vault_id)
        fields = _read(path)
        if fields is None:
            return None
        try:
            pin = Pin(
                vault_id=_unhex(fields["vault_id"], ID_BYTES),
                seq=fields["seq"],
                head_hash=_unhex(fields["head_hash"], KEY_BYTES),
                history=_unhex(fields["history"], KEY_BYTES),
            )
        except (KeyError, TypeError, ValueError):
            raise _damaged(path) from None
        if pin.vault_id != vault_id or type(pin.seq) is not int or pin.seq < 1:
            raise _damaged(path)
        return pin

    def load_log(self, vault_id: bytes) -> KeptCheckpoint | None:
        """The checkpoint of the vault's log that was accepted last, or None. Raises StorageError for a damaged file."""
        path = self._pin_path(vault_id)
        fields = _read(path)
        if fields is None or fields.get("audit") is None:  # none, or from before there were logs
            return None
        try:
            return KeptCheckpoint.parse(fields["audit"])
        except FormatError:
            raise _damaged(path) from None

    def logs(self) -> list[KeptCheckpoint]:
        """The checkpoints of all logs that were accepted here. Raises StorageError for a damaged file."""
        paths = sorted((self._directory / "pins").glob("*.json"))
        found = [self.load_log(bytes.fromhex(path.stem)) for path in paths]
        return [log for log in found if log is not None]

    def save(self, pin: Pin, log: KeptCheckpoint | None = None) -> None:
        """Remember `pin`, and the checkpoint of the `log`, unless another process of this device has gone further.

        Raises ForkError when that process saw another head or log at the same number.
        """
        with self._lock():
            known, known_log = self.load(pin.vault_id), self.load_log(pin.vault_id)
            next_pin, next_log = _newer_pin(known, pin), _newer_log(known_log, log)
            if (next_pin, next_log) != (known, known_log):
                _replace(
                    self._pin_path(pin.vault_id),
                    {
                        "vault_id": next_pin.vault_id.hex(),
                        "seq": next_pin.seq,
                        "head_hash": next_pin.head_hash.hex(),
                        "history": next_pin.history.hex(),
                        "audit": None if next_log is None else next_log.payload(),
                    },
                )

    def accept_log(self, vault_id: bytes, log: KeptCheckpoint) -> None:
        """Put `log` in the place of the one that was accepted before, whatever that is. There is a pin."""
        with self._lock():
            path = self._pin_path(vault_id)
            _replace(path, {**(_read(path) or {}), "audit": log.payload()})

    def keep_order(self, order: KeptOrder) -> None:
        """Keep an order for as long as the vault is known here."""
        with self._lock():
            path = self._order_path(order.vault_id, order.erasure_id)
            with _writing(path.parent):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(path, order.payload())

    def load_order(self, vault_id: bytes, erasure_id: bytes) -> KeptOrder | None:
        """An order that was kept, or None. Raises StorageError for a damaged file."""
        path = self._order_path(vault_id, erasure_id)
        fields = _read(path)
        if fields is None:
            return None
        try:
            order = KeptOrder.parse(fields)
        except FormatError:
            raise _damaged(path) from None
        if (order.vault_id, order.erasure_id) != (vault_id, erasure_id):
            raise _damaged(path)
        return order

    def drop_order(self, order: KeptOrder) -> None:
        """Keep an order no more: it was refused."""
        with self._lock():
            _remove(self._order_path(order.vault_id, order.erasure_id))

    def bound_vault(self, place: str, handle: str) -> bytes | None:
        """The vault that this name stood for here, or None. Raises StorageError for a damaged file."""
        fields = self._binding(place, handle)
        try:
            return None if fields is None else _unhex(fields["vault_id"], ID_BYTES)
        except (KeyError, TypeError, ValueError):
            raise _damaged(self._name_path(place, handle)) from None

    def stretching(self, place: str, handle: str) -> Stretching | None:
        """What the passphrase was stretched with at the last unlock by one, or None. StorageError for a damaged file.

        It tells when to begin, not what to believe: only what the service shows decides.
        """
        fields = self._binding(place, handle)
        if fields is None or "stretching" not in fields:
            return None
        try:
            kept = fields["stretching"]
            costs = KdfParams(kept["m_kib"], kept["t"], kept["p"])
            check_params(SlotKind.PASSPHRASE, costs)
            return Stretching(_unhex(kept["vault_salt"], KEY_BYTES), costs)
        except (KeyError, TypeError, ValueError, PolicyError):
            raise _damaged(self._name_path(place, handle)) from None

    def bind(self, place: str, handle: str, vault_id: bytes, stretching: Stretching | None = None) -> None:
        """Bind a name to a vault on this device (docs/FORMAT.md §7.1), and keep what its passphrase is stretched with.

        None leaves what is kept of that for the same vault.
        """
        known = self.bound_vault(place, handle)
        if known == vault_id and stretching in (None, self.stretching(place, handle)):
            return
        fields: dict[str, object] = {"place": place, "handle": handle, "vault_id": vault_id.hex()}
        if stretching is not None:
            costs = stretching.costs
            fields["stretching"] = {
                "vault_salt": stretching.vault_salt.hex(),
                "m_kib": costs.m_kib,
                "t": costs.t,
                "p": costs.p,
            }
        with self._lock():
            _replace(self._name_path(place, handle), fields)

    def knows(self, place: str, handle: str) -> bool:
        """Whether anything is remembered of this name, be it damaged."""
        return self._name_path(place, handle).exists()

    def forget(self, place: str, handle: str) -> None:
        """Forget which vault this name stood for, and the pin and the orders of that vault; damaged files too."""
        path = self._name_path(place, handle)
        with self._lock():
            try:
                vault_id = self.bound_vault(place, handle)
            except StorageError:  # whose pin to remove is then not known; one that stays is on the safe side
                vault_id = None
            if vault_id is not None:
                _remove(self._pin_path(vault_id))
                orders = self._orders(vault_id)
                with _writing(orders.parent), suppress(FileNotFoundError):
                    shutil.rmtree(orders)
            _remove(path)

    def handles(self, place: str) -> list[str]:
        """The vault names known at a place, sorted."""
        found = []
        for path in (self._directory / "names").glob("*.json"):
            fields = _read(path)
            if fields is not None and fields.get("place") == place and isinstance(fields.get("handle"), str):
                found.append(fields["handle"])
        return sorted(found)

    def _binding(self, place: str, handle: str) -> dict[str, Any] | None:
        path = self._name_path(place, handle)
        fields = _read(path)
        if fields is not None and (fields.get("place") != place or fields.get("handle") != handle):
            raise _damaged(path)
        return fields

    def _pin_path(self, vault_id: bytes) -> Path:
        return self._directory / "pins" / f"{vault_id.hex()}.json"

    def _orders(self, vault_id: bytes) -> Path:
        return self._directory / "orders" / vault_id.hex()

    def _order_path(self, vault_id: bytes, erasure_id: bytes) -> Path:
        return self._orders(vault_id) / f"{erasure_id.hex()}.json"

    def _name_path(self, place: str, handle: str) -> Path:
        # A hash makes any name a safe file name; the file holds the words themselves and they are compared on reading.
        name = hashlib.sha256(f"{place}\0{handle}".encode()).hexdigest()[:32]
        return self._directory / "names" / f"{name}.json"

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the other processes of this device off while a file is compared and replaced."""
        with _writing(self._directory):
            for directory in (self._directory, self._directory / "pins", self._directory / "names"):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _newer_pin(known: Pin | None, pin: Pin) -> Pin:
    if known is not None and known.seq == pin.seq and known != pin:
        raise ForkError("Two programs on this device were shown different states of this vault; write nothing.")
    return pin if known is None or known.seq < pin.seq else known


def _newer_log(known: KeptCheckpoint | None, log: KeptCheckpoint | None) -> KeptCheckpoint | None:
    if known is not None and log is not None and (known.key != log.key or (known.size == log.size and known != log)):
        raise ForkError("Two programs on this device were shown different logs of this vault; write nothing.")
    return later_log(known, log)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        fields = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"Cannot read {path} ({error.strerror}); mend its permissions.") from None
    except ValueError:
        raise _damaged(path) from None
    if not isinstance(fields, dict):
        raise _damaged(path)
    return fields


def _replace(path: Path, fields: Mapping[str, object]) -> None:
    """Write a whole file beside the old one and put it in its place: a reader sees the old bytes or the new ones."""
    with _writing(path.parent):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(fields, stream)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _remove(path: Path) -> None:
    with _writing(path.parent):
        path.unlink(missing_ok=True)


def _unhex(text: str, length: int) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != length or value.hex() != text:
        raise ValueError(text)
    return value


def _damaged(path: Path) -> StorageError:
    return StorageError(
        f"{path} is damaged: restore it from a backup, or remove it and compare the code shown at the next unlock "
        "with that of another device."
    )


@contextmanager
def _writing(directory: Path) -> Iterator[None]:
    """Raise StorageError for what the system does not let us do in a directory."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"Cannot write in {directory} ({error.strerror}); make room or mend its permissions."
        ) from None
