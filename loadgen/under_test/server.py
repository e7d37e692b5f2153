"""The server process of one trial: `python -m servers`, or the servers on Node.

Node and its packages are optional: only the transports of servers/node need them.
"""

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import cast

import msgspec

from feed.errors import InputError
from feed.transport import parsed
from loadgen.runfile.scenario import Scenario
from loadgen.under_test.child_process import Child


def node_folder() -> Path:
    """The source of the servers on Node; it is installed with the Python servers."""
    return Path(str(files("servers"))) / "node"


def require(scenario: Scenario) -> None:
    """Check that the servers on Node can do what the scenario asks of them. Raises InputError."""
    ours = [name for name in scenario.transports if parsed(name).traits.on_node]
    if not ours:
        return
    for key, wanted in (
        ("http.tls", scenario.http.tls),
        ("http.compression", scenario.http.compression),
        ("websocket.batch_ms", scenario.websocket.batch_ms),
    ):
        if wanted:
            raise InputError(f"{ours[0]}: the servers on Node have no {key}; leave out one of them")
    if missing := node_missing():
        raise InputError(f"{ours[0]}: {missing}")


def node_missing() -> str:
    """What the servers on Node lack here, and how to install it; "" where they can run."""
    if shutil.which("node") is None:
        return "node is not installed: install Node 18.14 or newer, then `npm ci` in servers/node"
    here = node_folder()
    if not (here / "index.js").is_file():
        return f"no servers in {here}; get pushbench's source, and install from there"
    if not (here / "node_modules" / "nodejs-websocket").is_dir():
        return f"its packages are not installed: `npm ci` in servers/node ({here})"
    return ""


def settings(scenario: Scenario, *transports: str, **further: object) -> dict[str, object]:
    """The settings of a server of these transports (servers/settings.py), from a scenario.

    The one place where a key of the scenario becomes one of the server. further: settings that a
    scenario does not decide, such as port, loop and tls, or others instead of the scenario's.
    """
    return {
        "transports": transports,
        "feed": scenario.feed,
        "publishes": scenario.workload == "feed",
        "headers": scenario.clients.headers,
        "compression": scenario.http.compression,
        "batch_s": scenario.websocket.batch_ms / 1e3,
        **further,
    }


def command(settings: Mapping[str, object]) -> list[str]:
    """The command that runs a server with these settings: on Node for transports of Node."""
    names = cast(Iterable[str], settings["transports"])
    if not any(parsed(name).traits.on_node for name in names):
        return [sys.executable, "-m", "servers", msgspec.json.encode(settings).decode()]
    settings = {**settings, "python": sys.executable}  # it takes its events from `python -m feed`
    return ["node", str(node_folder() / "index.js"), msgspec.json.encode(settings).decode()]


class Ready(msgspec.Struct, frozen=True):
    """A server's first line of output. urls, echo: transport -> URL, of a feed and of an echo."""

    pid: int
    urls: dict[str, str]
    control: str
    echo: dict[str, str] = {}


class Server(Child[Ready]):
    """A server process of one trial, as a context manager. Raises TrialFailed."""

    def __init__(self, settings: Mapping[str, object], within: Sequence[str] = ()) -> None:
        """settings: see settings(). within: the command that runs it in a network namespace."""
        run = command({**settings, "until_stdin_closes": True})
        super().__init__("the server", [*within, *run], Ready)
