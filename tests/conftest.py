"""What holds for all tests."""

import signal

from hypothesis import settings

# An example that takes long says something of the machine, and nothing of the code.
settings.register_profile("pushbench", deadline=None)
settings.load_profile("pushbench")

# A shell's job in the background ignores Ctrl-C, as do all that it starts: those that tests end so.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
