"""Sockets to listen on: one way to open them, and one line of text where that fails."""

import errno
import os
import socket
import ssl

from feed.errors import InputError
from servers.settings import TlsFiles

# Thousands of clients connect at once; the kernel cuts this to net.core.somaxconn.
BACKLOG = 4096

Tls = ssl.SSLContext | None  # None: no TLS


class CannotListen(Exception):
    """The address is taken or not to be had; the text is one line that names host:port."""


def bind(host: str, port: int) -> socket.socket:
    """A listening TCP socket, to be closed after use; port 0: any free one. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # So that a port can be had again at once; one on which somebody listens stays taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        return listener
    except (OSError, OverflowError, UnicodeError) as error:
        listener.close()
        raise CannotListen(f"cannot listen on {_joined(host, port)}: {_reason(error)}") from None


def address(listener: socket.socket) -> str:
    """The `host:port` at which a client reaches `listener`, as it stands in a URL."""
    host, port = listener.getsockname()[:2]
    return _joined(host, port)


def tls_context(files: TlsFiles | None) -> Tls:
    """What a server needs for TLS; None where there are no files. Raises InputError."""
    if files is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(files.chain, files.key)
    except OSError as error:  # ssl.SSLError is one
        raise InputError(f"tls: {files.chain}, {files.key}: {error}") from None
    return context


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reason(error: Exception) -> str:
    if not isinstance(error, OSError) or error.errno is None:
        return str(error)
    if error.errno == errno.EADDRINUSE:
        return "the port is taken"
    # Negative: of the name resolution, whose numbers are not the system's.
    return os.strerror(error.errno) if error.errno > 0 else str(error.strerror)
