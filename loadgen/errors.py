"""How a trial, or a run, can come to nothing."""


class TrialFailed(Exception):
    """The trial has no figures: a server died, a worker was killed, a client was cut off.

    The text is one line; it goes into the run file, and the run goes on with the next trial.
    """


class Interrupted(Exception):
    """The person ended the run with Ctrl-C; the trials so far are in the run file."""
