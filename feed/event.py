"""Event, one message of the feed, and its one encoding: the same bytes on every transport."""

from collections.abc import Callable

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False):
    """One message of the feed.

    seq   1, 2, 3 … without a gap, within one trial.
    due   the planned publish time, in ns since the trial's epoch.
    data  the text that is pushed.
    """

    seq: int
    due: int
    data: str


_encoder = msgspec.json.Encoder()

# These are called for every message: the decoders' own methods, as a function around each would
# cost a tenth more.

encode: Callable[[Event], bytes] = _encoder.encode
"""The event as a JSON object in UTF-8: ``{"seq":17,"due":1500000000,"data":"…"}``."""

decode: Callable[[bytes | memoryview], Event] = msgspec.json.Decoder(Event).decode
"""The event that a message encodes; msgspec.DecodeError where it is none."""

decode_batch: Callable[[bytes | memoryview], list[Event]] = msgspec.json.Decoder(list[Event]).decode
"""The events of a JSON array; msgspec.DecodeError where it is none."""


def encode_batch(messages: list[bytes]) -> bytes:
    """Encoded events joined to one JSON array: n + 1 bytes more than the events themselves."""
    return b"[" + b",".join(messages) + b"]"
