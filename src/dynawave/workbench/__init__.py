"""The workbench: films on a light box in the browser, inspected, corrected, judged, signed and reported."""
