"""An echo server, the far end of a link's measurement, for one connection at a time.

`python -m loadgen.under_test.link.echo_server HOST`.
In a process of its own, so that no wait for the interpreter's lock is measured.
"""

import json
import os
import socket
import sys
import threading


def serve(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            try:
                while data := connection.recv(4096):
                    connection.sendall(data)
            except OSError:
                continue


def main(host: str) -> None:
    """Serve until standard input ends; the first line printed is a ready line like a relay's."""
    with socket.create_server((host, 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        address, port = listener.getsockname()[:2]
        print(json.dumps({"pid": os.getpid(), "addresses": [f"{address}:{port}"]}), flush=True)
        while os.read(0, 4096):
            pass


if __name__ == "__main__":
    main(sys.argv[1])
