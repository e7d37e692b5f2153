"""A Recorder that a test can wait on, and a server that sends what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from feed.event import Event
from loadgen.recording.recorder import Recorder

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Witness(Recorder):
    """Tells whoever waits each time that something was recorded."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[["Witness"], bool]) -> None:
        """Wait until `condition` holds of what is recorded."""
        while not condition(self):
            self._changed.clear()
            await self._changed.wait()

    @property
    def message_bytes(self) -> int:
        """Encoded bytes of all arrivals so far."""
        return int(self.arrivals()[:, 2].sum())

    def message(self, message: bytes, received_ns: int) -> None:
        super().message(message, received_ns)
        self._changed.set()

    def event(self, event: Event, message_bytes: int, received_ns: int) -> None:
        super().event(event, message_bytes, received_ns)
        self._changed.set()

    def request(self, planned_ns: int, sent_ns: int, received_ns: int, events: int) -> None:
        super().request(planned_ns, sent_ns, received_ns, events)
        self._changed.set()

    def answer(self, number: int, due: int, text_bytes: int, received_ns: int) -> None:
        super().answer(number, due, text_bytes, received_ns)
        self._changed.set()

    def missed(self, planned_ns: int) -> None:
        super().missed(planned_ns)
        self._changed.set()

    def failed_request(self, planned_ns: int, sent_ns: int) -> None:
        super().failed_request(planned_ns, sent_ns)
        self._changed.set()

    def gap(self) -> None:
        super().gap()
        self._changed.set()

    def fail(self, reason: str) -> None:
        super().fail(reason)
        self._changed.set()


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[int]:
    """A server that runs `script` for each connection and then closes it; gives its port.

    On leaving, every script that still runs is cancelled.
    """
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has closed
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(serve(reader, writer))
        running.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def request_of(reader: asyncio.StreamReader) -> str:
    """The next request's head, from its first line up to the empty line."""
    return (await reader.readuntil(b"\r\n\r\n")).decode()


def answer(body: bytes = b"", status: str = "200 OK", headers: str = "") -> bytes:
    """An HTTP answer; a 204 without a body or a length."""
    length = "" if status.startswith("204") else f"Content-Length: {len(body)}\r\n"
    return f"HTTP/1.1 {status}\r\n{length}{headers}\r\n".encode() + body
