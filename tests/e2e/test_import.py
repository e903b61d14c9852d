"""Everything in, from the page: what it says first, what it takes in; and the circle with the command line."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer
from tests.e2e.stocked import at_the_desk, open_vault
from tests.e2e.test_access import check, no_barrier
from tests.e2e.writer import PASSPHRASE, Writer, fresh_name
from tests.unit.transfer.full import fill
from tests.unit.transfer.generated import content
from tests.unit.transfer.test_circle import exported, taken_in
from vault.client import Vault
from vault.transfer.importing import preview, run
from vault.transfer.passes import Job
from vault.transfer.reading import ReadOptions, choose_reader
from vault.transfer.report import State
from vault.transfer.sources import open_source

FILES = Path(__file__).parents[1] / "support" / "imports"
SECRET = "quiet lantern"
"""Of the sealed one among them."""
ARCHIVED = 1
"""Conversations of the ChatGPT export that were put away."""


def dialog(writer: Writer) -> Locator:
    return writer.page.get_by_role("dialog", name="Bring everything in")


def begin(writer: Writer) -> None:
    writer.settings()
    writer.button("Import…").click()
    expect(dialog(writer)).to_be_visible()


def choose(writer: Writer, path: Path) -> None:
    writer.page.get_by_label("Files to import").set_input_files(path)


def take(writer: Writer, said: str) -> None:
    """From the preview to the end."""
    writer.button("Take it in").click()
    expect(dialog(writer)).to_contain_text(said, timeout=60_000)


def done(writer: Writer) -> None:
    writer.button("Done").click()
    expect(dialog(writer)).to_have_count(0)


def cells(writer: Writer, kind: str) -> Locator:
    row = dialog(writer).get_by_role("row").filter(has=writer.page.get_by_role("rowheader", name=kind))
    return row.get_by_role("cell")


def sums(writer: Writer, kind: str) -> list[int]:
    """Read, new, there already, left out."""
    return [int(text.replace(",", "")) for text in cells(writer, kind).all_inner_texts()]


def save_json(writer: Writer, path: Path) -> bytes:
    writer.button("Export…").click()
    writer.page.get_by_role("radio", name="JSON").check()
    with writer.page.expect_download() as download:
        writer.button("Make the file").click()
    download.value.save_as(path)
    writer.page.get_by_role("dialog").get_by_role("button", name="Done").click()
    return path.read_bytes()


def restore(writer: Writer) -> None:
    """From the first visit to the question for a file."""
    writer.button("Bring it into a new vault").click()
    expect(writer.heading("A new vault for it")).to_be_visible()
    writer.page.get_by_label("Name of the vault").fill(writer.name)
    writer.page.get_by_label("Passphrase", exact=True).fill(writer.passphrase)
    writer.page.get_by_label("The same passphrase again").fill(writer.passphrase)
    expect(writer.page.get_by_text("Very strong")).to_be_visible()
    writer.button("Create the vault").click()
    writer.keep_recovery_key()
    writer.confirm_recovery_key()
    expect(dialog(writer)).to_be_visible()


def with_everything(page: Page, server: LiveServer, folder: Path) -> tuple[Writer, bytes]:
    """At the settings of a vault that has every feature in it, and the library's own export of that."""
    with open_vault(server, folder) as vault:
        fill(vault)
        own = exported(vault)
    writer = at_the_desk(page)
    writer.settings()
    return writer, own


def test_the_circle_from_the_page_to_the_command_line_and_back(
    page: Page, device: Callable[..., BrowserContext], server: LiveServer, tmp_path: Path
) -> None:
    writer, own = with_everything(page, server, tmp_path)
    saved = save_json(writer, tmp_path / "page.json")
    assert content(saved) == content(own)

    vault, _ = Vault.create(fresh_name(), PASSPHRASE, server=server.url, state_dir=tmp_path)
    with vault:
        taken_in(vault, saved)
        again = exported(vault)
    assert content(again) == content(saved)

    other = Writer(device().new_page())
    other.page.goto("/")
    restore(other)
    (tmp_path / "again.json").write_bytes(again)
    choose(other, tmp_path / "again.json")
    take(other, "are in.")
    done(other)
    other.settings()
    assert content(save_json(other, tmp_path / "last.json")) == content(saved)


def test_a_book_and_a_backup_of_the_page_restore_a_vault_by_the_command_line(
    page: Page, server: LiveServer, tmp_path: Path
) -> None:
    writer, own = with_everything(page, server, tmp_path)
    for kind in ("Book (PDF)", "Encrypted backup"):
        writer.button("Export…").click()
        expect(page.get_by_role("radio", name="Markdown")).to_have_accessible_description(
            re.compile("Not everything can be brought back from it")
        )
        page.get_by_role("radio", name=kind).check()
        if kind == "Encrypted backup":
            page.get_by_label("Passphrase of the backup").fill(PASSPHRASE)
            page.get_by_label("The same passphrase again").fill(PASSPHRASE)
            expect(page.get_by_text("Very strong")).to_be_visible()
        with page.expect_download(timeout=60_000) as download:
            writer.button("Make the file").click()
        expect(page.get_by_role("dialog")).to_contain_text("2 notebooks, 3 sessions")
        download.value.save_as(tmp_path / "file")
        page.get_by_role("dialog").get_by_role("button", name="Done").click()
        vault, _ = Vault.create(fresh_name(), PASSPHRASE, server=server.url, state_dir=tmp_path)
        with vault:
            with open_source(tmp_path / "file") as source:
                job = Job(
                    source, choose_reader(source), ReadOptions("UTC", 1_800_000_000_000, lambda _prompt: PASSPHRASE)
                )
                assert run(preview(job, vault.receiver()), vault.receiver()).state is State.DONE
            assert content(exported(vault)) == content(own)


@pytest.mark.parametrize("name", ["vault.pdf", "vault.inkvault.age"])
def test_a_book_or_a_backup_alone_restores_a_vault(page: Page, name: str, tmp_path: Path) -> None:
    writer = Writer(page)
    restore(writer)
    check(page, "choosing what to bring in")
    choose(writer, FILES / name)
    if name.endswith(".age"):
        field = page.get_by_label("Passphrase of the backup")
        expect(field).to_be_focused()
        writer.button("Open it").click()
        expect(page.get_by_role("alert")).to_have_text("Type the passphrase that the backup was made with.")
        field.fill("loud lantern")
        writer.button("Show").click()
        expect(field).to_have_attribute("type", "text")
        writer.button("Open it").click()
        expect(field).to_be_focused()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page, "a wrong passphrase of a backup")
        field.fill(SECRET)
        writer.button("Open it").click()
    take(writer, "are in.")
    done(writer)
    writer.settings()
    found = json.loads(save_json(writer, tmp_path / "restored.json"))
    expected = json.loads((FILES / "vault.json").read_bytes())
    assert found["end"]["content"] == expected["end"]["content"]


def test_what_another_tool_exported_is_shown_first_then_taken_in_and_known_again(writer: Writer) -> None:
    page = writer.page
    writer.write("What was here before.")
    begin(writer)
    choose(writer, FILES / "chatgpt.zip")
    expect(dialog(writer)).to_contain_text("chatgpt.zip is read as: ChatGPT export. Nothing is changed yet.")
    no_barrier(page, "what an import would do")
    read, new, there, left = sums(writer, "Sessions")
    assert read == new + there + left
    assert there == 0
    writer.button("Cancel").click()
    expect(writer.shelf.locator(".history-list .shelf-item")).to_have_count(1)

    writer.button("Import…").click()
    choose(writer, FILES / "chatgpt.zip")
    take(writer, f"{new} sessions of chatgpt.zip")
    check(page, "the report of an import")
    assert sums(writer, "Sessions") == [read, new, there, left]
    done(writer)
    # What was put away there is put away here.
    shown = new + 1 - ARCHIVED
    expect(writer.shelf.locator(".history-list .shelf-item")).to_have_count(shown)

    row = page.get_by_role("listitem").filter(has_text="chatgpt.zip")
    expect(row).to_contain_text("ChatGPT export")
    check(page, "a list of imports")
    row.get_by_role("button", name="Show the import of chatgpt.zip").click()
    expect(page.get_by_role("dialog", name="Import")).to_contain_text("was read as ChatGPT export")
    writer.button("Close").click()

    for choice, open_ones in (("Take in both", 2 * shown - 1), ("Replace sessions", 2 * shown - 1)):
        writer.button("Import…").click()
        choose(writer, FILES / "chatgpt.zip")
        expect(dialog(writer)).to_contain_text("All of it is in the vault already.")
        expect(writer.button("Take it in")).to_be_disabled()
        assert sums(writer, "Sessions") == [read, 0, new, left]
        page.get_by_role("radio", name=choice).check()
        expect(cells(writer, "Sessions")).to_have_text([str(count) for count in (read, new, 0, left)])
        take(writer, "are in.")
        done(writer)
        expect(writer.shelf.locator(".history-list .shelf-item")).to_have_count(open_ones)


@pytest.mark.parametrize("size", [(360, 640), (1280, 720)])
def test_the_choice_for_duplicates_is_in_sight_beside_the_button(
    writer: Writer, tmp_path: Path, size: tuple[int, int]
) -> None:
    page = writer.page
    for number in range(8):
        (tmp_path / f"{number}.md").write_text(f"# Note {number}\n\nIt rained.\n")
    begin(writer)
    page.get_by_label("Folder to import").set_input_files(tmp_path)
    take(writer, "are in.")
    done(writer)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    writer.button("Import…").click()
    page.get_by_label("Folder to import").set_input_files(tmp_path)
    dialog(writer).get_by_text("that are not simply new").click()
    dialog(writer).evaluate("dialog => dialog.scrollTo(0, 0)")
    for choice in ("Leave what is there", "Take in both", "Replace sessions"):
        expect(page.get_by_role("radio", name=choice)).to_be_in_viewport(ratio=1)
    expect(dialog(writer).get_by_text("All of it is in the vault already.")).to_be_in_viewport(ratio=1)
    expect(writer.button("Take it in")).to_be_in_viewport(ratio=1)
    check(page, "the choice for duplicates")
    page.get_by_role("radio", name="Take in both").check()
    expect(dialog(writer).locator(".outcomes li").first).to_contain_text("To be taken in as a copy")


def test_a_folder_and_files_that_are_dropped(writer: Writer, tmp_path: Path) -> None:
    page = writer.page
    folder = tmp_path / "Diary"
    folder.mkdir()
    long = "Monday and the rain " * 8
    (folder / "monday.md").write_text(f"# {long}\n\nIt rained.\n")
    (folder / "tuesday.md").write_text("# Tuesday\n\nIt poured.\n")
    begin(writer)
    page.get_by_label("Folder to import").set_input_files(folder)
    expect(dialog(writer)).to_contain_text("is read as: Markdown or plain text files.")
    assert sums(writer, "Sessions")[:2] == [2, 2]
    example = dialog(writer).locator(".outcomes li").filter(has_text=f"{long.strip()}: the time of the file")
    expect(example).to_be_hidden()
    dialog(writer).get_by_text("Such as “Monday and the rain").click()
    expect(example).to_be_visible()
    page.get_by_label("Read it as").select_option("jrnl")
    expect(dialog(writer)).to_contain_text("So there is nothing to take in.")
    expect(writer.button("Take it in")).to_be_disabled()
    page.get_by_label("Read it as").select_option("auto")
    expect(dialog(writer)).to_contain_text("is read as: Markdown or plain text files.")
    take(writer, "2 sessions of Diary")
    done(writer)
    writer.button("Import…").click()
    page.evaluate(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(['# Wednesday\\n\\nIt shone.\\n'], 'wednesday.md', { type: 'text/markdown' }));
          const zone = document.querySelector('.drop');
          const init = { dataTransfer: transfer, bubbles: true, cancelable: true };
          for (const type of ['dragover', 'drop']) zone.dispatchEvent(new DragEvent(type, init));
        }"""
    )
    take(writer, "1 session of wednesday.md")


def bomb(folder: Path) -> Path:
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("conversations.json", "w") as member:
        for _ in range(300):
            member.write(b"[" * (1 << 20))
    return path


def deep(folder: Path) -> Path:
    path = folder / "deep.json"
    path.write_bytes(b'{"session":{"id":"1"},"messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    return path


def forged(folder: Path) -> Path:
    path = folder / "forged.json"
    path.write_bytes((FILES / "vault.json").read_bytes().replace(b'"role":"writer"', b'"role":"helper"', 1))
    return path


def script(folder: Path) -> Path:
    path = folder / "script.html"
    path.write_text("<script>document.title = 'owned'</script>")
    return path


@pytest.mark.parametrize("make", [bomb, deep, forged, script])
def test_a_hostile_file_is_refused_in_one_sentence_and_nothing_happens(
    writer: Writer, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    begin(writer)
    choose(writer, make(tmp_path))
    alert = writer.page.get_by_role("alert")
    expect(alert).to_be_visible(timeout=60_000)
    text = alert.locator(".error").inner_text()
    assert text.endswith(".")
    assert "\n" not in text
    check(writer.page, "a file that is refused")
    writer.button("Cancel").click()
    writer.button("Back to writing").click()
    writer.write("The vault goes on.")
    assert writer.page.title() != "owned"


def dump(sessions: int, messages: int) -> dict[str, Any]:
    """In the layout of a chat back end; a commit takes about fifty of these messages."""
    day = "2026-01-01T00:00:00Z"
    return {
        "sessions": [
            {"id": f"s{n}", "title": f"Talk {n}", "created_at": day, "updated_at": day} for n in range(sessions)
        ],
        "messages": [
            {
                "id": f"m{n}-{m}",
                "session_id": f"s{n}",
                "role": "user",
                "content": f"Words {n} {m}. " * 5_000,
                "timestamp": day,
            }
            for n in range(sessions)
            for m in range(messages)
        ],
    }


def until_the_second_commit(writer: Writer) -> Route:
    """Begins to take it in; the second commit, which waits."""
    page = writer.page
    commits: list[Route] = []

    def hold(route: Route) -> None:
        commits.append(route)
        if len(commits) != 2:
            route.continue_()

    page.route("**/commits", hold)
    writer.button("Take it in").click()
    while len(commits) < 2:
        page.wait_for_timeout(20)
    return commits[1]


def test_what_is_stopped_is_whole_and_goes_on_when_done_again(writer: Writer, tmp_path: Path) -> None:
    page = writer.page
    path = tmp_path / "talks.json"
    path.write_text(json.dumps(dump(28, 4)))
    begin(writer)
    choose(writer, path)
    expect(writer.button("Take it in")).to_be_visible(timeout=60_000)
    assert sums(writer, "Messages")[:2] == [112, 112]
    commit = until_the_second_commit(writer)
    check(page, "an import that is under way")
    writer.button("Stop here").click()
    commit.continue_()
    expect(dialog(writer)).to_contain_text("Stopped. What is in of talks.json", timeout=60_000)
    page.unroute("**/commits")
    assert 0 < sums(writer, "Sessions")[1] < 28
    done(writer)
    expect(page.get_by_role("listitem").filter(has_text="talks.json")).to_contain_text("Stopped")

    writer.button("Import…").click()
    choose(writer, path)
    take(writer, "are in.")
    read, new, there, left = sums(writer, "Sessions")
    assert (read, left) == (28, 0)
    assert new + there == 28
    assert there > 0
    done(writer)
    expect(page.get_by_role("listitem").filter(has_text="talks.json")).to_have_count(1)
    expect(page.get_by_role("listitem").filter(has_text="talks.json")).not_to_contain_text("Stopped")
    found = json.loads(save_json(writer, tmp_path / "all.json"))
    assert found["end"]["counts"] == {"messages": 112, "notebooks": 0, "records": 0, "sessions": 28, "templates": 0}


def test_a_lock_in_the_middle_stops_it_and_it_goes_on_after(writer: Writer, guard: Guard, tmp_path: Path) -> None:
    guard.expects_failed_requests = True
    page = writer.page
    path = tmp_path / "talks.json"
    path.write_text(json.dumps(dump(15, 4)))
    tab = Writer(page.context.new_page(), writer.name)
    tab.page.goto("/")
    tab.enter()
    begin(writer)
    choose(writer, path)
    commit = until_the_second_commit(writer)
    tab.lock()
    writer.expect_locked()
    expect(page.get_by_role("dialog")).to_have_count(0)
    commit.abort()
    page.unroute("**/commits")
    writer.enter()
    writer.settings()
    row = page.get_by_role("listitem").filter(has_text="talks.json")
    expect(row).to_contain_text("Broken off")
    writer.button("Import…").click()
    choose(writer, path)
    take(writer, "are in.")
    done(writer)
    expect(row).to_have_count(1)
    expect(row).not_to_contain_text("Broken off")
    assert json.loads(save_json(writer, tmp_path / "all.json"))["end"]["counts"]["messages"] == 60


def test_all_of_it_by_keyboard(writer: Writer, tmp_path: Path) -> None:
    page = writer.page
    (tmp_path / "note.md").write_text("# Note\n\nBy keyboard.\n")
    page.on("filechooser", lambda chooser: chooser.set_files(tmp_path / "note.md"))
    writer.settings()
    writer.button("Import…").focus()
    page.keyboard.press("Enter")
    expect(dialog(writer)).to_be_visible()
    page.keyboard.press("Tab")
    expect(writer.button("Choose files…")).to_be_focused()
    page.keyboard.press("Enter")
    expect(writer.button("Take it in")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        if writer.button("Take it in").evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(dialog(writer)).to_contain_text("1 session of note.md")
    page.keyboard.press("Escape")
    expect(dialog(writer)).to_have_count(0)
    expect(writer.button("Import…")).to_be_focused()
