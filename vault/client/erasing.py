"""Erasing: what goes is planned and shown, ordered by a signature, and followed to its certificate (PROTOCOL §11)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, repeat

from vault.audit.certificate import Certificate
from vault.audit.checkpoint import Checkpoint, VerifierKey
from vault.client.auditing import check_log
from vault.client.contents import Contents, Step
from vault.client.erasure_rest import changed, refused_as_changed, seal_rest
from vault.client.erasure_routes import ErasureRoutes
from vault.client.failures import LostAnswerError, foreign_answer
from vault.client.kept_orders import KeptOrder, counts_of
from vault.client.reading import restarts
from vault.client.secrets import Secret
from vault.client.taken import Taken, ToErase, take
from vault.client.unlocked import Unlocked
from vault.core.head import KeptCheckpoint
from vault.core.keyslot import SlotKeys
from vault.core.order import Order, Scope
from vault.core.refuse import integrity_error
from vault.errors import (
    ConflictError,
    HostileDataError,
    InkvaultError,
    LockedError,
    NotFoundError,
    ServiceError,
    UsageError,
)
from vault.wire import models as wire
from vault.wire.limits import ID_BYTES, MAX_BODY_BYTES

OnProgress = Callable[[wire.Erasure], None]

PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5)
"""Seconds between the first looks at an erasure, and then :data:`PAUSE` between each and the next."""
PAUSE = 1.0
_BATCH_BYTES = MAX_BODY_BYTES // 2


@dataclass(slots=True)
class ErasurePlan:
    """What goes, as of state number `seq` of the vault, and as the service has `counted` it.

    To be shown before it is ordered. `ordered` is None until the order is sent, and again once it was refused; whether
    it has arrived is known when `is_accepted`. Then it can be followed with the two ids alone.
    """

    vault_id: bytes
    erasure_id: bytes
    seq: int
    taken: Taken = field(repr=False)
    scope: Scope = field(repr=False)
    counted: wire.Erasure
    ordered: Ordered | None = None
    is_accepted: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as it was sent, what it makes of the contents (None: nothing is left), and what this device keeps."""

    body: bytes = field(repr=False)
    step: Step | None = field(repr=False)
    kept: KeptOrder


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate that was checked: the bytes of its file, what they say, and the key that they were checked with."""

    data: bytes = field(repr=False)
    certificate: Certificate
    checkpoint: Checkpoint
    key: VerifierKey


# --- planning --------------------------------------------------------------------------------------------------------


def plan(unlocked: Unlocked, choice: ToErase) -> ErasurePlan:
    """Freeze what is to go, over the newest state of the vault. Changes nothing there.

    Raises NotFoundError or UsageError for what cannot be chosen, ConflictError when others do not let it through.
    """
    unlocked.settle()
    unlocked.refresh()
    for _ in restarts():
        taken = take(unlocked, choice)
        taken.check_size(unlocked.contents)
        scope, seq, erasure_id = taken.scope(), unlocked.contents.head.seq, os.urandom(ID_BYTES)
        request = wire.NewErasure(erasure_id=erasure_id, expected_seq=seq, scope=_wire_scope(scope))
        try:
            counted = ErasureRoutes(unlocked.service).plan(request)
        except ConflictError:
            unlocked.refresh()
            continue
        _check_counts(unlocked.contents, taken, counted)
        return ErasurePlan(unlocked.contents.vault_id, erasure_id, seq, taken, scope, counted)
    raise AssertionError  # restarts() raises


def _wire_scope(scope: Scope) -> wire.Scope:
    return wire.Scope(
        whole=scope.whole,
        containers=list(scope.containers),
        records=[
            wire.RecordsOf(container_id=container_id, record_ids=list(found)) for container_id, found in scope.records
        ],
    )


def _check_counts(contents: Contents, taken: Taken, counted: wire.Erasure) -> None:
    """The service counts what the verified headers count, or it has something else in mind."""
    gone = sum(header.count for header in taken.sessions.values())
    if taken.everything:
        gone += contents.containers[contents.vault_id].header.count
    erased = sum(len(part.erased) for part in taken.parts.values())
    held = sum(contents.containers[container_id].header.count for container_id in taken.parts)
    expected = (len(taken.sessions), gone + erased, len(taken.parts), held - erased)
    if (counted.containers, counted.records, counted.rekeyed, counted.resealed) != expected:
        raise integrity_error()


# --- ordering --------------------------------------------------------------------------------------------------------


def order(unlocked: Unlocked, planned: ErasurePlan, secret: Secret) -> KeptOrder:
    """Seal anew what stays, sign the order with keys derived from `secret`, keep it on this device, and send it.

    Returns what is kept.

    Raises UnlockError for another secret; ConflictError when the vault has changed: make a new plan, and show it.
    Raises UnavailableError when it is not known whether the order arrived: do the same again.
    """
    keys = unlocked.slot.check_secret(secret)
    is_repeated = planned.ordered is not None
    if planned.ordered is None:
        planned.ordered = _sign(unlocked, planned, keys)
    ordered = planned.ordered
    unlocked.pins.keep_order(ordered.kept)
    try:
        _send(ErasureRoutes(unlocked.service), planned, ordered.body, is_repeated=is_repeated)
    except (LostAnswerError, HostileDataError):
        raise
    except InkvaultError:
        planned.ordered = None
        unlocked.pins.drop_order(ordered.kept)
        raise
    planned.is_accepted = True
    unlocked.take_erasure(planned.seq, ordered.step)
    return ordered.kept


def _sign(unlocked: Unlocked, planned: ErasurePlan, keys: SlotKeys) -> Ordered:
    if unlocked.contents.head.seq != planned.seq:
        raise changed()
    if unlocked.log is None:
        raise UsageError("This vault has no log yet that could prove it; unlock it again, and then erase.")
    scope, parts = planned.scope, planned.taken.parts
    sealed = None if scope.whole else seal_rest(unlocked, planned.erasure_id, parts, scope)
    step = None if sealed is None else sealed.step
    slot_id, origin = unlocked.slot.header.slot_id, unlocked.service.transport.origin
    new_head = None if step is None else step.head_hash
    signed = Order(origin, planned.vault_id, slot_id, planned.erasure_id, planned.seq, scope, new_head).hash()
    request = wire.ConfirmErasure(
        slot_id=slot_id,
        origin=origin,
        signature=keys.sign_order(signed),
        head=None if sealed is None else sealed.head,
        containers=[] if sealed is None else sealed.containers,
    )
    kept = KeptOrder(
        vault_id=planned.vault_id,
        erasure_id=planned.erasure_id,
        hash=signed,
        login_key=keys.login_public_key(),
        whole=scope.whole,
        counts=counts_of(planned.counted),
        log=unlocked.log,
    )
    return Ordered(request.model_dump_json().encode(), step, kept)


def _send(routes: ErasureRoutes, planned: ErasurePlan, body: bytes, *, is_repeated: bool) -> None:
    """Hand the order in; without an answer once more. `is_repeated`: it may have been handed in before.

    Raises LostAnswerError when it is not known whether it stands; after any other ServiceError it does not.
    """
    try:
        with refused_as_changed():
            try:
                routes.confirm(planned.erasure_id, body)
            except LostAnswerError:
                is_repeated = True
                routes.confirm(planned.erasure_id, body)
    except ConflictError:
        raise  # the same bytes are never carried out any more, and were not before
    except (ServiceError, LockedError):
        if not _is_ordered(routes, planned, is_repeated=is_repeated):
            raise


def _is_ordered(routes: ErasureRoutes, planned: ErasurePlan, *, is_repeated: bool) -> bool:
    """Whether an order without a good answer stands: networks repeat requests too, and say nothing of the first answer.

    One that `is_repeated` may be on its way while its erasure is only planned; that, and no answer: LostAnswerError.
    """
    try:
        state = routes.state(planned.erasure_id, planned.vault_id).state
    except NotFoundError:
        return False
    except ServiceError as error:
        raise _unknown() from error
    if state == "planned" and is_repeated:
        raise _unknown()
    return state != "planned"


def _unknown() -> LostAnswerError:
    return LostAnswerError("The service does not say whether the order arrived; try again in a while.")


# --- following -------------------------------------------------------------------------------------------------------


def follow(
    routes: ErasureRoutes,
    order: KeptOrder,
    on_progress: OnProgress,
    *,
    is_accepted: bool,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until it is done. `on_progress` is told each state, and each problem, once; it may raise to stop waiting.

    Raises FormatError for an erasure of another amount, and for one that is `planned` where its order `is_accepted`;
    where that is not known, UsageError.
    """
    told = None
    for seconds in chain(PAUSES, repeat(PAUSE)):
        found = routes.state(order.erasure_id, order.vault_id)
        if found.state == "planned" and not is_accepted:
            raise UsageError("That erasure was planned and not ordered; nothing was erased.")
        if found.state == "planned" or counts_of(found) != order.counts:
            raise foreign_answer()
        if (found.state, found.problem) != told:
            told = found.state, found.problem
            on_progress(found)
        if found.state == "done":
            return
        pause(seconds)
        with suppress(LockedError):  # of a whole vault no login is left, and none is needed
            routes.keep_alive()


def fetch_proof(routes: ErasureRoutes, order: KeptOrder) -> Proof:
    """Fetch the certificate of an erasure that is done, and hold it to its order.

    Raises HostileDataError when it does not hold, or is not that of this order (docs/ERASURE.md §4.2).
    """
    data = routes.certificate(order.erasure_id, order.vault_id)
    return Proof(data, *order.check(data), VerifierKey(order.log.origin, order.log.key))


def prove(unlocked: Unlocked, order: KeptOrder) -> Proof:
    """As :func:`fetch_proof`, of an erasure ordered by this login. Also refuses one that comes from another log."""
    proof = fetch_proof(ErasureRoutes(unlocked.service), order)
    if not order.whole:  # of a vault that is gone nobody can ask for a proof
        shown = KeptCheckpoint(order.log.key, proof.checkpoint.origin, proof.checkpoint.size, proof.checkpoint.root)
        unlocked.keep_log(check_log(unlocked.service, shown, unlocked.log))
    return proof
