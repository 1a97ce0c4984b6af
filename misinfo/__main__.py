"""``python -m misinfo`` is the command ``misinfo``."""

import sys
from importlib import import_module


def main() -> None:
    """Run the command; who interrupts it while it is loaded sees no traceback."""
    try:
        from .cli import COMMANDS, app

        # deep within calls, at the end of a part of its stack, Python may fetch and drop the next
        # part at every call; imports are many, so the command's are made here
        for name in COMMANDS.keys() & sys.argv[1:2]:
            import_module(f"misinfo.{COMMANDS[name]}")
        app(prog_name="misinfo")
    except KeyboardInterrupt:
        sys.exit(130)  # as when it runs


if __name__ == "__main__":
    main()
