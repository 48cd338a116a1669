"""The file that a command of minutes writes at its end: whether it can be written is known at its beginning."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def result_file(text: str) -> Path:
    """The type of an argument that names such a file, whose folder is made where it is not there.

    Raises argparse.ArgumentTypeError: a folder has that name, or nobody here may write there.
    """
    path = Path(text)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path.parent}: {error.strerror}") from error
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{path} is a folder; name a file in it")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{path} cannot be written here")
    return path
