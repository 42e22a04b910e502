"""Inspector: a film in, indications with sizes out."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dynawave.images.normalise import normalise, to_grey, to_values
from dynawave.inspection.contrast import temper
from dynawave.inspection.decode import Detection, decode
from dynawave.inspection.maps import DenseMaps, Map
from dynawave.inspection.masks import without_absent, without_rare
from dynawave.inspection.measure import measure
from dynawave.inspection.regions import called_regions
from dynawave.inspection.runtime import Runtime
from dynawave.inspection.stitch import dense_maps
from dynawave.inspection.views import Run, bring_back, enlarge, mirrored, resized
from dynawave.metallurgy.vector import context_vector, known_fields, unheard_of
from dynawave.records import Indication, Inspection, ModelInfo, WeldImage
from dynawave.taxonomy import FlawClass


class Inspector:
    """Finds flaws in films with one model.

    Args:
        weights: a shipped name ("film") or the path of an ONNX file.
        threads: processor threads, or None for as many as onnxruntime chooses.
        score_threshold: indications with a lower score are left out; None for the model's own threshold. Like every
            score that leaves the inspector, it is a calibrated one where the model is calibrated.
        class_map: compute the class of every pixel too, of a model of several classes, which takes longer. A model
            whose indications are regions of it always does.

    Raises:
        WeightsError: the weights are missing, damaged or not ours.

    Example:
        >>> from dynawave import Inspector, read_image
        >>> inspection = Inspector("film").inspect(read_image("weld.png"))  # doctest: +SKIP
        >>> [(i.flaw.name, i.length_mm) for i in inspection.indications]  # doctest: +SKIP
    """

    def __init__(
        self,
        weights: str | Path = "film",
        threads: int | None = None,
        score_threshold: float | None = None,
        class_map: bool = True,
    ) -> None:
        self._runtime = Runtime(weights, threads, class_map)
        card = self._runtime.card
        self.settings = card.settings()
        self.calibration = card.calibration
        if score_threshold is not None:
            self.settings = replace(self.settings, score_threshold=float(self.calibration.inverse(score_threshold)))
        self.classes: tuple[FlawClass, ...] = card.flaw_classes()
        self.model: ModelInfo = self._runtime.info

    @property
    def score_threshold(self) -> float:
        """The least score of an indication."""
        return float(self.calibration.apply(self.settings.score_threshold))

    def normalised(self, image: WeldImage) -> Map:
        """The film as the network sees it, in grey or in colour, float32 [3, height, width]."""
        return normalise(to_values(image.pixels, self._runtime.card.channels))

    def maps(self, image: WeldImage, progress: Callable[[float], None] | None = None) -> DenseMaps:
        """The network's maps of the whole film, as large as it is shown to the network, before they are decoded."""
        card = self._runtime.card
        run: Run = partial(self._runtime.run, context=context_vector(image.context))
        views = mirrored(run, card.turned) if card.mirrored else run
        shown = self.normalised(enlarge(image, card.scale))
        return dense_maps(views, shown, card.tile, card.overlap, progress)

    def inspect(self, image: WeldImage, progress: Callable[[float], None] | None = None) -> Inspection:
        """Inspect a film, grey or colour, of any size and depth; a model that takes one heeds its context.

        `progress` is told the share of the network's work that is done, 0-1.
        """
        start = time.perf_counter()
        maps = self.maps(image, progress)
        probability = maps.probability()
        field = resized(probability, image, cv2.INTER_LINEAR)
        scale = self._runtime.card.scale
        class_map = self._class_map(maps, field, image)
        if self.settings.regions:
            called = (field >= self.settings.mask_threshold).view(np.uint8) if class_map is None else class_map
            flaws = called_regions(called, field, maps, scale, self.settings)
        else:
            flaws = [bring_back(flaw, image, scale) for flaw in decode(maps, probability, self.settings)]
        found = temper(flaws, to_grey(image.pixels), self.settings)
        indications = tuple(self._indication(image, i, flaw) for i, flaw in enumerate(found, 1))
        return Inspection(
            image=image,
            indications=indications,
            model=self.model,
            seconds=time.perf_counter() - start,
            warnings=tuple(self._warnings(image, len(found))),
            probability=field,
            class_map=class_map,
            image_scores=self._image_scores(maps),
            context_used=known_fields(context_vector(image.context)) if self._runtime.takes_context else (),
        )

    def _class_map(self, maps: DenseMaps, field: Map, image: WeldImage) -> NDArray[np.uint8] | None:
        """The likeliest class of each pixel that belongs to a flaw, without classes that are hardly on the film."""
        kinds = maps.likeliest()
        if kinds is None:
            return None
        called = np.where(field >= self.settings.mask_threshold, resized(kinds, image, cv2.INTER_NEAREST), np.uint8(0))
        if maps.image_scores is not None:
            called = without_absent(called, maps.image_scores, self.settings.present_score)
        return without_rare(called, self.settings.present_px)

    def _image_scores(self, maps: DenseMaps) -> dict[str, float]:
        scores = () if maps.image_scores is None else maps.image_scores.tolist()
        return {flaw.name: score for flaw, score in zip(self.classes, scores, strict=False)}

    def _indication(self, image: WeldImage, number: int, flaw: Detection) -> Indication:
        left, top, right, bottom = (float(side) for side in flaw.box)
        size = measure(flaw.mask.pixels)
        mm = image.pixel_size_mm
        return Indication(
            id=number,
            flaw=self.classes[flaw.class_index],
            score=float(self.calibration.apply(flaw.score)),
            box=(left, top, right - left, bottom - top),
            spread=(float(flaw.spread[0]), float(flaw.spread[1]), float(flaw.spread[2]), float(flaw.spread[3])),
            mask=flaw.mask.pixels,
            mask_offset=flaw.mask.offset,
            length_px=size.length,
            width_px=size.width,
            area_px=size.area,
            cnr=flaw.cnr,
            class_score=flaw.class_score,
            length_mm=size.length * mm if mm else None,
            width_mm=size.width * mm if mm else None,
            area_mm2=size.area * mm * mm if mm else None,
            position_mm=((left + right) / 2 * mm, (top + bottom) / 2 * mm) if mm else None,
        )

    def _warnings(self, image: WeldImage, found: int) -> list[str]:
        warnings = []
        if image.pixel_size_mm is None:
            warnings.append("The pixel size is unknown, so sizes are in pixels only.")
        if found == self.settings.max_indications:
            warnings.append(f"Only the {found} strongest indications are listed.")
        if self._runtime.takes_context and (names := unheard_of(image.context)):
            warnings.append(f"Of the weld's context, {', '.join(names)} is in no list and counts as words only.")
        return warnings
