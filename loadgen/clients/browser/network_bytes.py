"""The protocol bytes of one page, from the events of the DevTools protocol's Network domain.

What goes up is written out as HTTP/1.1 has it, from the headers that the browser reports it sent;
what comes down is the browser's own count, head and body. A WebSocket's handshake is reported as
text; its frames are reported unmasked and without their header, whose length follows from theirs
(RFC 6455, section 5.2). Control frames are not reported, and neither is what the kernel counts.
"""

import base64
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from loadgen.recording.byte_counters import UNKNOWN, ByteCounts

TEXT = 1  # a frame's opcode; the payload of any other is reported in base64
MASK_BYTES = 4


class _Url(msgspec.Struct, frozen=True):
    url: str = ""


class _Response(msgspec.Struct, rename="camel", frozen=True):
    """Of an answer, a handshake or, with opcode and payload_data alone, a frame."""

    headers: dict[str, str] = {}
    connection_id: int = 0
    encoded_data_length: int = 0
    headers_text: str = ""
    request_headers_text: str = ""
    opcode: int = 0
    payload_data: str = ""


class _Params(msgspec.Struct, rename="camel"):
    """Parameters of any event. Of a request, one event has its URL and another its headers."""

    request_id: str = ""
    request: _Url = _Url()
    headers: dict[str, str] = {}
    response: _Response = _Response()
    data_length: int = 0
    encoded_data_length: int = 0


_decode = msgspec.json.Decoder(_Params).decode


class _Answer(msgspec.Struct):
    """An answer that has not ended.

    counted_bytes   as the browser has reported so far; it may be behind what came.
    computed_bytes  from the lengths of what came.
    """

    counted_bytes: int
    computed_bytes: int
    chunked: bool

    @property
    def size(self) -> int:
        return max(self.counted_bytes, self.computed_bytes)


class NetworkBytes:
    """Bytes and connections of a page so far.

    The browser reports how long an answer was when it ends, and of a stream now and then, without
    the newest of it. So each piece of a stream counts with its length and, where the answer is
    chunked, the frame of one chunk, until the browser has reported more.
    """

    def __init__(self) -> None:
        self._up_bytes = 0
        self._down_bytes = 0
        self._answers: dict[str, _Answer] = {}
        self._half_requests: dict[str, _Params] = {}
        self._connections: set[int] = set()
        self._sockets = 0

    def byte_counts(self) -> ByteCounts:
        """As far as the browser has reported it; what only a kernel knows is None."""
        down_bytes = self._down_bytes + sum(answer.size for answer in self._answers.values())
        connections = len(self._connections) + self._sockets
        return ByteCounts(self._up_bytes, down_bytes, *UNKNOWN, connections=connections)

    def add(self, method: str, params: msgspec.Raw) -> None:
        """An event of the protocol; one of no interest changes nothing."""
        count = _COUNTS.get(method)
        if count is not None:
            count(self, _decode(params))

    def _request(self, params: _Params) -> None:
        """The two halves of a request come in any order."""
        other = self._half_requests.pop(params.request_id, None)
        if other is None:
            self._half_requests[params.request_id] = params
            return
        url = params.request.url or other.request.url
        self._up_bytes += request_bytes(url, params.headers or other.headers)

    def _response(self, params: _Params) -> None:
        response = params.response
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._connections.add(response.connection_id)
        head_bytes = response.encoded_data_length
        chunked = headers.get("transfer-encoding") == "chunked"
        self._answers[params.request_id] = _Answer(head_bytes, head_bytes, chunked)

    def _data(self, params: _Params) -> None:
        if (answer := self._answers.get(params.request_id)) is not None:
            answer.counted_bytes += params.encoded_data_length
            answer.computed_bytes += params.data_length
            answer.computed_bytes += chunk_frame_bytes(params.data_length) if answer.chunked else 0

    def _finished(self, params: _Params) -> None:
        self._answers.pop(params.request_id, None)
        self._down_bytes += params.encoded_data_length

    def _failed(self, params: _Params) -> None:
        self._half_requests.pop(params.request_id, None)
        if (answer := self._answers.pop(params.request_id, None)) is not None:
            self._down_bytes += answer.size

    def _handshake(self, params: _Params) -> None:
        self._sockets += 1
        self._up_bytes += handshake_bytes(params.response.request_headers_text)
        self._down_bytes += len(params.response.headers_text.encode())

    def _frame_received(self, params: _Params) -> None:
        self._down_bytes += _frame_bytes(params.response)

    def _frame_sent(self, params: _Params) -> None:
        self._up_bytes += _frame_bytes(params.response) + MASK_BYTES


_COUNTS: dict[str, Callable[[NetworkBytes, _Params], None]] = {
    "Network.requestWillBeSent": NetworkBytes._request,
    "Network.requestWillBeSentExtraInfo": NetworkBytes._request,
    "Network.responseReceived": NetworkBytes._response,
    "Network.dataReceived": NetworkBytes._data,
    "Network.loadingFinished": NetworkBytes._finished,
    "Network.loadingFailed": NetworkBytes._failed,
    "Network.webSocketHandshakeResponseReceived": NetworkBytes._handshake,
    "Network.webSocketFrameReceived": NetworkBytes._frame_received,
    "Network.webSocketFrameSent": NetworkBytes._frame_sent,
}


def request_bytes(url: str, headers: dict[str, str]) -> int:
    """Of a GET of HTTP/1.1 with these headers, up to its empty line."""
    fields = (f"{name}: {value}" for name, value in headers.items())
    lines = (f"GET {_target(url)} HTTP/1.1", *fields, "")
    return sum(len(line.encode()) + len("\r\n") for line in lines)


def handshake_bytes(text: str) -> int:
    """Of a WebSocket's request, which is reported with a whole URL and sent with its path alone."""
    method, url, rest = text.split(" ", 2)
    return len(f"{method} {_target(url)} {rest}".encode())


def _target(url: str) -> str:
    """In a request line (RFC 9112, section 3.2.1)."""
    return urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl() or "/"


def chunk_frame_bytes(size: int) -> int:
    """What frames a chunk: its length in hexadecimal and two line ends (RFC 9112, section 7.1)."""
    return len(f"{size:x}") + 2 * len("\r\n")


def _frame_bytes(frame: _Response) -> int:
    """Of a frame whose payload is not compressed, without a mask."""
    data = frame.payload_data.encode()
    size = len(data) if frame.opcode == TEXT else len(base64.b64decode(data))
    return size + (2 if size < 126 else 4 if size < 65_536 else 10)
