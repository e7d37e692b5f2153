"""`python -m reports report | show`: a run file's page and its numbers."""

import sys

from reports.cli import main

if __name__ == "__main__":
    sys.exit(main())
