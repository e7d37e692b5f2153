"""A relay that stands for a link, for any TCP traffic.

`python -m loadgen.under_test.link.relay ROUTE…`.
Each ROUTE is a JSON object, `{"to": "127.0.0.1:3000", "port": 3001, "link": {"rtt_ms": 80}}`. The
first line printed tells where it listens. It delays what it carries by half a round trip each way,
in order, and charges one round trip for connection set-up; an end or a reset travels in its place.
"""

import asyncio
import contextlib
import functools
import json
import os
import resource
import signal
import sys
import threading
from random import Random
from typing import Annotated

import msgspec
from msgspec import Meta

from feed.process import loop_factory
from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.link.relay_ends import ClientEnd
from loadgen.under_test.link.relay_queue import Departures

BACKLOG = 4096


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """to: host:port of the server. port: where to listen; 0: any free one."""

    to: Annotated[str, Meta(pattern=r"^.+:\d+$")]
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    host: str = "127.0.0.1"
    link: LinkSpec = LinkSpec()


async def relay(routes: list[Route], stop: asyncio.Event) -> None:
    """Carry until `stop`, after a ready line with the address of each route, in their order."""
    loop, random, departures = asyncio.get_running_loop(), Random(1), Departures()
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(departures.close)
        addresses = []
        for route in routes:
            server = await loop.create_server(
                functools.partial(ClientEnd, route.to, route.link, departures, random),
                route.host,
                route.port,
                backlog=BACKLOG,
            )
            stack.callback(server.close)
            host, port = server.sockets[0].getsockname()[:2]
            addresses.append(f"{host}:{port}")
        ready = {"pushbench": "relay", "pid": os.getpid(), "addresses": addresses}
        print(json.dumps(ready), flush=True)
        await stop.wait()


async def _until_told(routes: list[Route]) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    await relay(routes, stop)


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # os.read, not sys.stdin: a thread that held its lock would trip the interpreter's end.
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    with contextlib.suppress(RuntimeError):  # the loop may be closed by now
        loop.call_soon_threadsafe(stop.set)


def main(arguments: list[str]) -> int:
    """The exit status: 0, 2 for a route that is none, 3 where it cannot listen."""
    try:
        routes = [msgspec.json.decode(text, type=Route) for text in arguments]
    except msgspec.DecodeError as error:
        print(f"relay: {error}", file=sys.stderr)
        return 2
    # Two sockets a connection: as many as the system lets this process have.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_until_told(routes))
    except OSError as error:
        print(f"relay: cannot listen: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
