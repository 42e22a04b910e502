import cv2
import numpy as np
import pytest

from dynawave.datasets.likeness import COMMON, Look, groups, look, near_duplicates


def texture(seed: int, edge: int = 120) -> np.ndarray:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 200, (12, 12)).astype(np.uint8)
    return cv2.resize(small, (edge, edge), interpolation=cv2.INTER_CUBIC)


POSITIONS = [lambda a, k=k, m=m: np.ascontiguousarray(np.rot90(a, k)[:, ::m]) for k in range(4) for m in (1, -1)]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("worsen", ["as it is", "jpeg", "dose", "sixteen bits", "half size"])
def test_copies_are_found_in_any_position_and_under_changes_of_grey(position, worsen: str) -> None:  # type: ignore[no-untyped-def]
    pixels = texture(1)
    changed = {
        "as it is": lambda a: a,
        "jpeg": lambda a: cv2.imdecode(cv2.imencode(".jpg", a, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], 0),
        "dose": lambda a: (a * 0.5 + 30).astype(np.uint8),
        "sixteen bits": lambda a: a.astype(np.uint16) * 200,
        "half size": lambda a: cv2.resize(a, (60, 60), interpolation=cv2.INTER_AREA),
    }[worsen](position(pixels))
    looks = [look(texture(5)), look(pixels), look(texture(6)), look(changed)]
    assert [(pair.first, pair.second) for pair in near_duplicates(looks)] == [(1, 3)]


def test_every_pair_above_the_threshold_is_found_as_by_trying_all() -> None:
    base = [texture(seed).astype(np.float32) for seed in range(12)]
    rng = np.random.default_rng(3)
    mixed = [np.clip(base[rng.integers(12)] * 0.9 + 0.1 * texture(99 + k), 0, 255).astype(np.uint8) for k in range(40)]
    looks = [look(pixels) for pixels in mixed]
    flat = np.array([each.thumbnail.ravel() for each in looks], np.float64)
    flat -= flat.mean(1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    expected = {(i, j) for i, j in np.argwhere(flat @ flat.T >= 0.9).tolist() if i < j}
    found = {(pair.first, pair.second) for pair in near_duplicates(looks, least=0.9)}
    assert expected and expected <= found


def test_what_all_images_of_a_kind_share_says_nothing() -> None:
    shared = texture(50).astype(np.float32)
    pictures = [np.clip(shared + 0.15 * (texture(seed) - 100.0), 0, 255).astype(np.uint8) for seed in range(COMMON)]
    looks = [look(pixels) for pixels in [*pictures, np.rot90(pictures[7])]]
    pairs = [(pair.first, pair.second) for pair in near_duplicates(looks, ["scan"] * len(looks), 0.95)]
    assert all(second != COMMON or first == 7 for first, second in pairs) and len(pairs) < 5
    assert len(list(near_duplicates(looks, [str(k) for k in range(len(looks))]))) > 1000


def test_equal_pixels_have_equal_digests_and_only_they() -> None:
    a = texture(1)
    b = a.copy()
    b[5, 5] += 1
    digests = [look(pixels).digest for pixels in (a, a.copy(), b, a.astype(np.uint16), a[:, ::-1])]
    assert digests[0] == digests[1] and len(set(digests)) == 4


def test_flat_and_no_images_do_no_harm() -> None:
    assert list(near_duplicates([])) == []
    flat = Look(b"", np.zeros((64, 64), np.uint8))
    assert list(near_duplicates([flat, flat, look(texture(1))])) == []


def test_groups_join_what_is_linked() -> None:
    assert groups(7, [(1, 4), (4, 2), (6, 5)]) == [0, 1, 1, 3, 1, 5, 5]
