"""X-ray physics of a radiograph: materials, sources, transmission, geometry, detectors and image quality."""
