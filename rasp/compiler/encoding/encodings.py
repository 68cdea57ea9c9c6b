"""How variables live in the residual stream: only the features that somebody reads.

Consumers come first: the output asks for features of the root, whose neurons or heads ask for
features of what they read, and so on down to the embedding.  When a variable's turn comes, all
requests for it are known (`Bases`), and what delivers it can be built: columns of the embedding,
heads, or neurons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rasp.compiler.blocks import Blocks, EmbeddingColumn, Form, combined
from rasp.compiler.encoding.bases import Held
from rasp.compiler.encoding.features import describe, direction_of, family_of
from rasp.compiler.encoding.heads import build_read, build_scalar, written_head
from rasp.compiler.encoding.neurons import build_computed, build_disagreement, written_layer
from rasp.compiler.encoding.plans import Delivery, Encoding
from rasp.compiler.lowering.lowered import Lowered
from rasp.compiler.options import FAITHFUL, Options
from rasp.compiler.selection.selectors import Purpose, Term
from rasp.compiler.synthesis.again import Synthesised
from rasp.compiler.variables import (
    Categorical,
    Combined,
    Computed,
    Disagreement,
    Length,
    Linear,
    Mean,
    PositionVariable,
    Read,
    Scalar,
    Side,
    Sum,
    Tally,
    TokenVariable,
    Unit,
    Variable,
    Width,
)
from rasp.deadline import working_on


@dataclass(frozen=True)
class Encodings:
    """How everything is held.

    held: of each categorical variable the features that can be read; readings: of each scalar the
    form that holds its reading; misfit: how far fitted functions are off, relative to their size;
    deliveries: what each variable takes, in the order of the stages; scored: for each head, what it
    scores, and for which purpose; has_sums: are there results that are linear in earlier ones?
    """

    held: Mapping[Categorical, tuple[Held, ...]]
    readings: Mapping[Scalar, Form]
    misfit: float
    deliveries: tuple[Delivery, ...]
    scored: tuple[tuple[Term, Purpose], ...]
    has_sums: bool = False


def encode(
    lowered: Lowered,
    options: Options = FAITHFUL,
    progress: Callable[[float], None] = lambda share: None,
    known: Synthesised | None = None,
    *,
    anew: bool = False,
) -> tuple[Encodings, Blocks]:
    """Directions and blocks for all variables that are read.

    progress is told the share that is done; known: neurons that were found before; anew: sums of
    earlier results are written anew (`rasp.compiler.encoding.wholes`).
    """
    flags = [check.flag for check in lowered.checks]
    encoding = Encoding(lowered, options, known or Synthesised(), anew=anew)
    for output in (*lowered.outputs, *flags):
        encoding.bases.demand(output, exact=False)
    pending = list(lowered.variables)
    n_variables = len(pending)
    while pending:
        progress(max(0.0, 1 - len(pending) / n_variables))
        variable = pending.pop()
        working_on(variable.node, _size(variable))
        pending += _build(encoding, variable)
    blocks = _written(encoding, flags)
    bases = encoding.bases
    encodings = Encodings(
        MappingProxyType({variable: tuple(held) for variable, held in bases.held.items()}),
        MappingProxyType(dict(bases.readings)),
        bases.misfit,
        tuple(reversed(encoding.deliveries)),
        tuple(encoding.scored),
        encoding.has_sums,
    )
    return encodings, blocks


def _size(variable: Variable) -> str:
    match variable:
        case Computed(rows=rows, leaves=leaves) if len(leaves) > 1:
            return f"a function of {len(rows):,} joint values"
    return f"{variable.possible.size:,.0f} values"  # which may be too many to list


def _written(encoding: Encoding, flags: Sequence[Linear]) -> Blocks:
    """The plans as blocks, in terms of directions."""
    return Blocks(
        tuple(encoding.embeddings),
        tuple(written_head(encoding, plan) for plan in encoding.heads.values()),
        tuple(written_layer(encoding, plan) for plan in encoding.feedforwards),
        (*_columns(encoding), *(encoding.bases.form(flag) for flag in flags)),
    )


def _columns(encoding: Encoding) -> list[Form]:
    """The columns of the value: what the stream holds, or sums of that."""
    forms = [encoding.bases.form(output) for output in encoding.lowered.outputs]
    words = encoding.lowered.words
    if words is None:
        return forms
    return [combined(0.0, zip(forms, factors, strict=True)) for factors in words.tolist()]


def _build(encoding: Encoding, variable: Variable) -> list[Variable]:
    """Build what delivers the variable; variables that come up by that are to be built next."""
    match variable:
        case Unit():
            encoding.bases.held[variable] = []
        case TokenVariable() | PositionVariable():
            _build_embedding(encoding, variable)
        case Read():
            build_read(encoding, variable)
        case Computed():
            return build_computed(encoding, variable)
        case Disagreement():
            build_disagreement(encoding, variable)
        case Combined() | Side():
            if variable in encoding.bases.wanted:
                encoding.bases.demand(variable.form)
        case Mean() | Sum() | Length() | Width() | Tally():
            if variable in encoding.bases.wanted:
                build_scalar(encoding, variable)
        case _:
            raise AssertionError(variable)
    return []


def _build_embedding(encoding: Encoding, variable: TokenVariable | PositionVariable) -> None:
    of = "token" if isinstance(variable, TokenVariable) else "position"
    held: list[Held] = []
    basis = encoding.bases.choose(variable)
    for feature in basis:
        family = family_of(variable, basis)
        direction = direction_of(describe(variable, feature), (0, 0), feature, family=family)
        encoding.embeddings.append(EmbeddingColumn(direction, of, feature))
        held.append(Held(feature, Linear(), direction))
    encoding.bases.held[variable] = held
    encoding.deliver(variable, (0, 0), len(held))
