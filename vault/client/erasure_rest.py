"""What stays of containers that go in part: sealed anew, and sent before the order (docs/PROTOCOL.md §11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from vault.client.commits import Edits, next_head, seal_head
from vault.client.contents import Contents, OpenContainer, RootRecords, Step
from vault.client.erasure_routes import ErasureRoutes
from vault.client.reading import records
from vault.client.rekeying import Part, Rekeying, in_batches
from vault.client.unlocked import Unlocked
from vault.core.head import head_hash
from vault.core.order import Scope
from vault.errors import ConflictError, NotFoundError
from vault.wire import models as wire
from vault.wire.codes import ErrorCode
from vault.wire.limits import MAX_BODY_BYTES, MAX_COMMIT_ITEMS

_BATCH_BYTES = MAX_BODY_BYTES // 2


@dataclass(frozen=True, slots=True)
class SealedRest:
    """What an order for a part brings along: the next head, the containers with new keys, and both as they are here."""

    head: bytes
    containers: list[wire.ContainerWrite]
    step: Step


def seal_rest(unlocked: Unlocked, erasure_id: bytes, parts: Mapping[bytes, Part], scope: Scope) -> SealedRest:
    """Send the records that stay of containers that get a new key, and make the head that follows.

    Raises ConflictError when the vault has changed since it was planned.
    """
    contents, routes, rest = unlocked.contents, ErasureRoutes(unlocked.service), _Rest(unlocked, parts)
    with refused_as_changed():
        for body in in_batches(rest.sealed(), _BATCH_BYTES, MAX_COMMIT_ITEMS):
            routes.stage(erasure_id, body)
    step, sealed_head = _next_step(contents, scope, rest.opened, rest.root)
    return SealedRest(sealed_head, rest.writes, step)


@dataclass(slots=True)
class _Rest:
    """What stays of containers that get a new key. Take all of :meth:`sealed`: then all else is there as well."""

    unlocked: Unlocked
    parts: Mapping[bytes, Part]
    opened: dict[bytes, OpenContainer] = field(default_factory=dict)
    writes: list[wire.ContainerWrite] = field(default_factory=list)
    root: RootRecords | None = None

    def sealed(self) -> Iterator[str]:
        """Read one container after the other, and seal each of its records that stays."""
        service, contents = self.unlocked.service, self.unlocked.contents
        for container_id, part in sorted(self.parts.items()):
            found = records(service, contents, container_id)
            if found is None:
                raise changed()
            rekeying = Rekeying(contents, container_id, part.survivors(found))
            yield from rekeying.sealed()
            self.opened[container_id], write = rekeying.finish()
            self.writes.append(write)
            if container_id == contents.vault_id:
                self.root = RootRecords(rekeying.records)
            service.transport.keep_alive()  # small sessions come by the thousand to one request that would renew it


def _next_step(
    contents: Contents, scope: Scope, opened: dict[bytes, OpenContainer], root: RootRecords | None
) -> tuple[Step, bytes]:
    digest = contents.head.digest
    for container_id in (*scope.containers, *opened):
        digest = digest.remove(contents.containers[container_id].element)
    for container in opened.values():
        digest = digest.add(container.element)
    count = contents.head.containers - len(scope.containers)
    head = replace(next_head(contents, Edits()), digest=digest, containers=count)
    root_key = opened.get(contents.vault_id, contents.containers[contents.vault_id]).key
    sealed = seal_head(root_key, contents.vault_id, head)
    return Step(head, head_hash(sealed), opened, root, frozenset(scope.containers)), sealed


@contextmanager
def refused_as_changed() -> Iterator[None]:
    """A plan that is stale, or that another one took the place of, is one that must be made again."""
    try:
        yield
    except (ConflictError, NotFoundError):
        raise changed() from None


def changed() -> ConflictError:
    """What goes must be planned and shown anew."""
    return ConflictError(
        "The vault has changed since you were shown what goes, so nothing was erased; look at it again.",
        ErrorCode.STALE,
    )
