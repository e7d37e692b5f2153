"""The protocol bytes of one page, from the events of the DevTools protocol's Network domain. Pure.

What goes up is written out as HTTP/1.1 has it, from the headers that the browser says it sent;
what comes down is the browser's own count, head and body. A WebSocket's handshake is told as text;
its frames are told unmasked and without their header, whose length follows from theirs (RFC 6455,
section 5.2). Control frames are not told, and neither is what the kernel counts.
"""

import base64
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from loadgen.recording.byte_counters import UNKNOWN, ByteCounts

TEXT = 1  # a frame's opcode; the payload of any other is told in base64
MASK_BYTES = 4


class _Url(msgspec.Struct):
    url: str


class _Told(msgspec.Struct, rename="camel"):
    """Of a request: requestWillBeSent has its URL, requestWillBeSentExtraInfo its headers."""

    request_id: str
    request: _Url | None = None
    headers: dict[str, str] = {}


class _Response(msgspec.Struct, rename="camel"):
    headers: dict[str, str] = {}
    connection_id: int = 0
    encoded_data_length: int = 0
    headers_text: str = ""
    request_headers_text: str = ""


class _Responded(msgspec.Struct, rename="camel"):
    request_id: str
    response: _Response


class _Length(msgspec.Struct, rename="camel"):
    request_id: str
    data_length: int = 0
    encoded_data_length: int = 0


class _Payload(msgspec.Struct, rename="camel"):
    opcode: int
    payload_data: str


class _Frame(msgspec.Struct):
    response: _Payload


class _Answer(msgspec.Struct):
    """An answer that has not ended.

    counted_bytes  as the browser has said so far; it may be behind what came.
    seen_bytes     worked out from the lengths of what came.
    """

    counted_bytes: int
    seen_bytes: int
    chunked: bool

    @property
    def size(self) -> int:
        return max(self.counted_bytes, self.seen_bytes)


class NetworkBytes:
    """Bytes and connections of a page so far.

    The browser says how long an answer was when it ends, and of a stream now and then, without the
    newest of it. So each piece of a stream counts with its length and, where the answer is chunked,
    the frame of one chunk, until the browser has said more.
    """

    def __init__(self) -> None:
        self._up_bytes = 0
        self._down_bytes = 0
        self._answers: dict[str, _Answer] = {}
        self._half_told: dict[str, _Told] = {}
        self._connections: set[int] = set()
        self._sockets = 0

    def byte_counts(self) -> ByteCounts:
        """As far as the browser has told it; what only a kernel knows is None."""
        down_bytes = self._down_bytes + sum(answer.size for answer in self._answers.values())
        connections = len(self._connections) + self._sockets
        return ByteCounts(self._up_bytes, down_bytes, *UNKNOWN, connections=connections)

    def book(self, method: str, params: msgspec.Raw) -> None:
        """An event of the protocol; one of no interest changes nothing."""
        entry = _ENTRIES.get(method)
        if entry is not None:
            entry(self, params)

    def _told(self, params: msgspec.Raw) -> None:
        """The two halves of a request come in any order."""
        told = msgspec.json.decode(params, type=_Told)
        other = self._half_told.pop(told.request_id, None)
        if other is None:
            self._half_told[told.request_id] = told
            return
        url = (told.request or other.request or _Url("")).url
        self._up_bytes += request_bytes(url, told.headers or other.headers)

    def _responded(self, params: msgspec.Raw) -> None:
        said = msgspec.json.decode(params, type=_Responded)
        headers = {name.lower(): value for name, value in said.response.headers.items()}
        self._connections.add(said.response.connection_id)
        head_bytes = said.response.encoded_data_length
        chunked = headers.get("transfer-encoding") == "chunked"
        self._answers[said.request_id] = _Answer(head_bytes, head_bytes, chunked)

    def _data(self, params: msgspec.Raw) -> None:
        said = msgspec.json.decode(params, type=_Length)
        answer = self._answers.get(said.request_id)
        if answer is None:
            return
        answer.counted_bytes += said.encoded_data_length
        answer.seen_bytes += said.data_length
        answer.seen_bytes += chunk_frame_bytes(said.data_length) if answer.chunked else 0

    def _finished(self, params: msgspec.Raw) -> None:
        said = msgspec.json.decode(params, type=_Length)
        self._answers.pop(said.request_id, None)
        self._down_bytes += said.encoded_data_length

    def _failed(self, params: msgspec.Raw) -> None:
        request = msgspec.json.decode(params, type=_Length).request_id
        self._half_told.pop(request, None)
        if (answer := self._answers.pop(request, None)) is not None:
            self._down_bytes += answer.size

    def _handshake(self, params: msgspec.Raw) -> None:
        response = msgspec.json.decode(params, type=_Responded).response
        self._sockets += 1
        self._up_bytes += handshake_bytes(response.request_headers_text)
        self._down_bytes += len(response.headers_text.encode())

    def _frame_received(self, params: msgspec.Raw) -> None:
        self._down_bytes += _frame_bytes(params)

    def _frame_sent(self, params: msgspec.Raw) -> None:
        self._up_bytes += _frame_bytes(params) + MASK_BYTES


_ENTRIES: dict[str, Callable[[NetworkBytes, msgspec.Raw], None]] = {
    "Network.requestWillBeSent": NetworkBytes._told,
    "Network.requestWillBeSentExtraInfo": NetworkBytes._told,
    "Network.responseReceived": NetworkBytes._responded,
    "Network.dataReceived": NetworkBytes._data,
    "Network.loadingFinished": NetworkBytes._finished,
    "Network.loadingFailed": NetworkBytes._failed,
    "Network.webSocketHandshakeResponseReceived": NetworkBytes._handshake,
    "Network.webSocketFrameReceived": NetworkBytes._frame_received,
    "Network.webSocketFrameSent": NetworkBytes._frame_sent,
}


def request_bytes(url: str, headers: dict[str, str]) -> int:
    """Of a GET of HTTP/1.1 with these headers, up to its empty line."""
    lines = [
        f"GET {_target(url)} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
    ]
    return sum(len(line.encode()) + len("\r\n") for line in lines)


def handshake_bytes(text: str) -> int:
    """Of a WebSocket's request, which is told with a whole URL and sent with its path alone."""
    method, url, rest = text.split(" ", 2)
    return len(f"{method} {_target(url)} {rest}".encode())


def _target(url: str) -> str:
    """In a request line (RFC 9112, section 3.2.1)."""
    return urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl() or "/"


def chunk_frame_bytes(size: int) -> int:
    """What frames a chunk: its length in hexadecimal and two line ends (RFC 9112, section 7.1)."""
    return len(f"{size:x}") + 2 * len("\r\n")


def _frame_bytes(params: msgspec.Raw) -> int:
    """Of a frame whose payload is not compressed, without a mask."""
    frame = msgspec.json.decode(params, type=_Frame).response
    data = frame.payload_data.encode()
    size = len(data) if frame.opcode == TEXT else len(base64.b64decode(data))
    return size + (2 if size < 126 else 4 if size < 65_536 else 10)
