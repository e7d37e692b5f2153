"""What is measured of a server once the clients are gone, while it still runs."""

import msgspec

from feed.transport import LONG_POLL, POST, SHORT_POLL
from loadgen.runfile.figures import Busy, Exchange
from loadgen.trial.environment import Environment
from loadgen.trial.planned import Planned
from loadgen.trial.probes.blocking_poll import Polls
from loadgen.trial.probes.busy_polls import see_busy
from loadgen.trial.probes.message_sizes import see, see_post
from loadgen.under_test.certificate import client_context
from loadgen.under_test.control_client import ServerReadings


def see_exchange(
    planned: Planned, environment: Environment, readings: ServerReadings | None
) -> Exchange | None:
    """The sizes of a poll or a POST, and of short polls what they cost a server without a rest.

    readings: None where the server gives none. None for a transport without either, and where
    compression makes sizes depend on the events.
    """
    sizes = _sizes(planned, environment)
    if sizes is None or readings is None or environment.server is None or environment.link is None:
        return sizes
    # Over netem a lost packet would count as the server's time.
    if planned.name.protocol == SHORT_POLL and not planned.scenario.link.loss:
        return msgspec.structs.replace(sizes, busy=_busy(planned, environment, readings))
    return sizes


def _sizes(planned: Planned, environment: Environment) -> Exchange | None:
    scenario, protocol = planned.scenario, planned.name.protocol
    headers, tls = scenario.clients.headers, client_context(environment.authority)
    hold_s = {SHORT_POLL: None, LONG_POLL: scenario.poll.timeout_s}
    if protocol == POST:
        return see_post(environment.direct, headers, scenario.echo.payload_bytes, tls)
    if protocol not in hold_s or scenario.http.compression:
        return None
    return see(
        environment.direct,
        headers,
        timeout_s=hold_s[protocol],
        keep_alive=scenario.poll.keep_alive,
        tls=tls,
        after=environment.running.after if environment.running else 0,
    )


def _busy(planned: Planned, environment: Environment, readings: ServerReadings) -> Busy | None:
    """Straight to the server, with as many events in a poll as the trial's own had."""
    scenario = planned.scenario
    polls = Polls(
        url=environment.direct,
        headers=scenario.clients.headers,
        timeout_s=None,
        tls=client_context(environment.authority),
    )
    return see_busy(
        polls,
        place=environment.control,
        clients=scenario.clients.count,
        keep_alive=scenario.poll.keep_alive,
        events_per_poll=len(readings.lags_ns)
        * scenario.poll.interval_s
        / scenario.trial.duration_s,
        last_seq=readings.published.last_seq,
    )
