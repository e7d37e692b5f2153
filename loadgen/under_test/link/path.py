"""The path between clients and server, measured; through a relay where the link asks for one."""

import contextlib
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import msgspec
import numpy as np

from loadgen.errors import TrialFailed
from loadgen.runfile.figures import Link
from loadgen.runfile.scenario import LinkSpec
from loadgen.under_test.child_process import Child
from loadgen.under_test.link.netem import Place
from loadgen.under_test.link.ping import measure_link, pings
from loadgen.under_test.link.relay import Route


class Listening(msgspec.Struct, frozen=True):
    """The ready line of a relay or an echo server: host:port of each route."""

    addresses: list[str]


@contextlib.contextmanager
def open_path(spec: LinkSpec, place: Place, url: str) -> Iterator[tuple[str, Link]]:
    """The URL at which clients reach the server at `url`, and the path, measured.

    The measurement takes 0.5 s at most without a delay, 2 s at 80 ms, and is over when the context
    begins. Raises TrialFailed where a part of the path does not come up.
    """
    run = [sys.executable, "-m"]
    command = [*place.within, *run, "loadgen.under_test.link.echo_server", place.host]
    with contextlib.ExitStack() as stack:
        echo_server = stack.enter_context(Child("the echo server", command, Listening))
        [echo] = echo_server.ready.addresses
        try:
            if not relayed(spec):
                link = measure_link(echo)
            else:
                server = urlsplit(url).netloc
                routes = [Route(server, link=spec), Route(echo, link=spec), Route(echo)]
                command = [*run, "loadgen.under_test.link.relay"]
                command += [msgspec.json.encode(route).decode() for route in routes]
                relay = stack.enter_context(Child("the relay", command, Listening))
                to_server, to_echo, undelayed = relay.ready.addresses
                url = urlunsplit(urlsplit(url)._replace(netloc=to_server))
                link = measure_link(to_echo)
                own_ns = round(float(np.median(pings(undelayed)) - np.median(pings(echo))))
                link = msgspec.structs.replace(link, relay_rtt_ns=max(0, own_ns))
        except OSError as error:
            raise TrialFailed(f"the path could not be measured: {error}") from None
        yield url, link


def relayed(spec: LinkSpec) -> bool:
    """Whether a relay makes this link: not where it adds nothing, nor where netem does it all."""
    return bool((spec.rtt_ms or spec.bandwidth_bit_per_s) and not spec.loss)
