"""What can go wrong in an evaluation.

EvaluationError
├── CropsError    the crops or their manifest cannot be used; says what to do instead
└── NetworkError  the network cannot be used: not found, not readable, or it takes other pictures
"""

from __future__ import annotations

from training.errors import TrainingError


class EvaluationError(TrainingError):
    """Base of the tree. Its text is one line for the person at the command line."""


class CropsError(EvaluationError):
    """A split that cannot be measured on."""


class NetworkError(EvaluationError):
    """A network that cannot be measured."""
