"""All that has to stand before the clients of a trial come: a server, and a path to it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from loadgen.certificate import Certificate, issued
from loadgen.figures import Link
from loadgen.link import netem, path
from loadgen.plan import Planned
from loadgen.scenario import Scenario
from loadgen.server import Server


@dataclass(frozen=True, kw_only=True)
class Stage:
    """server: runs. url: where clients reach it; url_at_server: past any relay. link: the path
    there, as it measures. authority: PEM of the certificate's, "" without TLS.
    """

    server: Server
    url: str
    url_at_server: str
    link: Link
    authority: str


@contextlib.contextmanager
def staged(planned: Planned, *, port: int, loop: str) -> Iterator[Stage]:
    """A fresh server for this trial; everything is gone after the context. Raises TrialFailed."""
    scenario = planned.scenario
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(netem.place(scenario.link))
        certificate = None
        if scenario.http.tls:
            certificate = stack.enter_context(issued(place.host, "localhost"))
        server = stack.enter_context(
            Server(
                planned.served,
                scenario.feed,
                headers=scenario.clients.headers,
                port=port,
                loop=loop,
                switches=switches(scenario, place, certificate),
                within=place.within,
            )
        )
        served = server.ready.echo if scenario.workload == "echo" else server.ready.urls
        direct = served[planned.served]
        url, link = stack.enter_context(path.opened(scenario.link, place, direct))
        authority = certificate.authority if certificate else ""
        yield Stage(server=server, url=url, url_at_server=direct, link=link, authority=authority)


def switches(scenario: Scenario, place: netem.Place, certificate: Certificate | None) -> list[str]:
    """The server's options that are not at their defaults."""
    options: list[str] = ["--no-feed"] if scenario.workload == "echo" else []
    if place != netem.HERE:
        options += ["--host", place.host, "--control-host", place.control_host]
    if certificate:
        options += ["--tls-cert", str(certificate.chain), "--tls-key", str(certificate.key)]
    if scenario.http.compression:
        options += ["--compression"]
    if scenario.websocket.batch_ms:
        options += ["--batch-ms", str(scenario.websocket.batch_ms)]
    return options
