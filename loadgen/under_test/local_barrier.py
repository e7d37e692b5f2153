"""A barrier at the load generator, for the workers of a server that has no control port."""

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from loadgen.under_test.control_client import Opening

LEAD_NS = 200_000_000  # from the last worker's arrival to the warm-up: its answer reaches all


@contextlib.contextmanager
def local_barrier(workers: int, epoch_ns: int) -> Iterator[str]:
    """The URL of a control port that has `POST /barrier` alone, and opens it for so many workers.

    epoch_ns: of the feed, which runs already, on this host's monotonic clock.
    """
    begins_ns: list[int] = []
    barrier = threading.Barrier(
        workers, action=lambda: begins_ns.append(time.monotonic_ns() + LEAD_NS)
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            with contextlib.suppress(threading.BrokenBarrierError):
                barrier.wait()
                body = msgspec.json.encode(Opening(epoch_ns, begins_ns[0]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing: whatever fails is an error of the trial, with its reason."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            barrier.abort()
            server.shutdown()
            thread.join()
