"""``python -m misinfo`` is the command ``misinfo``."""

from .cli import app

if __name__ == "__main__":
    app(prog_name="misinfo")
