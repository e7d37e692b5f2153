"""What holds for all tests."""

from hypothesis import settings

# An example that takes long says something of the machine, and nothing of the code.
settings.register_profile("pushbench", deadline=None)
settings.load_profile("pushbench")
