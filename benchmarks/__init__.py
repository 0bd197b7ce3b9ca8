# SPDX-License-Identifier: Apache-2.0
"""Side-by-side measurements with other inference engines, each engine in a process of its own."""
