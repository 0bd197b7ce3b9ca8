# SPDX-License-Identifier: Apache-2.0
"""One digit from Python, against ONNX Runtime: ``python -m benchmarks.digit``."""

from __future__ import annotations

import argparse
import platform

import onecnn
import onecnn.models
from benchmarks.compare import compare, ratio
from benchmarks.engines import version

PEER = "onnxruntime"


def main() -> None:
    """Print the table, and fail when onecnn is slower than asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, nargs="+", default=[1], help="digits in a call (default: 1)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1], help="threads of a call (default: 1)")
    parser.add_argument("--blocks", type=int, default=15, help="blocks of each engine, in turn (default: 15)")
    parser.add_argument("--calls", type=int, default=400, help="calls in a block at batch 1 (default: 400)")
    parser.add_argument("--at-least", type=float, default=None, help="exit with 1 when a ratio is below this")
    arguments = parser.parse_args()

    print(f"onecnn {onecnn.__version__} ({onecnn.build_info()}), {PEER} {version(PEER)}, {platform.machine()}")
    print("microseconds a call, minimum / median; ratio: how many times faster than ONNX Runtime (range over blocks)")
    slow = False
    for batch in arguments.batch:
        for threads in arguments.threads:
            results = compare(
                ["onecnn", PEER],
                onecnn.models.path("digits"),
                (batch, 1, 28, 28),
                threads=threads,
                blocks=arguments.blocks,
                calls=max(5, arguments.calls // batch),
            )
            cells = [
                f"{engine} {result.minimum * 1e6:8.1f} / {result.median * 1e6:8.1f}"
                for engine, result in results.items()
            ]
            middle, low, high = ratio(results, "onecnn", PEER)
            print(f"batch {batch:3} T={threads}  {'   '.join(cells)}   ratio {middle:.2f} ({low:.2f}..{high:.2f})")
            slow = slow or (arguments.at_least is not None and middle < arguments.at_least)
    if slow:
        raise SystemExit(f"a ratio is below {arguments.at_least}")


if __name__ == "__main__":
    main()
