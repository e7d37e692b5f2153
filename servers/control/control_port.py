"""The control port: the load generator's barrier, the server's clock and what it has used."""

import time

import msgspec
from aiohttp import web

from feed.history import History
from feed.process import usage
from feed.spec import FeedSpec
from servers.control import prometheus
from servers.control.barrier import Barrier
from servers.control.messages import About, Figures, Plan, Published, Ready
from servers.control.publisher import Publisher
from servers.control.timeline import Timeline
from servers.errors import Refusal
from servers.http.aiohttp_site import Handler, json_response


def handlers(
    ready: Ready,
    feed: FeedSpec,
    barrier: Barrier,
    timeline: Timeline,
    publisher: Publisher,
    history: History,
) -> dict[str, Handler]:
    """Method and path -> handler. They know the course of the trial, and no transport."""

    async def arrive(request: web.BaseRequest) -> web.Response:
        """A Plan in, an Opening out, once all workers are here; 400 and 409 as JSON errors."""
        try:
            plan = msgspec.json.decode(await request.read(), type=Plan)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refusal(400, f"not a plan of a trial: {error}") from None
        return json_response(await barrier.arrive(plan))

    async def clock(request: web.BaseRequest) -> web.Response:
        """time.monotonic_ns() of this process, read as late as can be."""
        return json_response({"now_ns": time.monotonic_ns()})

    async def figures(request: web.BaseRequest) -> web.Response:
        return json_response(
            Figures(
                ready=timeline.ready,
                window_start=timeline.window_start,
                window_end=timeline.window_end,
                now=usage(),
                epoch_ns=timeline.epoch_ns,
                published=Published(history.last_seq),
                lags_ns=list(publisher.lags_ns),
                loop=ready.loop,
                libraries=ready.libraries,
            )
        )

    async def metrics(request: web.BaseRequest) -> web.Response:
        """For Prometheus, in its text format."""
        page = prometheus.text(history.last_seq, publisher.lags_ns, usage(), ready.urls)
        return web.Response(body=page, headers={"Content-Type": prometheus.CONTENT_TYPE})

    async def about(request: web.BaseRequest) -> web.Response:
        """What there is to measure, for a load generator that did not start this server."""
        ours = msgspec.structs.asdict(ready)
        return json_response(About(**ours, last_seq=history.last_seq, feed=feed))

    return {
        "POST /barrier": arrive,
        "GET /clock": clock,
        "GET /figures": figures,
        "GET /metrics": metrics,
        "GET /pushbench": about,
    }
