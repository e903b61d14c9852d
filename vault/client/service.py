"""The service's routes as typed calls (docs/PROTOCOL.md §4 to §7). Checks order and completeness, knows no keys."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from vault.client.failures import foreign_answer
from vault.client.snapshot_frames import SnapshotFrame, read_frames
from vault.client.transport import Transport
from vault.wire import models as wire
from vault.wire.frames import MEDIA_TYPE


class Service:
    """One service through one transport."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def challenge(self, handle: str) -> wire.Challenge:
        """Ask to log in. Not tried again: the first request tells at once whether anybody is there."""
        body = _dump(wire.ChallengeRequest(handle=handle))
        return self.transport.post("/logins/challenge", body, wire.Challenge, repeatable=False)

    def log_in(self, request: wire.LoginRequest) -> wire.Login:
        """Log in and carry the login from now on. Never sent twice: a challenge is good once."""
        login = self.transport.post("/logins", _dump(request), wire.Login, repeatable=False)
        if login.token is None:
            raise foreign_answer()
        self.transport.use_login(login.token, login.idle_seconds)
        return login

    def create_vault(self, body: bytes) -> wire.CommitResult:
        """Create a vault from the bytes of a :class:`vault.wire.models.CreateVault`."""
        return self.transport.post("/vaults", body, wire.CommitResult, status=201)

    def commit(self, body: bytes) -> wire.CommitResult:
        """Commit the bytes of a :class:`vault.wire.models.Commit`; repeating the same bytes is harmless."""
        return self.transport.post("/commits", body, wire.CommitResult)

    def container_pages(self) -> Iterator[wire.ContainerPage]:
        """All containers by id, page by page. The pages may be of different moments (their ``seq`` tells)."""
        path = "/containers"
        after = b""
        while True:
            page = self.transport.get(path, wire.ContainerPage)
            after = _check_order(after, [container.container_id for container in page.containers], page.next)
            yield page
            if page.next is None:
                return
            path = f"/containers?after={page.next.hex()}"
            self.transport.keep_alive()

    def record_pages(self, container_id: bytes) -> Iterator[wire.RecordPage]:
        """The records of a container by id, page by page, each with the container as it was then."""
        path = base = f"/containers/{container_id.hex()}/records"
        after = b""
        while True:
            page = self.transport.get(path, wire.RecordPage)
            if page.container.container_id != container_id:
                raise foreign_answer()
            after = _check_order(after, [record.record_id for record in page.records], page.next)
            yield page
            if page.next is None:
                return
            path = f"{base}?after={page.next.hex()}"
            self.transport.keep_alive()

    def changes(self, since: int) -> wire.Changes:
        """One answer about what moved after `since`. Neither head hashes nor the last erasure go past its ``seq``."""
        answer = self.transport.get(f"/changes?since={since}", wire.Changes)
        count = len(answer.head_hashes)
        if count > max(0, answer.seq - since) or answer.complete != (since + count >= answer.seq):
            raise foreign_answer()
        if (not answer.complete and count == 0) or answer.erased_seq > answer.seq:
            raise foreign_answer()
        return answer

    def slots(self) -> list[wire.SlotInfo]:
        """What the service says of the vault's slots."""
        return self.transport.get("/slots", wire.SlotList).slots

    def snapshot(self) -> Iterator[SnapshotFrame | None]:
        """The frames of a snapshot as they come; None stands for a frame of the wrong shape."""
        return read_frames(self.transport.stream("/snapshot", MEDIA_TYPE))


def _dump(model: wire.Model) -> bytes:
    return model.model_dump_json().encode()


def _check_order(after: bytes, ids: list[bytes], following: bytes | None) -> bytes:
    """Ids grow without repeating, within a page and from page to page, so that a listing comes to an end."""
    if any(first >= second for first, second in pairwise([after, *ids])):
        raise foreign_answer()
    if following is not None and (not ids or following != ids[-1]):
        raise foreign_answer()
    return following or b""
