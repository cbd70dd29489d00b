"""The noise that our sampler draws, so that a reference can be given the same."""

import math

import torch


class Noise:
    """io.github.iaa4j.diffusion.internal.GaussianNoise of seed 0, which sample() draws from."""

    MASK = (1 << 64) - 1

    def mix(self, value):
        z = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & self.MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & self.MASK
        return z ^ (z >> 31)

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        return (self.mix(self.state) >> 11) * 2.0**-53

    def draw(self, step, count):
        self.state = self.mix((self.mix(0) + step + 1) & self.MASK)
        values = []
        while len(values) < count:
            u, v = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            square = u * u + v * v
            if 0 < square < 1:
                radius = math.sqrt(-2 * math.log(square) / square)
                values += [u * radius, v * radius]
        return torch.tensor(values[:count], dtype=torch.float32)
