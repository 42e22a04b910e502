"""Why an indication was called: what the network saw, where, and how much of it lies on true flaws.

Needs the extra `explain` (torch, captum, matplotlib); nothing of `dynawave inspect` imports it.
"""
