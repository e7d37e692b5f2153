"""The least of an HTTP client, which shows the very bytes of an answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec


class Answer(NamedTuple):
    status: int
    head: bytes  # from the status line through the blank line
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode().split("\r\n")[1:-2]
        return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One HTTP connection that shows the very bytes of an answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def ask(self, target: str, method: str = "GET", body: bytes = b"", extra: str = "") -> None:
        """Send a request; `extra` are header lines, each with its line end."""
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {target} HTTP/1.1\r\nHost: test\r\n{length}{extra}\r\n"
        self.send(head.encode() + body)

    def send(self, data: bytes) -> None:
        """These very bytes."""
        self._writer.write(data)

    async def head(self) -> bytes:
        """From the status line through the blank line."""
        return await self._reader.readuntil(b"\r\n\r\n")

    async def take(self, size: int) -> bytes:
        """So many bytes."""
        return await self._reader.readexactly(size)

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        return await self._reader.read()

    def write(self, raw: bytes) -> None:
        self._writer.write(raw)

    async def answer(self) -> Answer:
        head = await self.head()
        answer = Answer(int(head.split()[1]), head, b"")
        length = int(answer.headers.get("content-length", "0"))
        return answer._replace(body=await self._reader.readexactly(length))

    async def chunks(self) -> AsyncIterator[bytes]:
        """The chunks of a body of unknown length, to its end (RFC 9112, section 7.1)."""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            yield (await self._reader.readexactly(size + 2))[:size]

    async def event_stream(self) -> AsyncIterator[dict[str, str]]:
        """The fields of each event, as our server writes it: a chunk, a value a field."""
        async for chunk in self.chunks():
            lines = chunk.decode().splitlines()
            if fields := [line.split(": ", 1) for line in lines if line and line[0] != ":"]:
                yield {name: value for name, value in fields}

    async def get(self, target: str, extra: str = "") -> Answer:
        self.ask(target, extra=extra)
        return await self.answer()

    async def post(self, target: str, body: object) -> Answer:
        self.ask(target, "POST", msgspec.json.encode(body))
        return await self.answer()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()
