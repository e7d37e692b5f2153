"""Event streams, decoded (WHATWG HTML, section 9.2.6). Pure: bytes in, messages out.

The bytes stay undecoded UTF-8: what ends a line or a field's name is ASCII.
"""

from typing import NamedTuple

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_RETRY = 18  # digits; a longer wait is no wait
LINE_ENDS = (b"\n", b"\r")


class Message(NamedTuple):
    """kind: `message` where the stream names none. last_id: of this event or one before it."""

    kind: bytes
    data: bytes
    last_id: bytes


class EventStream:
    """Decodes one stream, however its bytes come.

    retry_ms  how long to wait before connecting again, where the stream said so.
    """

    def __init__(self) -> None:
        self.retry_ms: int | None = None
        self._begun = False
        self._unfinished: list[bytes] = []  # parts of a line
        self._after_cr = False  # an LF that comes next belongs to it
        self._kind = b""
        self._data: list[bytes] = []
        self._last_id = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that these bytes complete."""
        messages: list[Message] = []
        for line in self._lines(data):
            if line:
                self._field(line)
                continue
            if self._data:
                data = b"\n".join(self._data)
                messages.append(Message(self._kind or b"message", data, self._last_id))
                self._data.clear()
            self._kind = b""
        return messages

    def _lines(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete, without their ends: CRLF, LF or CR."""
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if not data:
            return []
        lines = data.splitlines()
        whole = data.endswith(LINE_ENDS)
        if whole or len(lines) > 1:
            lines[0] = b"".join([*self._unfinished, lines[0]])
            self._unfinished.clear()
        if not whole:
            self._unfinished.append(lines.pop())
        self._after_cr = data.endswith(b"\r")
        if lines and not self._begun:
            lines[0] = lines[0].removeprefix(BYTE_ORDER_MARK)
            self._begun = True
        return lines

    def _field(self, line: bytes) -> None:
        """A line that begins with a colon is a comment: its field has no name."""
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"id":
            if b"\0" not in value:
                self._last_id = value
        elif name == b"event":
            self._kind = value
        elif name == b"retry" and value.isdigit() and len(value) <= LONGEST_RETRY:
            self.retry_ms = int(value)
