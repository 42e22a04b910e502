"""The folder of an evaluation: tables, curves, worst cases, and one page that holds them all."""
