"""A weld's metallurgy as files: `weld.json` for programs, `weld.svg` to look at."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from dynawave.images.files import write_bytes, write_json
from dynawave.metallurgy.composition import Composition
from dynawave.metallurgy.diagrams import diagrams
from dynawave.metallurgy.drawing import draw
from dynawave.metallurgy.formulas import EQUIVALENTS, HARDENING, Formula
from dynawave.metallurgy.metals import Metal
from dynawave.metallurgy.risks import risks
from dynawave.metallurgy.weld import Weld

SCHEMA: Final = "1.0"


def write_weld(weld: Weld, directory: Path) -> tuple[Path, Path]:
    """Write both files, each aside first; return their paths.

    Raises:
        DynaWaveError: the folder cannot be written to.
    """
    record, picture = directory / "weld.json", directory / "weld.svg"
    write_json(record, weld_record(weld))
    write_bytes(picture, draw(weld).encode())
    return record, picture


def weld_record(weld: Weld) -> dict[str, Any]:
    """Everything that was found, with every formula's source and how well it is confirmed."""
    cooling = weld.cooling
    return {
        "schema": SCHEMA,
        "base_a": _metal(weld.base_a),
        "base_b": _metal(weld.base_b),
        "filler": _metal(weld.filler),
        "dilution": {"a": weld.dilution_a, "b": weld.dilution_b},
        "weld_metal": {
            "composition": {e: round(v, 4) for e, v in weld.composition.items()},
            "density": round(weld.density, 3),
            "structure": weld.structure,
            "schaeffler_region": weld.region,
            "ferrite_number": asdict(weld.ferrite),
            "wrc_mode": weld.mode,
            "solidification": asdict(weld.solidification),
            "values": _values(weld.composition, EQUIVALENTS),
        },
        "cooling": None if cooling is None else {**asdict(cooling), "t85_s": cooling.t85_s},
        "risks": [{**asdict(risk), "open": risk.open} for risk in risks(weld)],
        "formulas": [
            {"name": f.name, "weights": dict(f.weights), "constant": f.constant, "source": f.source}
            | {"sources": f.sources, "open": f.open}
            for f in (*EQUIVALENTS, *HARDENING)
        ],
        "diagrams": {"schaeffler": diagrams().schaeffler.source, "wrc1992": diagrams().wrc1992.source},
    }


def _metal(metal: Metal) -> dict[str, Any]:
    """A metal as in the library, with its values; those of hardening only where it hardens.

    "beyond" names the formulas that were not made for so much of an element.
    """
    formulas = EQUIVALENTS + (HARDENING if metal.family == "ferritic" else ())
    beyond = {f.name: f.beyond(metal.composition) for f in formulas if f.beyond(metal.composition)}
    return metal.model_dump(mode="json") | {"values": _values(metal.composition, formulas), "beyond": beyond}


def _values(composition: Composition, formulas: tuple[Formula, ...]) -> dict[str, float]:
    return {formula.name: round(formula(composition), 4) for formula in formulas}
