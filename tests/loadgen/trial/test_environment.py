"""The environment of a trial: a server that runs already, and one that goes away."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from loadgen.errors import TrialFailed
from loadgen.runfile.scenario import Scenario
from loadgen.trial.environment import with_running_server
from loadgen.trial.planned import Planned

PLANNED = Planned("websocket", 1, Scenario(transports=("websocket",)))
DESCRIPTION = {
    "urls": {"websocket": "ws://127.0.0.1:9/"},
    "epoch_unix_ns": 0,
    "now_unix_ns": 0,
    "last_seq": 7,
}


@contextmanager
def described(answers: int) -> Iterator[str]:
    """A server that describes itself so many times, and then answers 503."""
    left = iter(range(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if next(left, None) is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(DESCRIPTION).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_server_without_a_control_port_gets_a_barrier_and_a_clock() -> None:
    with described(100) as address, with_running_server(PLANNED, address, 1) as environment:
        assert environment.control.startswith("http://127.0.0.1:")
        assert environment.control != address
        assert environment.running is not None
        assert environment.running.after == 7
        assert not environment.has_figures
        assert environment.clock.ns < 0  # it says 1970


@pytest.mark.parametrize("answers", [0, 1, 3])
def test_a_server_that_goes_away_fails_the_trial(answers: int) -> None:
    with (
        described(answers) as address,
        pytest.raises(TrialFailed, match=r"/pushbench answers 503"),
        with_running_server(PLANNED, address, 1),
    ):
        pass
