"""Models that say of ints that they are floats, or of floats ints, for trying the proof on.

A number is put out beside marks that say whether it is an int (`rasp.graph.whether_int`): the marks
or the number are others, or the decoder makes something else of them.

TYPES[name]()            wrong in value or in type
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rasp.artifact import Artifact
from rasp.graph.nodes import Aggregate, Atom
from rasp.meaning.witness import Quantity
from rasp.outputs import Readout
from rasp.testing.wrong_models import model_of, node_of
from rasp.testing.wrong_readouts import SPREAD, Build, with_columns

Formula = tuple[tuple[str, Atom], ...]

NUMBER: Formula = (("part", 0),)
AS_FLOAT: Formula = (*NUMBER, ("constant", 0.0), ("add", 2))
PREFIX = SPREAD.replace("x = ", "y = ")


def model() -> Artifact:
    """A mean that is an int where all sums of what comes before are ints, and are the same."""
    artifact = model_of(f"{PREFIX} x = average(y * (indices + 1));", "02", 2)
    assert artifact.readout.formula == _told([("part", 1), ("part", 2)])
    return artifact


def _told(marks: Sequence[tuple[str, Atom]], as_float: Formula = AS_FLOAT) -> Formula:
    formula = NUMBER
    for mark in reversed(marks):
        formula = (mark, *formula, *as_float, ("where", 3))
    return formula


def _made(artifact: Artifact, formula: Formula) -> Artifact:
    return replace(artifact, readout=replace(artifact.readout, formula=formula))


def other_nought() -> Artifact:
    """A mark is added where the number is a float."""
    return _with_nought(("part", 1))


def part_for_nought() -> Artifact:
    """The number itself is added where it is a float: it is part 0, which 0.0 is taken for."""
    return _with_nought(("part", 0.0))


def int_for_nought() -> Artifact:
    """0 is added where the number is a float, which makes none of an int."""
    return _with_nought(("constant", 0))


def _with_nought(nought: tuple[str, Atom]) -> Artifact:
    as_float: Formula = (*NUMBER, nought, ("add", 2))
    return _made(model(), _told([("part", 1), ("part", 2)], as_float))


def fewer_marks() -> Artifact:
    """It is not asked whether all sums are the same."""
    artifact = model()
    parts = artifact.readout.parts[:2]
    n_columns = sum(part.n_values for part in parts)
    formula = _told([("part", 1)])
    return with_columns(artifact, range(n_columns), parts=parts, formula=formula)


def floats_beside_marks() -> Artifact:
    """The number is read as a float, and so it is where the marks say that it is an int."""
    return _with_number(lambda number: replace(number, values=tuple(map(_float, number.values))))


def other_int_beside_marks() -> Artifact:
    """Another int is read in place of the number 1."""
    return _with_number(
        lambda number: replace(number, values=tuple(3 if v == 1 else v for v in number.values))
    )


def _float(value: Atom) -> Atom:
    return float(value)


def _with_number(change: Callable[[Readout], Readout]) -> Artifact:
    artifact = model()
    number, *marks = artifact.readout.parts
    parts = (change(number), *marks)
    return replace(artifact, readout=replace(artifact.readout, parts=parts))


def with_type_and_without() -> Artifact:
    """What is read at a position is an int where it is negated twice, whatever it is."""
    text = f"{PREFIX} r = aggregate(select(indices, 0, ==), y * 2 + y[1]);"
    artifact = model_of(f'{text} x = r if tokens == "0" else -(-r);', "02", 2)
    formula = artifact.readout.formula
    size = (len(formula) - 4) // 2
    told = formula[1 : 1 + size]
    assert formula == (formula[0], *told, *told, ("negate", 1), ("negate", 1), ("where", 3))
    return _made(artifact, (*formula[: 1 + size], told[-4], *formula[-3:]))


def zero_of_either_sign() -> Artifact:
    """Of a program in which a 0.0 is -0.0, and the int 0 is 0 as before; so says the witness."""
    read = f"{PREFIX} x = aggregate(select(indices, 1, ==), {{}});"
    artifact = model_of(read.format("0 - y"), ("-1", "0", "1"), 2)
    witness, old, new = artifact.witness, artifact.graph, node_of(read.format("-y"))
    assert witness is not None
    assert isinstance(old, Aggregate)
    assert isinstance(new, Aggregate)
    instead: dict[Quantity, Quantity] = {old: new, old.value: new.value}
    values = tuple(
        tuple(map(_negative, some)) if quantity in instead else some
        for quantity, some in zip(witness.quantities, witness.values, strict=True)
    )
    quantities = tuple(instead.get(quantity, quantity) for quantity in witness.quantities)
    witness = replace(witness, quantities=quantities, values=values)
    return replace(artifact, graph=new, witness=witness)


def _negative(value: Atom) -> Atom:
    return -0.0 if isinstance(value, float) and not value else value


def nought_beside_marks() -> Artifact:
    """-0.0 is put out beside a mark, and 0.0 is added to it."""
    artifact = model_of('x = -0.0 if tokens == "a" else 1;', "ab", 2)
    return _beside_mark(artifact, artifact.readout)


def nought_from_parts_beside_marks() -> Artifact:
    """The same, where the decoder makes -0.0 of a part."""
    artifact = model_of('x = 0.0 if tokens == "a" else -1;', "ab", 2)
    negative = Readout("parts", parts=(artifact.readout,), formula=(*NUMBER, ("negate", 1)))
    forged = _beside_mark(artifact, negative)
    return replace(forged, graph=node_of('x = -(0.0 if tokens == "a" else -1);'))


def huge_beside_marks() -> Artifact:
    """0.0 cannot be added to an int of 401 digits, wherever the mark says that it is an int."""
    artifact = model_of('x = 3 if tokens == "a" else 0.5;', "ab", 2)
    readout = artifact.readout
    values = tuple(10**400 if value == 3 else value for value in readout.values)
    forged = _beside_mark(artifact, replace(readout, values=values))
    return replace(forged, graph=node_of('x = 10 ^ 400 if tokens == "a" else 0.5;'))


def _beside_mark(artifact: Artifact, number: Readout) -> Artifact:
    """What one column says is put out twice: as the number, and as what says where it is an int."""
    readout = artifact.readout
    marks = tuple(int(isinstance(value, int)) for value in readout.values)
    parts = (number, replace(readout, values=marks))
    told = Readout("parts", parts=parts, formula=_told([("part", 1)]))
    return replace(with_columns(artifact, [0, 0]), readout=told)


def ints_without_marks() -> Artifact:
    """A mean is read as an int wherever it is whole."""
    artifact = model_of(SPREAD, "012", 4)
    values = tuple(int(v) if float(v).is_integer() else v for v in artifact.readout.values)
    return with_columns(artifact, [0], spread=None, values=values)


TYPES: dict[str, Build] = {
    build.__name__: build
    for build in (
        other_nought,
        part_for_nought,
        int_for_nought,
        fewer_marks,
        floats_beside_marks,
        other_int_beside_marks,
        with_type_and_without,
        zero_of_either_sign,
        nought_beside_marks,
        nought_from_parts_beside_marks,
        huge_beside_marks,
        ints_without_marks,
    )
}
