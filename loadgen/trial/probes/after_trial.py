"""What is seen of a server once the clients are gone, while it still runs: theory's units."""

import msgspec

from feed.transport import LONG_POLL, POST, SHORT_POLL
from loadgen.clients.client import Subscription
from loadgen.recording.recorder import Recorder
from loadgen.runfile.figures import Busy, Exchange, Waking
from loadgen.trial.environment import Stage
from loadgen.trial.planned import Planned
from loadgen.trial.probes.blocking_poll import Polls
from loadgen.trial.probes.busy_polls import see_busy
from loadgen.trial.probes.held_polls import Path, see_waking
from loadgen.trial.probes.message_sizes import see, see_post
from loadgen.under_test.certificate import client_context
from loadgen.under_test.control_client import ServerAccount

LEAST_EVENTS_PER_S = 1.0  # with fewer, hardly two of them share a poll


def see_exchange(
    planned: Planned, stage: Stage, account: ServerAccount | None, *, epoch_ns: int, loop: str
) -> Exchange | None:
    """The sizes of a poll or a POST, and its times; those only where netem is not on the way there.

    account: None where the server gives none. epoch_ns: of the feed, on this host's clock. loop:
    the workers' choice. None for a transport without either, and where compression makes sizes
    depend on the events.
    """
    seen = _sizes(planned, stage)
    if seen is None or planned.scenario.link.loss:
        return seen and msgspec.structs.replace(seen, service_ns=None)
    if account is None or stage.server is None or stage.link is None:
        return seen
    if planned.name.protocol == SHORT_POLL:
        return msgspec.structs.replace(seen, busy=_busy(planned, stage, account))
    if planned.name.protocol == LONG_POLL:
        waking = _waking(planned, stage, account, epoch_ns, loop)
        return msgspec.structs.replace(seen, waking=waking)
    return seen


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


def _waking(
    planned: Planned, stage: Stage, account: ServerAccount, epoch_ns: int, loop: str
) -> Waking | None:
    """Over the clients' own path; None where it could not be seen, or would take too long."""
    scenario = planned.scenario
    if len(account.lags_ns) / scenario.trial.duration_s < LEAST_EVENTS_PER_S:
        return None
    assert stage.link is not None
    transit_ns = stage.link.rtt.p50_ns // 2
    one_of_them = Subscription(
        url=stage.url,
        recorder=Recorder(),
        after=account.published.last_seq,
        headers=scenario.clients.headers,
        timeout_s=scenario.poll.timeout_s,
        keep_alive=scenario.poll.keep_alive,
        tls=client_context(stage.authority),
    )
    path = Path(epoch_ns, transit_ns, transit_ns * (1 if scenario.poll.keep_alive else 5))
    return see_waking(one_of_them, path, clients=scenario.clients.count, loop=loop)
