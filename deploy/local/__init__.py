"""Serve Jishi on one machine from a fresh clone.

Only the standard library is used here, so that it runs before anything is installed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (whoever has an older one should be told)
    sys.exit("Jishi needs Python 3.11 or newer; name one with `make run PYTHON=python3.12`.")
