"""A year of writing in one vault, for pictures of the page: the same each time it is told."""

from __future__ import annotations

import random
import tempfile
import time
from datetime import UTC, datetime, timedelta

from tests.e2e.live import LiveServer
from vault.client import Beginning, NewMessage, NotebookFields, Vault
from vault.client.moments import Clock

NOW = datetime(2026, 3, 5, 9, 41, tzinfo=UTC)
STORY = (
    (
        timedelta(days=1, hours=3),
        (
            "The last ferry left at ten past six, and we were not on it. You laughed first. I had "
            "been getting ready to be angry, and then there was nothing to be angry about: the harbour was empty, the "
            "light was going, and the man in the ticket office was already turning over the sign."
        ),
    ),
    (
        timedelta(days=1, hours=2.6),
        (
            "I have been trying to remember what we ate. Bread, certainly. The cheese from the "
            "market, which had gone soft in the heat. You say there were olives; I do not think so.\n\n"
            "What I remember is the sound of the rigging against the masts, all those boats ringing like a "
            "drawer of spoons."
        ),
    ),
    (
        timedelta(seconds=45),
        (
            "It occurs to me that I only ever write down the days on which something went wrong. The "
            "others go by without leaving a mark. Perhaps that is what a good day is."
        ),
    ),
)
OTHERS = (
    (timedelta(days=40), "Garlic in, at last. The robin watched the whole thing.", "Winter garden"),
    (
        timedelta(days=6),
        "She knows before she opens the drawer. Cut the letter; let her find the ticket stub.",
        "Notes on the second act",
    ),
    (timedelta(days=5), "مرحبا، هذا أول ما أكتبه هنا. البحر هادئ هذا المساء.", None),
    (
        timedelta(days=3),
        "Long talk with M. about the house. She would rather sell; I would rather not say what I would rather.",
        None,
    ),
    (timedelta(hours=20), "Names for the dog: Biscuit, Otto, Professor, Mildred.", None),
)


PHASES = (
    (timedelta(days=12), "What happened", "It was raining on the boxes. All of them, and the piano."),
    (
        timedelta(days=9),
        "What it was like for you",
        "I was angry about the piano, because it was easier than the rest.",
    ),
)
SENTENCE = "Nothing much today, and that was good: tea, the window, two pages of the book, and the cat asleep on both. "
ANSWER = NewMessage(
    "The bell is in both accounts, and in neither does anybody ring it. "
    "You could let it stay silent until the third act.",
    role="helper",
    sources=(
        {
            "title": "The harbour at night",
            "url": "https://example.org/harbour",
            "text": "…and the bell, which nobody rang.",
        },
        {"title": "Log of the pilot boat", "text": "Fog. Bell silent."},
    ),
    tool_calls=({"name": "find in notes", "input": "bell", "output": "3 places"},),
    flags=("close reading",),
)


class Story:
    """Writes into the vault of a service whose clock it moves."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.moment = NOW

    def tell(self, name: str, passphrase: str) -> None:
        """All of it; the service is at `NOW` afterwards."""
        clock = Clock(lambda: int(self.moment.timestamp() * 1000))
        with (
            tempfile.TemporaryDirectory() as state,
            Vault.unlock(name, passphrase, server=self.server.url, state_dir=state, clock=clock) as vault,
        ):
            self._months(vault)
            self._notebooks(vault)
            for ago, text, title in OTHERS:
                self.at(ago)
                vault.write(text, new=Beginning(title))
            self._story(vault)
        self.at(timedelta(0))

    def at(self, ago: timedelta) -> None:
        """To another time, the service with it."""
        self.moment = NOW - ago
        self.server.ahead = self.moment.timestamp() - time.time()

    def _months(self, vault: Vault) -> None:
        """A journal, most days of most of a year."""
        self.at(timedelta(days=300))
        journal = vault.save_notebook(NotebookFields("Evenings", "journal", colour="teal"))
        dice = random.Random(7)
        for days in range(300, 1, -1):
            if dice.random() < 0.45 + 0.25 * (days < 60):
                self.at(timedelta(days=days, hours=dice.random() * 3 - 12))
                text = SENTENCE * dice.randint(2, 30)
                vault.append_all(
                    None,
                    [NewMessage(text, seconds=len(text) // 4)],
                    new=Beginning("An evening", journal, tags=("evening",)),
                )

    def _notebooks(self, vault: Vault) -> None:
        self.at(timedelta(days=13))
        notes = "Six years in the old flat, and four hours to empty it."
        fields = NotebookFields("The move", "event", notes, "rose", "2026-02-21", "expressive-writing")
        event = vault.save_notebook(fields)
        for phase, (ago, title, text) in enumerate(PHASES, 1):
            self.at(ago)
            beginning = Beginning(title, event, phase, "expressive-writing")
            vault.append_all(None, [NewMessage(f"{text} {SENTENCE * 9}", seconds=1140)], new=beginning)
        self.at(timedelta(days=8))
        play = vault.save_notebook(NotebookFields("The second act", "project", colour="violet"))
        question = NewMessage("Where does the bell come from, and who rings it?")
        beginning = Beginning("The bell", play, helper="Claude", tags=("play", "question"))
        vault.append_all(None, [question, ANSWER], new=beginning)

    def _story(self, vault: Vault) -> None:
        session = ""
        for ago, text in STORY:
            self.at(ago)
            session = vault.write(
                text, session=session or None, new=None if session else Beginning("The ferry, and after")
            )
        *_, last = vault.messages(session)
        vault.edit_message(session, last.id, f"{last.text} Or a forgotten one.")
