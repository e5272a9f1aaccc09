"""Monitors: figures as pure functions of the rows of folds, the moment and the configuration."""
