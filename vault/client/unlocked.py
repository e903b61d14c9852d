"""One unlocked vault: what is known of it, and how it moves (docs/FORMAT.md §7.1, docs/PROTOCOL.md §6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from vault.client.commits import Plan, Prepared, prepare
from vault.client.contents import Contents, OpenRecord, Step
from vault.client.failures import LostAnswerError, foreign_answer
from vault.client.pins import PinStore
from vault.client.reading import catch_up, records, restarts
from vault.client.secrets import OpenSlot
from vault.client.service import Service
from vault.client.sessions import erased
from vault.client.trusted_state import Pin
from vault.client.verify import Known, VerifyReport, check_vault
from vault.core.head import KeptCheckpoint
from vault.core.refuse import integrity_error
from vault.errors import ConflictError, InkvaultError, NotFoundError, RollbackError
from vault.wire import models as wire

P = TypeVar("P", bound=Plan)

_REBASES = 100
"""Each one means that another device got through, so that somebody always does."""
PIN_EVERY = 32
"""Own commits that the pin on disk may lack: one that is read back is pinned at once, and a pin for each commit would
take most of the time that the commit itself takes."""


@dataclass(slots=True)
class _Pending:
    """A commit whose answer has not come: what it was to do, and its bytes."""

    plan: Plan
    prepared: Prepared


class Unlocked:
    """An open login and the contents as last seen. Any HostileDataError from here means: use it no more."""

    def __init__(self, service: Service, pins: PinStore, contents: Contents, pin: Pin, slot: OpenSlot) -> None:
        self.service = service
        self.contents = contents
        self.slot = slot
        self.pins = pins
        self._pin = pin
        self._kept_seq = pin.seq
        self._pending: _Pending | None = None

    def refresh(self) -> list[bytes]:
        """Fetch what other devices wrote, check it and pin it; the containers that changed or are gone."""
        step, pin = catch_up(self.service, self.contents, self._pin)
        self._keep(pin)
        self.contents.take(step)
        self._pin = pin
        return [*step.containers, *step.gone]

    def confirm(self) -> None:
        """Finish a commit whose answer was lost, read back that the service has all that it accepted, and pin it.

        Raises RollbackError when it does not: what was written since the last time is then not saved.
        """
        self.settle()
        try:
            self.refresh()
        except RollbackError:
            raise RollbackError(
                "The service accepted your writing but does not have it, so it is not saved; "
                "keep your text and check the server."
            ) from None

    def save_pin(self) -> None:
        """Remember on this device how far the vault has come. Raises StorageError."""
        self._keep(self._pin)

    def commit(self, plan: P) -> P:
        """Carry out a plan, over newer contents when other devices wrote first.

        When the answer to an equal plan was lost, that one is carried through and given back: it is done once.
        Raises UnavailableError when it is not known whether it was done; call again, or :meth:`confirm`.
        """
        earlier = self.settle()
        if earlier is not None and earlier == plan:
            return earlier  # equal plans are of one type
        if self._pin.seq - self._kept_seq >= PIN_EVERY:
            self.save_pin()  # before the next commit: an error after it would have it written twice
        prepared = self._prepare(plan)
        if prepared is not None:
            self._pending = _Pending(plan, prepared)
            self.settle()
        return plan

    def settle(self) -> Plan | None:
        """Send the pending commit, if there is one, until the service has answered it; its plan."""
        pending = self._pending
        if pending is None:
            return None
        for _ in range(_REBASES):
            try:
                result = self.service.commit(pending.prepared.body)
            except LostAnswerError:
                raise
            except ConflictError:
                self._pending = None
                self._rebase()
                prepared = self._prepare(pending.plan)
                if prepared is None:
                    return pending.plan
                pending.prepared = prepared
                self._pending = pending
            except InkvaultError:
                self._pending = None
                raise
            else:
                self._pending = None
                self._take(pending, result)
                return pending.plan
        self._pending = None
        raise ConflictError("Other devices keep writing to this vault; try again in a moment.")

    def read(self, container_id: bytes) -> dict[bytes, OpenRecord]:
        """A container's records by id, refreshing first when another device changed it.

        Raises NotFoundError when it was erased.
        """
        for _ in restarts():
            if container_id in self.contents.gone:
                raise erased()
            seq = self.contents.head.seq
            try:
                found = records(self.service, self.contents, container_id)
            except NotFoundError:  # erased by another device, or kept from us
                self.refresh()
                if self.contents.head.seq == seq:
                    raise
                continue
            if found is not None:
                return found
            self.refresh()
        raise AssertionError  # restarts() raises

    def take_erasure(self, seq: int, step: Step | None) -> None:
        """Move on from state `seq` with an erasure that the service has accepted, unless a refresh has done so."""
        if step is not None and self.contents.head.seq == seq:
            self.contents.take(step)
            self._pin = self.contents.seen
            self.save_pin()

    def slot_infos(self) -> list[wire.SlotInfo]:
        """What the service says of the slots at a moment that :attr:`contents` is of too."""
        for _ in restarts():
            before = self.contents.head.seq
            infos = self.service.slots()
            self.refresh()
            if self.contents.head.seq == before:
                return infos
        raise AssertionError  # restarts() raises

    def verify(self, on_record: Callable[[int], None]) -> VerifyReport:
        """Check the whole vault as the service has it now."""
        self.settle()
        report, now = check_vault(self.service, self.slot, Known(self._pin, self.contents.log), on_record)
        if report.ok and now.pin is not None:
            # The contents stay where they are, and with them the pin they are compared with.
            self.pins.save(now.pin, now.log)
        return report

    @property
    def log(self) -> KeptCheckpoint | None:
        """The checkpoint of the vault's log that was accepted last."""
        return self.contents.log

    def keep_log(self, log: KeptCheckpoint | None) -> None:
        """Remember a checkpoint that was checked against :attr:`log`, here and on this device. Raises StorageError."""
        self.contents.log = log
        self.pins.save(self._pin, log)

    def _prepare(self, plan: Plan) -> Prepared | None:
        edits = plan(self)
        return None if edits is None else prepare(self.contents, edits)

    def _keep(self, pin: Pin) -> None:
        self.pins.save(pin)
        self._kept_seq = pin.seq

    def _take(self, pending: _Pending, result: wire.CommitResult) -> None:
        step = pending.prepared.step
        if result.seq != step.head.seq or result.head_hash != step.head_hash:
            raise foreign_answer()
        self.contents.take(step)
        self._pin = self.contents.seen
        if pending.prepared.next_slot is not None:
            self.slot = pending.prepared.next_slot

    def _rebase(self) -> None:
        """Fetch what came between. A service that calls us late must have something to show for it."""
        before = self.contents.head.seq
        self.refresh()
        if self.contents.head.seq == before:
            raise integrity_error()
