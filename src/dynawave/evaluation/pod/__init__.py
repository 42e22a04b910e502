"""Probability of detection as a function of flaw size, after MIL-HDBK-1823A: from hits and misses, and from signals."""

from dynawave.evaluation.pod.curve import Pod
from dynawave.evaluation.pod.hit_miss import fit_hit_miss
from dynawave.evaluation.pod.signal import fit_signal

__all__ = ["Pod", "fit_hit_miss", "fit_signal"]
