"""Where the program begins: `hirewire`, or `python -m hirewire`."""

import gc
from typing import Final

_STARTING: Final = (20_000, 50, 100)


def main() -> None:
    """Run the command line, without looking for garbage while everything is imported."""
    gc.set_threshold(*_STARTING)
    # lint: allow inner-import - what is imported first would be imported before the line above
    from hirewire.server.cli import begin  # noqa: PLC0415

    begin()


if __name__ == "__main__":
    main()
