"""The attacks of a lying server as switches: one for each way to lie, with what a client must make of it.

A switch is set with :meth:`HostileWorld.attack`; while it is set, the proxy tampers with the real service's answers.
Over WSGI it serves the Python client, over HTTP (:meth:`HostileWorld.served`) any other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from waitress.server import create_server

from tests.support import lies
from tests.support.lies import CHALLENGE, CHANGES, CHECKPOINT, COMMIT, CONTAINERS, LOGIN, RECORDS, SLOTS, Make
from tests.support.proxy import Answer
from tests.support.treelog import LOG_KEY
from tests.support.world import HANDLE, NEW_PASSPHRASE, PASSPHRASE, World
from vault.client import NewMessage

Expect = Literal["policy", "damaged", "rollback", "fork", "substitution", "refused", "unavailable"]
"""`damaged` is FormatError or IntegrityError, which a writer cannot tell apart; `refused` is a failed login;
`unavailable` is a service error that is no login failure. All of them fail closed."""


@dataclass(frozen=True)
class Row:
    """One switch. `number` groups the ways of one attack; `route` the last request that a client may make."""

    number: int
    switch: str
    route: str
    expect: Expect
    make: Make

    @property
    def when(self) -> str:
        """What a client does when it meets the lie: `open` reads the session of the world, `write` adds to the second
        one, `confirm` writes and reads back, `slots` lists them.
        """
        return {RECORDS: "open", COMMIT: "write", CHANGES: "confirm", SLOTS: "slots"}.get(self.route, "unlock")


class HostileWorld(World):
    """A service with two vaults: the target with two sessions, and another one of the same writer.

    `past` is a copy of the data before the last write and before the passphrase was last changed.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        setup = self.device("setup")
        vault, self.recovery_key = setup.create()
        other, _ = setup.create("other")
        with vault, other:
            self.session = vault.append_all(None, [NewMessage(f"needle {word}") for word in ("one", "two", "three")])
            self.second = vault.write("needle in another session", new="needle title")
            self.foreign = other.write("needle of another vault")
        self.past = self.copy("past")
        with setup.unlock() as vault:
            vault.change_passphrase(PASSPHRASE, NEW_PASSPHRASE)
            vault.change_passphrase(NEW_PASSPHRASE, PASSPHRASE)
            vault.write("needle four", session=self.session)
        self.vault_id = vault.vault_id

    @contextmanager
    def attack(self, row: Row) -> Iterator[None]:
        """Set a switch for a while."""
        with self.proxy.lying(row.make(self)):
            yield

    @contextmanager
    def served(self) -> Iterator[str]:
        """The proxy over HTTP on 127.0.0.1; the address. Logins that were open before have ended."""
        server = create_server(self.proxy, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True)
        address = f"http://127.0.0.1:{server.effective_port}"
        self.answer_to(address)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield address
        finally:
            server.task_dispatcher.shutdown()
            server.close()
            thread.join()

    def honest(self, path: str, handle: str = HANDLE, spy: str = "spy") -> Answer:
        """What the service answers to a reader of this vault, as the device `spy` hears it."""
        vault = self.device(spy).unlock(handle=handle)
        assert vault._unlocked is not None
        body = vault._unlocked.service.transport._exchange("GET", path, None, 200, 2**24)
        vault.lock()
        return Answer("200 OK", lies.JSON, [body])


_COSTS = {
    "little-memory": (8_192, 3, 1),
    "just-below": (65_535, 3, 1),
    "two-passes": (131_072, 2, 1),
    "one-pass": (131_072, 1, 1),
    "no-lanes": (131_072, 3, 0),
    "five-lanes": (131_072, 3, 5),
    "eleven-passes": (131_072, 11, 1),
    "two-gigabytes": (2**21, 3, 1),
    "two-terabytes": (2**31, 3, 1),
    "nothing": (0, 0, 0),
}

ROWS: tuple[Row, ...] = (
    *(Row(1, f"costs-{name}", CHALLENGE, "policy", lies.costs(*costs)) for name, costs in _COSTS.items()),
    Row(1, "costs-of-recovery", CHALLENGE, "policy", lies.costs_of_recovery()),
    Row(2, "salt-of-another-vault", LOGIN, "refused", lies.another_salt),
    Row(4, "slot-of-zeros", LOGIN, "damaged", lies.slot(lambda _: lies.pack(bytes(136)))),
    Row(4, "slot-mac-changed", LOGIN, "damaged", lies.slot(lies.flipped(120))),
    Row(4, "slot-epoch-changed", LOGIN, "damaged", lies.slot(lies.flipped(43))),
    Row(4, "slot-costs-changed", LOGIN, "policy", lies.slot(lies.patched(2, bytes(4)))),
    Row(4, "slot-cut", LOGIN, "damaged", lies.slot(lies.cut)),
    Row(5, "revoked-slot", CONTAINERS, "damaged", lies.revoked_slot),
    Row(6, "another-vault", CHALLENGE, "substitution", lies.as_other_vault),
    Row(6, "listing-of-another-vault", CONTAINERS, "damaged", lies.listing_of_other_vault),
    Row(7, "no-such-vault", CHALLENGE, "unavailable", lies.instead(CHALLENGE, lies.no_such_vault)),
    Row(7, "no-containers", CONTAINERS, "damaged", lies.only(lambda _world, _id: False)),
    Row(7, "root-alone", CONTAINERS, "damaged", lies.only(lambda world, id_: id_ == world.vault_id)),
    Row(8, "policy-in-challenge", CHALLENGE, "damaged", lies.extra(CHALLENGE, policy={"escrow": "x"})),
    Row(8, "escrow-in-login", LOGIN, "damaged", lies.extra(LOGIN, recovery_public_key="x")),
    Row(8, "policy-in-listing", CONTAINERS, "damaged", lies.extra(CONTAINERS, policy=None)),
    Row(8, "escrow-in-container", CONTAINERS, "damaged", lies.extra_in(CONTAINERS, "containers")),
    Row(8, "escrow-in-record", RECORDS, "damaged", lies.extra_in(RECORDS, "records")),
    Row(8, "policy-in-commit", COMMIT, "damaged", lies.extra(COMMIT, policy="x")),
    Row(8, "policy-in-changes", CHANGES, "damaged", lies.extra(CHANGES, policy="x")),
    Row(8, "escrow-in-slots", SLOTS, "damaged", lies.extra_in(SLOTS, "slots")),
    *(
        row
        for suite in (0, 2, 255)
        for change in [lies.patched(0, bytes([suite]))]
        for row in (
            Row(9, f"suite-{suite}-shown", CHALLENGE, "damaged", lies.shown_slots(change)),
            Row(9, f"suite-{suite}-of-slot", LOGIN, "damaged", lies.slot(change)),
            Row(9, f"suite-{suite}-of-head", CONTAINERS, "damaged", lies.head(change)),
            Row(9, f"suite-{suite}-of-header", CONTAINERS, "damaged", lies.container("header", change)),
            Row(9, f"suite-{suite}-of-record", RECORDS, "damaged", lies.record("envelope", change)),
        )
    ),
    Row(10, "head-bit", CONTAINERS, "damaged", lies.head(lies.flipped(300))),
    Row(10, "header-bit", CONTAINERS, "damaged", lies.container("header", lies.flipped(-1))),
    Row(10, "header-cut", CONTAINERS, "damaged", lies.container("header", lies.cut)),
    Row(10, "header-longer", CONTAINERS, "damaged", lies.container("header", lies.longer)),
    Row(10, "key-bit", CONTAINERS, "damaged", lies.container("wrapped_key", lies.flipped(30))),
    Row(10, "record-bit", RECORDS, "damaged", lies.record("envelope", lies.flipped(100))),
    Row(10, "record-cut", RECORDS, "damaged", lies.record("envelope", lies.cut)),
    Row(10, "record-longer", RECORDS, "damaged", lies.record("envelope", lies.longer)),
    Row(11, "headers-exchanged", CONTAINERS, "damaged", lies.swapped_headers),
    Row(11, "records-exchanged", RECORDS, "damaged", lies.records(lies.swapped_records)),
    Row(11, "records-of-another-session", RECORDS, "damaged", lies.records_of_another_session),
    Row(11, "another-session", RECORDS, "damaged", lies.another_session),
    Row(11, "header-as-record", RECORDS, "damaged", lies.header_as_record),
    Row(12, "old-header", CONTAINERS, "damaged", lies.old_header),
    Row(12, "record-version", RECORDS, "damaged", lies.record("version", lambda _: 2)),
    Row(13, "old-vault", CONTAINERS, "rollback", lies.in_the_past),
    Row(16, "container-omitted", CONTAINERS, "damaged", lies.only(lambda world, id_: id_ != world.second)),
    Row(
        16,
        "container-doubled",
        CONTAINERS,
        "damaged",
        lies.edit(CONTAINERS, lambda body: body["containers"].insert(0, body["containers"][0])),
    ),
    Row(
        16,
        "containers-disordered",
        CONTAINERS,
        "damaged",
        lies.edit(CONTAINERS, lambda body: body["containers"].reverse()),
    ),
    Row(16, "record-omitted", RECORDS, "damaged", lies.records(lambda found: found[1:])),
    Row(16, "no-records", RECORDS, "damaged", lies.records(lambda _: [])),
    Row(16, "record-doubled", RECORDS, "damaged", lies.records(lambda found: [found[0], *found])),
    Row(16, "records-disordered", RECORDS, "damaged", lies.records(lambda found: found[::-1])),
    Row(
        17,
        "record-of-another-session",
        RECORDS,
        "damaged",
        lies.records_of(lambda world: f"/containers/{world.second}/records"),
    ),
    Row(
        17,
        "record-of-another-vault",
        RECORDS,
        "damaged",
        lies.records_of(lambda world: f"/containers/{world.foreign}/records", "other"),
    ),
    Row(
        17,
        "record-under-new-id",
        RECORDS,
        "damaged",
        lies.records(lambda found: [*found, found[-1] | {"record_id": "f" * 32}]),
    ),
    Row(18, "write-numbered-otherwise", COMMIT, "damaged", lies.edit(COMMIT, lambda body: body.update(seq=99))),
    Row(18, "another-head-confirmed", COMMIT, "damaged", lies.extra(COMMIT, head_hash=lies.pack(bytes(32)))),
    Row(18, "write-dropped", CHANGES, "rollback", lies.dropped_write),
    Row(21, "log-cut", CHECKPOINT, "rollback", lies.cut_log(1)),
    Row(21, "log-emptied", CHECKPOINT, "rollback", lies.cut_log(0)),
    Row(21, "log-edited", CHECKPOINT, "fork", lies.edited_log(0)),
    Row(21, "log-regrown", CHECKPOINT, "fork", lies.regrown_log(1)),
    Row(21, "log-reinvented", CHECKPOINT, "fork", lies.regrown_log(0)),
    Row(21, "log-of-another-key", CHECKPOINT, "fork", lies.log_of(key=LOG_KEY)),
    Row(21, "log-of-another-name", CHECKPOINT, "fork", lies.log_of(origin="inkvault/" + "ff" * 16)),
    Row(21, "log-without-proof", CHECKPOINT, "fork", lies.extra(CHECKPOINT, proof=[], also_proof=[])),
    Row(21, "log-renumbered", CHECKPOINT, "damaged", lies.note(lambda text: text.replace("\n", "\n1", 1))),
    Row(
        21, "log-of-two-signatures", CHECKPOINT, "damaged", lies.note(lambda text: text + text.splitlines()[-1] + "\n")
    ),
    Row(21, "log-with-policy", CHECKPOINT, "damaged", lies.extra(CHECKPOINT, policy="x")),
    Row(23, "gzip-bomb", CONTAINERS, "damaged", lies.raw(CONTAINERS, lies.bomb, Content_Encoding="gzip")),
    Row(23, "endless", CONTAINERS, "damaged", lies.raw(CONTAINERS, lies.endless)),
    Row(23, "endless-challenge", CHALLENGE, "damaged", lies.raw(CHALLENGE, lies.endless)),
    Row(23, "deep", CONTAINERS, "damaged", lies.raw(CONTAINERS, lies.deep)),
    Row(
        23,
        "redirect",
        CONTAINERS,
        "damaged",
        lies.raw(CONTAINERS, lies.empty, "307 Temporary Redirect", Location="https://evil.example/"),
    ),
    Row(
        23,
        "redirect-of-login",
        LOGIN,
        "damaged",
        lies.raw(LOGIN, lies.empty, "308 Permanent Redirect", Location="https://evil.example/"),
    ),
)
