"""A recorded trace: JSON Lines, `{"t": seconds since the recording began, "data": text}`."""

from pathlib import Path

import msgspec

from feed.errors import InputError

# 31 years; more than that is a mistake, such as a date in ms.
MAX_T_S = 1_000_000_000.0


class Message(msgspec.Struct, frozen=True):
    """One line of a trace: `t` in seconds, never smaller than the line before; `data` its text."""

    t: float
    data: str


_decoder = msgspec.json.Decoder(Message)


def read(path: str | Path) -> list[Message]:
    """Every message of the file, in order.

    Raises InputError, with file and line, where the file is missing, empty, not such JSON, or
    goes back in time.
    """
    messages: list[Message] = []
    earliest_s = 0.0
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        message = _parse(line, f"{path}:{number}")
        if not earliest_s <= message.t <= MAX_T_S:
            raise InputError(
                f"{path}:{number}: t is {message.t:g} after {earliest_s:g}; the lines must be in "
                f"the order of their times, from 0 up to {MAX_T_S:g} s"
            )
        earliest_s = message.t
        messages.append(message)
    if not messages:
        raise InputError(f'{path}: the trace is empty; expected lines of {{"t": 0.0, "data": "…"}}')
    return messages


def _lines(path: str | Path) -> list[bytes]:
    try:
        return Path(path).read_bytes().splitlines()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot read the trace: {reason}") from None


def _parse(line: bytes, place: str) -> Message:
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f'{place}: not a line of a trace: {error}; expected {{"t": 0.0, "data": "…"}}'
        ) from None
