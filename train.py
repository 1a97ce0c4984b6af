"""Train the bundled model anew: the same as ``misinfo train --force``."""

from misinfo.cli import app

if __name__ == "__main__":
    app(["train", "--force"])
