"""An HTTP server that only answers: the same events to every request, which it does not parse."""

import asyncio
import sys
import threading
from typing import cast

from feed.event import Event, encode, encode_batch
from feed.process import loop_factory

BODY = encode_batch([encode(Event(1, 1_000, "x" * 80))])
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


class Answers(asyncio.Protocol):
    """One connection. Clients do not pipeline, and their requests fit one segment."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = cast(asyncio.Transport, transport).write

    def data_received(self, data: bytes) -> None:
        self._write(ANSWER)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    watch = threading.Thread(target=_wait_for_end, args=(loop, ended), daemon=True)
    watch.start()
    await ended.wait()


def _wait_for_end(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    sys.stdin.read()
    loop.call_soon_threadsafe(ended.set)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main())
