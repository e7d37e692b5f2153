"""The published numbers of an echo: the names and meanings that differ from a feed's."""

# Without a meaning in an echo: there are no polls and no publisher.
HIDDEN = frozenset(
    {
        "gaps",
        "requests_empty",
        "empty_share",
        "missed_slots",
        "publish_lag_p99_ns",
        "publish_lag_max_ns",
    }
)

# key → label, meaning.
WORDED = {
    "expected": ("exchanges expected", "Texts that were due in the window, of all clients."),
    "delivered": ("exchanges done", "Of the expected, those that were answered."),
    "lost": ("exchanges lost", "Expected, but never answered."),
    "duplicates": ("duplicates", "Further answers to a text that had been answered."),
    "out_of_order": ("out of order", "Answers behind that to a later text of the same client."),
    "late": ("late exchanges", "Answered, but only after the window had closed."),
    "received": (
        "answered in the window",
        "Answers within the window: the exchanges that bytes and CPU are divided by.",
    ),
    "latency_mean_ns": (
        "round trip, mean",
        "The round trip runs from a text’s planned instant to the arrival of its answer.",
    ),
    "latency_p50_ns": (
        "round trip, median",
        "Half of the texts took no longer; left out below 20.",
    ),
    "latency_p90_ns": (
        "round trip, p90",
        "Nine in ten took no longer; left out with fewer than 100 exchanges.",
    ),
    "latency_p99_ns": (
        "round trip, p99",
        "99 in 100 took no longer; left out with fewer than 1,000 exchanges.",
    ),
    "latency_p999_ns": (
        "round trip, p99.9",
        "999 in 1,000 took no longer; left out with fewer than 10,000 exchanges.",
    ),
    "latency_max_ns": ("round trip, worst", "The slowest exchange of a trial."),
    "requests_per_s": ("requests", "HTTP requests of all clients together, answered or failed."),
    "requests_useful": ("answered requests", "Requests that brought their text’s answer."),
    "request_delay_p99_ns": (
        "sending delay, p99",
        "How late the generator told its clients to send a text.",
    ),
    "payload_bytes_per_delivery": ("payload per exchange", "The text and its answer alone."),
    "message_bytes_per_delivery": ("message per exchange", "The same: they are sent as they are."),
    "protocol_bytes_per_delivery": (
        "protocol per exchange",
        "Whole HTTP requests and answers, or WebSocket frames.",
    ),
    "tcp_bytes_per_delivery": (
        "TCP stream per exchange",
        "The TCP streams, as the kernel counted them.",
    ),
    "ip_bytes_per_delivery": (
        "on the wire per exchange",
        "The TCP streams, and 52 bytes of headers for each segment.",
    ),
    "setup_bytes_per_client": (
        "connecting, per client",
        "On the wire for connecting, before the first text, ÷ clients.",
    ),
    "server_cpu_ns_per_delivery": (
        "server CPU per 1,000 exchanges",
        "User and system time of the server, for 1,000 exchanges.",
    ),
    "generator_cpu_ns_per_delivery": (
        "generator CPU per 1,000 exchanges",
        "User and system time of all workers, for 1,000 exchanges.",
    ),
}
