"""``python -m misinfo`` is the command ``misinfo``."""

import sys


def main() -> None:
    """Run the command; who interrupts it while it is loaded sees no traceback."""
    try:
        from .cli import app

        app(prog_name="misinfo")
    except KeyboardInterrupt:
        sys.exit(130)  # as when it runs


if __name__ == "__main__":
    main()
