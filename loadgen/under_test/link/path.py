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
from loadgen.under_test.link import ping
from loadgen.under_test.link.netem import Place
from loadgen.under_test.link.relay import Route


class _Echoing(msgspec.Struct, frozen=True):
    address: str


class _Relaying(msgspec.Struct, frozen=True):
    addresses: list[str]


@contextlib.contextmanager
def opened(spec: LinkSpec, place: Place, url: str) -> Iterator[tuple[str, Link]]:
    """Gives the URL at which clients reach the server at `url`, and what the way there measures.

    The measurement is over by then: 0.5 s at most without a delay, 2 s at 80 ms. Raises
    TrialFailed where a part of the path does not come up.
    """
    command = [
        *place.within,
        sys.executable,
        "-m",
        "loadgen.under_test.link.echo_server",
        place.host,
    ]
    with contextlib.ExitStack() as stack:
        echo = stack.enter_context(Child("the echo server", command, _Echoing)).ready.address
        if not relayed(spec):
            yield url, _measured(echo)
            return
        routes = [Route(urlsplit(url).netloc, link=spec), Route(echo, link=spec), Route(echo)]
        relay = [sys.executable, "-m", "loadgen.under_test.link.relay"]
        relay += [msgspec.json.encode(route).decode() for route in routes]
        to_server, to_echo, undelayed = stack.enter_context(
            Child("the relay", relay, _Relaying)
        ).ready.addresses
        link = _measured(to_echo)
        own_ns = round(float(np.median(ping.pings(undelayed)) - np.median(ping.pings(echo))))
        yield (
            urlunsplit(urlsplit(url)._replace(netloc=to_server)),
            msgspec.structs.replace(link, relay_rtt_ns=max(0, own_ns)),
        )


def relayed(spec: LinkSpec) -> bool:
    """Whether a relay makes this link: not where it adds nothing, nor where netem does it all."""
    return bool((spec.rtt_ms or spec.bandwidth_bit_per_s) and not spec.loss)


def _measured(echo: str) -> Link:
    try:
        return ping.link(echo)
    except OSError as error:
        raise TrialFailed(f"the path could not be measured: {error}") from None
