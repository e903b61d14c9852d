"""``inkvault serve``."""

from __future__ import annotations

import os
import threading
import webbrowser
from pathlib import Path

import click

from vault.cli.call import Call


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8765, show_default=True, help="0 takes a free one.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the vaults are; as the common option of this name.",
)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="URL",
    help="Answer to this address (https://ink.example) behind a proxy that speaks TLS; may be given several times.",
)
@click.option("--trusted-proxy", metavar="ADDRESS", help="Address of the proxy whose X-Forwarded-For names the caller.")
@click.option("--sign-up/--no-sign-up", default=True, show_default=True, help="Whether new vaults can be made.")
@click.option("--max-vaults", type=click.IntRange(min=1), default=10_000, show_default=True, help="Vaults at most.")
@click.option(
    "--max-records", type=click.IntRange(min=1), default=2_000_000, show_default=True, help="Messages in each vault."
)
@click.option(
    "--max-bytes", type=click.IntRange(min=1), default=20 * 2**30, show_default=True, help="Bytes in each vault."
)
@click.option("--browser/--no-browser", default=False, help="Open the page in a browser.")
@click.pass_obj
def serve(
    call: Call,
    *,
    host: str,
    port: int,
    data_dir: Path | None,
    origins: tuple[str, ...],
    trusted_proxy: str | None,
    sign_up: bool,
    max_vaults: int,
    max_records: int,
    max_bytes: int,
    browser: bool,
) -> None:
    """Serve the page and the API until stopped. Prints the address when it answers.

    Keeps its data in SQLite in the data directory, or in PostgreSQL when INKVAULT_DATABASE_URL names one
    (postgresql://…); the key files are in the data directory either way.
    """
    from vault.client.connect import default_data_dir  # noqa: PLC0415 - keeps --help quick
    from vault.server import Settings  # noqa: PLC0415
    from vault.server.serve import serve as serve_until_stopped  # noqa: PLC0415

    settings = Settings(
        data_dir=(data_dir or call.data_dir or default_data_dir()).expanduser(),
        origins=origins,
        database_url=os.environ.get("INKVAULT_DATABASE_URL"),
        sign_up=sign_up,
        max_vaults=max_vaults,
        max_records=max_records,
        max_bytes=max_bytes,
        trusted_proxy=trusted_proxy,
    )

    def on_ready(address: str) -> None:
        shown = origins[0] if origins else address.replace("//127.0.0.1:", "//localhost:")  # passkeys need a name
        local = f" (listening at {address})" if origins else ""
        click.echo(f"Inkvault keeps {settings.data_dir} and answers at {shown}/{local}")
        if browser:
            threading.Thread(target=webbrowser.open, args=(shown,), daemon=True).start()

    serve_until_stopped(settings, host, port, on_ready)
