"""Structured logs: one event a line, as JSON for machines or coloured for people."""

import logging
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog
from structlog.typing import FilteringBoundLogger, Processor

_LEVELS: Final[Mapping[str, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
Logger = FilteringBoundLogger


def set_up_logs(log_format: str, level: str) -> None:
    """Write logs to standard error in *log_format*, from *level* upwards."""
    structlog.configure(
        processors=_processors(log_format),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(log_format))
    logging.basicConfig(
        handlers=[handler], level=max(_LEVELS[level], logging.WARNING), force=True
    )


def logger(area: str) -> Logger:
    """Return the logger of one *area* of the program."""
    log: Logger = structlog.get_logger(area=area)
    return log


class Teller:
    """Tells one *area*'s events at level info, to parts that need no more of a log."""

    def __init__(self, area: str) -> None:
        self._log = logger(area)

    def __call__(self, event: str, /, **fields: object) -> None:
        self._log.info(event, **fields)


def _processors(log_format: str) -> list[Processor]:
    return [*_SHARED, *_rendering(log_format)]


def _formatter(log_format: str) -> logging.Formatter:
    """Write what libraries log with the standard library as our own lines are."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=(*_SHARED, structlog.stdlib.add_logger_name),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *_rendering(log_format),
        ],
    )


def _rendering(log_format: str) -> list[Processor]:
    if log_format == "pretty":
        # Without the values of variables, of which some are secrets.
        formatter = structlog.dev.plain_traceback
        colors = sys.stderr.isatty()
        return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=formatter)]
    return [
        structlog.processors.format_exc_info,
        _event_first,
        structlog.processors.JSONRenderer(),
    ]


def _event_first(_: Any, __: str, event: Any) -> Any:
    return {"event": event.pop("event"), **event}
