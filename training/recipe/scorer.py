"""A trained network as what training.evaluation measures: batches, on the run's device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from faces.crop import WIDE
from training.backbones import Backbone
from training.data.inputs import Images, fitted
from training.evaluation.networks import Report
from training.evaluation.predictions import Scores

BATCH = 16


@dataclass(frozen=True)
class TrainedScorer:
    """module: in evaluation mode, on device; where there is a describer it takes features instead of pixels."""

    module: nn.Module
    name: str
    shape: tuple[int, ...]
    device: torch.device
    output: str
    describer: Backbone | None = None
    crop: str = WIDE

    @torch.inference_mode()
    def score(self, images: Images, report: Report = lambda done: None) -> Scores:
        """As training.evaluation.networks.Scorer says."""
        rows = []
        for first in range(0, len(images), BATCH):
            batch = images[first : first + BATCH]
            if self.describer is not None:
                inputs = torch.from_numpy(self.describer.describe(batch)).to(self.device)
            else:
                inputs = torch.from_numpy(np.stack(fitted(batch, self.shape))).to(self.device).float() / 255
            rows.append(self.module(inputs).float().cpu().numpy())
            report(first + len(batch))
        scores = np.concatenate(rows).astype(np.float64)
        return Scores(scores, scores.argmax(axis=1).astype(np.int64), output=self.output)
