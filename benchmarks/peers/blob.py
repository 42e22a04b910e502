"""The untrained blob filter, measured as the networks are.

Example:
    python -m benchmarks.peers.blob DATA --out runs/blob
"""

import argparse

from benchmarks.peers.films import add_prediction_arguments, predict_films
from dynawave.evaluation.blob import blob_detector


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_prediction_arguments(parser)
    predict_films(parser.parse_args(), "blob filter", blob_detector)


if __name__ == "__main__":
    main()
