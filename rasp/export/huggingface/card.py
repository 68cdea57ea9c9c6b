"""An exported model -> its model card: what it is, how it is used, how it was checked."""

from __future__ import annotations

import json
from typing import Any

from rasp.artifact import Artifact
from rasp.compiled.runnable import RunnableModel
from rasp.export.described import in_words
from rasp.export.huggingface.heads import Headed
from rasp.export.huggingface.vocabulary import Texts
from rasp.report import Report

SHOWN = 12

_CLASSIFY = """\
```python
from transformers import pipeline

classify = pipeline("token-classification", model="PATH")
for token in classify({example!r}):
    print(token["word"], token["entity"], token["score"])
```

Labels are values as JSON, so `"1"` is a string and `1` a number. A label that begins with `error:`
says that the program fails on this input (at that position, for that reason), and the other labels
of the input mean nothing then. `error: unknown token` stands where the input has what is no token.
Inputs of different lengths are padded on the right, as the tokenizer does; an input has at most
{max_len:,} tokens.
"""

_NUMBER = """\
```python
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

model = AutoModelForTokenClassification.from_pretrained("PATH")
tokenizer = AutoTokenizer.from_pretrained("PATH")
with torch.inference_mode():
    logits = model(**tokenizer({example!r}, return_tensors="pt")).logits[0, 1:]  # without BOS
numbers = logits.tolist()
```

The model puts out numbers for each token; there is no softmax, and a score of a pipeline means
nothing. {reading}{failures}
Inputs of different lengths are padded on the right; an input has at most {max_len:,} tokens.
"""

_GENERATE = """\
```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("PATH")
tokenizer = AutoTokenizer.from_pretrained("PATH")
prompts = tokenizer([{example!r}], padding=True, return_tensors="pt")
written = model.generate(**prompts, max_length={n_ctx})
print(tokenizer.batch_decode(written, skip_special_tokens=True))
```

The token with the largest logit is the value of the program at the last position. Prompts of
different lengths are padded on the left, as the tokenizer does; `generate` makes positions from the
attention mask. Whoever calls the model itself on a batch that is padded on the left has to give
`position_ids`. Prompt and what follows have at most {max_len:,} tokens, and a BOS in front.
{ends}"""


def text(
    model: RunnableModel,
    artifact: Artifact,
    headed: Headed,
    texts: Texts,
    exported: Any,
    dtype: str,
    n_compared: int,
) -> str:
    specification = model.specification
    name = specification.name or "a RASP program"
    n_parameters = sum(parameter.numel() for parameter in exported.parameters())
    example = texts.written(_example(model))
    lines = [
        "---",
        "library_name: transformers",
        f"pipeline_tag: {'text-generation' if headed.kind == 'lm' else 'token-classification'}",
        "tags: [rasp, compiled]",
        "---",
        "",
        f"# {name}",
        "",
        f"A {type(exported).__name__} whose weights were not trained but compiled from a program in"
        f" RASP, a language for thinking about Transformers.",
        "",
        *_program(model),
        f"* tokens: {_listed([*map(_json, artifact.vocabulary.tokens)])}",
        *_values(headed),
        f"* inputs: 1 to {artifact.max_len:,} tokens, "
        + ("each position sees those before it" if artifact.config.causal else "all see all"),
        f"* parameters: {n_parameters:,} in {dtype}, of which the compiled network has"
        f" {sum(t.size for t in artifact.tensors.values()):,}; most of the others are zeros",
        "",
        "## How it is used",
        "",
        _usage(artifact, headed, example),
        "",
        "## What is exact, what is proved, what is checked",
        "",
        _trust(artifact, n_compared),
        "",
    ]
    return "\n".join(lines)


def _program(model: RunnableModel) -> list[str]:
    source = model.specification.source
    if source is None:
        return []
    fence = "```" if "```" not in source.text else "~~~~~~"
    return [f"{fence}", source.text.rstrip("\n"), fence, ""]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _listed(items: list[str]) -> str:
    more = f", and {len(items) - SHOWN:,} more" if len(items) > SHOWN else ""
    return ", ".join(f"`{item}`" for item in items[:SHOWN]) + more


def _values(headed: Headed) -> list[str]:
    if headed.kind == "lm":
        return []
    what = "labels" if headed.kind == "labels" else "columns"
    return [f"* {what}: {_listed(list(headed.labels))}"]


def _usage(artifact: Artifact, headed: Headed, example: str) -> str:
    match headed.kind:
        case "labels":
            return _CLASSIFY.format(example=example, max_len=artifact.max_len)
        case "lm":
            return _GENERATE.format(
                example=example,
                max_len=artifact.max_len,
                n_ctx=artifact.max_len + 1,
                ends=_ends(headed),
            )
        case _:
            failures = ""
            if artifact.readout.failures:
                failures = (
                    " Columns of errors are above 1/2 at positions where the program fails, for the"
                    " reason that `id2label` gives."
                )
            return _NUMBER.format(
                example=example,
                max_len=artifact.max_len,
                reading=in_words(artifact.readout, "`config.json` under `rasp.readout`"),
                failures=failures,
            )


def _ends(headed: Headed) -> str:
    if not headed.labels:
        return ""
    shown = _listed(list(headed.labels))
    return (
        f"Values that are no tokens and errors have ids of their own ({shown}); they end it too.\n"
    )


def _trust(artifact: Artifact, n_compared: int) -> str:
    certificate = dict(Report.of(artifact).facts()).get("certificate", "nothing")
    lines = [
        "* exact: the parameters are those of the compiled network, in the shape of this class."
        " Layer norms are switched off by their numbers: every direction of the residual stream has"
        " a negative twin, so the mean is 0, and epsilon is 2^120 and gamma 2^60, so nothing is"
        " rescaled. When it was written the compiled network was derived from these parameters"
        " again, number for number.",
        f"* proved: of the compiled network in {artifact.config.dtype},"
        f" {certificate}."
        " This speaks of sums in the order of the compiled network, not of this class.",
        f"* checked: {n_compared:,} inputs, in padded batches, gave the same here as in the"
        " compiled network, among them the shortest and the longest ones, inputs on which the"
        " program's selectors select least and most, and inputs on which it fails.",
    ]
    return "\n".join(lines)


def _example(model: RunnableModel) -> list[int]:
    """The ids of a short input."""
    n = len(model.vocabulary)
    return [2 + place % n for place in range(min(5, model.max_len))]
