"""Readers of published sets, each in the layout that it is published in; the terms of its data stand beside each."""
