"""Ways to lie: what a server can do to its own answers. Each gives a :data:`Make`, which looks at the world first."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.proxy import Answer, Forward, Json, Lie, Proxy, Request
from tests.support.treelog import TreeLog, some_leaves
from tests.support.world import HANDLE

if TYPE_CHECKING:
    from tests.support.hostile import HostileWorld

Make: TypeAlias = "Callable[[HostileWorld], Lie]"

CHALLENGE = "POST /logins/challenge"
LOGIN = "POST /logins"
CONTAINERS = "GET /containers"
RECORDS = "GET /containers/{id}/records"
CHANGES = "GET /changes"
COMMIT = "POST /commits"
SLOTS = "GET /slots"
CHECKPOINT = "GET /audit/checkpoint"

JSON = [("Content-Type", "application/json")]


# --- bytes in base64url ----------------------------------------------------------------------------------------------


def pack(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpack(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def flipped(place: int) -> Callable[[str], str]:
    """Change one bit of the byte at `place`."""

    def change(text: str) -> str:
        data = bytearray(unpack(text))
        data[place] ^= 1
        return pack(bytes(data))

    return change


def patched(place: int, part: bytes) -> Callable[[str], str]:
    """Put other bytes at `place`."""

    def change(text: str) -> str:
        data = bytearray(unpack(text))
        data[place : place + len(part)] = part
        return pack(bytes(data))

    return change


def cut(text: str) -> str:
    return pack(unpack(text)[:-1])


def longer(text: str) -> str:
    return pack(unpack(text) + bytes(64))


# --- whole answers ---------------------------------------------------------------------------------------------------


def edited(route: str, change: Callable[[Json], None]) -> Lie:
    """Change the JSON of every answer of a route."""

    def lie(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.route != route or not answer.status.startswith("2"):
            return answer
        body = answer.json()
        change(body)
        return Answer.of(body, answer.status)

    return lie


def edit(route: str, change: Callable[[Json], None]) -> Make:
    return lambda _world: edited(route, change)


def instead(route: str, answer: Callable[[], Answer]) -> Make:
    """Answer a route without asking the service."""
    return lambda _world: lambda request, forward: answer() if request.route == route else forward(request)


def extra(route: str, **fields: object) -> Make:
    """Add fields that nobody asked for."""
    return edit(route, lambda body: body.update(fields))


def extra_in(route: str, key: str) -> Make:
    """Add a field to the first item of a list."""
    return edit(route, lambda body: body[key][0].update(recovery_public_key="x"))


def no_such_vault() -> Answer:
    return Answer.of({"code": "not_found", "message": "", "seq": None, "retry_after": None}, "404 Not Found")


def raw(route: str, chunks: Callable[[], Iterator[bytes]], status: str = "200 OK", **headers: str) -> Make:
    """Answer with these bytes."""
    extra_headers = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return instead(route, lambda: Answer(status, [*JSON, *extra_headers], chunks()))


def endless() -> Iterator[bytes]:
    while True:
        yield b" " * 2**20


def deep() -> Iterator[bytes]:
    yield b"[" * 200_000 + b"]" * 200_000


def bomb() -> Iterator[bytes]:
    yield gzip.compress(bytes(50 * 2**20))


def empty() -> Iterator[bytes]:
    yield b"{}"


# --- logging in ------------------------------------------------------------------------------------------------------


def costs(m_kib: int, t: int, p: int) -> Make:
    """Ask for these costs of key derivation."""
    change = patched(2, m_kib.to_bytes(4) + bytes([t, p]))
    return edit(CHALLENGE, lambda body: _each_slot(body, 1, change))


def costs_of_recovery() -> Make:
    """Ask for costs where there can be none."""
    return edit(CHALLENGE, lambda body: _each_slot(body, 2, patched(5, b"\x01")))


def shown_slots(change: Callable[[str], str]) -> Make:
    """Change all slot headers shown before login."""
    return edit(CHALLENGE, lambda body: _each_slot(body, None, change))


def slot(change: Callable[[str], str]) -> Make:
    """Change the slot that logged in."""
    return edit(LOGIN, lambda body: body.update(slot=change(body["slot"])))


def another_salt(world: HostileWorld) -> Lie:
    heard: list[Json] = []

    def listen(request: Request, forward: Forward) -> Answer:
        answer = forward(request)
        if request.route == CHALLENGE:
            heard.append(answer.json())
        return answer

    with world.proxy.lying(listen):
        world.device("spy").unlock(handle="other").lock()
    return edited(CHALLENGE, lambda body: body.update(vault_salt=heard[0]["vault_salt"]))


def as_other_vault(_world: HostileWorld) -> Lie:
    """Show another vault under the name of this one."""

    def lie(request: Request, forward: Forward) -> Answer:
        if request.route == CHALLENGE:
            body = request.body.replace(HANDLE.encode(), b"other")
            request = Request(request.method, request.path, request.headers, body)
        return forward(request)

    return lie


def _each_slot(body: Json, kind: int | None, change: Callable[[str], str]) -> None:
    body["slots"] = [change(header) if kind in (None, unpack(header)[1]) else header for header in body["slots"]]


# --- the listing -----------------------------------------------------------------------------------------------------


def in_the_past(world: HostileWorld) -> Lie:
    """Everything is answered by the service as it was."""
    old = Proxy(world.opened(world.past))
    return lambda request, _forward: old.forward(request)


def revoked_slot(world: HostileWorld) -> Lie:
    """The slot of before the change of the passphrase, over the listing of now."""
    past, listing = in_the_past(world), world.honest("/containers")
    return lambda request, forward: listing if request.route == CONTAINERS else past(request, forward)


def old_header(world: HostileWorld) -> Lie:
    """The head of now over one header of before."""
    with world.proxy.lying(in_the_past(world)):
        listing = world.honest("/containers", spy="spy of the past").json()
    (old,) = (container for container in listing["containers"] if container["container_id"] == world.session)
    return in_listing(lambda each: old if each["container_id"] == world.session else each)(world)


def listing_of_other_vault(world: HostileWorld) -> Lie:
    listing = world.honest("/containers", "other")
    return instead(CONTAINERS, lambda: listing)(world)


def in_listing(change: Callable[[Json], Json]) -> Make:
    """Change each container of the listing."""
    return edit(CONTAINERS, lambda body: body.update(containers=list(map(change, body["containers"]))))


def head(change: Callable[[str], str]) -> Make:
    return edit(CONTAINERS, lambda body: body.update(head=change(body["head"])))


def container(key: str, change: Callable[[str], str]) -> Make:
    """Change one value of the session's container in the listing."""
    return lambda world: in_listing(
        lambda each: each | {key: change(each[key])} if each["container_id"] == world.session else each
    )(world)


def swapped_headers(world: HostileWorld) -> Lie:
    def swap(body: Json) -> None:
        one, two = (
            next(c for c in body["containers"] if c["container_id"] == i) for i in (world.session, world.second)
        )
        for key in ("version", "header", "wrapped_key"):
            one[key], two[key] = two[key], one[key]

    return edited(CONTAINERS, swap)


def only(kept: Callable[[HostileWorld, str], bool]) -> Make:
    """Leave containers out."""

    def make(world: HostileWorld) -> Lie:
        return edited(
            CONTAINERS,
            lambda body: body.update(containers=[c for c in body["containers"] if kept(world, c["container_id"])]),
        )

    return make


# --- records ---------------------------------------------------------------------------------------------------------


def records(change: Callable[[list[Json]], list[Json]]) -> Make:
    return edit(RECORDS, lambda body: body.update(records=change(body["records"])))


def record(key: str, change: Callable[[str], object]) -> Make:
    """Change one value of the first record."""
    return records(lambda found: [found[0] | {key: change(found[0][key])}, *found[1:]])


def swapped_records(found: list[Json]) -> list[Json]:
    first, second, *rest = found
    return [first | {"envelope": second["envelope"]}, second | {"envelope": first["envelope"]}, *rest]


def records_of(path: Callable[[HostileWorld], str], handle: str = HANDLE) -> Make:
    """Plant a record of another session or vault among those of this one."""

    def make(world: HostileWorld) -> Lie:
        stranger = world.honest(path(world), handle).json()["records"][0]
        return records(lambda found: sorted([*found, stranger], key=lambda each: str(each["record_id"])))(world)

    return make


def another_session(world: HostileWorld) -> Lie:
    answer = world.honest(f"/containers/{world.second}/records")
    return instead(RECORDS, lambda: answer)(world)


def records_of_another_session(world: HostileWorld) -> Lie:
    found = world.honest(f"/containers/{world.second}/records").json()["records"]
    return records(lambda _: found)(world)


def header_as_record(_world: HostileWorld) -> Lie:
    return edited(RECORDS, lambda body: body["records"][0].update(envelope=body["container"]["header"]))


# --- the log ---------------------------------------------------------------------------------------------------------


def another_log(change: Callable[[TreeLog], TreeLog]) -> Make:
    """Show another log than the true one, signed with the service's own key, with the best proofs there can be."""

    def make(world: HostileWorld) -> Lie:
        key = Ed25519PrivateKey.from_private_bytes((world.root / "data" / "audit.key").read_bytes())

        def lie(request: Request, forward: Forward) -> Answer:
            if request.route != CHECKPOINT:
                return forward(request)
            true = forward(Request("GET", "/api/v1/audit", request.headers, b"")).json()
            log = change(TreeLog([unpack(entry["leaf"]) for entry in true["entries"]], key, true["origin"]))
            sizes = [int(size) for size in [*re.findall(r"=(\d+)", request.path), 0]][:2]
            proofs = [log.consistency(size) if size <= len(log.leaves) else [] for size in sizes]
            proof, also_proof = ([pack(hashed) for hashed in found] for found in proofs)
            body = {"key": pack(log.public.key), "checkpoint": log.note(), "proof": proof, "also_proof": also_proof}
            return Answer.of(body)

        return lie

    return make


def cut_log(left: int) -> Make:
    """Leave out the latest entries but the first `left`."""
    return another_log(lambda log: TreeLog(log.leaves[:left], log.key, log.origin))


def edited_log(index: int) -> Make:
    """Change one entry."""
    return another_log(
        lambda log: TreeLog([*log.leaves[:index], *some_leaves(1), *log.leaves[index + 1 :]], log.key, log.origin)
    )


def regrown_log(left: int) -> Make:
    """Cut it, and let other entries grow until it is longer than it was."""
    return another_log(lambda log: TreeLog([*log.leaves[:left], *some_leaves(len(log.leaves))], log.key, log.origin))


def log_of(*, key: Ed25519PrivateKey | None = None, origin: str | None = None) -> Make:
    """Show the same entries under another key or name."""
    return another_log(lambda log: TreeLog(log.leaves, key or log.key, origin or log.origin))


def note(change: Callable[[str], str]) -> Make:
    """Change the text of the true checkpoint."""
    return edit(CHECKPOINT, lambda body: body.update(checkpoint=change(body["checkpoint"])))


# --- writing ---------------------------------------------------------------------------------------------------------


def dropped_write(_world: HostileWorld) -> Lie:
    """Say that a commit is stored, and store nothing."""

    def lie(request: Request, forward: Forward) -> Answer:
        if request.route != COMMIT:
            return forward(request)
        commit = request.json()
        digest = pack(hashlib.sha256(unpack(commit["head"])).digest())
        return Answer.of({"seq": commit["expected_seq"] + 1, "head_hash": digest})

    return lie
