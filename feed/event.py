"""An Event and its one encoding: the same bytes on every transport."""

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
_decoder = msgspec.json.Decoder(Event)
_batch_decoder = msgspec.json.Decoder(list[Event])


def encode(event: Event) -> bytes:
    """The event as a JSON object in UTF-8: ``{"seq":17,"due":1500000000,"data":"…"}``."""
    return _encoder.encode(event)


def decode(message: bytes | memoryview) -> Event:
    """The event that `message` encodes; msgspec.DecodeError where it is none."""
    return _decoder.decode(message)


def encode_batch(messages: list[bytes]) -> bytes:
    """Encoded events joined to one JSON array: n + 1 bytes more than the events themselves."""
    return b"[" + b",".join(messages) + b"]"


def decode_batch(body: bytes | memoryview) -> list[Event]:
    """The events of a JSON array; msgspec.DecodeError where it is none."""
    return _batch_decoder.decode(body)
