"""The environment of a trial: a server, and the path on which clients reach it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from feed.errors import InputError
from loadgen.errors import TrialFailed
from loadgen.recording.clock_offset import Offset
from loadgen.runfile.figures import Link
from loadgen.trial.planned import Planned
from loadgen.under_test.certificate import issued
from loadgen.under_test.link import netem, path
from loadgen.under_test.local_barrier import local_barrier
from loadgen.under_test.running_server import fetch_description
from loadgen.under_test.server import Server, settings
from loadgen.worker.task import Running


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What a trial's clients connect to.

    server       its process; None: it is not ours.
    url          where clients reach it; direct: without a link in between.
    control      URL of the control port, with the barrier.
    link         the path, measured; None: it was not measured.
    authority    of the server's certificate, PEM; "" without TLS.
    running      of a feed that ran before.
    clock        the offset of the server's clock.
    has_figures  whether the server gives figures of its own.
    """

    server: Server | None = None
    url: str
    direct: str
    control: str
    link: Link | None = None
    authority: str = ""
    running: Running | None = None
    clock: Offset = Offset(0, None)
    has_figures: bool = True

    def check(self) -> None:
        """Raises TrialFailed where a server of ours is no longer running."""
        if self.server is not None:
            self.server.check()


@contextlib.contextmanager
def with_fresh_server(planned: Planned, *, port: int, loop: str) -> Iterator[Environment]:
    """A server for this trial alone; everything is gone after the context. Raises TrialFailed."""
    scenario, transport = planned.scenario, planned.name.served
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(netem.place(scenario.link))
        authority, tls = "", None
        if scenario.http.tls:
            authority, tls = stack.enter_context(issued(place.host, "localhost"))
        asked = settings(
            scenario,
            transport,
            host=place.host,
            control_host=place.control_host,
            port=port,
            loop=loop,
            tls=tls,
        )
        server = stack.enter_context(Server(asked, place.within))
        urls = server.ready.echo if scenario.workload == "echo" else server.ready.urls
        direct = urls[transport]
        url, link = stack.enter_context(path.open_path(scenario.link, place, direct))
        yield Environment(
            server=server,
            url=url,
            direct=direct,
            control=server.ready.control,
            link=link,
            authority=authority,
        )


@contextlib.contextmanager
def with_running_server(planned: Planned, address: str, workers: int) -> Iterator[Environment]:
    """The server at `address`, which goes on after the trial. Raises TrialFailed."""
    with contextlib.ExitStack() as stack:
        try:
            server = fetch_description(address)
            url, control = server.url(planned.transport), server.control
            epoch_ns, clock = (0, server.clock()) if control else server.epoch()
        except InputError as error:
            raise TrialFailed(str(error)) from None
        yield Environment(
            url=url,
            direct=url,
            control=control or stack.enter_context(local_barrier(workers, epoch_ns)),
            running=Running(
                after=server.last_seq,
                feed=server.known_feed,
                clock_offset_ns=clock.ns if control else 0,
            ),
            clock=clock,
            has_figures=bool(control),
        )
