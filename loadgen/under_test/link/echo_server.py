"""The far end of a link's measurement, which sends all back.

`python -m loadgen.under_test.link.echo_server HOST`.
One connection at a time, in a process of its own, so that no interpreter lock is measured.
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
    """Serve until standard input ends; the first line printed tells where."""
    with socket.create_server((host, 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        where, port = listener.getsockname()[:2]
        print(json.dumps({"pid": os.getpid(), "address": f"{where}:{port}"}), flush=True)
        while os.read(0, 4096):
            pass


if __name__ == "__main__":
    main(sys.argv[1])
