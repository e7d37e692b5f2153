"""The cost of a WebSocket's handshake: after how many messages it has paid for itself."""

import math
from collections.abc import Sequence

from feed.transport import LONG_POLL, POST, SHORT_POLL, WEBSOCKET, parsed
from reports.formatting import units
from reports.formatting.table import Cell, Table
from reports.formatting.transport_style import heading, style_of
from reports.formatting.wording import wording
from reports.sections.section import Section, Shown
from reports.summary.summary import Summary

SETUP, EACH, TIME = "setup_bytes_per_client", "ip_bytes_per_delivery", "setup_time_p50_ns"


def messages(poll: Summary, push: Summary) -> float | None:
    """(setup of push - of poll) ÷ (bytes per delivery of poll - of push), rounded up.

    0: at once. Infinite: never, as polling moves no more bytes per delivery. None: not known.
    """
    dearer, cheaper, each, least = push[SETUP], poll[SETUP], poll[EACH], push[EACH]
    if dearer is None or cheaper is None or each is None or least is None:
        return None
    if each <= least:
        return math.inf
    return max(0, math.ceil((dearer - cheaper) / (each - least)))


def sections(summaries: Sequence[Summary]) -> tuple[Section, ...]:
    """Of short and long polling, or of POST, against the run's WebSocket; () without either."""
    own = [s for s in summaries if parsed(s.transport).is_plain]
    push = next((s for s in own if parsed(s.transport).protocol == WEBSOCKET), None)
    polls = [s for s in own if parsed(s.transport).protocol in (SHORT_POLL, LONG_POLL, POST)]
    if push is None:
        return ()
    found = {s.transport: each for s in polls if (each := messages(s, push)) is not None}
    if not found:
        return ()
    words = wording(push.workload)
    rows = []
    for s in (push, *polls):
        texts = map(s.text, (SETUP, TIME, EACH))
        rows.append((heading(s.transport), *texts, _repaid(found.get(s.transport))))
    head = ("", "connecting", "time to connect, median", f"per {words.each}", "repaid")
    cells = tuple(tuple(map(Cell, row)) for row in rows)
    table = Table("Connecting, and when WebSocket has repaid it", head, cells)
    sentences = (
        *(_sentence(s, found[s.transport]) for s in polls if s.transport in found),
        f"Connecting is counted apart from the {words.several}, as bytes on the wire for each "
        "client.",
    )
    question = "When is the handshake repaid?"
    return (Section("repaid", question, (" ".join(sentences),), tables=(Shown(table),)),)


def _repaid(number: float | None) -> str:
    if number is None:
        return units.NOTHING
    if number == math.inf:
        return "never"
    return f"after {units.count(int(number))}" if number else "at once"


def _sentence(summary: Summary, number: float) -> str:
    name, ending = style_of(summary.transport).name, ""
    if number == math.inf:
        ending = f": {name} moves no more bytes per {wording(summary.workload).each}"
    elif number:
        ending = f" {'message' if number == 1 else 'messages'} per connection"
    return f"Against {name}, WebSocket’s handshake is repaid {_repaid(number)}{ending}."
