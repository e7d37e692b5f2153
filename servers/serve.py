"""A server process: from its settings to a feed that clients can reach, and to its end."""

import asyncio
import contextlib
import os
import platform
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

import msgspec

from feed import schedule
from feed.history import History
from feed.process import loop_factory, loop_name
from servers import transports
from servers.barrier import Barrier
from servers.control import Control
from servers.figures import Ready
from servers.listening import address, bind
from servers.publisher import Publisher
from servers.settings import ServerSettings
from servers.site import site
from servers.timeline import Timeline

STDIN = 0


def serve(settings: ServerSettings) -> None:
    """Serve until SIGINT, SIGTERM or, where so set, the end of standard input.

    Prints one line of JSON (figures.Ready) once everything listens. Raises InputError for wrong
    settings or a wrong trace, CannotListen where a port is taken. To be called in the main thread.
    """
    with asyncio.Runner(loop_factory=loop_factory(settings.loop)) as runner:
        runner.run(_serve(settings))


async def _serve(settings: ServerSettings) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if settings.until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    async with running(settings) as ready:
        print(msgspec.json.encode(ready).decode(), flush=True)
        await stop.wait()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # os.read, not sys.stdin: a thread that held its lock would trip the interpreter's end.
    with contextlib.suppress(OSError):
        while os.read(STDIN, 4096):
            pass
    with contextlib.suppress(RuntimeError):  # the loop may be closed by now
        loop.call_soon_threadsafe(stop.set)


@asynccontextmanager
async def running(settings: ServerSettings) -> AsyncIterator[Ready]:
    """Everything listens within this context, on the running loop. Raises as serve() does."""
    chosen = transports.chosen(settings.transports).values()
    libraries = {each.library: version(each.library) for each in chosen if each.library}
    loop = loop_name(settings.loop)
    history = History(settings.history)
    publisher = Publisher(schedule.events(settings.feed), history)
    async with AsyncExitStack() as stack:
        urls = await stack.enter_async_context(transports.opened(settings, history))
        control_listener = stack.enter_context(
            bind(settings.control_host or settings.host, settings.control_port)
        )
        timeline = Timeline(publisher, settings.lead_ns)
        barrier = Barrier(timeline.start, open_already=settings.autostart)
        control = Control(barrier, timeline, publisher, history, loop=loop, libraries=libraries)
        await stack.enter_async_context(site(control_listener, control.handlers()))
        if settings.autostart:
            timeline.start()
        stack.callback(publisher.stop)
        yield Ready(
            pid=os.getpid(),
            urls=urls,
            control=f"http://{address(control_listener)}",
            loop=loop,
            libraries=libraries,
            python=platform.python_version(),
        )
