"""The server process of one trial."""

import sys
from collections.abc import Sequence

import msgspec

from feed.spec import FeedSpec
from loadgen.runfile.scenario import NODE
from loadgen.under_test import node
from loadgen.under_test.child_process import Child


class Ready(msgspec.Struct, frozen=True):
    """The first line a server prints."""

    pid: int
    urls: dict[str, str]
    control: str
    echo: dict[str, str] = {}


class Server(Child[Ready]):
    """`python -m servers`, or its twin on Node, as a subprocess; leaves nothing behind."""

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
        if transport in NODE:
            program = node.command()
        else:
            program = [sys.executable, "-m", "servers", "--headers", headers, "--loop", loop]
        command = [*within, *program, "--transport", transport, "--port", str(port)]
        command += ["--feed", msgspec.json.encode(feed).decode(), "--until-stdin-closes"]
        super().__init__("the server", [*command, *switches], Ready)
