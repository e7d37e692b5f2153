"""The server process of one trial."""

import sys
from collections.abc import Sequence

import msgspec

from feed.spec import FeedSpec
from loadgen.child import Child


class Ready(msgspec.Struct, frozen=True):
    """The first line a server prints."""

    pid: int
    urls: dict[str, str]
    control: str
    echo: dict[str, str] = {}


class Server(Child[Ready]):
    """`python -m servers` as a subprocess; a context manager that leaves nothing behind."""

    def __init__(
        self,
        transport: str,
        feed: FeedSpec,
        *,
        headers: str,
        port: int = 0,
        loop: str = "uvloop",
        switches: Sequence[str] = (),
        within: Sequence[str] = (),
    ) -> None:
        """switches: further options. within: the command that runs it somewhere else."""
        command = [*within, sys.executable, "-m", "servers", "--transport", transport]
        command += ["--feed", msgspec.json.encode(feed).decode(), "--headers", headers]
        command += ["--port", str(port), "--loop", loop, "--until-stdin-closes", *switches]
        super().__init__("the server", command, Ready)
