"""DICONDE out and over the network: what was found on a film, as objects that an archive keeps and any viewer shows.

What is read of a film stands in `dynawave.images.dicom` and `.diconde`, which need pydicom only; this package needs
highdicom and pynetdicom (`pip install 'dynawave[dicom]'`).
"""
