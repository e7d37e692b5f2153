"""A poller: the cursor, the requests and the answers of a short or a long poll.

When to poll is not decided here.
"""

from collections.abc import Callable
from time import monotonic_ns
from urllib.parse import urlsplit

import msgspec

from loadgen.clients.client import Subscription
from loadgen.clients.connections.http_channel import Channel
from loadgen.clients.header_profiles import poll_request
from loadgen.recording.recorder import NO_EVENT


class _Gap(msgspec.Struct):
    last_seq: int


_decode_gap = msgspec.json.Decoder(_Gap).decode


class Poller:
    """Makes one poll at a time and records its answer.

    settled(received_ns) is called after each poll, with the instant of its answer, or None where
    it failed; but no more once the client has failed or is closed.
    """

    def __init__(
        self,
        subscription: Subscription,
        settled: Callable[[int | None], None],
        timeout_s: float | None = None,
    ) -> None:
        """timeout_s: how long the server may wait for an event; None for a short poll."""
        self.busy = False
        self._recorder = subscription.recorder
        self._settled = settled
        self._channel = Channel(
            subscription, self._on_answer, self._settle_failed, self._on_unreachable
        )
        self.connect, self.byte_counts = self._channel.connect, self._channel.byte_counts
        url = urlsplit(subscription.url)
        self._request_after = poll_request(
            subscription.headers,
            url.netloc,
            url.path,
            timeout_s=timeout_s,
            keep_alive=subscription.keep_alive,
            scheme=url.scheme,
            compression=subscription.compression,
        )
        self._request = self._request_after(subscription.after)
        self._planned_ns = 0
        self._sent_ns = 0

    def poll(self, planned_ns: int) -> None:
        """Send a poll now, over a new connection where none is open. Not while `busy`."""
        self.busy = True
        self._planned_ns = planned_ns
        self._sent_ns = monotonic_ns()
        self._channel.send(self._request)

    async def close(self) -> None:
        """Leave a poll without its answer, and close every connection."""
        self._stop()
        await self._channel.close()

    def _stop(self) -> None:
        self._settled = lambda received_ns: None

    def _on_answer(self, status: int, body: bytes, received_ns: int) -> None:
        try:
            events = self._take(status, body, received_ns)
        except NO_EVENT:
            events = None
        if events is None:
            self._settle_failed(received_ns if status == 410 else None)
            return
        self.busy = False
        self._recorder.request(self._planned_ns, self._sent_ns, received_ns, events)
        self._settled(received_ns)

    def _take(self, status: int, body: bytes, received_ns: int) -> int | None:
        """Record the events of an answer: how many there are; None: it is a gap or an error."""
        if status == 200:
            events = self._recorder.batch(body, received_ns)
            if events:
                self._request = self._request_after(self._recorder.last_seq)
            return events
        if status == 204:
            return 0
        if status == 410:
            self._recorder.gap()
            self._request = self._request_after(_decode_gap(body).last_seq)
        return None

    def _on_unreachable(self, error: OSError) -> None:
        self._stop()
        self._recorder.fail(f"cannot connect: {error}")
        self._settle_failed()

    def _settle_failed(self, received_ns: int | None = None) -> None:
        self.busy = False
        self._recorder.failed_request(self._planned_ns, self._sent_ns)
        self._settled(received_ns)
