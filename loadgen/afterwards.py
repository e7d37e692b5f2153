"""What is seen of a server once the clients are gone, while it still runs: theory's units."""

import msgspec

from loadgen.busy import see_busy
from loadgen.certificate import client_context
from loadgen.control import ServerAccount
from loadgen.exchange import see, see_post
from loadgen.figures import Busy, Exchange, Waking
from loadgen.plan import Planned
from loadgen.probe import Polls
from loadgen.stage import Stage
from loadgen.waking import see_waking

LEAST_EVENTS_PER_S = 1.0  # with fewer, hardly two of them share a poll


def see_exchange(
    planned: Planned, stage: Stage, account: ServerAccount | None, epoch_ns: int
) -> Exchange | None:
    """The sizes of a poll or a POST, and its times; those only where netem is not on the way there.

    account: None where the server gives none. epoch_ns: of the feed, on this host's clock. None for
    a transport without either, and where compression makes sizes depend on the events.
    """
    seen = _sizes(planned, stage)
    if seen is None or planned.scenario.link.loss:
        return seen and msgspec.structs.replace(seen, service_ns=None)
    if account is None or stage.server is None or stage.link is None:
        return seen
    if planned.spoken == "short-poll":
        return msgspec.structs.replace(seen, busy=_busy(planned, stage, account))
    if planned.spoken == "long-poll":
        transit_ns = stage.link.rtt.p50_ns // 2
        waking = _waking(planned, stage, account, epoch_ns, transit_ns)
        return msgspec.structs.replace(seen, waking=waking)
    return seen


def _sizes(planned: Planned, stage: Stage) -> Exchange | None:
    scenario, spoken = planned.scenario, planned.spoken
    headers, tls = scenario.clients.headers, client_context(stage.authority)
    hold_s = {"short-poll": None, "long-poll": scenario.poll.timeout_s}
    if spoken == "post":
        return see_post(stage.direct, headers, scenario.echo.payload_bytes, tls)
    if spoken not in hold_s or scenario.http.compression:
        return None
    return see(
        stage.direct,
        headers,
        timeout_s=hold_s[spoken],
        keep_alive=scenario.poll.keep_alive,
        tls=tls,
        after=stage.running.after if stage.running else 0,
    )


def _busy(planned: Planned, stage: Stage, account: ServerAccount) -> Busy | None:
    """Straight to the server, with as many events in a poll as the trial's own had."""
    trial, poll = planned.scenario.trial, planned.scenario.poll
    return see_busy(
        _polls(planned, stage, stage.direct, hold_s=None),
        place=stage.control,
        clients=planned.scenario.clients.count,
        keep_alive=poll.keep_alive,
        events_per_poll=len(account.lags_ns) * poll.interval_s / trial.duration_s,
        last_seq=account.published.last_seq,
    )


def _waking(
    planned: Planned, stage: Stage, account: ServerAccount, epoch_ns: int, transit_ns: int
) -> Waking | None:
    """Over the clients' own path; None where it could not be seen, or would take too long."""
    events_per_s = len(account.lags_ns) / planned.scenario.trial.duration_s
    if events_per_s < LEAST_EVENTS_PER_S:
        return None
    return see_waking(
        _polls(planned, stage, stage.url, hold_s=planned.scenario.poll.timeout_s),
        clients=planned.scenario.clients.count,
        after=account.published.last_seq,
        epoch_ns=epoch_ns,
        transit_ns=transit_ns,
    )


def _polls(planned: Planned, stage: Stage, url: str, *, hold_s: float | None) -> Polls:
    return Polls(
        url=url,
        headers=planned.scenario.clients.headers,
        timeout_s=hold_s,
        tls=client_context(stage.authority),
    )
