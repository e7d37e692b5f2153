"""A Client that is a page in Chromium: it receives, and what it tells goes to the Recorder."""

import msgspec

from feed.event import Event
from feed.transport import parsed
from loadgen.clients.browser.page import NS_PER_MS, Page
from loadgen.clients.client import Subscription
from loadgen.recording.byte_counters import ByteCounts
from loadgen.recording.recorder import Recorder


class Rows(msgspec.Struct):
    """What a page saw since it last told: as in a Recorder, but instants are ms of its clock."""

    events: list[tuple[int, int, int, float]]  # seq, due, bytes of the message, received
    requests: list[tuple[float, float, float, int]]  # planned, sent, received, events
    failed: list[tuple[float, float]]  # planned, sent
    missed: list[float]
    gaps: int
    failure: str


class _Settings(msgspec.Struct):
    """For the script, loadgen/clients/browser/subscriber.js."""

    transport: str
    url: str
    hold: str
    interval_ms: float
    last_answer_ms: float


def record(rows: Rows, recorder: Recorder, offset_ns: int) -> None:
    """Put a page's rows into a Recorder, on this host's clock."""

    def host_ns(page_ms: float) -> int:
        return round(page_ms * NS_PER_MS) - offset_ns

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
        self._settings = _Settings(
            transport=transport,
            url=subscription.url,
            hold=f"&timeout_s={subscription.timeout_s:g}" if waits else "",
            interval_ms=subscription.interval_ns / NS_PER_MS,
            last_answer_ms=subscription.last_answer_s * 1e3,
        )
        page.told = self._on_told
        page.gone = self._recorder.fail

    async def connect(self) -> None:
        settings = msgspec.json.encode(self._settings).decode()
        await self._page.evaluate(f"subscriber.connect({settings})")

    def start(self, epoch_ns: int) -> None:
        first_ms = (epoch_ns + self._phase_ns + self._offset_ns) / NS_PER_MS
        self._page.begin(f"subscriber.start({first_ms!r})")

    def byte_counts(self) -> ByteCounts:
        return self._page.ledger.byte_counts()

    async def close(self) -> None:
        rows = await self._page.evaluate("subscriber.close()")
        record(msgspec.convert(rows, Rows), self._recorder, self._offset_ns)

    def _on_told(self, text: str) -> None:
        record(msgspec.json.decode(text, type=Rows), self._recorder, self._offset_ns)
