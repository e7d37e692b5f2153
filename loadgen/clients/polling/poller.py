"""A polling client: the cursor, the requests and the answers of short and long polls.

When to poll is not decided here.
"""

from abc import ABC, abstractmethod

import msgspec

from loadgen.clients.client import Subscription
from loadgen.clients.connections.http_channel import Channel
from loadgen.clients.header_profiles import poll_request
from loadgen.recording.recorder import NO_EVENT


class _Gap(msgspec.Struct):
    last_seq: int


_decode_gap = msgspec.json.Decoder(_Gap).decode


class Poller(ABC):
    """A Client that makes one poll at a time and records its answer."""

    def __init__(self, subscription: Subscription, timeout_s: float | None = None) -> None:
        """timeout_s: how long the server may wait for an event; None for a short poll."""
        self._recorder = subscription.recorder
        self._channel = Channel(subscription, self._on_answer, self._on_lost)
        self.connect, self.byte_counts = self._channel.connect, self._channel.byte_counts
        self._closed = False
        self._request_after = poll_request(
            subscription.headers,
            subscription.url,
            timeout_s=timeout_s,
            keep_alive=subscription.keep_alive,
            compression=subscription.compression,
        )
        self._request = self._request_after(subscription.after)

    @abstractmethod
    def _on_settled(self, received_ns: int | None) -> None:
        """A poll was answered, or failed: None. Not called once the client failed or is closed."""

    async def close(self) -> None:
        """Leave a poll without its answer, and close every connection."""
        self._closed = True
        await self._channel.close()

    def _poll(self, planned_ns: int) -> None:
        """Send a poll now. Not while the one before is unanswered."""
        self._channel.send(self._request, planned_ns)

    def _on_answer(self, status: int, body: bytes, received_ns: int) -> None:
        try:
            events = self._take(status, body, received_ns)
        except NO_EVENT:
            events = None
        self._channel.record(received_ns, events)
        failed = events is None and status != 410
        self._settle(None if failed else received_ns)

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

    def _on_lost(self, error: OSError | None) -> None:
        if error is not None:
            self._recorder.fail(f"cannot connect: {error}")
        self._settle(None)

    def _settle(self, received_ns: int | None) -> None:
        if not (self._closed or self._recorder.failure):
            self._on_settled(received_ns)
