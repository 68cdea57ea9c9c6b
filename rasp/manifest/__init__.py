"""A compiled model without its tensors <-> the JSON manifest of a checkpoint.

    format, format_version      what this is
    program                     sop, source_name, source, sha256 (null without a program text)
    graph                       the s-op itself (rasp.graph.plain)
    vocabulary, bos, pad        tokens by id, from id 2 on
    max_len, config, readout, labels, report
    plan                        how the weights are proved exact (rasp.certificate), or null
    digests                     of every other field and of every tensor (rasp.digests)

Reading believes nothing: every field is checked for its type and against the others, and what does
not fit raises CheckpointError.  The arrays of a numeric readout are tensors of the checkpoint named
readout.centres, readout.codes, readout.scale; that of a basis is basis.directions.
"""

from __future__ import annotations

from rasp.manifest.fields import FORMAT, FORMAT_VERSION, parse_json
from rasp.manifest.reading import Manifest, parse_manifest
from rasp.manifest.tensors import BASIS, readout_tensors
from rasp.manifest.writing import manifest_of, plain_readout

__all__ = [
    "BASIS",
    "FORMAT",
    "FORMAT_VERSION",
    "Manifest",
    "manifest_of",
    "parse_json",
    "parse_manifest",
    "plain_readout",
    "readout_tensors",
]
