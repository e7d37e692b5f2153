"""The protocol bytes of one page, from the events of the DevTools protocol's Network domain.

What goes up is written out as HTTP/1.1 has it, from the headers that the browser reports it sent;
what comes down is the browser's own count, head and body. A WebSocket's handshake is reported as
text; its frames are reported unmasked and without their header, whose length follows from theirs
(RFC 6455, section 5.2). Control frames are not reported, and neither is what the kernel counts.
"""

import base64
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

    def add(self, method: str, raw: msgspec.Raw) -> None:
        """An event of the protocol; one of no interest changes nothing."""
        domain, _, event = method.partition(".")
        if domain != "Network":
            return
        params = _decode(raw)
        request, response = params.request_id, params.response
        match event:
            case "requestWillBeSent" | "requestWillBeSentExtraInfo":  # in any order
                other = self._half_requests.pop(request, None)
                if other is None:
                    self._half_requests[request] = params
                else:
                    url = params.request.url or other.request.url
                    self._up_bytes += request_bytes(url, params.headers or other.headers)
            case "responseReceived":
                headers = {name.lower(): value for name, value in response.headers.items()}
                chunked = headers.get("transfer-encoding") == "chunked"
                head_bytes = response.encoded_data_length
                self._answers[request] = _Answer(head_bytes, head_bytes, chunked)
                self._connections.add(response.connection_id)
            case "dataReceived":
                if (answer := self._answers.get(request)) is not None:
                    size = params.data_length
                    answer.counted_bytes += params.encoded_data_length
                    answer.computed_bytes += size
                    answer.computed_bytes += chunk_frame_bytes(size) if answer.chunked else 0
            case "loadingFinished":
                self._answers.pop(request, None)
                self._down_bytes += params.encoded_data_length
            case "loadingFailed":
                self._half_requests.pop(request, None)
                if (answer := self._answers.pop(request, None)) is not None:
                    self._down_bytes += answer.size
            case "webSocketHandshakeResponseReceived":
                self._sockets += 1
                self._up_bytes += handshake_bytes(response.request_headers_text)
                self._down_bytes += len(response.headers_text.encode())
            case "webSocketFrameReceived":
                self._down_bytes += _frame_bytes(response)
            case "webSocketFrameSent":
                self._up_bytes += _frame_bytes(response) + MASK_BYTES


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
