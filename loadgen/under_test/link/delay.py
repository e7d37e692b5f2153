"""The delay of one direction of a link: from when bytes enter to when they leave."""

from random import Random

from loadgen.runfile.scenario import LinkSpec

NS_PER_MS = 1_000_000
# What a sender may have in flight where nothing limits the bandwidth: about Linux's largest window.
UNLIMITED_WINDOW_BYTES = 4 * 1024 * 1024
LEAST_WINDOW_BYTES = 64 * 1024


class Delay:
    """One direction of one connection, which keeps order. Instants are ns on the caller's clock."""

    def __init__(self, link: LinkSpec, opens_ns: int, random: Random) -> None:
        """opens_ns: bytes that come before this instant enter the link only then."""
        self._line_free_ns = opens_ns
        self._one_way_ns = link.rtt_ms / 2 * NS_PER_MS
        self._jitter_ns = link.jitter_ms * NS_PER_MS
        bandwidth = link.bandwidth_bit_per_s
        self._ns_per_byte = 8e9 / bandwidth if bandwidth else 0.0
        self._random = random
        self._last_due_ns = opens_ns

    def due_ns(self, now_ns: int, size_bytes: int) -> int:
        """When the last of `size_bytes` that entered at now_ns arrives at the other end."""
        self._line_free_ns = max(now_ns, self._line_free_ns) + round(size_bytes * self._ns_per_byte)
        jitter_ns = self._random.uniform(-1, 1) * self._jitter_ns if self._jitter_ns else 0.0
        due_ns = self._line_free_ns + round(self._one_way_ns + jitter_ns)
        self._last_due_ns = max(self._last_due_ns, due_ns)
        return self._last_due_ns


def delays(link: LinkSpec, accepted_ns: int, random: Random) -> tuple[Delay, Delay]:
    """Up and down of a connection that a relay accepted at once, where TCP would take one RTT.

    A client sends nothing before the SYN-ACK is back, one round trip after its SYN, and a server
    knows of the connection from the ACK on, half a round trip later (RFC 9293, section 3.5).
    """
    rtt_ns = round(link.rtt_ms * NS_PER_MS)
    up = Delay(link, accepted_ns + rtt_ns, random)
    return up, Delay(link, accepted_ns + rtt_ns * 3 // 2, random)


def window_bytes(link: LinkSpec) -> int:
    """How much one direction of a relay holds before it stops reading.

    As much as the line holds and a small buffer, so that the bandwidth limits a sender as it would
    through TCP's own window.
    """
    if not link.bandwidth_bit_per_s:
        return UNLIMITED_WINDOW_BYTES
    on_the_line = link.bandwidth_bit_per_s / 8 * (link.rtt_ms / 2 + link.jitter_ms) / 1e3
    return round(on_the_line) + LEAST_WINDOW_BYTES
