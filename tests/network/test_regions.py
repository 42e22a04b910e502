import numpy as np
import torch
from scipy.ndimage import map_coordinates

from dynawave.network.regions import overlaps, pool_regions, strongest_boxes


def test_strongest_boxes_by_hand() -> None:
    """Two of twelve cells, by falling score; distances count from the cell's centre."""
    flaw = torch.zeros(2, 1, 3, 4)
    flaw[0, 0, 1, 2], flaw[0, 0, 2, 0], flaw[1, 0, 0, 3], flaw[1, 0, 2, 2] = 5, 7, 2, 1
    distances = torch.arange(2 * 4 * 12.0).reshape(2, 4, 3, 4)
    boxes, cells = strongest_boxes(flaw, distances, 2)
    assert cells.tolist() == [[8, 6], [3, 10]]
    for image, k, row, column in ((0, 0, 2, 0), (0, 1, 1, 2), (1, 0, 0, 3), (1, 1, 2, 2)):
        left, top, right, bottom = distances[image, :, row, column].tolist()
        x, y = 4 * column + 2, 4 * row + 2
        assert boxes[image, k].tolist() == [x - left, y - top, x + right, y + bottom]
    assert strongest_boxes(flaw, distances, 99).boxes.shape == (2, 12, 4)


def test_overlaps_by_hand() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [5, 0, 15, 10], [30, 30, 31, 31]])
    expected = torch.tensor([[1, 1 / 3, 0], [1 / 3, 1, 0], [0, 0, 1]])
    torch.testing.assert_close(overlaps(boxes), expected)
    torch.testing.assert_close(overlaps(boxes.expand(2, 3, 3, 4)), expected.expand(2, 3, 3, 3))


def test_pooling_against_scipy() -> None:
    """Linear interpolation at the parts' centres, the border repeated."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, 3, 6, 9))
    boxes = np.array([[[5.0, 3, 20, 9], [-6, -2, 4, 30]], [[0, 0, 36, 24], [30, 20, 44, 25]]])
    found = pool_regions(torch.from_numpy(features), torch.from_numpy(boxes), stride=4, size=2).numpy()
    assert found.shape == (2, 2, 3, 2, 2)
    for image, k, channel in np.ndindex(2, 2, 3):
        left, top, right, bottom = boxes[image, k]
        for row, column in np.ndindex(2, 2):
            y = (top + (row + 0.5) / 2 * (bottom - top)) / 4 - 0.5
            x = (left + (column + 0.5) / 2 * (right - left)) / 4 - 0.5
            expected = map_coordinates(features[image, channel], [[y], [x]], order=1, mode="nearest")[0]
            np.testing.assert_allclose(found[image, k, channel, row, column], expected, rtol=1e-9)


def test_pooling_has_gradients() -> None:
    features = torch.randn(1, 2, 5, 5, dtype=torch.float64, requires_grad=True)
    boxes = torch.tensor([[[3.0, 2, 14, 17], [1, 1, 7, 6]]], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda f: pool_regions(f, boxes, 4), (features,))
