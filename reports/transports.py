"""How each transport is named in a sentence, and its colour in every chart.

Okabe and Ito's colours, which colour-blind readers can tell apart: warm ones poll, cool ones push.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """name: within a sentence. pushes: the server speaks first. colour: as #rrggbb."""

    name: str
    pushes: bool
    colour: str


_LOOKS = {
    "short-poll": Look("short polling", False, "#d55e00"),
    "long-poll": Look("long polling", False, "#e69f00"),
    "socketio-polling": Look("Socket.IO polling", False, "#cc79a7"),
    "websocket": Look("WebSocket", True, "#0072b2"),
    "sse": Look("server-sent events", True, "#009e73"),
    "socketio-websocket": Look("Socket.IO over WebSocket", True, "#56b4e9"),
    "tcp": Look("bare TCP", True, "#808080"),
}
_UNKNOWN_COLOUR = "#999999"


def look(transport: str) -> Look:
    """The Look of a transport such as "websocket@aiohttp": "WebSocket (aiohttp)".

    One that is not in the table keeps its own name, in grey, and counts as polling.
    """
    word, _, library = transport.partition("@")
    known = _LOOKS.get(word, Look(word, False, _UNKNOWN_COLOUR))
    name = f"{known.name} ({library})" if library else known.name
    return Look(name, known.pushes, known.colour)


def heading(transport: str) -> str:
    """The name with a capital, for the beginning of a sentence or a line."""
    name = look(transport).name
    return name[:1].upper() + name[1:]


def is_short_poll(transport: str) -> bool:
    """It polls on the grid of the scenario's interval, with whichever library."""
    return transport.partition("@")[0] == "short-poll"


def is_floor(transport: str) -> bool:
    """The bare socket, which no browser speaks: what the others are held against."""
    return transport.partition("@")[0] == "tcp"
