"""All that has to stand before the clients of a trial come: a server, and a path to it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from loadgen.recording.clock_offset import Offset
from loadgen.runfile.figures import Link
from loadgen.trial.planned import Planned
from loadgen.under_test.certificate import issued
from loadgen.under_test.link import netem, path
from loadgen.under_test.local_barrier import meeting
from loadgen.under_test.running_server import again
from loadgen.under_test.server import Server, settings
from loadgen.worker.task import Running


@dataclass(frozen=True, kw_only=True)
class Stage:
    """server: runs; None: it is not ours. url: where clients reach it; direct: without a link.
    control: URL of the barrier. link: the path there, as it measures; None: it was not measured.
    authority: PEM of the certificate's, "" without TLS. running: of a feed that ran before.
    clock: of the other host, and accounts: whether the server gives figures of its own.
    """

    server: Server | None
    url: str
    direct: str
    control: str
    link: Link | None
    authority: str
    running: Running | None = None
    clock: Offset = Offset(0, None)
    accounts: bool = True

    def check(self) -> None:
        """Raises TrialFailed where a server of ours is no longer running."""
        if self.server is not None:
            self.server.check()


@contextlib.contextmanager
def staged(planned: Planned, *, port: int, loop: str) -> Iterator[Stage]:
    """A fresh server for this trial; everything is gone after the context. Raises TrialFailed."""
    scenario = planned.scenario
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(netem.place(scenario.link))
        certificate = None
        if scenario.http.tls:
            certificate = stack.enter_context(issued(place.host, "localhost"))
        asked = settings(
            scenario,
            planned.name.served,
            host=place.host,
            control_host=place.control_host,
            port=port,
            loop=loop,
            tls=certificate and certificate.files,
        )
        server = stack.enter_context(Server(asked, place.within))
        served = server.ready.echo if scenario.workload == "echo" else server.ready.urls
        direct = served[planned.name.served]
        url, link = stack.enter_context(path.opened(scenario.link, place, direct))
        authority = certificate.authority if certificate else ""
        yield Stage(
            server=server,
            url=url,
            direct=direct,
            control=server.ready.control,
            link=link,
            authority=authority,
        )


@contextlib.contextmanager
def joined(planned: Planned, place: str, workers: int) -> Iterator[Stage]:
    """The server at `place`, which runs already and goes on after the trial. Raises TrialFailed."""
    target = again(place)
    url = target.url(planned.transport)
    with contextlib.ExitStack() as stack:
        if target.about.control:
            clock, barrier = target.clock(), target.about.control
        else:
            epoch_ns, clock = target.epoch()
            barrier = stack.enter_context(meeting(workers, epoch_ns))
        yield Stage(
            server=None,
            url=url,
            direct=url,
            control=barrier,
            link=None,
            authority="",
            running=Running(
                after=target.about.last_seq,
                feed=target.feed,
                clock_offset_ns=clock.ns if target.about.control else 0,
            ),
            clock=clock,
            accounts=bool(target.about.control),
        )
