"""A relay that delays any TCP traffic as a link would.

`python -m loadgen.under_test.link.relay ROUTE…`.
Each ROUTE is a JSON object, `{"to": "127.0.0.1:3000", "port": 3001, "link": {"rtt_ms": 80}}`. The
first line printed names the addresses where it listens. It delays data by half a round trip each
way, in order, and connection set-up by one round trip; an end or a reset keeps its place in it.
"""

import asyncio
import contextlib
import functools
import json
import os
import resource
import sys
from random import Random
from typing import Annotated

import msgspec
from msgspec import Meta

from feed.process import loop_factory, stop_event
from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.link.relay_ends import ClientEnd
from loadgen.under_test.link.relay_queue import Scheduler

BACKLOG = 4096


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """to: host:port of the server. port: where to listen; 0: any free one."""

    to: Annotated[str, Meta(pattern=r"^.+:\d+$")]
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    host: str = "127.0.0.1"
    link: LinkSpec = LinkSpec()


async def relay(routes: list[Route]) -> None:
    """Relay until SIGINT, SIGTERM or the end of standard input; the ready line has each address."""
    stop = stop_event()
    loop, random, scheduler = asyncio.get_running_loop(), Random(1), Scheduler()
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(scheduler.close)
        addresses = []
        for route in routes:
            server = await loop.create_server(
                functools.partial(ClientEnd, route.to, route.link, scheduler, random),
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


def main(arguments: list[str]) -> int:
    """The exit status: 0, 2 for a wrong route, 3 where it cannot listen."""
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
            runner.run(relay(routes))
    except OSError as error:
        print(f"relay: cannot listen: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
