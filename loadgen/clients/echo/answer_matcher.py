"""Texts and answers on one connection: matched by the number with which both begin."""

from loadgen.clients.echo.texts import Text
from loadgen.recording.recorder import Recorder


class AnswerMatcher:
    """The texts that one client has sent, until they are answered."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._unanswered: dict[int, Text] = {}
        self._answered: dict[int, int] = {}  # number -> due_ns

    def sent(self, text: Text, planned_ns: int, sent_ns: int) -> None:
        """A text was sent, as soon as the client was asked to."""
        self._recorder.text(planned_ns, sent_ns, sent_ns, len(text.data))
        self._unanswered[text.number] = text

    def match(self, answer: bytes, received_ns: int) -> bool:
        """Record an answer; False where it is to no text that was sent, or not the right one.

        A second answer to the same text is recorded as an arrival once more.
        """
        head = answer.partition(b" ")[0]
        number = int(head) if head.isdigit() else 0  # which no text has
        text = self._unanswered.get(number)
        if text is not None and text.answer == answer:
            del self._unanswered[number]
            self._answered[number] = text.due_ns
        elif text is not None or number not in self._answered:
            return False
        self._recorder.answer(number, self._answered[number], len(answer), received_ns)
        return True
