"""The output folder of `dynawave explain`: sheets and pictures at once, `explanation.json` at the end."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from dynawave.explain.explainer import Explanation
from dynawave.explain.pointing import mass_inside, named_maps
from dynawave.explain.sheet import further_panels, sheet_rows, write_panel, write_sheet
from dynawave.explain.trace import Trace
from dynawave.images.files import unique_stem, write_json
from dynawave.inspection.inputs import EXPLANATION
from dynawave.network.wavelet import SUBBANDS
from dynawave.records import Inspection, ModelInfo

SCHEMA: Final = "1.0"


class ExplanationFolder:
    """Writes the explanations of a run into `directory`, which exists, and keeps their figures."""

    def __init__(self, directory: Path, model: ModelInfo) -> None:
        self._directory = directory
        self._model = model
        self._stems: set[str] = set()
        self.images: list[dict[str, Any]] = []
        self.failures: list[dict[str, str]] = []

    def add(self, name: str, inspection: Inspection, explanations: list[Explanation]) -> None:
        """Write the pictures of an image's explanations and keep their figures.

        Raises:
            DynaWaveError: the folder cannot be written to.
        """
        stem = unique_stem(name, self._stems)
        records = [self._write(f"{stem}.{e.number}", e) for e in explanations]
        self.images.append({"file": name, "indications": len(inspection.indications), "explanations": records})

    def fail(self, file: Path, reason: str) -> None:
        """Keep note of a file that could not be explained."""
        self.failures.append({"file": str(file), "reason": reason})

    def close(self) -> None:
        """Write `explanation.json`.

        Raises:
            DynaWaveError: the folder cannot be written to.
        """
        document = {"schema_version": SCHEMA, "model": asdict(self._model), "images": self.images}
        write_json(self._directory / "explanation.json", document | {"failures": self.failures})

    def _write(self, stem: str, e: Explanation) -> dict[str, Any]:
        maps = map_figures(e)
        rows = sheet_rows(e, {name: values["lift"] for name, values in maps.items()})
        sheet = f"{stem}{EXPLANATION}"
        write_sheet(f"{e.image.name}   ·   {self._model.name} {self._model.version}", rows, self._directory / sheet)
        pictures = {}
        for panel in (*(panel for row in rows for panel in row), *further_panels(e)):
            pictures[panel.name] = f"{stem}.{panel.name}{EXPLANATION}"
            write_panel(panel, self._directory / pictures[panel.name])
        flaw = {"flaw": e.indication.flaw.name, "score": round(e.indication.score, 4)} if e.indication else {}
        return {
            "indication": e.number,
            **flaw,
            "tile": asdict(e.tile),
            "box": [round(side, 2) for side in e.box],
            "mask_share": round(float(e.mask.mean()), 6),
            "maps": maps,
            **network_figures(e.trace),
            "sheet": sheet,
            "pictures": pictures,
        }


def map_figures(e: Explanation) -> dict[str, dict[str, float | None]]:
    """By map: `inside`, the share of its mass on the indication's pixels, and `lift`, that over their share of area.

    None where the map is empty, or no pixel of the indication lies on the tile.
    """
    area = float(e.mask.mean())
    figures: dict[str, dict[str, float | None]] = {}
    for name, heat in named_maps(e.trace, e.evidence["flaw"]).items():
        inside = mass_inside(e.on_film(heat), e.mask)
        lift = None if inside is None or not area else round(inside / area, 3)
        figures[name] = {"inside": None if inside is None else round(inside, 5), "lift": lift}
    return figures


def network_figures(trace: Trace) -> dict[str, Any]:
    """Attention weights by level and sub-band, and how far the sampling places were moved, in pixels."""
    alphas = {
        str(level.stride): {name: round(float(level.alphas[k].mean()), 4) for k, name in enumerate(SUBBANDS)}
        for level in trace.bands
    }
    offsets = [
        {
            "stride": branch.stride,
            "dilation": branch.dilation,
            "mean_px": round(float(branch.shift_px.mean()), 2),
            "greatest_px": round(float(branch.shift_px.max()), 2),
            "weight": round(float(branch.weights.mean()), 3),
        }
        for branch in trace.samplings
    ]
    return {"alphas": alphas, "offsets": offsets}
