"""Live counts: summed over workers, deaf to strangers, silent without a listener."""

import select
import socket

from loadgen.worker.progress_datagrams import Listener, Reporter


def wait_for_datagram(listener: Listener) -> None:
    assert select.select([listener._socket], [], [], 10)[0]


def test_the_counts_of_all_workers_add_up() -> None:
    with Listener() as listener:
        one, two = Reporter(listener.address, 0), Reporter(listener.address, 1)
        for reporter, count in ((one, 5), (two, 3), (one, 7)):
            reporter.send(count)
            wait_for_datagram(listener)
            listener.delivered()
        assert listener.delivered() == 10
        one.close()
        two.close()


def test_a_strangers_datagram_counts_nothing() -> None:
    with Listener() as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"hello", listener.address)
        wait_for_datagram(listener)
        assert listener.delivered() == 0


def test_a_reporter_without_a_listener_says_its_piece_all_the_same() -> None:
    with Listener() as listener:
        address = listener.address
    reporter = Reporter(address, 0)
    for count in range(3):
        reporter.send(count)
    reporter.close()
