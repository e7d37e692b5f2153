"""The server process of one trial: `python -m servers`, or its twin on Node.

Node and its packages are optional: everything else measures without them.
"""

import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec

from feed.errors import InputError
from feed.spec import FeedSpec
from feed.transport import parsed
from loadgen.runfile.scenario import Scenario
from loadgen.under_test.child_process import Child


def folder() -> Path:
    """Of their source; it is installed with the Python servers."""
    found = find_spec("servers")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "node"


def require(scenario: Scenario) -> None:
    """See that the scenario's transports on Node can be served here.

    Raises InputError where Node or its packages are missing, or where the scenario has a switch
    that these servers lack. Nothing is asked of a scenario without them.
    """
    ours = [name for name in scenario.transports if parsed(name).traits.on_node]
    if not ours:
        return
    lacking = {
        "http.tls": scenario.http.tls,
        "http.compression": scenario.http.compression,
        "websocket.batch_ms": scenario.websocket.batch_ms,
    }
    for key, wanted in lacking.items():
        if wanted:
            raise InputError(f"{ours[0]}: the servers on Node have no {key}; leave out one of them")
    missing = why_not()
    if missing:
        raise InputError(f"{ours[0]}: {missing}")


def why_not() -> str:
    """Why these servers cannot run here, and what helps; "" where they can."""
    if shutil.which("node") is None:
        return "node is not installed: install Node 18.14 or newer, then `npm ci` in servers/node"
    here = folder()
    if not (here / "index.js").is_file():
        return f"no servers in {here}; get pushbench's source, and install from there"
    if not (here / "node_modules" / "nodejs-websocket").is_dir():
        return f"its packages are not installed: `npm ci` in servers/node ({here})"
    return ""


def node_command() -> list[str]:
    """What runs them; the options of `python -m servers` follow, as far as they have them."""
    return ["node", str(folder() / "index.js"), "--python", sys.executable]


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
        if parsed(transport).traits.on_node:
            program = node_command()
        else:
            program = [sys.executable, "-m", "servers", "--headers", headers, "--loop", loop]
        command = [*within, *program, "--transport", transport, "--port", str(port)]
        command += ["--feed", msgspec.json.encode(feed).decode(), "--until-stdin-closes"]
        super().__init__("the server", [*command, *switches], Ready)
