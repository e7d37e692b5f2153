"""The refusal of a request that cannot be served."""


class Refusal(Exception):
    """Answered with an HTTP status and a JSON object, `{"error": …}` and the facts beside it."""

    def __init__(self, status: int, error: str, **facts: int) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.facts = facts
