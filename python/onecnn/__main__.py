# SPDX-License-Identifier: Apache-2.0
"""``python -m onecnn``."""

from onecnn.cli import main

main()
