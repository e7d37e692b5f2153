"""`python -m servers '{"transports":["websocket"],"autostart":true}'`: one server process."""

import inspect
import sys

import msgspec

from feed.errors import InputError
from servers.http.sockets import CannotListen
from servers.process import serve
from servers.settings import ServerSettings

USAGE = """usage: python -m servers '{"transports":["websocket"],"feed":{"rate_per_s":2}}'

The argument is JSON; every key but `transports` may be left out.
"""


def main() -> None:
    """Serve with the settings on the command line, and exit; `--help` prints the keys."""
    match sys.argv[1:]:
        case ["--help"]:
            print(USAGE, inspect.getdoc(ServerSettings), sep="\n")
        case [text]:
            sys.exit(status(text))
        case _:
            sys.exit(_complain("settings: expected one argument, JSON; see --help", 2))


def status(settings: str | bytes) -> int:
    """Serve until a signal, with ServerSettings as JSON; the exit status.

    0, 2 for bad input, 3 where it cannot listen; what is wrong is one line on standard error.
    """
    try:
        serve(msgspec.json.decode(settings, type=ServerSettings))
    except InputError as error:
        return _complain(str(error), 2)
    except (msgspec.DecodeError, UnicodeError) as error:
        return _complain(f"settings: {error}", 2)
    except CannotListen as error:
        return _complain(str(error), 3)
    return 0


def _complain(message: str, status: int) -> int:
    print(" ".join(message.split()), file=sys.stderr)
    return status
