"""What methods see, for docs/methods.md: `python benchmarks/methods.py [--write] [--state FILE]`.

Models of `rasp.dataset` with two or more layers of attention are compiled at several sharpnesses.
Three methods look for their circuits, on pairs of inputs of one length:

    attribution    attribution patching of edges: one gradient, at the base input
    integrated     the same with the mean of gradients between source and base
    discovery      edges are cut from the output backwards; one whose cut changes little stays cut

The truth is `model.circuit()`: an edge is true if it carries something that depends on the tokens.
Edges that carry only positions or BOS, or that empty dimensions, are not counted at all, since
pairs of one length do not show them.

With --state it can be interrupted: what is in the file is not done again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import rasp
from rasp.causal.anatomy import Part, Reader, anatomy
from rasp.compiled import CompiledModel
from rasp.datasets import Record
from rasp.vocabulary import BOS, FIRST_TOKEN

PAGE = Path(__file__).parents[1] / "docs/methods.md"
SHARPNESS = (None, 64, 32, 16)
METHODS = ("attribution", "integrated", "discovery")
N_PAIRS = 16
STEPS = 8  # of integrated gradients
LITTLE = 0.01  # of the distance between the outputs of base and source

Edge = tuple[Part, Reader]


@dataclass(frozen=True)
class Pass:
    """A forward pass: what each part adds to the stream [pair, pos, d_model], the input of each
    reader as far as it was asked for, and the output [pair, pos, d_vocab_out]."""

    added: dict[Part, Tensor]
    inputs: dict[Reader, Tensor]
    output: Tensor


class Edges:
    """A model as parts and edges: every reader may be given another input."""

    def __init__(self, model: CompiledModel) -> None:
        artifact = model.artifact
        found = anatomy(artifact)
        self.parts, self.readers = found.parts, tuple(found.readers)
        self.edges = tuple(found.pairs())
        self.causal = artifact.config.causal
        self.weights = {
            name: torch.from_numpy(np.array(tensor, dtype=np.float64))
            for name, tensor in artifact.tensors.items()
        }

    def run(
        self,
        ids: Tensor,
        *,
        embedded: Tensor | None = None,
        cut: Mapping[Edge, Tensor] | None = None,
        watched: bool = False,
    ) -> Pass:
        """embedded: in the place of the embedding of the tokens; cut: edges, and what comes along
        them instead; watched: can the inputs of readers be differentiated by?"""
        added: dict[Part, Tensor] = {}
        inputs: dict[Reader, Tensor] = {}

        def read(part: Part, letter: Any) -> Tensor:
            reader = Reader(part, letter)
            earlier = {w: t for w, t in added.items() if w.sublayer < part.sublayer}
            stream = torch.stack(
                [(cut or {}).get((writer, reader), t) for writer, t in earlier.items()]
            ).sum(dim=0)  # [pair, pos, d_model]
            if watched:
                inputs[reader] = torch.zeros_like(stream, requires_grad=True)
                stream = stream + inputs[reader]
            return stream

        output = torch.zeros(())
        for part in self.parts:
            match part.kind:
                case "embedding":
                    found = self.weights["embed.W_E"][ids] if embedded is None else embedded
                    added[part] = found
                case "positions":
                    rows = self.weights["pos_embed.W_pos"][: ids.shape[1]]
                    added[part] = rows.expand(len(ids), *rows.shape)
                case "head":
                    added[part] = self._head(part, lambda letter, part=part: read(part, letter))
                case "neurons":
                    added[part] = self._neurons(part, read(part, ""))
                case "output":
                    stream = read(part, "")
                    output = stream @ self.weights["unembed.W_U"] + self.weights["unembed.b_U"]
        return Pass(added, inputs, output)

    def _head(self, part: Part, read: Callable[[str], Tensor]) -> Tensor:
        prefix, head = f"blocks.{part.block}.attn.", part.head
        q, k, v = (
            read(letter.lower()) @ self.weights[f"{prefix}W_{letter}"][head]
            + self.weights[f"{prefix}b_{letter}"][head]
            for letter in "QKV"
        )
        scores = q @ k.transpose(1, 2)  # [pair, query, key]
        if self.causal:
            later = torch.ones(scores.shape[1:], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(later, -torch.inf)
        return scores.softmax(dim=-1) @ v @ self.weights[f"{prefix}W_O"][head]

    def _neurons(self, part: Part, stream: Tensor) -> Tensor:
        prefix = f"blocks.{part.block}.mlp."
        assert part.neurons is not None
        some = slice(*part.neurons)
        pre = stream @ self.weights[f"{prefix}W_in"][:, some] + self.weights[f"{prefix}b_in"][some]
        return pre.relu() @ self.weights[f"{prefix}W_out"][some]


def gradients(edges: Edges, base: Tensor, source: Tensor, steps: int) -> dict[Edge, float]:
    """The scores of attribution patching; steps: at how many points between source and base the
    gradient is taken, 1 for the base alone."""
    with torch.no_grad():
        here, there = edges.run(base), edges.run(source)
    toward = there.output - here.output
    toward = toward / toward.norm().clamp(min=1e-12)
    embedding = edges.parts[0]
    first, last = here.added[embedding], there.added[embedding]
    total: dict[Reader, Tensor] = {}
    for step in range(steps):
        share = step / steps
        found = edges.run(base, embedded=first + share * (last - first), watched=True)
        metric = (found.output * toward).sum()
        taken = torch.autograd.grad(metric, list(found.inputs.values()), allow_unused=True)
        for reader, gradient in zip(found.inputs, taken, strict=True):
            if gradient is not None:
                total[reader] = total.get(reader, torch.zeros(())) + gradient / steps
    scores: dict[Edge, float] = {}
    for writer, reader in edges.edges:
        change = there.added[writer] - here.added[writer]
        product = (change * total.get(reader, torch.zeros(()))).sum(dim=(1, 2))  # [pair]
        scores[writer, reader] = float(product.abs().mean())
    return scores


def discovered(edges: Edges, base: Tensor, source: Tensor, kept: set[Edge]) -> set[Edge]:
    """The edges that are left when all are cut whose cut changes the output by little.

    kept: edges that are not tried.
    """
    with torch.no_grad():
        here, there = edges.run(base), edges.run(source)
        whole = float((there.output - here.output).norm())
        cut: dict[Edge, Tensor] = {}
        before = 0.0
        for edge in reversed(edges.edges):
            if edge in kept:
                continue
            tried = {**cut, edge: there.added[edge[0]]}
            after = float((edges.run(base, cut=tried).output - here.output).norm())
            if after - before < LITTLE * whole:
                cut, before = tried, after
    return {edge for edge in edges.edges if edge not in cut and edge not in kept}


def truth(model: CompiledModel, edges: Edges) -> tuple[set[Edge], set[Edge]]:
    """The true edges, and those that pairs of one length do not show."""
    named = {(writer.name, reader.name): (writer, reader) for writer, reader in edges.edges}
    true: set[Edge] = set()
    hidden: set[Edge] = set()
    for pair, found in model.circuit(n_pairs=0).pairs.items():
        shown = any(edge.carries == "tokens" and edge.role == "reads" for edge in found)
        (true if shown else hidden).add(named[pair])
    return true, hidden


def judged(record: Record, sharpness: int | None) -> dict[str, Any] | None:
    """What the methods find in one model; None where it is not right, or nothing is to be found."""
    model = rasp.compile(
        record.sop, vocab=record.vocab, max_len=record.max_len, sharpness=sharpness
    )
    if model.outcomes(record.inputs) != [list(values) for values in record.outputs]:
        return None
    edges = Edges(model)
    true, hidden = truth(model, edges)
    false = set(edges.edges) - true - hidden
    if not true or not false:
        return None
    rng = np.random.default_rng(record.number)
    drawn = rng.integers(len(record.vocab), size=(2, N_PAIRS, record.max_len)) + FIRST_TOKEN
    ids = np.concatenate([np.full((2, N_PAIRS, 1), BOS), drawn], axis=2)
    base, source = torch.from_numpy(ids[0]), torch.from_numpy(ids[1])
    found: dict[str, Any] = {"true": len(true), "false": len(false)}
    for method, steps in (("attribution", 1), ("integrated", STEPS)):
        scores = gradients(edges, base, source, steps)
        best = sorted(true | false, key=lambda edge: -scores[edge])[: len(true)]
        right = len(true.intersection(best)) / len(true)
        found[method] = {
            "auc": _auc([scores[edge] for edge in true], [scores[edge] for edge in false]),
            "precision": right,
            "recall": right,
            "silent": sum(scores[edge] < 1e-12 for edge in true) / len(true),
        }
    left = discovered(edges, base, source, hidden)
    found["discovery"] = {
        "precision": len(left & true) / max(1, len(left)),
        "recall": len(left & true) / len(true),
    }
    return found


def _auc(true: list[float], false: list[float]) -> float:
    """How often a true edge is before a false one; ties count half."""
    a, b = np.array(true)[:, None], np.array(false)[None]
    return float(((a > b) + 0.5 * (a == b)).mean())


def results(n_models: int, state: Path | None) -> Iterator[dict[str, Any]]:
    """One for each model and sharpness, from the file where it is there."""
    lines = state.read_text(encoding="utf-8").splitlines() if state and state.exists() else []
    done = {(line["number"], line["sharpness"]): line for line in map(json.loads, lines)}
    for record in rasp.dataset(n_models, seed=17, min_layers=2):
        for sharpness in SHARPNESS:
            key = record.number, sharpness
            if key not in done:
                found = judged(record, sharpness)
                done[key] = {"number": record.number, "sharpness": sharpness, "found": found}
                if state is not None:
                    with state.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(done[key]) + "\n")
            yield done[key]


def table(lines: list[dict[str, Any]]) -> str:
    """The table of the page."""
    rows = [
        "| sharpness | models | method | AUC | precision | recall | true edges without a signal |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for sharpness in SHARPNESS:
        found = [x["found"] for x in lines if x["sharpness"] == sharpness and x["found"]]
        for method in METHODS if found else ():
            cells = [
                f"{np.mean([entry[method][name] for entry in found]):.2f}"
                if name in found[0][method]
                else ""
                for name in ("auc", "precision", "recall", "silent")
            ]
            shown = "hard" if sharpness is None else str(sharpness)
            rows.append(f"| {shown} | {len(found)} | {method} | {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--write", action="store_true", help="into docs/methods.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = table(list(results(options.models, options.state)))
    print(found)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition("<!-- begin: methods -->\n")
        _, end, after = rest.partition("<!-- end: methods -->")
        PAGE.write_text(f"{before}<!-- begin: methods -->\n{found}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
