"""A Client that is a page in Chromium: the page receives, and its rows go to the Recorder."""

import msgspec

from feed.event import Event
from feed.transport import parsed
from loadgen.clients.browser.page import NS_PER_MS, Page
from loadgen.clients.client import Subscription


class Rows(msgspec.Struct):
    """The newest rows of a page: as in a Recorder, but instants are ms of its clock."""

    events: list[tuple[int, int, int, float]]  # seq, due, bytes of the message, received
    requests: list[tuple[float, float, float, int]]  # planned, sent, received, events
    failed: list[tuple[float, float]]  # planned, sent
    missed: list[float]
    gaps: int
    failure: str


class PageClient:
    """One subscriber, in a page that is open. offset_ns: page's clock − host's."""

    def __init__(
        self, transport: str, subscription: Subscription, page: Page, offset_ns: int
    ) -> None:
        self._recorder = subscription.recorder
        self._phase_ns = subscription.phase_ns
        self._page = page
        self._offset_ns = offset_ns
        waits = parsed(transport).traits.delivery == "waiting"
        # For the script, subscriber.js.
        settings = {
            "transport": transport,
            "url": subscription.url,
            "timeout": f"&timeout_s={subscription.timeout_s:g}" if waits else "",
            "interval_ms": subscription.interval_ns / NS_PER_MS,
            "last_answer_ms": subscription.last_answer_s * 1e3,
        }
        self._connect = f"subscriber.connect({msgspec.json.encode(settings).decode()})"
        page.on_rows = lambda text: self._record(msgspec.json.decode(text, type=Rows))
        page.on_failed = self._recorder.fail
        self.byte_counts = page.network.byte_counts

    async def connect(self) -> None:
        await self._page.evaluate(self._connect)

    def start(self, epoch_ns: int) -> None:
        first_ms = (epoch_ns + self._phase_ns + self._offset_ns) / NS_PER_MS
        self._page.begin(f"subscriber.start({first_ms!r})")

    async def close(self) -> None:
        self._record(msgspec.convert(await self._page.evaluate("subscriber.close()"), Rows))

    def _record(self, rows: Rows) -> None:
        """On this host's clock."""
        recorder, host_ns = self._recorder, self._host_ns
        for seq, due, message_bytes, received in rows.events:
            recorder.event(Event(seq, due, ""), message_bytes, host_ns(received))
        for planned, sent, received, events in rows.requests:
            recorder.request(host_ns(planned), host_ns(sent), host_ns(received), events)
        for planned, sent in rows.failed:
            recorder.failed_request(host_ns(planned), host_ns(sent))
        for planned in rows.missed:
            recorder.missed(host_ns(planned))
        for _ in range(rows.gaps):
            recorder.gap()
        if rows.failure:
            recorder.fail(rows.failure)

    def _host_ns(self, page_ms: float) -> int:
        return round(page_ms * NS_PER_MS) - self._offset_ns
