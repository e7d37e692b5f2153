"""Bad input, told to the person who gave it."""


class InputError(ValueError):
    """What was wrong, where, and what would be right, in one line.

    The command line prints it without a traceback and exits with 2.
    """
