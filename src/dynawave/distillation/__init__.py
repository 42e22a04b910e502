"""Guided Progressive Distillation (paper 3.4): priors, teacher, graph of boxes, expert rules, their sum."""
