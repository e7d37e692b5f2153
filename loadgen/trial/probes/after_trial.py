"""What is measured of a server once the clients are gone, while it still runs."""

import msgspec

from feed.transport import LONG_POLL, POST, SHORT_POLL
from loadgen.runfile.figures import Busy, Exchange
from loadgen.trial.environment import Stage
from loadgen.trial.planned import Planned
from loadgen.trial.probes.blocking_poll import Polls
from loadgen.trial.probes.busy_polls import see_busy
from loadgen.trial.probes.message_sizes import see, see_post
from loadgen.under_test.certificate import client_context
from loadgen.under_test.control_client import ServerAccount


def see_exchange(planned: Planned, stage: Stage, account: ServerAccount | None) -> Exchange | None:
    """The sizes of a poll or a POST, and of short polls what they cost a server without a rest.

    account: None where the server gives none. None for a transport without either, and where
    compression makes sizes depend on the events.
    """
    sizes = _sizes(planned, stage)
    if sizes is None or account is None or stage.server is None or stage.link is None:
        return sizes
    # Over netem a lost packet would count as the server's time.
    if planned.name.protocol == SHORT_POLL and not planned.scenario.link.loss:
        return msgspec.structs.replace(sizes, busy=_busy(planned, stage, account))
    return sizes


def _sizes(planned: Planned, stage: Stage) -> Exchange | None:
    scenario, protocol = planned.scenario, planned.name.protocol
    headers, tls = scenario.clients.headers, client_context(stage.authority)
    hold_s = {SHORT_POLL: None, LONG_POLL: scenario.poll.timeout_s}
    if protocol == POST:
        return see_post(stage.direct, headers, scenario.echo.payload_bytes, tls)
    if protocol not in hold_s or scenario.http.compression:
        return None
    return see(
        stage.direct,
        headers,
        timeout_s=hold_s[protocol],
        keep_alive=scenario.poll.keep_alive,
        tls=tls,
        after=stage.running.after if stage.running else 0,
    )


def _busy(planned: Planned, stage: Stage, account: ServerAccount) -> Busy | None:
    """Straight to the server, with as many events in a poll as the trial's own had."""
    scenario = planned.scenario
    polls = Polls(
        url=stage.direct,
        headers=scenario.clients.headers,
        timeout_s=None,
        tls=client_context(stage.authority),
    )
    return see_busy(
        polls,
        place=stage.control,
        clients=scenario.clients.count,
        keep_alive=scenario.poll.keep_alive,
        events_per_poll=len(account.lags_ns) * scenario.poll.interval_s / scenario.trial.duration_s,
        last_seq=account.published.last_seq,
    )
