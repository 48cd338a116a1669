"""A photograph in the public domain (NASA), with one face seen from the front."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from faces.detect import Detector, Face


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """uint8 [512, 512, 3]."""
    return np.asarray(astronaut())


@pytest.fixture(scope="session")
def detector() -> Detector:
    """With the default settings."""
    return Detector()


@pytest.fixture(scope="session")
def face(portrait: np.ndarray, detector: Detector) -> Face:
    """The portrait's face."""
    return detector.detect(portrait)[0]
