"""python -m rasp: the same as the `rasp` command."""

from __future__ import annotations

import sys

from rasp.cli import main

sys.exit(main())
