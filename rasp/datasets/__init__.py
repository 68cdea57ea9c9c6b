"""Data sets of programs with their Transformers, for methods that explain networks.

    dataset(n, seed=0)          one record after the other: program, model, circuit, inputs, outputs
    write_dataset(path, ...)    the same as files, by many processes, resumable; `rasp dataset`

Records are the same for the same seed.  No two of a data set compute the same on the inputs of a
probe, none is trivial, and of each it is proved that the model is the program.
"""

from __future__ import annotations

from rasp.datasets.making import dataset
from rasp.datasets.record import Record
from rasp.datasets.settings import Settings
from rasp.datasets.writing import Written, write_dataset

__all__ = ["Record", "Settings", "Written", "dataset", "write_dataset"]
