#!/bin/sh
# Makes the virtual environment of the YOLO11n peer: setup.sh [FOLDER], default .venv-yolo.
#
# ultralytics is AGPL-3.0: it lives in a virtual environment of its own and is run as a command (benchmarks/peers/yolo.py);
# neither the package nor these scripts import it. It asks for torchvision, which has no CPU wheel beside the pinned torch
# and is needed here only for non-maximum suppression in its own validation: a stand-in of a few lines does that.
set -eu
venv=${1:-.venv-yolo}
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)

"$python" -m venv "$venv"
pip="$venv/bin/pip --disable-pip-version-check install --quiet"
$pip torch==2.13.0 ${TORCH_INDEX:+--index-url "$TORCH_INDEX"}
$pip --constraint "$here/../../constraints.txt" \
    matplotlib numpy onnx onnxruntime opencv-python-headless pillow polars psutil pyyaml requests
$pip --no-deps ultralytics==8.4.190 ultralytics-thop onnxslim

site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mkdir -p "$site/torchvision" "$site/torchvision-0.28.0.dist-info"
printf 'Metadata-Version: 2.1\nName: torchvision\nVersion: 0.28.0\n' >"$site/torchvision-0.28.0.dist-info/METADATA"
cat >"$site/torchvision/__init__.py" <<'PYTHON'
"""Stand-in for torchvision in this benchmark environment: only what ultralytics calls when it validates boxes."""

from . import ops as ops

__version__ = "0.28.0"
PYTHON
cat >"$site/torchvision/ops.py" <<'PYTHON'
"""The one operator that is called."""


def nms(boxes, scores, iou_threshold):
    """Non-maximum suppression by ultralytics' own implementation."""
    from ultralytics.utils.nms import TorchNMS

    return TorchNMS.nms(boxes, scores, iou_threshold)
PYTHON
echo "$venv is ready"
