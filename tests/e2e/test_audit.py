"""The log and certificates in the settings of the page."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.guard import Guard
from tests.e2e.live import LiveServer
from tests.e2e.test_access import no_barrier
from tests.e2e.test_nuke import DONE, begin, menu, nuke
from tests.e2e.writer import Writer


def certificate_of_a_session(writer: Writer, folder: Path, *endings: str) -> Path:
    """Erase one, keep its certificate as JSON, and as files of other `endings`; the JSON."""
    menu(writer, "Robins", "Nuke…")
    nuke(writer, "erase 1 session")
    writer.page.clock.resume()
    expect(writer.heading(DONE)).to_be_visible()
    for ending in ("JSON", *endings):
        with writer.page.expect_download() as download:
            writer.button(f"Save as {ending}").click()
        download.value.save_as(folder / f"certificate.{ending.lower()}")
    writer.button("Back to writing").click()
    return folder / "certificate.json"


def test_the_log_is_shown_and_a_certificate_checked(page: Page, server: LiveServer, tmp_path: Path) -> None:
    writer = begin(page, server, tmp_path)
    kept = certificate_of_a_session(writer, tmp_path, "PDF")
    (printed,) = PdfReader(tmp_path / "certificate.pdf").pages
    assert "VERIFIED" in printed.extract_text() or "LIMITED" in printed.extract_text()
    assert PdfReader(tmp_path / "certificate.pdf").attachments["inkvault-certificate.json"] == [kept.read_bytes()]

    writer.settings()
    writer.button("Show the log").click()
    log = page.get_by_role("list", name="The log, the latest entry first")
    expect(page.locator("#page").get_by_text(re.compile(r"^\d+ entries, verified"))).to_be_visible()
    expect(log.get_by_role("listitem").first).to_contain_text("Erasure finished and certified")
    expect(log.get_by_role("listitem").last).to_contain_text("Vault made")
    no_barrier(page, "the log")

    picker = page.get_by_label("Check a certificate")
    picker.set_input_files(kept)
    expect(page.get_by_role("dialog", name="The certificate holds")).to_contain_text("1 session altogether")
    no_barrier(page, "a certificate that holds")
    writer.button("Close").click()
    changed = tmp_path / "changed.json"
    changed.write_bytes(kept.read_bytes().replace(b'"found":0', b'"found":1'))
    picker.set_input_files(changed)
    expect(page.get_by_text("This certificate does not hold")).to_be_visible()
    nothing = tmp_path / "nothing.json"
    nothing.write_text("{}")
    picker.set_input_files(nothing)
    expect(page.get_by_text("This file is no certificate of Inkvault.")).to_be_visible()
    no_barrier(page, "a file that is none")
    picker.set_input_files(tmp_path / "certificate.pdf")
    expect(page.get_by_text("This seems to be a PDF.")).to_be_visible()


def test_a_certificate_is_checked_though_the_vault_was_locked_meanwhile(
    page: Page, server: LiveServer, tmp_path: Path, guard: Guard
) -> None:
    """The server, started anew, knows the login no more: the page locks, and the check is made after unlocking."""
    guard.expects_failed_requests = True
    writer = begin(page, server, tmp_path)
    kept = certificate_of_a_session(writer, tmp_path)
    writer.settings()
    server.stop()
    server.start()
    page.get_by_label("Check a certificate").set_input_files(kept)
    writer.expect_locked()
    expect(page.get_by_text("The server has ended this login.")).to_be_visible()
    writer.enter()
    writer.settings()
    page.get_by_label("Check a certificate").set_input_files(kept)
    expect(page.get_by_role("dialog", name="The certificate holds")).to_contain_text("1 session altogether")
