"""The networks that DynaWave is compared with."""
