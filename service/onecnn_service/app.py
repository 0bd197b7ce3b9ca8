# SPDX-License-Identifier: Apache-2.0
"""``onecnn_service.app:app``, for servers that import an application; `Settings.from_environment` configures it."""

from __future__ import annotations

from onecnn_service.factory import create_app
from onecnn_service.settings import Settings

__all__ = ["app", "create_app"]

app = create_app(Settings.from_environment())
