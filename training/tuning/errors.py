"""What can go wrong in fine-tuning.

TuningError       names the file or option and says what is wrong with it, in one line
└── RunError      a folder is no training run's, or its metrics do not say what is needed
"""

from __future__ import annotations


class TuningError(Exception):
    """Base of the tree."""


class RunError(TuningError):
    """A run's folder that cannot be used."""
