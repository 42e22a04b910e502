"""DynaWave-Net: backbone, DGAE, FDSA, FAD-SF and heads (paper 3.3)."""
