"""The control port: the load generator's barrier, the server's clock and its figures."""

import time

import msgspec
from aiohttp import web

from feed.history import History
from feed.process import usage
from feed.spec import FeedSpec
from servers.control import prometheus
from servers.control.barrier import Barrier
from servers.control.messages import About, Clock, Figures, Plan, Published, Ready
from servers.control.publisher import Publisher
from servers.control.timeline import Timeline
from servers.errors import Refusal
from servers.http.aiohttp_site import Handler, json_answer


class Control:
    """Answers on the control port. It knows the trial's course and no transport."""

    def __init__(
        self,
        barrier: Barrier,
        timeline: Timeline,
        publisher: Publisher,
        history: History,
        *,
        loop: str,
        libraries: dict[str, str],
        feed: FeedSpec,
    ) -> None:
        self._barrier = barrier
        self._timeline = timeline
        self._publisher = publisher
        self._history = history
        self._loop = loop
        self._libraries = libraries
        self._feed = feed
        self.ready: Ready | None = None  # once everything listens

    def handlers(self) -> dict[str, Handler]:
        return {
            "POST /barrier": self.barrier,
            "GET /clock": self.clock,
            "GET /figures": self.figures,
            "GET /metrics": self.metrics,
            "GET /pushbench": self.about,
        }

    async def barrier(self, request: web.BaseRequest) -> web.Response:
        """A Plan in, an Opening out, once all workers are here; 400 and 409 as JSON errors."""
        try:
            plan = msgspec.json.decode(await request.read(), type=Plan)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refusal(400, f"not a plan of a trial: {error}") from None
        return json_answer(await self._barrier.arrive(plan))

    async def clock(self, request: web.BaseRequest) -> web.Response:
        """time.monotonic_ns() of this process, read as late as can be."""
        return json_answer(Clock(time.monotonic_ns()))

    async def figures(self, request: web.BaseRequest) -> web.Response:
        return json_answer(self.account())

    async def metrics(self, request: web.BaseRequest) -> web.Response:
        """For Prometheus, in its text format."""
        page = prometheus.text(
            last_seq=self._history.last_seq,
            lags_ns=self._publisher.lags_ns,
            used=usage(),
            transports=self.ready.urls if self.ready else (),
        )
        return web.Response(body=page, headers={"Content-Type": prometheus.CONTENT_TYPE})

    async def about(self, request: web.BaseRequest) -> web.Response:
        """What there is to measure, for a load generator that did not start this server."""
        assert self.ready is not None
        ready = msgspec.structs.asdict(self.ready)
        return json_answer(About(**ready, last_seq=self._history.last_seq, feed=self._feed))

    def account(self) -> Figures:
        """The figures as they stand now."""
        timeline = self._timeline
        return Figures(
            ready=timeline.ready,
            window_start=timeline.window_start,
            window_end=timeline.window_end,
            now=usage(),
            epoch_ns=timeline.epoch_ns,
            published=Published(1, self._history.last_seq),
            first_window_seq=self._publisher.first_window_seq,
            lags_ns=list(self._publisher.lags_ns),
            loop=self._loop,
            libraries=self._libraries,
        )
