"""A TLS certificate for one trial, by an authority that only its clients trust (trustme)."""

import contextlib
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Certificate(NamedTuple):
    """authority: PEM text, for the clients. files: of the server's settings, `chain` and `key`."""

    authority: str
    files: dict[str, str]


@contextlib.contextmanager
def issued(*hosts: str) -> Iterator[Certificate]:
    """A certificate for these host names or addresses; only this user can read its folder."""
    import trustme  # takes 0.1 s to import, and most runs do not need it

    authority = trustme.CA()
    leaf = authority.issue_cert(*hosts)
    with tempfile.TemporaryDirectory(prefix="pushbench-") as folder:
        chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
        leaf.private_key_pem.write_to_path(key)
        for blob in leaf.cert_chain_pems:
            blob.write_to_path(chain, append=True)
        files = {"chain": str(chain), "key": str(key)}
        yield Certificate(authority.cert_pem.bytes().decode(), files)


def client_context(authority: str) -> ssl.SSLContext | None:
    """A client's TLS context, which trusts this authority (PEM) alone; None, no TLS, for ""."""
    if not authority:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority)
    return context
