# SPDX-License-Identifier: Apache-2.0
"""The architectures of torchvision in small, exported by both of PyTorch's exporters, agree with PyTorch.

Fewer and narrower blocks than published, random weights: every kind of block, and what the exporters make of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import onecnn


def conv_bn(
    inputs: int, outputs: int, kernel: int | tuple[int, int] = 1, act: nn.Module | None = None, **options: int
) -> nn.Sequential:
    """Convolve at the same size (but for `stride`), normalise, activate."""
    kernels = (kernel, kernel) if isinstance(kernel, int) else kernel
    padding = (kernels[0] // 2, kernels[1] // 2)
    convolution = nn.Conv2d(inputs, outputs, kernels, padding=padding, bias=False, **options)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), act or nn.ReLU())


def head(features: int, *hidden: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), *hidden, nn.Linear(features, 10))


class Residual(nn.Module):
    """The sum of a body and a shortcut, which is the input itself where nothing else is given."""

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None, after: nn.Module | None = None) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut or nn.Identity()
        self.after = after or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.body(x) + self.shortcut(x))


class Branches(nn.Module):
    """What several modules make of one input, one after the other along the channels."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


class SqueezeExcitation(nn.Module):
    """Scale each channel by what all of them say of it."""

    def __init__(self, channels: int, act: nn.Module, gate: nn.Module) -> None:
        super().__init__()
        squeezed = max(channels // 4, 4)
        self.scale = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, squeezed, 1), act, nn.Conv2d(squeezed, channels, 1), gate
        )

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale(x)


def alexnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 16, 11, stride=4, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(16, 48, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(48, 32, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2),
        nn.AdaptiveAvgPool2d((3, 3)),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(32 * 9, 64),
        nn.ReLU(inplace=True),
        nn.Dropout(),
        nn.Linear(64, 10),
    )


def vgg() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for width, depth in ((8, 1), (16, 1), (32, 2), (32, 2)):
        for _ in range(depth):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 16, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 10))


def resnet() -> nn.Module:
    def basic(inputs: int, outputs: int, stride: int) -> nn.Module:
        body = nn.Sequential(conv_bn(inputs, outputs, 3, stride=stride), conv_bn(outputs, outputs, 3, nn.Identity()))
        same = stride == 1 and inputs == outputs
        return Residual(body, None if same else conv_bn(inputs, outputs, 1, nn.Identity(), stride=stride), nn.ReLU())

    def bottleneck(inputs: int, middle: int, stride: int) -> nn.Module:
        body = nn.Sequential(
            conv_bn(inputs, middle),
            conv_bn(middle, middle, 3, stride=stride, groups=4),  # ResNeXt's
            conv_bn(middle, 4 * middle, 1, nn.Identity()),
        )
        return Residual(body, conv_bn(inputs, 4 * middle, 1, nn.Identity(), stride=stride), nn.ReLU())

    stem = [conv_bn(3, 16, 7, stride=2), nn.MaxPool2d(3, 2, 1)]
    return nn.Sequential(
        *stem, basic(16, 16, 1), basic(16, 32, 2), bottleneck(32, 16, 1), bottleneck(64, 32, 2), head(128)
    )


def densenet() -> nn.Module:
    growth = 8

    def pre_activated(inputs: int, outputs: int, kernel: int = 1) -> nn.Sequential:
        convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        return nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), convolution)

    def block(inputs: int, depth: int) -> nn.Sequential:
        layers = []
        for channels in range(inputs, inputs + depth * growth, growth):
            dense = nn.Sequential(pre_activated(channels, 4 * growth), pre_activated(4 * growth, growth, 3))
            layers.append(Branches(nn.Identity(), dense))
        return nn.Sequential(*layers)

    return nn.Sequential(
        conv_bn(3, 16, 7, stride=2),
        nn.MaxPool2d(3, 2, 1),
        block(16, 3),
        pre_activated(40, 20),
        nn.AvgPool2d(2, 2),
        block(20, 4),
        nn.BatchNorm2d(52),
        nn.ReLU(),
        head(52),
    )


def inception() -> nn.Module:
    def pooled(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(nn.AvgPool2d(3, 1, 1), conv_bn(inputs, outputs))

    mixed_a = Branches(
        conv_bn(16, 8),
        nn.Sequential(conv_bn(16, 6), conv_bn(6, 8, 5)),
        nn.Sequential(conv_bn(16, 8), conv_bn(8, 12, 3), conv_bn(12, 12, 3)),
        pooled(16, 4),
    )
    reduction = Branches(
        nn.Conv2d(32, 16, 3, 2), nn.Sequential(conv_bn(32, 8), nn.Conv2d(8, 16, 3, 2)), nn.MaxPool2d(3, 2)
    )
    mixed_c = Branches(
        conv_bn(64, 16),
        nn.Sequential(conv_bn(64, 8), conv_bn(8, 8, (1, 7)), conv_bn(8, 16, (7, 1))),
        pooled(64, 16),
    )
    mixed_e = Branches(
        conv_bn(48, 16),
        nn.Sequential(conv_bn(48, 16), Branches(conv_bn(16, 8, (1, 3)), conv_bn(16, 8, (3, 1)))),
    )
    stem = [conv_bn(3, 16, 3, stride=2), nn.MaxPool2d(3, 2)]
    return nn.Sequential(*stem, mixed_a, reduction, mixed_c, mixed_e, head(32, nn.Dropout()))


def squeezenet() -> nn.Module:
    def fire(inputs: int, squeezed: int, expanded: int) -> nn.Sequential:
        one = nn.Sequential(nn.Conv2d(squeezed, expanded, 1), nn.ReLU())
        three = nn.Sequential(nn.Conv2d(squeezed, expanded, 3, padding=1), nn.ReLU())
        return nn.Sequential(nn.Conv2d(inputs, squeezed, 1), nn.ReLU(), Branches(one, three))

    return nn.Sequential(
        nn.Conv2d(3, 16, 7, 2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        fire(16, 8, 16),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        fire(32, 8, 32),
        nn.Dropout(),
        nn.Conv2d(64, 10, 1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d((1, 1)),
        nn.Flatten(),
    )


def inverted_residual(
    inputs: int, outputs: int, kernel: int, stride: int, act: nn.Module, gate: tuple[nn.Module, nn.Module] | None = None
) -> nn.Module:
    """Expand, convolve each channel, weigh the channels by `gate`, project."""
    expanded = inputs * 4
    body = nn.Sequential(
        conv_bn(inputs, expanded, 1, act),
        conv_bn(expanded, expanded, kernel, act, stride=stride, groups=expanded),
        *([SqueezeExcitation(expanded, *gate)] if gate else []),
        conv_bn(expanded, outputs, 1, nn.Identity()),
    )
    return Residual(body) if stride == 1 and inputs == outputs else body


def mobilenet_v2() -> nn.Module:
    act = nn.ReLU6()
    return nn.Sequential(
        conv_bn(3, 8, 3, act, stride=2),
        inverted_residual(8, 12, 3, 2, act),
        inverted_residual(12, 12, 3, 1, act),
        inverted_residual(12, 16, 3, 2, act),
        conv_bn(16, 64, 1, act),
        head(64, nn.Dropout()),
    )


def mobilenet_v3() -> nn.Module:
    act, gate = nn.Hardswish(), (nn.ReLU(), nn.Hardsigmoid())
    return nn.Sequential(
        conv_bn(3, 8, 3, act, stride=2),
        inverted_residual(8, 12, 3, 2, nn.ReLU(), gate),
        inverted_residual(12, 12, 5, 1, act, gate),
        inverted_residual(12, 16, 5, 2, act),
        conv_bn(16, 64, 1, act),
        head(64, nn.Linear(64, 64), act, nn.Dropout()),
    )


def efficientnet() -> nn.Module:
    act, gate = nn.SiLU(), (nn.SiLU(), nn.Sigmoid())
    return nn.Sequential(
        conv_bn(3, 8, 3, act, stride=2),
        inverted_residual(8, 12, 3, 2, act, gate),
        inverted_residual(12, 12, 5, 1, act, gate),
        inverted_residual(12, 16, 5, 2, act, gate),
        conv_bn(16, 64, 1, act),
        head(64, nn.Dropout()),
    )


class ShuffleUnit(nn.Module):
    """ShuffleNet V2's: half of the channels pass by, then both halves are shuffled."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        depthwise = conv_bn(half, half, 3, nn.Identity(), groups=half)
        self.body = nn.Sequential(conv_bn(half, half), depthwise, conv_bn(half, half))

    def forward(self, x: Tensor) -> Tensor:
        kept, worked = x.chunk(2, dim=1)
        joined = torch.cat((kept, self.body(worked)), dim=1)
        batch, channels, height, width = joined.size()
        return joined.view(batch, 2, channels // 2, height, width).transpose(1, 2).reshape(batch, -1, height, width)


def shufflenet() -> nn.Module:
    def depthwise(channels: int) -> nn.Sequential:
        return conv_bn(channels, channels, 3, nn.Identity(), stride=2, groups=channels)

    down = Branches(
        nn.Sequential(depthwise(8), conv_bn(8, 16)), nn.Sequential(conv_bn(8, 8), depthwise(8), conv_bn(8, 16))
    )
    stem = [conv_bn(3, 8, 3, stride=2), nn.MaxPool2d(3, 2, 1)]
    return nn.Sequential(*stem, down, ShuffleUnit(32), ShuffleUnit(32), head(32))


class ConvNeXtBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.mlp = nn.Sequential(
            nn.LayerNorm(channels, eps=1e-6),
            nn.Linear(channels, 4 * channels),
            nn.GELU(),
            nn.Linear(4 * channels, channels),
        )
        self.scale = nn.Parameter(torch.full((channels, 1, 1), 0.5))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * self.mlp(self.depthwise(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class LayerNorm2d(nn.LayerNorm):
    """Normalise the channels of each pixel."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def convnext() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 16, 4, 4),
        LayerNorm2d(16),
        ConvNeXtBlock(16),
        LayerNorm2d(16),
        nn.Conv2d(16, 32, 2, 2),
        ConvNeXtBlock(32),
        nn.AdaptiveAvgPool2d(1),
        LayerNorm2d(32),
        nn.Flatten(),
        nn.Linear(32, 10),
    )


class UNet(nn.Module):
    """One way up by ConvTranspose, one by interpolation."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([self.twice(3, 8), self.twice(8, 16), self.twice(16, 32)])
        self.up = nn.ModuleList(
            [
                nn.ConvTranspose2d(32, 16, 2, stride=2),
                nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Conv2d(16, 8, 1)),
            ]
        )
        self.joined = nn.ModuleList([self.twice(32, 16), self.twice(16, 8)])
        self.last = nn.Conv2d(8, 2, 1)

    @staticmethod
    def twice(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(conv_bn(inputs, outputs, 3), conv_bn(outputs, outputs, 3))

    def forward(self, x: Tensor) -> Tensor:
        skips: list[Tensor] = []
        for down in self.down:
            x = down(F.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        for up, joined, skip in zip(self.up, self.joined, reversed(skips[:-1]), strict=True):
            x = up(x)
            height, width = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
            x = joined(torch.cat([skip, F.pad(x, [0, width, 0, height])], 1))
        return self.last(x)


class ViT(nn.Module):
    """Patches, a class token, learned positions, pre-normalised encoder layers."""

    def __init__(self, patches: int = 16, width: int = 24) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, width, 16, 16)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.position = nn.Parameter(torch.randn(1, patches + 1, width))
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(5)])
        self.attention = nn.ModuleList([nn.MultiheadAttention(width, 3, batch_first=True) for _ in range(2)])
        self.mlp = nn.ModuleList(
            [nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)) for _ in range(2)]
        )
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch(x).flatten(2).permute(0, 2, 1)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        for layer, (attention, mlp) in enumerate(zip(self.attention, self.mlp, strict=True)):
            y = self.norms[2 * layer](x)
            x = x + attention(y, y, y, need_weights=False)[0]
            x = x + mlp(self.norms[2 * layer + 1](x))
        return self.head(self.norms[-1](x)[:, 0])


ARCHITECTURES: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "AlexNet": (alexnet, 127),
    "VGG": (vgg, 64),
    "ResNet": (resnet, 64),
    "DenseNet": (densenet, 64),
    "Inception": (inception, 75),
    "SqueezeNet": (squeezenet, 64),
    "MobileNet V2": (mobilenet_v2, 64),
    "MobileNet V3": (mobilenet_v3, 64),
    "ShuffleNet": (shufflenet, 64),
    "EfficientNet": (efficientnet, 64),
    "ConvNeXt": (convnext, 64),
    "U-Net": (UNet, 50),
    "ViT-tiny": (ViT, 64),
}


def random_network(make: Callable[[], nn.Module]) -> nn.Module:
    """Make a network as after some training: batch statistics are not 0 and 1."""
    torch.manual_seed(0)
    network = make().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return network


def export(network: nn.Module, x: Tensor, dynamo: bool, path: Path) -> None:
    """Export with any batch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if dynamo:
            batch = {0: torch.export.Dim("batch", min=1, max=64)}
            torch.onnx.export(network, (x,), path, dynamo=True, dynamic_shapes=(batch,), verbose=False)
        else:
            axes = {"x": [0], "y": [0]}
            torch.onnx.export(
                network, (x,), path, dynamo=False, input_names=["x"], output_names=["y"], dynamic_axes=axes
            )


@pytest.mark.parametrize("dynamo", [False, True], ids=["old exporter", "new exporter"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_agrees_with_pytorch(architecture: str, dynamo: bool, tmp_path: Path) -> None:
    make, size = ARCHITECTURES[architecture]
    network = random_network(make)
    x = torch.randn(3, 3, size, size)
    export(network, x[:2], dynamo, tmp_path / "network.onnx")
    model = onecnn.load(tmp_path / "network.onnx")
    for images in (x, x[:1]):
        with torch.no_grad():
            expected = network(images).numpy()
        y = model(images.numpy())
        assert y.shape == expected.shape
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
