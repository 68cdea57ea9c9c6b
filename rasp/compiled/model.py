"""A compiled program, and all that can be done with it.

`RunnableModel` says what it is and what it answers; this leads from it to what other rooms do with
networks: checkpoints, exports, circuits, variables, pages.  These are imported when they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from rasp.compiled.inputs import Tokens
from rasp.compiled.runnable import RunnableModel
from rasp.decoding.request import Stop
from rasp.errors import RaspTypeError
from rasp.graph.nodes import Atom
from rasp.readout import Outcome

if TYPE_CHECKING:
    from rasp.causal.circuit import Circuit
    from rasp.causal.edges import Edge
    from rasp.causal.runs import Cache
    from rasp.causal.variables import Variables
    from rasp.explorer import Page


_ELSEWHERE = {
    **dict.fromkeys(("predict", "run", "forward", "evaluate", "decode"), "model(tokens)"),
    **dict.fromkeys(("predict_batch", "predict_many", "run_batch"), "model.batch(inputs)"),
    **dict.fromkeys(("logits", "hidden_states", "attentions"), "model.run_with_cache(tokens)"),
    **dict.fromkeys(("parameters", "state_dict", "to", "train", "eval"), "model.module"),
    "verify": "rasp.verify(model)",
    "compile": "rasp.compile(sop, ...)",
    "load": "rasp.load_model(path)",
    "draw": "model.explore(tokens)",
}
"""What attributes of other libraries' models are here."""


class CompiledModel(RunnableModel):
    """A Transformer that computes an s-op.  Equal to the interpreter on every input it takes.

    Its weights are those of `module`, and whoever changes them changes the model: what it answers,
    its artifact, certificate and report, and what is saved.  A module that is no longer a
    Transformer of this shape in float32 or float64 is refused with RaspTypeError by all of these.
    """

    if not TYPE_CHECKING:  # for which any name would then be one

        def __getattr__(self, name: str) -> NoReturn:
            text = f"'CompiledModel' object has no attribute {name!r}"
            if name in _ELSEWHERE:
                text += f"; it is {_ELSEWHERE[name]}"
            raise AttributeError(text, name=name, obj=self)

    @classmethod
    def from_bytes(cls, data: bytes, *, check: bool = True) -> Self:
        """The model in a checkpoint's content.  Raises CheckpointError."""
        from rasp.checkpoint.file import from_bytes

        return cls(*from_bytes(data, check=check))

    def save(self, path: str | Path) -> None:
        """Write a checkpoint of the weights as they are now.  Raises CheckpointError."""
        from rasp.checkpoint.file import save

        save(self, path)

    def export(self, to: str, path: str | Path, **options: Any) -> None:
        """Write it for another library, compared with the model before: "huggingface" a folder,
        "onnx" and "transformer-lens" a file.

        options: those of `rasp.export`.  Raises ExportError.
        """
        from rasp.export import export

        export(self, to, path, **options)

    @property
    def points(self) -> tuple[str, ...]:
        """The names of all points of a forward pass, as in TransformerLens."""
        from rasp.causal.points import points_of

        return tuple(points_of(self._made.config))

    def run_with_cache(
        self,
        inputs: Tokens | Iterable[Tokens],
        hooks: Mapping[str, Callable[..., Any]] | None = None,
        names: Iterable[str] | None = None,
    ) -> tuple[list[Outcome], Cache]:
        """The answer on each input, and the tensors at all points: `cache["blocks.0.attn.hook_q"]`.

        inputs: one (a string, a list of tokens) or several, of any lengths.  An answer is a list of
        values, or the error that the model reports.  hooks: as for `run_with_hooks`; names: of the
        points that are kept.
        """
        from rasp.causal.runs import run_with_cache

        return run_with_cache(self, inputs, hooks, names)

    def run_with_hooks(
        self, inputs: Tokens | Iterable[Tokens], hooks: Mapping[str, Callable[..., Any]]
    ) -> list[Outcome]:
        """The answer on each input, where functions replace what is at some points.

        hooks: point -> a function of its tensor, `f(tensor)` or `f(tensor, hook)`, which changes it
        in place or gives another one of the same shape.
        """
        from rasp.causal.runs import run_with_hooks

        return run_with_hooks(self, inputs, hooks)

    @property
    def variables(self) -> Variables:
        """The s-ops of the program that live in the residual stream as it was compiled: by name,
        where each is.  `variables.elsewhere` has the others, each with the reason.
        """
        from rasp.causal.variables import variables_of

        return variables_of(self)

    def interchange(self, base: Tokens, source: Tokens, names: str | Iterable[str]) -> list[Atom]:
        """The answer on `base`, with these variables as they are on `source`, which is as long.

        The s-op says the same: `model.sop.interchange(base, source, names)`.  Raises RaspNameError
        for a name that is no variable, RaspValueError for inputs of different lengths.
        """
        from rasp.causal.variables import interchange

        return interchange(self, base, source, names)

    def circuit(self, *, n_pairs: int = 192, seed: int = 0) -> Circuit:
        """Which part of the model reads what from which other part: every edge whose weights touch,
        with a variable and a witness; what has no edge has no effect at all.

        n_pairs: how many pairs of inputs of each kind are tried for witnesses, 0 for none; seed: of
        these inputs.
        """
        from rasp.causal.making import make_circuit

        return make_circuit(self, n_pairs=n_pairs, seed=seed)

    def patch(
        self, edge: Edge, base: Tokens, source: Tokens, places: Sequence[int] | None = None
    ) -> Outcome:
        """The answer on `base` with what comes along an edge of the circuit as it is on `source`,
        or the error that the model reports.  `rasp.causal.witnesses.patched` has the details.
        """
        from rasp.causal.witnesses import patched

        return patched(self, edge, base, source, places)

    def _repr_html_(self) -> str:
        from rasp.drawing import rich
        from rasp.markup import html

        labels = self.labels
        title = f"compiled model of {self.specification.name or 'an s-op'}"
        try:
            rows = self.report.facts()
        except RaspTypeError as error:
            rows = [("certificate", f"nothing is certified: {error.message}")]
        facts = html.table((), rows, title=title)
        layout = rich.labels(labels.residual, labels.heads, labels.neurons)
        return html.fragment(facts + rich.folded("what everything in it is for", layout))

    def explore(self, tokens: Tokens, max_new_tokens: int | None = None, stop: Stop = None) -> Page:
        """A page on which every number of the forward pass on an input can be followed.

        max_new_tokens, stop: as `generate` has them; the page then shows what the model writes
        after these tokens, token by token.  Raises VocabularyError, RaspLimitError and
        GenerationError, as `rasp.explorer.page` says.
        """
        from rasp.explorer import page

        return page(self, tokens, max_new_tokens, stop)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as the content of a checkpoint, with all that this checks."""
        from rasp.checkpoint.file import to_bytes

        return CompiledModel.from_bytes, (to_bytes(self),)
