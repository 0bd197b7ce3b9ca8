# SPDX-License-Identifier: Apache-2.0
"""Write docs/operators.md from the registration lines in src/ops: ``python docs/list_operators.py``."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "operators.md"
REGISTRATION = re.compile(r'^const Registration \w+\{\s*\{"(?P<domain>[^"]*)", "(?P<op_type>\w+)"', re.MULTILINE)

HEAD = """# Operators

What onecnn runs, in any opset to the newest; older forms become the newest one when a model is read. f32
everywhere; each operator's file says which other types. Written by `python docs/list_operators.py`.

Where results differ from others' on purpose: Relu of float32, alone or fused into its producer, gives 0 for NaN, as
oneDNN has it. Integer division by zero gives 0, and the least integer divided by −1 itself, as NumPy has them. Mod
by zero and 0 to a negative integer power are 0 too. Dropout in training mode draws the same elements in every run,
and without a seed those of seed 0.

## Left out

- Bernoulli, Multinomial, RandomNormal, RandomNormalLike, RandomUniform, RandomUniformLike: they draw numbers, which no
  trained classifier or detector does, and on which no two engines agree.
- RegexFullMatch, TfIdfVectorizer: text; a regular expression of an untrusted model can run for ever.
- FlexAttention, of ai.onnx.preview: its form may still change.
- Adagrad, Adam, Gradient, Momentum, of ai.onnx.preview.training: they train.

Sparse tensors, complex numbers and float6 are refused. Strings go through the operators that ONNX names them for in
tables and labels (Identity, Equal, Cast, Unique, LabelEncoder, OneHotEncoder, ...), not yet through those that move
data. `make conformance` runs every case that ONNX has, beside ONNX Runtime.

## Here

| domain | operator | where |
|---|---|---|
"""


def page() -> str:
    """Return the page as the sources have it now."""
    rows = []
    for source in sorted((ROOT / "src" / "ops").glob("*.cpp")):
        for found in REGISTRATION.finditer(source.read_text(encoding="utf-8")):
            path = source.relative_to(ROOT)
            rows.append((found["domain"] or "ai.onnx", found["op_type"], f"[{path}](../{path})"))
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in sorted(rows))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
