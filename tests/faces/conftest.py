"""Photographs with one face, from the front and from the side, one of a cat, and the detectors."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut, camera, chelsea

from faces.detect import Detector
from faces.face import Face
from faces.mtcnn import Mtcnn


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """In the public domain (NASA): uint8 [512, 512, 3]."""
    return np.asarray(astronaut())


@pytest.fixture(scope="session")
def profile() -> np.ndarray:
    """A man seen from the side (CC0): uint8 [512, 512, 3]."""
    return np.dstack([camera()] * 3)


@pytest.fixture(scope="session")
def cat() -> np.ndarray:
    """A cat's face (CC0): uint8 [300, 451, 3]."""
    return np.asarray(chelsea())


@pytest.fixture(scope="session")
def detector() -> Detector:
    """With the default settings."""
    return Detector()


@pytest.fixture(scope="session")
def mtcnn() -> Mtcnn:
    """With the default settings."""
    return Mtcnn()


@pytest.fixture(scope="session")
def face(portrait: np.ndarray, detector: Detector) -> Face:
    """The portrait's face."""
    return detector.detect(portrait)[0]
