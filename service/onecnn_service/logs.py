# SPDX-License-Identifier: Apache-2.0
"""Structured logs on standard error, the web server's own lines among them."""

from __future__ import annotations

import logging
import sys
from enum import Enum

import structlog
from structlog.types import Processor


class Level(str, Enum):
    """How much is logged."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


class Format(str, Enum):
    """How a record is written: for a person, or one JSON object a line."""

    console = "console"
    json = "json"


def configure(level: Level, form: Format) -> None:
    """Send structlog's and the standard library's records through one renderer."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form is Format.json:
        shared.append(structlog.processors.format_exc_info)
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if form is Format.json
        # The default one, where rich is installed, takes seconds and prints the locals: bodies of requests among them.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.value.upper())
    # They describe every chunk they read, and every stage of a start that the service reports itself.
    for chatty in ("PIL", "python_multipart", "uvicorn.error", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
