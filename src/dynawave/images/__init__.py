"""Read and write images at their original depth; contrast normalisation; tiling."""
