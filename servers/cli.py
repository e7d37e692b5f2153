"""`python -m servers`: one server process, for one transport or for several at once."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import msgspec
import typer

from feed.errors import InputError
from feed.spec import FeedSpec
from servers.demo.app import with_the_pages
from servers.http.sockets import CannotListen
from servers.process import serve
from servers.settings import ServerSettings, TlsFiles

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    transport: Annotated[list[str], typer.Option(help="What to serve; may be given repeatedly.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 0,
    control_port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 0,
    control_host: Annotated[str, typer.Option(help="Of the control port; empty: as --host.")] = "",
    feed: Annotated[str, typer.Option(help="The [feed] table, as JSON.")] = "{}",
    no_feed: Annotated[
        bool, typer.Option("--no-feed", help="Publish nothing: for the echo alone.")
    ] = False,
    headers: Annotated[
        Literal["minimal", "chrome", "quantum-2010"], typer.Option(help="Of answers to polls.")
    ] = "minimal",
    history: Annotated[int, typer.Option(min=1, help="Events held.")] = 100_000,
    loop: Annotated[Literal["uvloop", "asyncio"], typer.Option(help="Event loop.")] = "uvloop",
    tls_cert: Annotated[str, typer.Option(help="PEM file: https and wss, with this.")] = "",
    tls_key: Annotated[str, typer.Option(help="PEM file: its private key.")] = "",
    compression: Annotated[
        bool, typer.Option("--compression", help="Compress for clients that offer it.")
    ] = False,
    batch_ms: Annotated[
        float, typer.Option(min=0, max=60_000, help="Gather pushed events for so long.")
    ] = 0.0,
    autostart: Annotated[bool, typer.Option("--autostart", help="Wait for no barrier.")] = False,
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="End when standard input ends.")
    ] = False,
) -> None:
    """Serve a push feed and an echo over several transports; the first line printed tells where."""
    settings = ServerSettings(
        transports=tuple(transport),
        host=host,
        port=port,
        control_port=control_port,
        control_host=control_host,
        feed=parse_feed(feed),
        publishes=not no_feed,
        headers=headers,
        history=history,
        loop=loop,
        tls=parse_tls(tls_cert, tls_key),
        compression=compression,
        batch_s=batch_ms / 1e3,
        autostart=autostart,
        until_stdin_closes=until_stdin_closes,
    )
    serve(settings)


def parse_feed(text: str) -> FeedSpec:
    """The FeedSpec that `text` holds as JSON. Raises InputError."""
    try:
        return msgspec.json.decode(text, type=FeedSpec)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise InputError(f"--feed: {error}") from None


def parse_tls(chain: str, key: str) -> TlsFiles | None:
    """None where neither file is named. Raises InputError where only one of them is."""
    if bool(chain) != bool(key):
        raise InputError("--tls-cert and --tls-key: expected both or neither")
    return TlsFiles(chain, key) if chain else None


def serve_all(
    transports: Sequence[str],
    feed: FeedSpec,
    *,
    headers: str,
    host: str,
    port: int,
    compression: bool = False,
    batch_s: float = 0.0,
) -> int:
    """Serve the page and an endless feed, until Ctrl-C; the exit status. For a person, no trial."""
    settings = ServerSettings(
        transports=with_the_pages(transports),
        host=host,
        port=port,
        feed=feed,
        headers=headers,
        compression=compression,
        batch_s=batch_s,
        autostart=True,
        page=True,
    )
    return guarded(lambda: serve(settings))


def guarded(call: Callable[[], object]) -> int:
    """The exit status of `call`: 0, 2 for bad input, 3 where it cannot listen.

    What is wrong is told in one line on standard error.
    """
    try:
        status = call()
    except InputError as error:
        return _complain(str(error), 2)
    except typer.TyperException as error:
        return _complain(error.format_message(), 2)
    except CannotListen as error:
        return _complain(str(error), 3)
    return status if isinstance(status, int) else 0


def _complain(message: str, status: int) -> int:
    print(" ".join(message.split()), file=sys.stderr)
    return status


def main() -> None:
    """Run the command line and exit."""
    sys.exit(guarded(lambda: app(standalone_mode=False)))
