"""DynaWave itself, measured as its peers are.

Example:
    python -m benchmarks.peers.ours film DATA --films W0003_0068 --out runs/film
"""

import argparse
from typing import Final

from benchmarks.peers.films import add_prediction_arguments, predict_films
from dynawave import Inspector
from dynawave.evaluation.calls import inspector_detector

LEAST_SCORE: Final = 0.005
"""Low, as the measures look at calls of every score."""


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", help="name of shipped weights, or an ONNX file")
    add_prediction_arguments(parser)
    given = parser.parse_args()
    predict_films(given, "dynawave", inspector_detector(Inspector(given.weights, given.threads, LEAST_SCORE)))


if __name__ == "__main__":
    main()
