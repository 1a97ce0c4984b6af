"""``python -m misinfo`` is the command ``misinfo``."""

import os
import signal
import sys
from importlib import import_module

_INTERRUPTED = 130
_BROKEN = 70  # EX_SOFTWARE of sysexits.h; the 1 of Python would be a finding


def main() -> None:
    """Run the command; who interrupts it, while it is loaded or twice, sees no traceback.

    What nobody expected is told with its traceback, and ends with a code of its own.
    """
    if not os.environ.get("COLUMNS", "").strip("0"):  # of a terminal whose width is not known
        os.environ.pop("COLUMNS", None)  # Rich would fit what it writes into no column at all
    try:
        from .cli import COMMANDS, app

        # deep within calls, at the end of a part of its stack, Python may fetch and drop the next
        # part at every call; imports are many, so the command's are made here
        for name in COMMANDS.keys() & sys.argv[1:2]:
            import_module(f"misinfo.{COMMANDS[name]}")
        app(prog_name="misinfo")
    except (KeyboardInterrupt, SystemExit) as stop:
        code = getattr(stop, "code", _INTERRUPTED)
        if code == _INTERRUPTED:  # threads may still be at work, and are waited for at the end
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(code)
    except Exception:
        sys.excepthook(*sys.exc_info())
        sys.exit(_BROKEN)


if __name__ == "__main__":
    main()
