# SPDX-License-Identifier: Apache-2.0
"""`--fail-on-skip`: where everything that tests need is there, a skipped test hides something."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-on-skip", action="store_true", help="fail the run when a test is skipped")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--fail-on-skip") and skipped(session.config) and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--fail-on-skip") and skipped(config):
        terminalreporter.write_line("Skipped tests fail this run: the data are here.", red=True)


def skipped(config: pytest.Config) -> bool:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return isinstance(reporter, pytest.TerminalReporter) and bool(reporter.stats.get("skipped"))
