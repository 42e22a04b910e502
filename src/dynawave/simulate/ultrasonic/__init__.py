"""Simulated ultrasonic scans of welds: sector, B-scan and time of flight diffraction, with labels of their echoes."""

from dynawave.simulate.ultrasonic.scan import CLASSES, simulate_scan
from dynawave.simulate.ultrasonic.spec import ScanSpec

__all__ = ["CLASSES", "ScanSpec", "simulate_scan"]
