"""Texts and answers on one connection: matched by the number with which both begin."""

from loadgen.clients.echo.texts import Text
from loadgen.recording.recorder import Recorder


class AnswerMatcher:
    """What one client has said, until it is answered."""

    def __init__(self, recorder: Recorder) -> None:
        self._record = recorder
        self._open: dict[int, Text] = {}
        self._answered: dict[int, int] = {}  # number -> due_ns

    def sent(self, text: Text, planned_ns: int, sent_ns: int) -> None:
        """It was sent as soon as the client was told to."""
        self._record.text(planned_ns, sent_ns, sent_ns, len(text.data))
        self._open[text.number] = text

    def match(self, answer: bytes, received_ns: int) -> bool:
        """Record an answer; False where it is to nothing that was said, or not the right one.

        A second answer to the same text is recorded as an arrival once more.
        """
        number = _number(answer)
        text = self._open.get(number)
        if text is None:
            due_ns = self._answered.get(number)
            if due_ns is None:
                return False
        elif text.answer != answer:
            return False
        else:
            due_ns = text.due_ns
            del self._open[number]
            self._answered[number] = due_ns
        self._record.answer(number, due_ns, len(answer), received_ns)
        return True


def _number(answer: bytes) -> int:
    """With which it begins; 0, which no text has, where there is none."""
    head = answer.partition(b" ")[0]
    return int(head) if head.isdigit() else 0
