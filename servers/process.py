"""A server process: from its settings to a feed that clients can reach, and to its end."""

import asyncio
import os
import platform
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

import msgspec

from feed import schedule
from feed.history import History
from feed.process import loop_factory, loop_name, stop_event
from feed.transport import SHORT_POLL
from servers import registry
from servers.control.barrier import Barrier
from servers.control.control_port import handlers
from servers.control.messages import Ready
from servers.control.publisher import Publisher
from servers.control.timeline import Timeline
from servers.demo.app import App, with_the_pages
from servers.http.aiohttp_site import site
from servers.http.sockets import address, bind
from servers.settings import ServerSettings


def serve(settings: ServerSettings) -> None:
    """Serve until SIGINT, SIGTERM or, where so set, the end of standard input.

    Once everything listens, prints one line of JSON (Ready) or, with the page, where it is in
    words. Raises InputError for wrong settings or a wrong trace, CannotListen where a port is
    taken. To be called in the main thread.
    """
    with asyncio.Runner(loop_factory=loop_factory(settings.loop)) as runner:
        runner.run(_serve(settings))


async def _serve(settings: ServerSettings) -> None:
    stop = stop_event(until_stdin_closes=settings.until_stdin_closes)
    async with running(settings) as ready:
        line = in_words(ready) if settings.page else msgspec.json.encode(ready).decode()
        print(line, flush=True)
        await stop.wait()


def in_words(ready: Ready) -> str:
    """For a person: the URLs of the page, of each transport and of the server's own figures."""
    site = ready.urls[SHORT_POLL].removesuffix(SHORT_POLL)
    width = max(map(len, ready.urls))
    urls = "\n".join(f"  {name:{width}}  {url}" for name, url in ready.urls.items())
    return f"""\
Open {site} in a browser. Ctrl-C ends it.
The feed:
{urls}
Its figures, for Prometheus: {ready.control}/metrics
To measure it: pushbench run --target {ready.control}"""


@asynccontextmanager
async def running(settings: ServerSettings) -> AsyncIterator[Ready]:
    """Everything listens within this context, on the running loop. Raises as serve() does."""
    if settings.page:
        names = with_the_pages(settings.transports)
        settings = msgspec.structs.replace(settings, transports=names)
    chosen = registry.chosen(settings.transports).values()
    history = History(settings.history)
    events = schedule.events(settings.feed) if settings.publishes else iter(())
    publisher = Publisher(events, history)
    app = App(settings.feed, publisher, history) if settings.page else None
    async with AsyncExitStack() as stack:
        further = (app.handlers(), app.listen()) if app else ({}, {})
        urls = await stack.enter_async_context(registry.opened(settings, history, *further))
        control_host = settings.control_host or settings.host
        control = stack.enter_context(bind(control_host, settings.control_port))
        timeline = Timeline(publisher, settings.lead_ns)
        barrier = Barrier(timeline.measure, running=settings.autostart)
        ready = Ready(
            pid=os.getpid(),
            urls=urls,
            echo=registry.echoes(urls),
            control=f"http://{address(control)}",
            loop=loop_name(settings.loop),
            libraries={each.library: version(each.library) for each in chosen if each.library},
            python=platform.python_version(),
        )
        answers = handlers(ready, settings.feed, barrier, timeline, publisher, history)
        await stack.enter_async_context(site(control, answers))
        if settings.autostart:
            timeline.start()
        stack.callback(publisher.stop)
        if app:
            app.open(urls)
            stack.callback(app.room.close)
        yield ready
