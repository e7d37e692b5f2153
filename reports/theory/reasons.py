"""Why theory says nothing of a number, in words that end a sentence. Pure."""

from reports.formatting.transport_style import is_push
from reports.theory.model.inputs import Premise


def reason(premise: Premise, key: str) -> str:
    """Why a model that holds says nothing of this key."""
    if premise.echoes and key == "requests_per_s":
        return "each client of an echo draws its own due times"
    if key == "share_beyond_transit":
        return "only of long polls, over a link of at least 5 ms each way"
    if key == "empty_share" and premise.echoes:
        return "an echo has no empty requests"
    if key == "empty_share" and is_push(premise.transport):
        return "a push makes no requests"
    if "bytes" not in key:
        return "no event was due in the window"
    if premise.changed:
        return premise.changed
    if premise.encrypted and key in ("tcp_bytes_per_delivery", "ip_bytes_at_1500"):
        return "TLS adds records of its own"
    if premise.transport == "socketio-polling":
        return "the library's requests and answers have no sizes in the model"
    if not is_push(premise.transport) and premise.exchange is None:
        return f"the sizes of a {'POST' if premise.echoes else 'poll'} were not recorded"
    return "the model has no sizes for it"


def no_model(premise: Premise) -> str:
    """Why nothing at all is said of a trial whose transport has a model; "" where it holds."""
    if premise.batched:
        return "batching is not in the model"
    if premise.transport == "socketio-polling" and premise.at_once > 1:
        return "how many events of a burst one answer brings is the library's doing"
    return ""
