"""A prepared set, read crop by crop: training needs no more memory than a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faces.image import Picture
from training.datasets.choice import classes_of, sampling_weights
from training.datasets.crop_cache import CropCache
from training.datasets.errors import DatasetError, PictureError
from training.datasets.labels import SCHEMES, UNLABELLED, Scheme
from training.datasets.licence import known, require_accepted
from training.datasets.manifest import PARTS, Manifest, Sample
from training.datasets.manifest_file import read_manifest

MANIFEST, CROPS = "manifest.csv", "crops"
"""What `prepare` writes into its folder."""


@dataclass(frozen=True)
class CropSet:
    """One part of a prepared set.

    Attributes:
        samples: as the manifest has them.
        classes: int64 [n], of the scheme.
        scheme: what the classes are.
        manifest: of the whole set; its accepted licences and split_by go into what is trained.
    """

    samples: tuple[Sample, ...]
    classes: NDArray[np.int64]
    scheme: Scheme
    manifest: Manifest
    cache: CropCache

    @classmethod
    def load(cls, folder: Path, part: str, labelled: bool = True) -> CropSet:
        """The part (train, validation or test) of what `prepare` left in folder, with labels or without.

        Raises:
            LicenceError: terms of a row were not accepted, or have another text since.
            ManifestError: there is no sound manifest.
            DatasetError: no such part, a label of it has no class, or there are labels where none are wanted.
        """
        manifest = read_manifest(folder / MANIFEST)
        current = [name for name, digest in manifest.accepted.items() if known(name).digest == digest]
        require_accepted({sample.licence for sample in manifest.samples}, current)
        if part not in PARTS or manifest.scheme not in SCHEMES:
            raise DatasetError(f"{folder}: no part {part}, or no classes {manifest.scheme!r}")
        scheme = SCHEMES[manifest.scheme]
        if labelled == (scheme.name == UNLABELLED):
            told = (
                "has no labels: ./run train adapt takes it"
                if labelled
                else "has labels: adapt takes photographs without"
            )
            raise DatasetError(f"{folder}: {told}")
        samples = tuple(sample for sample in manifest.samples if sample.split == part)
        classes = [found for found in classes_of(samples, scheme) if found is not None]
        if len(classes) != len(samples):
            raise DatasetError(f"{folder}: {len(samples) - len(classes)} labels have no class of {scheme.name}")
        return cls(samples, np.array(classes, np.int64), scheme, manifest, CropCache(folder / CROPS))

    def __len__(self) -> int:
        return len(self.samples)

    def crop(self, index: int) -> Picture:
        """uint8 [224, 224, 3] RGB.

        Raises:
            PictureError: it is not in the cache any more, or spoilt; names its file, and the picture it is of.
        """
        sample = self.samples[index]
        try:
            return self.cache.read(sample.checksum, sample.frame)
        except PictureError as error:
            of = f"{error.problem} (the crop of {sample.path}, frame {sample.frame})"
            raise PictureError(error.path, f"{of}; delete it and run ./run train prepare again") from error

    @property
    def licences(self) -> list[str]:
        """Whose terms hold for a network trained on it: what licence.may_publish takes."""
        return sorted({sample.licence for sample in self.manifest.samples})

    def batches(
        self,
        size: int,
        rng: np.random.Generator | None = None,
        *,
        balanced: bool = False,
        change: Callable[[Picture, np.random.Generator], Picture] | None = None,
    ) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]]:
        """Crops uint8 [b, 224, 224, 3], classes int64 [b] and indices int64 [b], b at most `size`.

        With an rng: shuffled; balanced as well: drawn with repetition so that each class comes equally often. change
        (training.data.augment has one) is applied to each crop.

        Raises:
            ValueError: size is below 1, or balanced or change without an rng.
        """
        if size < 1 or ((balanced or change is not None) and rng is None):
            raise ValueError("a batch needs a crop at least, and chance an rng")
        order = np.arange(len(self))
        if rng is not None and balanced:
            order = rng.choice(len(self), len(self), p=sampling_weights(self.classes.tolist()))
        elif rng is not None:
            order = rng.permutation(len(self))
        for first in range(0, len(order), size):
            chosen = order[first : first + size]
            crops = [self.crop(int(index)) for index in chosen]
            if change is not None and rng is not None:
                crops = [change(crop, rng) for crop in crops]
            yield np.stack(crops), self.classes[chosen], chosen
