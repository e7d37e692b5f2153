"""A certificate made for one trial, by an authority that nobody but its clients knows (trustme)."""

import contextlib
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """authority: PEM, for the clients. chain, key: PEM files, for the server."""

    authority: str
    chain: Path
    key: Path

    @property
    def files(self) -> dict[str, str]:
        """As a server's settings name them."""
        return {"chain": str(self.chain), "key": str(self.key)}


@contextlib.contextmanager
def issued(*hosts: str) -> Iterator[Certificate]:
    """A certificate for these host names or addresses, in a folder of this user alone."""
    import trustme  # brings a library of 0.1 s to import, which most runs do not need

    authority = trustme.CA()
    leaf = authority.issue_cert(*hosts)
    with tempfile.TemporaryDirectory(prefix="pushbench-") as folder:
        chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
        leaf.private_key_pem.write_to_path(key)
        for blob in leaf.cert_chain_pems:
            blob.write_to_path(chain, append=True)
        yield Certificate(authority.cert_pem.bytes().decode(), chain, key)


def client_context(authority: str) -> ssl.SSLContext | None:
    """What a client trusts: that authority and nobody else; None, for no TLS, where it is empty."""
    if not authority:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authority)
    return context
