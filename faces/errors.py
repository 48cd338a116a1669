"""What can go wrong between a picture and a crop.

FaceError
├── ImageError      the array is not the picture the function asks for (dtype, shape)
├── DetectionError  the detector failed on this picture (carries the picture's size, never its content)
├── WeightsError    the weights' file is missing, or not the pinned one
└── AlignmentError  the landmarks do not span a face (eyes or mouth coincide, or are not finite)
"""

from __future__ import annotations


class FaceError(Exception):
    """Base of everything this package raises."""


class ImageError(FaceError):
    """An array of the wrong dtype or shape."""

    def __init__(self, expected: str, dtype: str, shape: tuple[int, ...]) -> None:
        super().__init__(f"expected {expected}, got {dtype} {list(shape)}")
        self.expected = expected
        self.dtype = dtype
        self.shape = shape


class DetectionError(FaceError):
    """The detector could not process a picture of this size."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__(f"the face detector failed on a picture of {width}x{height}")
        self.height = height
        self.width = width


class WeightsError(FaceError):
    """Weights that cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"weights {name}: {reason}")
        self.name = name
        self.reason = reason


class AlignmentError(FaceError):
    """Landmarks from which no similarity transform follows."""
