"""The further tables of an evaluation: with intervals, at the threshold, of pixels, images, sizes and curves."""

from collections.abc import Mapping, Sequence
from typing import Final

from dynawave.evaluation.classification import Kinds
from dynawave.evaluation.complete import figures
from dynawave.evaluation.evaluate import Evaluation
from dynawave.evaluation.images import Presence
from dynawave.evaluation.table import Table, figure
from dynawave.evaluation.uncertainty.bootstrap import Difference

MAIN: Final = {
    "ap50": "AP50",
    "ap30": "AP30",
    "ap": "AP",
    "hits.1": "hits at 1",
    "hits.5": "hits at 5",
    "hits.20": "hits at 20",
    "operating.recall": "recall at the threshold",
    "operating.precision": "precision at the threshold",
    "operating.false_calls": "false calls a film at the threshold",
    "pixel_ap": "pixel AP",
    "auroc": "pixel AUROC",
    "best_f1": "pixel best F1",
    "segmentation.miou": "mIoU",
    "segmentation.miou_with_sound": "mIoU with sound metal",
    "segmentation.recall": "recall of pixels over classes",
    "segmentation.f1": "F1 of pixels over classes",
    "segmentation.pixel_accuracy": "pixel accuracy",
    "segmentation.miou_per_image": "mIoU an image (published manner)",
    "kinds.accuracy": "accuracy over regions",
    "kinds.precision": "precision over classes",
    "kinds.recall": "recall over classes",
    "kinds.f1": "F1 over classes",
    "kinds.auc": "AUC over classes",
    "whole_images.kinds.accuracy": "accuracy over images",
    "whole_images.kinds.precision": "precision over images",
    "whole_images.kinds.recall": "recall over images",
    "whole_images.kinds.f1": "F1 over images",
    "whole_images.kinds.auc": "AUC over images",
    "presence.accuracy": "accuracy of what is on an image",
    "presence.precision": "precision of what is on an image",
    "presence.recall": "recall of what is on an image",
    "presence.f1": "F1 of what is on an image",
    "presence.auc": "AUC of what is on an image",
    "sizing.length.bias_mm": "bias of length, mm",
    "sizing.length.rmse_mm": "RMSE of length, mm",
    "sizing.length.relative_error": "relative error of length",
    "sizing.width.bias_mm": "bias of width, mm",
    "sizing.width.rmse_mm": "RMSE of width, mm",
    "sizing.width.relative_error": "relative error of width",
    "reliability.error": "distance of score and truth",
    "reliability.error_reported": "distance of score and truth at the threshold",
    "reliability.brier": "Brier score of calls",
}
"""Main figures by their place in the record, as they are called in tables."""


def further_tables(records: Sequence[Evaluation]) -> list[Table]:
    """All that have rows."""
    tables = [
        _intervals(records),
        _sides(records),
        *(_pixel_classes(record) for record in records),
        *(_image_kinds(record) for record in records),
        *(_presence(record) for record in records),
        _sizing(records),
        _pod(records),
        _scores(records),
    ]
    return [table for table in tables if table.rows]


def differences_table(first: str, second: str, found: Mapping[str, Difference]) -> Table:
    """What the second detector has more than the first, with interval and probability of chance."""
    rows = [
        (title, f"{d.difference:+.3f}", f"{d.low:+.3f} to {d.high:+.3f}", f"{d.p:.3f}")
        for name, title in MAIN.items()
        if (d := found.get(name))
    ]
    title = f"{second} less {first} on the same films, drawn anew together"
    return Table(title, ("", "difference", "95 % interval", "p"), tuple(rows))


def _intervals(records: Sequence[Evaluation]) -> Table:
    values = [figures(record) for record in records]
    rows = []
    for name, title in MAIN.items():
        if any(name in record.intervals for record in records):
            cells = [
                _with_interval(value.get(name), record, name) for value, record in zip(values, records, strict=True)
            ]
            rows.append((title, *cells))
    names = tuple(record.name for record in records)
    return Table("Main figures, 95 % interval by drawing films anew", ("", *names), tuple(rows))


def _with_interval(value: float | None, record: Evaluation, name: str) -> str:
    interval = record.intervals.get(name)
    return figure(value) + (f" ({interval.low:.3f} to {interval.high:.3f})" if interval else "")


def _sides(records: Sequence[Evaluation]) -> Table:
    rows = [
        (f"{record.name}, {average.label}", figure(average.ap50), figure(average.ap30), figure(average.ap))
        for record in records
        for average in (*record.ap_by_side, *(record.ap_by_class if len(record.ap_by_class) > 1 else ()))
    ]
    return Table("Average precision by side and class", ("", "AP50", "AP30", "AP"), tuple(rows))


def _pixel_classes(record: Evaluation) -> Table:
    found = record.segmentation
    if not found:
        return Table("", (), ())
    rows = [(each.name, figure(each.iou), figure(each.recall)) for each in found.by_class]
    title = (
        f"Pixels: {record.name}; mIoU {figure(found.miou)}, with sound metal {figure(found.miou_with_sound)}, "
        f"accuracy {figure(found.pixel_accuracy)}, mIoU an image {figure(found.miou_per_image)} (published manner)"
    )
    return Table(title, ("", "IoU", "recall"), tuple(rows))


def _image_kinds(record: Evaluation) -> Table:
    found = record.whole_images
    if not found:
        return Table("", (), ())
    top = "".join(f", top-{k} {figure(share)}" for k, share in found.top.items())
    return _by_class(f"Whole images: {record.name}; accuracy {figure(found.kinds.accuracy)}{top}", found.kinds)


def _presence(record: Evaluation) -> Table:
    found = record.presence
    if not found:
        return Table("", (), ())
    return _by_class(f"What is on an image: {record.name}; accuracy {figure(found.accuracy)}", found)


def _by_class(title: str, found: Kinds | Presence) -> Table:
    """Measures of images by class, and their means."""
    rows = [
        (kind.name, str(kind.flaws), *map(figure, (kind.precision, kind.recall, kind.f1, kind.auc)))
        for kind in found.by_class
    ]
    rows.append(("mean", "", *map(figure, (found.precision, found.recall, found.f1, found.auc))))
    return Table(title, ("", "images", "precision", "recall", "F1", "AUC"), tuple(rows))


def _sizing(records: Sequence[Evaluation]) -> Table:
    rows = [
        (
            f"{record.name}, {what}",
            str(s.flaws),
            *(f"{value:+.2f}" for value in (s.bias_mm,)),
            f"{s.rmse_mm:.2f}",
            f"{100 * s.relative_error:.0f} %",
            f"{s.lower_mm:+.2f} to {s.upper_mm:+.2f}",
        )
        for record in records
        for what, s in record.sizing.items()
    ]
    headings = ("", "flaws", "bias, mm", "RMSE, mm", "relative error", "limits of agreement, mm")
    return Table("Sizes of flaws that were called: called less true", headings, tuple(rows))


def _pod(records: Sequence[Evaluation]) -> Table:
    rows = [
        (
            f"{record.name}, {pod.method}",
            f"{pod.found} of {pod.flaws}" + ("" if pod.enough else " (too few)"),
            *(figure(value, 2) for value in (pod.a50, pod.a90, pod.a90_95)),
            pod.unit,
            pod.reason or "-",
        )
        for record in records
        for pod in record.pod
    ]
    title = "Probability of detection over length, after MIL-HDBK-1823A, at the detector's threshold"
    return Table(title, ("", "found", "a50", "a90", "a90/95", "unit", "remark"), tuple(rows))


def _scores(records: Sequence[Evaluation]) -> Table:
    rows = [
        (
            record.name,
            figure(record.reliability.error),
            figure(record.reliability.error_reported),
            figure(record.reliability.brier),
            figure(record.pixel_calibration_error),
        )
        for record in records
        if record.reliability
    ]
    headings = ("", "all calls", "calls at the threshold", "Brier score of calls", "pixels")
    return Table("Calibration: mean distance of score and share of truth", headings, tuple(rows))
