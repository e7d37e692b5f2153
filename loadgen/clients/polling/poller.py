"""What short and long polls share: a cursor, the requests and their answers.

When to poll is not decided here.
"""

from collections.abc import Callable
from time import monotonic_ns
from urllib.parse import urlsplit

import msgspec

from feed.event import decode_batch
from loadgen.clients.client import Subscription
from loadgen.clients.connections.http_channel import Channel
from loadgen.clients.header_profiles import poll_request
from loadgen.recording.byte_counters import ByteCounts


class _Gap(msgspec.Struct):
    last_seq: int


_decode_gap = msgspec.json.Decoder(_Gap).decode


class Poller:
    """Makes one poll at a time and records what comes of it.

    settled(received_ns) is called after each poll, with the instant of its answer, or None where
    it failed; but no more once the client is lost or closed.
    """

    def __init__(
        self,
        subscription: Subscription,
        settled: Callable[[int | None], None],
        timeout_s: float | None = None,
    ) -> None:
        """timeout_s: how long the server may hold a poll; None for a short poll."""
        self.busy = False
        self._recorder = subscription.recorder
        self._record = subscription.recorder.event
        self._settled = settled
        self._channel = Channel(
            subscription, self._on_answer, self._settle_failed, self._on_unreachable
        )
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
        self._move_to(subscription.after)
        self._planned_ns = 0
        self._sent_ns = 0

    async def connect(self) -> None:
        """Find the server and, where polls share a connection, open it. OSError where it fails."""
        await self._channel.connect()

    def poll(self, planned_ns: int) -> None:
        """Send a poll now, over a new connection where none is open. Not while `busy`."""
        self.busy = True
        self._planned_ns = planned_ns
        self._sent_ns = monotonic_ns()
        self._channel.send(self._request)

    def byte_counts(self) -> ByteCounts:
        """Of all connections so far."""
        return self._channel.byte_counts()

    async def close(self) -> None:
        """Leave a poll that is out unanswered, and close every connection."""
        self._settled = _nobody
        await self._channel.close()

    def _on_answer(self, status: int, body: bytes, received_ns: int) -> None:
        try:
            events = self._take(status, body, received_ns)
        except (msgspec.DecodeError, UnicodeDecodeError):
            events = None
        if events is None:
            self._settle_failed(received_ns if status == 410 else None)
            return
        self.busy = False
        self._recorder.request(self._planned_ns, self._sent_ns, received_ns, events)
        self._settled(received_ns)

    def _take(self, status: int, body: bytes, received_ns: int) -> int | None:
        """Record the events of an answer: how many there are, None where it is a gap or an error.

        All of them arrived at one instant, so the bytes of all may be booked on the first.
        """
        if status == 200 and (events := decode_batch(body)):
            record = self._record
            message_bytes = len(body) - len(events) - 1  # without what makes an array of them
            for event in events:
                record(event, message_bytes, received_ns)
                message_bytes = 0
            self._move_to(events[-1].seq)
            return len(events)
        if status in (200, 204):
            return 0
        if status == 410:
            self._recorder.gap()
            self._move_to(_decode_gap(body).last_seq)
        return None

    def _move_to(self, cursor: int) -> None:
        self._request = self._request_after(cursor)

    def _on_unreachable(self, error: OSError) -> None:
        self._settled = _nobody
        self._recorder.fail(f"cannot connect: {error}")
        self._settle_failed()

    def _settle_failed(self, received_ns: int | None = None) -> None:
        self.busy = False
        self._recorder.failed_request(self._planned_ns, self._sent_ns)
        self._settled(received_ns)


def _nobody(received_ns: int | None) -> None:
    """There is nothing more to be told."""
