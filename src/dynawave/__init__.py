"""DynaWave finds, sizes, names and reports flaws in welds."""
