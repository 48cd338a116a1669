"""Whether a face is drawn: a logistic regression of the mean features of the expression network's lower blocks.

These see edges and textures, which is where drawings and photographs differ; 192 weights cannot learn faces by heart.
Its ramp from a photograph to a drawing is set by a criterion on people whom it was not fitted to: all but one in a
hundred of their crops count as drawn, and from there to the likeliest photograph a fifth of the way is doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor

INVERSE_PENALTY = 0.1
MISSED = 0.01
"""The part of drawn crops that may be taken for something else than drawn."""
DOUBT = 1 / 5
NARROWEST = 1.0
"""The least distance, in log odds, that DOUBT is a part of."""


@dataclass(frozen=True)
class Switch:
    """weight: float [192]; bias. A face is a photograph where weight @ means + bias is at most 0, drawn from 1 on."""

    weight: Tensor
    bias: float

    def drawn(self, means: Tensor) -> Tensor:
        """s of mean features [n, 192]: float [n], 0..1."""
        return (means @ self.weight + self.bias).clamp(0, 1)


def fitted_switch(drawn: Tensor, photographs: Tensor, held_out: Tensor) -> Switch:
    """Of mean features, float [n, 192] each; held_out: of drawn people who are in neither of the others."""
    both = torch.cat([drawn, photographs]).double().numpy()
    is_drawn = np.r_[np.ones(len(drawn)), np.zeros(len(photographs))]
    scale = StandardScaler().fit(both)
    found = LogisticRegression(C=INVERSE_PENALTY, class_weight="balanced", max_iter=1000)
    found.fit(scale.transform(both), is_drawn)
    weight = torch.from_numpy(found.coef_[0] / scale.scale_)
    bias = float(found.intercept_[0] - found.coef_[0] @ (scale.mean_ / scale.scale_))
    top = float(torch.quantile(held_out.double() @ weight + bias, MISSED))
    likeliest = float((photographs.double() @ weight + bias).max())
    width = DOUBT * max(top - likeliest, NARROWEST)
    return Switch((weight / width).float(), (bias - top) / width + 1)
