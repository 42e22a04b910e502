import numpy as np
import pytest

from dynawave.datasets.coco import CocoAnnotation, CocoCategory, CocoDataset, CocoImage
from dynawave.datasets.split import film_folds, films, leave_one_film_out
from dynawave.errors import DatasetError


@pytest.fixture
def dataset(tmp_path):
    rng = np.random.default_rng(0)
    images = tuple(
        CocoImage(id=n, file_name=f"tile-{n}.png", width=9, height=9, film=f"film-{rng.integers(11)}")
        for n in range(200)
    ) + tuple(CocoImage(id=n, file_name=f"alone-{n}.png", width=9, height=9) for n in range(200, 204))
    annotations = tuple(
        CocoAnnotation(id=n, image_id=int(rng.integers(204)), category_id=1, bbox=(0, 0, 2, 2), area=4)
        for n in range(300)
    )
    return CocoDataset(tmp_path, images, (CocoCategory(id=1, name="flaw"),), annotations)


@pytest.mark.parametrize("folds", [lambda d: film_folds(d, 3, seed=5), lambda d: film_folds(d, 15), leave_one_film_out])
def test_no_film_is_in_two_parts_and_each_is_tested_once(dataset, folds) -> None:
    tested = []
    for fold in folds(dataset):
        assert not set(films(fold.train)) & set(films(fold.test))
        assert set(films(fold.train)) | set(films(fold.test)) == set(films(dataset))
        assert len(fold.train.images) + len(fold.test.images) == len(dataset.images)
        assert len(fold.train.annotations) + len(fold.test.annotations) == len(dataset.annotations)
        kept = {image.id for image in fold.test.images}
        assert all(annotation.image_id in kept for annotation in fold.test.annotations)
        tested += [image.id for image in fold.test.images]
    assert sorted(tested) == [image.id for image in dataset.images]


def test_seed_decides_and_parts_are_even(dataset) -> None:
    parts = [[films(fold.test) for fold in film_folds(dataset, 4, seed)] for seed in (1, 1, 2)]
    assert parts[0] == parts[1] != parts[2]
    assert {len(names) for names in parts[0]} <= {3, 4}


@pytest.mark.parametrize("k", [1, 16])
def test_an_impossible_number_of_parts_is_refused(dataset, k: int) -> None:
    with pytest.raises(DatasetError, match=f"15 films cannot be split into {k} parts"):
        film_folds(dataset, k)


def test_a_single_film_cannot_be_left_out(dataset) -> None:
    one = film_folds(dataset, 15)[0].test
    with pytest.raises(DatasetError, match="cannot be split"):
        leave_one_film_out(one)
