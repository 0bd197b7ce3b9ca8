# SPDX-License-Identifier: Apache-2.0
"""Train the digit network on MNIST and export it to ONNX.

Writes digits.onnx and, beside it, digits.json with its accuracy and the settings it came from.
The test digits are looked at once, after the last epoch; progress is judged on held-out training
digits.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

import mnist
from augment import distort
from export import write_onnx
from network import digit_network, parameter_count

WEIGHT_DECAY = 1e-4


@dataclass(frozen=True)
class Settings:
    """What a training run depends on, besides the digits themselves."""

    epochs: int
    batch_size: int
    lr: float
    seed: int
    holdout: int
    augment: bool
    limit: int | None


@dataclass(frozen=True)
class Samples:
    """Digits ready for the network: images float32 [N, 1, 28, 28] in 0..1, labels int64 [N]."""

    images: Tensor
    labels: Tensor

    @classmethod
    def of(cls, digits: mnist.Digits) -> Samples:
        """Convert digits as MNIST stores them."""
        images = torch.from_numpy(digits.images.astype(np.float32) / 255.0).unsqueeze(1)
        return cls(images, torch.from_numpy(digits.labels.astype(np.int64)))

    def at(self, indices: Tensor) -> Samples:
        """Return the samples at `indices` (int64 [M]), in that order."""
        return Samples(self.images[indices], self.labels[indices])

    def __len__(self) -> int:
        return len(self.labels)


def main(arguments: list[str] | None = None) -> int:
    """Train, export and report; return the exit status: 2 when there are no digits."""
    options = _parser().parse_args(arguments)
    try:
        folder = _data_folder(options)
        train_digits, test_digits = (mnist.load(folder, part) for part in ("train", "t10k"))
    except mnist.DataError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 2
    settings = Settings(
        epochs=options.epochs,
        batch_size=options.batch_size,
        lr=options.lr,
        seed=options.seed,
        holdout=options.holdout,
        augment=options.augment,
        limit=options.limit,
    )
    torch.set_num_threads(options.threads)
    started = time.monotonic()
    samples = Samples.of(train_digits)
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(settings.seed))
    validation = samples.at(order[: settings.holdout])
    training = samples.at(order[settings.holdout :][: settings.limit])
    network = train(training, validation, settings)
    test = Samples.of(test_digits)
    correct = predictions(network, test) == test.labels
    _write(options.out, network, settings, validation, correct, test.labels)
    print(
        f"test accuracy {correct.float().mean():.4%} on {len(test)} digits, "
        f"trained in {time.monotonic() - started:.0f} s, written to {options.out}"
    )
    return 0


def train(training: Samples, validation: Samples, settings: Settings) -> nn.Sequential:
    """Return a network trained for ``settings.epochs`` epochs, in evaluation mode.

    `validation` is only reported, never learnt from, and no epoch is chosen by it.
    """
    torch.manual_seed(settings.seed)
    chance = torch.Generator().manual_seed(settings.seed)
    network = digit_network()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), settings.lr, weight_decay=WEIGHT_DECAY)
    steps_per_epoch = -(-len(training) // settings.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.lr, total_steps=settings.epochs * steps_per_epoch
    )
    with tqdm(total=settings.epochs * steps_per_epoch, unit="batch") as bar:
        for epoch in range(1, settings.epochs + 1):
            network.train()
            order = torch.randperm(len(training), generator=chance)
            for indices in torch.split(order, settings.batch_size):
                batch = training.at(indices)
                images = distort(batch.images, chance) if settings.augment else batch.images
                loss = nn.functional.cross_entropy(network(images), batch.labels)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
                bar.update()
            bar.set_description(f"epoch {epoch}/{settings.epochs}")
            bar.set_postfix(loss=f"{loss.item():.4f}", validation=_percent(network, validation))
    network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    return network.eval()


def predictions(network: nn.Sequential, samples: Samples) -> Tensor:
    """Return the digit that `network` sees in each image, int64 [N]."""
    network.eval()
    with torch.inference_mode():
        return torch.cat([network(images).argmax(1) for images in torch.split(samples.images, 1000)])


def _accuracy(network: nn.Sequential, samples: Samples) -> float | None:
    if not len(samples):
        return None
    return float((predictions(network, samples) == samples.labels).double().mean())


def _percent(network: nn.Sequential, samples: Samples) -> str:
    accuracy = _accuracy(network, samples)
    return "none" if accuracy is None else f"{accuracy:.2%}"


def _write(
    folder: Path,
    network: nn.Sequential,
    settings: Settings,
    validation: Samples,
    correct: Tensor,
    labels: Tensor,
) -> None:
    """Write the model and its record; `correct` tells for each test digit if it was recognised."""
    folder.mkdir(parents=True, exist_ok=True)
    test_accuracy = round(float(correct.double().mean()), 6)
    path = folder / "digits.onnx"
    write_onnx(network, path, test_accuracy)
    model = path.read_bytes()
    record = {
        "model": path.name,
        "sha256": hashlib.sha256(model).hexdigest(),
        "bytes": len(model),
        "parameters": parameter_count(network),
        "dataset": "MNIST",
        "test_accuracy": test_accuracy,
        "test_accuracy_per_class": {
            str(digit): round(float(correct[labels == digit].double().mean()), 6) for digit in range(10)
        },
        "validation_accuracy": _accuracy(network, validation),
        "settings": asdict(settings) | {"weight_decay": WEIGHT_DECAY},
        "torch": torch.__version__,
    }
    path.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n")


def _data_folder(options: argparse.Namespace) -> Path:
    """Return the folder to read; raise mnist.DataError if there is none."""
    if options.download:
        folder: Path = options.data or mnist.cache_directory()
        mnist.download(folder)
        return folder
    return options.data or mnist.find()


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value


def _holdout(text: str) -> int:
    value = int(text)
    if not 0 <= value < 60_000:
        raise argparse.ArgumentTypeError(f"{text} is not within 0..59999")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    option = parser.add_argument
    option(
        "--data",
        type=Path,
        metavar="DIR",
        help="folder with MNIST's four .gz files; without "
        "it $ONECNN_DATA/mnist, ../shared/mnist beside the checkout, then the cache",
    )
    option(
        "--download",
        action="store_true",
        help="first fetch what is missing from MNIST's mirror into --data (or the cache), checksums verified",
    )
    option("--out", type=Path, default=Path(), metavar="DIR", help="where the two files go")
    option("--epochs", type=_count, default=18, help="passes over the training digits")
    option("--batch-size", type=_count, default=128, help="digits per step")
    option("--lr", type=float, default=3e-3, help="peak learning rate (AdamW, one cycle)")
    option("--seed", type=int, default=0, help="of weights, order, dropout and distortions")
    option("--holdout", type=_holdout, default=5000, help="training digits kept for validation")
    option(
        "--augment",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="distort the digits, a new way in every epoch",
    )
    option("--limit", type=_count, help="train on so many digits only (for a quick trial)")
    option("--threads", type=_count, default=len(os.sched_getaffinity(0)), help="of PyTorch")
    return parser


if __name__ == "__main__":
    sys.exit(main())
