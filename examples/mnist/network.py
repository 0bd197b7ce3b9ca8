# SPDX-License-Identifier: Apache-2.0
"""The MNIST CNN: two convolutions, two dense layers, 225,034 parameters."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn


def digit_network() -> nn.Sequential:
    """Return the untrained network.

    It takes float32 images [N, 1, 28, 28], ink 1 on ground 0, and gives logits [N, 10].
    Nothing is normalised outside: the first convolution learns the scale of 0..1.
    """
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 32, 3),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(32, 64, 3),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            dropout1=nn.Dropout(0.5),
            dense1=nn.Linear(1600, 128),
            relu3=nn.ReLU(),
            dropout2=nn.Dropout(0.3),
            dense2=nn.Linear(128, 10),
        )
    )


def with_probabilities(network: nn.Sequential) -> nn.Sequential:
    """Return `network` with a softmax behind it: its output is probabilities [N, 10]."""
    layers = OrderedDict(network.named_children())
    return nn.Sequential(OrderedDict(**layers, softmax=nn.Softmax(dim=1)))


def parameter_count(network: nn.Module) -> int:
    """Return how many trained numbers `network` holds."""
    return sum(parameter.numel() for parameter in network.parameters())
