"""Maps of networks whose answer is known to come from one place, and of the shipped one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from faces.align import eye_places
from training.evaluation.errors import NetworkError
from training.evaluation.networks import load_program
from training.explain.maps import REGIONS, answer, blurred, by_region, grad_cam, occlusion, region_of
from training.explain.network import as_graph, exported, leaning, read

BUNDLE = Path(__file__).parents[3] / "models" / "squeezenet-synthetic"


class Corner(nn.Module):
    """Says pain by how bright the upper left quarter's highest contrast is; everything else is ignored."""

    def __init__(self) -> None:
        super().__init__()
        self.edges = nn.Conv2d(3, 8, 3, padding=1, padding_mode="replicate", bias=False)
        self.mask = nn.Parameter(torch.zeros(1, 1, 32, 32))
        with torch.no_grad():
            kernel = -torch.ones(3, 3) / 8
            kernel[1, 1] = 1
            self.edges.weight[:] = kernel
            self.mask[:, :, :16, :16] = 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = torch.relu(self.edges(x)) * self.mask
        strength = found.mean(dim=(1, 2, 3)) * 100
        return torch.stack([-strength, 0 * strength, 0 * strength, strength], 1)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def corner():
    return exported(Corner(), (3, 32, 32))


@pytest.fixture(scope="module")
def shipped():
    program = load_program(BUNDLE)
    assert program is not None
    return as_graph(program.module)


def spotted(*places: tuple[int, int]) -> np.ndarray:
    """Grey, with white points."""
    pixels = np.full((3, 32, 32), 100, np.uint8)
    for y, x in places:
        pixels[:, y, x] = 255
    return pixels


def test_leaning_is_the_levels_weighted_by_their_scores() -> None:
    # (0 - 1.5) 1 + (1 - 1.5) 2 + (2 - 1.5) 0 + (3 - 1.5) 4
    assert float(leaning(torch.tensor([1.0, 2.0, 0.0, 4.0]))) == pytest.approx(-1.5 - 1 + 6)
    assert float(leaning(torch.full((4,), 7.0))) == 0


def test_covering_finds_the_place_that_matters(corner) -> None:
    pixels = spotted((5, 9), (25, 25))
    found = occlusion(corner, pixels, 8)
    assert np.unravel_index(found.argmax(), found.shape) == (1, 2)
    # the point itself is worth all of the answer; the other one nothing
    assert found[1, 2] > 0.6 * answer(corner, pixels)
    assert np.abs(found[6, 6]) < 1e-5
    assert np.abs(found[4:]).max() < 1e-5


def test_grad_cam_finds_the_place_that_matters(corner) -> None:
    found = grad_cam(corner, spotted((5, 9), (25, 25)))
    assert found.shape == (32, 32) and found.min() >= 0
    assert np.unravel_index(found.argmax(), found.shape) == (5, 9)
    assert found[16:].max() == 0


def test_covering_counts_its_squares_and_refuses_a_finer_grid(corner) -> None:
    done: list[int] = []
    assert occlusion(corner, spotted((5, 9)), 4, lambda: done.append(1)).shape == (4, 4)
    assert len(done) == 16
    with pytest.raises(ValueError, match="grid"):
        occlusion(corner, spotted(), 64)


def test_blurring_takes_points_away_and_keeps_shades() -> None:
    pixels = spotted((5, 9))
    smooth = blurred(pixels, 4.0)
    assert smooth.max() < 110 and abs(int(smooth.mean()) - int(pixels.mean())) <= 1


def test_regions_are_of_an_aligned_crop() -> None:
    (left, y), (right, _) = eye_places(1000)
    unit = (right - left) / 1000
    middle, eyes = (left + right) / 2000, y / 1000
    assert region_of(left / 1000, eyes) == region_of(right / 1000, eyes) == "eyes"
    assert region_of(middle, eyes - 0.4 * unit) == "forehead and brows"
    assert region_of(middle, eyes + 0.7 * unit) == "nose and cheeks"
    assert region_of(middle, eyes + 1.2 * unit) == "mouth and chin"
    assert region_of(0.01, 0.5) == region_of(middle, 0.0) == "beside the face"


def test_shares_of_regions_sum_to_one_and_leave_out_what_speaks_against() -> None:
    found = -np.ones((16, 16))
    assert set(by_region(found).values()) == {0.0}
    found[8, 8] = 2.0
    shares = by_region(found)
    assert list(shares) == list(REGIONS) and sum(shares.values()) == pytest.approx(1)
    assert shares[region_of(8.5 / 16, 8.5 / 16)] == 1


def test_the_shipped_networks_last_features_are_read(shipped) -> None:
    found = read(shipped, torch.rand(3, 224, 224))
    assert found.features.shape == found.slope.shape == (512, 13, 13)
    assert found.scores.shape == (4,) and found.slope.abs().max() > 0


def test_a_network_without_places_is_refused() -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))
    with pytest.raises(NetworkError, match="nothing to map"):
        read(exported(flat, (3, 8, 8)), torch.rand(3, 8, 8))
    with pytest.raises(NetworkError, match="cannot be exported"):
        exported(flat, (3, 9, 9))
    with pytest.raises(NetworkError, match="no graph"):
        as_graph(flat)
