# SPDX-License-Identifier: Apache-2.0
"""Networks defined in PyTorch, with random weights, which PyTorch runs and from which the ONNX files are exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn


class MnistCnn(nn.Sequential):
    """The MNIST CNN: two convolutions, each with ReLU and max-pooling, and two dense layers, for 1×28×28."""

    def __init__(self) -> None:
        super().__init__(
            *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10), nn.Softmax(1)),
        )


def _conv(
    channels: int, filters: int, kernel: int, stride: int, activation: Callable[[], nn.Module] | None, groups: int = 1
) -> nn.Sequential:
    layers = [
        nn.Conv2d(channels, filters, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(filters),
    ]
    return nn.Sequential(*layers, *([activation()] if activation else []))


class SqueezeExcitation(nn.Module):
    """Scales each channel by what two dense layers make of all channels' means (Hu et al. 2018)."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.scale = nn.Sequential(
            *(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, squeezed, 1), nn.SiLU()),
            *(nn.Conv2d(squeezed, channels, 1), nn.Sigmoid()),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Scale."""
        scaled: Tensor = x * self.scale(x)
        return scaled


class InvertedResidual(nn.Module):
    """1×1 to wider, depthwise, 1×1 to narrower; added to its input where the shapes agree (Sandler et al. 2018)."""

    def __init__(
        self,
        channels: int,
        filters: int,
        *,
        expand: int,
        kernel: int,
        stride: int,
        activation: Callable[[], nn.Module],
        squeeze: bool = False,
    ) -> None:
        super().__init__()
        wide = channels * expand
        layers: list[nn.Module] = [] if expand == 1 else [_conv(channels, wide, 1, 1, activation)]
        layers.append(_conv(wide, wide, kernel, stride, activation, groups=wide))
        if squeeze:
            layers.append(SqueezeExcitation(wide, max(1, channels // 4)))
        layers.append(_conv(wide, filters, 1, 1, None))
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and channels == filters

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layers."""
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class _Stages(nn.Sequential):
    """A stem, stages of inverted residuals and a classifier. A stage: expand, filters, repeats, stride, kernel."""

    def __init__(
        self,
        stages: tuple[tuple[int, int, int, int, int], ...],
        *,
        stem: int,
        activation: Callable[[], nn.Module],
        squeeze: bool,
    ) -> None:
        layers: list[nn.Module] = [_conv(3, stem, 3, 2, activation)]
        channels = stem
        for expand, filters, repeats, stride, kernel in stages:
            for index in range(repeats):
                block = InvertedResidual(
                    channels,
                    filters,
                    expand=expand,
                    kernel=kernel,
                    stride=stride if index == 0 else 1,
                    activation=activation,
                    squeeze=squeeze,
                )
                layers.append(block)
                channels = filters
        layers += [
            _conv(channels, 1280, 1, 1, activation),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(1280, 1000),
        ]
        super().__init__(*layers)


class MobileNetV2(_Stages):
    """MobileNetV2 at width 1 (Sandler et al. 2018, table 2)."""

    def __init__(self) -> None:
        stages = (
            *((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 32, 3, 2, 3), (6, 64, 4, 2, 3)),
            *((6, 96, 3, 1, 3), (6, 160, 3, 2, 3), (6, 320, 1, 1, 3)),
        )
        super().__init__(stages, stem=32, activation=nn.ReLU6, squeeze=False)


class EfficientNetB0(_Stages):
    """EfficientNet-B0 (Tan & Le 2019, table 1)."""

    def __init__(self) -> None:
        stages = (
            *((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3)),
            *((6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)),
        )
        super().__init__(stages, stem=32, activation=nn.SiLU, squeeze=True)


_NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "mnist_cnn": (MnistCnn, (1, 28, 28)),
    "mobilenet_v2": (MobileNetV2, (3, 224, 224)),
    "efficientnet_b0": (EfficientNetB0, (3, 224, 224)),
}


def build(name: str) -> nn.Module:
    """Make a network in evaluation mode; its weights are the same each time."""
    torch.manual_seed(0)
    make, row = _NETWORKS[name]
    network = make()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # statistics of all batches: here the one below
    with torch.no_grad():
        network.train()(torch.rand(4, *row))
    return network.eval()


def export(name: str, path: Path) -> None:
    """Write a network as ONNX, its first dimension open."""
    network = build(name)
    example = torch.rand(2, *_NETWORKS[name][1])
    shapes = ({0: torch.export.Dim("n")},)
    program = torch.onnx.export(network, (example,), dynamo=True, dynamic_shapes=shapes, verbose=False)
    assert program is not None
    program.save(path, external_data=False)
