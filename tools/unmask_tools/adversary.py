"""Optional losses of stage 1: a patch discriminator and the distance between its features."""
import torch
import torch.nn.functional as F
from torch import nn


class Adversary:
    """Hinge-loss patch discriminator; its features also serve as the feature loss."""

    def __init__(self, settings, where, width=32):
        self.settings = settings
        self.net = nn.ModuleList([
            nn.Sequential(nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)),
            nn.Sequential(nn.Conv2d(width, width * 2, 4, 2, 1), nn.GroupNorm(8, width * 2),
                          nn.LeakyReLU(0.2)),
            nn.Sequential(nn.Conv2d(width * 2, width * 4, 3, 1, 1), nn.GroupNorm(8, width * 4),
                          nn.LeakyReLU(0.2)),
            nn.Conv2d(width * 4, 1, 3, 1, 1),
        ]).to(where)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=settings.lr * 0.5, betas=(0.5, 0.9))

    def _features(self, x):
        features = []
        for layer in self.net:
            x = layer(x)
            features.append(x.float())
        return features

    def generator_loss(self, made, real, done):
        """Zero until the adversary has joined; then realism and feature distance, weighted."""
        if done < self.settings.adversarial_start:
            return made.new_zeros(())
        fake = self._features(made)
        with torch.no_grad():
            true = self._features(real)
        distance = sum(F.l1_loss(a, b) for a, b in zip(fake[:-1], true[:-1]))
        return self.settings.adversarial * -fake[-1].mean() + self.settings.feature * distance

    def learn(self, made, real, done):
        """One step of the discriminator; it starts a little before it is used."""
        if done < self.settings.adversarial_start * 0.8:
            return
        true, fake = self._features(real)[-1], self._features(made)[-1]
        loss = F.relu(1 - true).mean() + F.relu(1 + fake).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
