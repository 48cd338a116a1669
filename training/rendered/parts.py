"""Which vertices and polygons of ICT FaceKit's topology are what: the tables of its README, and what is left out.

Left out are lacrimal fluid and the meshes that blend and shade eyes (source vertices 24591..25350): they are layers for
another renderer's shaders.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE_VERTICES, SOURCE_FACES = 26719, 26384
LEFT_OUT_VERTICES, LEFT_OUT_FACES = (24591, 25351), (24692, 25304)
LANDMARKS = (
    *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443),
    *(268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509),
    *(978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360),
    *(1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732),
    *(5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841),
    *(5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),
)
"""Vertices of Multi-PIE's 68 landmarks: jaw from the person's right, brows, nose, eyes, mouth."""


@dataclass(frozen=True)
class Part:
    """vertices, faces: first and one past the last, of the source with what is left out taken away."""

    vertices: tuple[int, int]
    faces: tuple[int, int]


PARTS = {
    "face": Part((0, 9409), (0, 9230)),
    "head_neck": Part((9409, 11248), (9230, 11144)),
    "mouth_socket": Part((11248, 13294), (11144, 13226)),
    "eye_socket_left": Part((13294, 13678), (13226, 13630)),
    "eye_socket_right": Part((13678, 14062), (13630, 14034)),
    "gums_tongue": Part((14062, 17039), (14034, 17006)),
    "teeth": Part((17039, 21451), (17006, 21496)),
    "sclera_left": Part((21451, 22221), (21496, 22296)),
    "iris_left": Part((22221, 23021), (22296, 23094)),
    "sclera_right": Part((23021, 23791), (23094, 23894)),
    "iris_right": Part((23791, 24591), (23894, 24692)),
    "eyelashes_left": Part((24591, 25275), (24692, 25232)),
    "eyelashes_right": Part((25275, 25959), (25232, 25772)),
}
"""By polygon range: at seams a polygon uses vertices of the part before it."""
