"""What a drawn face's level adds up from, which the second reader is told while it learns.

A level says that something hurts by so much, not where to look. The PSPI's terms do (Prkachin and Solomon, Pain 139(2),
2008): AU4, the stronger of AU6 and AU7, the stronger of AU9 and AU10, and AU43; and so do the smile, the open mouth
and the half-closed lids that count nothing and must be told from them.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.data.pictures import DrawnPictures, Pictures
from training.errors import OptionError

TERMS = 7
CLOSED, OPEN, BLINKING = 2.0, 4.0, 4.0
"""What AU43, the jaw and a blink count at their strongest, beside intensities of up to 5."""


def terms_of(pictures: Pictures) -> Tensor:
    """float32 [n, 7] in the order of the module's words. Raises OptionError: pictures whose units nobody knows."""
    if not isinstance(pictures, DrawnPictures):
        raise OptionError("a second reader learns from drawn faces, whose action units are known")
    au4, au6, au7, au9, au10, au43, au12, jaw, blink, _ = pictures.crops.units.T
    columns = (au4, np.maximum(au6, au7), np.maximum(au9, au10), CLOSED * au43, au12, OPEN * jaw, BLINKING * blink)
    return torch.from_numpy(np.stack(columns, axis=1).astype(np.float32))
