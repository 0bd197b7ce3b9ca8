# SPDX-License-Identifier: Apache-2.0
"""The HTTP service over onecnn: predictions, health, metrics and the web pages."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("onecnn")
except PackageNotFoundError:  # imported from a source tree that was never installed
    __version__ = "0+unknown"
