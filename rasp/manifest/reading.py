"""The JSON manifest of a checkpoint -> what it says, and with the tensors the whole artifact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from rasp import digests
from rasp.artifact import Artifact, Labels
from rasp.certificate import Plan
from rasp.compile_report import CompileReport
from rasp.compiled.specification import Specification
from rasp.errors import CheckpointError
from rasp.manifest.fields import (
    FIELDS,
    FORMAT,
    FORMAT_VERSION,
    field_of,
    parse_json,
    positive,
    refuse,
)
from rasp.manifest.parts import (
    read_config,
    read_labels,
    read_plan,
    read_readout,
    read_report,
    read_specification,
    read_vocabulary,
    read_witness,
)
from rasp.manifest.tensors import BASIS, PREFIX, check_tensors, checked_basis, with_tables
from rasp.meaning.witness import Witness
from rasp.model.config import TransformerConfig
from rasp.outputs import Readout
from rasp.vocabulary import BOS, PAD, Vocabulary


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says; `artifact` joins it with the tensors."""

    specification: Specification
    config: TransformerConfig
    vocabulary: Vocabulary
    max_len: int
    readout: Readout  # without its tables
    labels: Labels
    report: CompileReport
    plan: Plan | None
    witness: Witness | None
    tensor_digests: dict[str, Any]

    def artifact(self, tensors: dict[str, NDArray[Any]], *, check: bool = True) -> Artifact:
        """The whole artifact.  Raises CheckpointError for tensors that do not belong to it.

        check: compare the digests of the tensors.
        """
        if check:
            digests.check_tensors(self.tensor_digests, tensors)
        tables = {
            name.removeprefix(PREFIX): tensors.pop(name)
            for name in list(tensors)
            if name.startswith(PREFIX)
        }
        basis = checked_basis(tensors.pop(BASIS, None), self.config)
        check_tensors(self.config, tensors)
        readout = with_tables(self.readout, tables, self.max_len)
        return Artifact(
            config=self.config,
            tensors=tensors,
            vocabulary=self.vocabulary,
            max_len=self.max_len,
            readout=readout,
            labels=self.labels,
            report=self.report,
            plan=self.plan,
            graph=self.specification.node,
            witness=self.witness,
            basis=basis,
        )


def parse_manifest(text: str, *, check: bool = True) -> Manifest:
    """Read and check a manifest.  Raises CheckpointError.

    check: compare the digests of its fields.
    """
    data = parse_json(text, "the manifest")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        refuse("it has no RASP manifest")
    version = field_of(data, "format_version", int)
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"the checkpoint has format version {version}, this version of RASP reads "
            f"{FORMAT_VERSION}: compile the program again"
        )
    for name in sorted(FIELDS ^ data.keys()):
        refuse(f"'{name}' {'is missing' if name in FIELDS else 'is not known'}")
    tensor_digests = digests.check_manifest(data) if check else {}
    if (field_of(data, "bos", int), field_of(data, "pad", int)) != (BOS, PAD):
        refuse(f"ids other than {BOS} and {PAD} for BOS and padding")
    max_len = positive(data, "max_len")
    vocabulary = read_vocabulary(field_of(data, "vocabulary", list))
    config = read_config(field_of(data, "config", dict))
    specification = read_specification(field_of(data, "program", dict), data.get("graph"))
    readout = read_readout(field_of(data, "readout", dict), specification.source)
    if config.d_vocab != vocabulary.size:
        refuse(f"d_vocab is {config.d_vocab}, the vocabulary has {vocabulary.size} ids")
    if config.n_ctx != max_len + 1:
        refuse(f"n_ctx is {config.n_ctx}, max_len is {max_len}")
    if config.d_vocab_out != readout.n_columns:
        refuse(f"d_vocab_out is {config.d_vocab_out}, the readout has {readout.n_columns} columns")
    return Manifest(
        specification=specification,
        config=config,
        vocabulary=vocabulary,
        max_len=max_len,
        readout=readout,
        labels=read_labels(field_of(data, "labels", dict), config),
        report=read_report(field_of(data, "report", dict)),
        plan=read_plan(data["plan"]),
        witness=read_witness(data["witness"]),
        tensor_digests=tensor_digests,
    )
