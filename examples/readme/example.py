"""Classify a digit."""

import numpy as np

import onecnn

model = onecnn.load(onecnn.models.path("digits"))
image = np.zeros((1, 1, 28, 28), np.float32)  # 0..1, light ink on dark
image[0, 0, 4:24, 13:15] = 1  # a stroke from top to bottom
probabilities = model(image)[0]
print(f"digit {probabilities.argmax()}, probability {probabilities.max():.3f}")
