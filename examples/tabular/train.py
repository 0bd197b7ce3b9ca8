# SPDX-License-Identifier: Apache-2.0
"""Train the damage model, a scaler and an RBF SVC with probabilities, and export it to ONNX.

Writes damage.onnx and, beside it, damage.json with its scores and the settings it came from.
Without --csv it learns from invented guests, because an SVC carries its training rows with it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from columns import COLUMNS, LABEL
from export import largest_difference, write_onnx
from synthetic import generate
from table import Table, TableError, read_csv

TEST_SHARE = 0.2
PASSED_THROUGH = "married_cd"


@dataclass(frozen=True)
class Settings:
    """What a training run depends on, besides the table itself."""

    c: float
    gamma: str
    seed: int


def main(arguments: list[str] | None = None) -> int:
    """Train, export and report; return the exit status: 2 when the table is no good."""
    options = _parser().parse_args(arguments)
    try:
        table = read_csv(options.csv, options.label) if options.csv else generate(options.rows, options.seed)
        train_x, test_x, train_y, test_y = train_test_split(
            table.features,
            table.labels,
            test_size=TEST_SHARE,
            stratify=table.labels,
            random_state=options.seed,
        )
    except (TableError, ValueError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2
    settings = Settings(c=options.c, gamma="scale", seed=options.seed)
    pipeline = train(Table(train_x, train_y, table.source), settings)
    scores = evaluate(pipeline, test_x, test_y)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "damage.onnx"
    training = {"dataset": table.source, "rows": len(train_x), **scores}
    write_onnx(pipeline, path, train_x, training)
    _write_record(path, settings, training)
    labels, probabilities = largest_difference(pipeline, path, test_x[:200])
    print(f"{path}: {path.stat().st_size} bytes, " + ", ".join(f"{k} {v}" for k, v in scores.items()))
    print(
        f"against scikit-learn on {len(test_x[:200])} rows: {labels} labels differ, "
        f"largest difference of a probability {probabilities:.2e}"
    )
    return 0


def train(table: Table, settings: Settings) -> Pipeline:
    """Return the pipeline fitted on `table`: features as they are written in, class out."""
    scaler = StandardScaler().fit(table.features)
    # Taking no mean off and dividing by 1 passes the column through and keeps its place, so the
    # exported graph is one Scaler where a ColumnTransformer needs a split and a concatenation.
    column = list(COLUMNS).index(PASSED_THROUGH)
    scaler.mean_[column], scaler.var_[column], scaler.scale_[column] = 0.0, 1.0, 1.0
    classifier = SVC(
        C=settings.c,
        gamma=settings.gamma,
        class_weight="balanced",
        probability=True,
        random_state=settings.seed,
    )
    classifier.fit(scaler.transform(table.features), table.labels)
    return Pipeline([("scaler", scaler), ("classifier", classifier)])


def evaluate(pipeline: Pipeline, features: NDArray[np.float32], labels: NDArray[np.int64]) -> dict[str, float]:
    """Return accuracy, balanced accuracy and area under the ROC curve, each 0..1."""
    predicted = pipeline.predict(features)
    probability = pipeline.predict_proba(features)[:, 1]
    return {
        "test_accuracy": round(float(accuracy_score(labels, predicted)), 4),
        "test_balanced_accuracy": round(float(balanced_accuracy_score(labels, predicted)), 4),
        "test_roc_auc": round(float(roc_auc_score(labels, probability)), 4),
    }


def _write_record(path: Path, settings: Settings, training: dict[str, object]) -> None:
    model = path.read_bytes()
    record = {
        "model": path.name,
        "sha256": hashlib.sha256(model).hexdigest(),
        "bytes": len(model),
        **training,
        "settings": asdict(settings) | {"kernel": "rbf", "class_weight": "balanced"},
        "scikit-learn": sklearn.__version__,
    }
    path.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")


def _rows(text: str) -> int:
    value = int(text)
    if value < 100:
        raise argparse.ArgumentTypeError(f"{text} is not 100 or more")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    option = parser.add_argument
    option("--csv", type=Path, metavar="FILE", help="learn from this table, not from invented guests")
    option("--label", default=LABEL, help="the column of --csv to predict, 0 or 1")
    option("--rows", type=_rows, default=1000, help="how many guests to invent; a fifth is for testing")
    option("--c", type=float, default=1.0, help="the SVC's penalty C")
    option("--seed", type=int, default=0, help="of the guests, the split and the probabilities")
    option("--out", type=Path, default=Path(), metavar="DIR", help="where the two files go")
    return parser


if __name__ == "__main__":
    sys.exit(main())
