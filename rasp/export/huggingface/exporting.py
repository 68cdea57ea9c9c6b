"""A compiled model -> a model and a tokenizer of stock classes of `transformers`, and their folder.

The folder loads without this package and without code of its own.  Before anything is handed over
it is compared with the compiled model by way of its own tokenizer, on padded batches.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rasp.artifact import Artifact
from rasp.compiled.runnable import RunnableModel
from rasp.errors import ExportError
from rasp.export.checking import compare
from rasp.export.described import described
from rasp.export.huggingface import card, running, stock
from rasp.export.huggingface.heads import Headed, chosen
from rasp.export.huggingface.mirrored import Shape, smallest_shape
from rasp.export.huggingface.rederived import check_parameters
from rasp.export.huggingface.vocabulary import Texts, texts_of
from rasp.export.optional import require
from rasp.export.uniform import uniform
from rasp.graph.nodes import atom_key
from rasp.graph.plain import plain_atom
from rasp.vocabulary import BOS, FIRST_TOKEN, PAD

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

EXTRA = "huggingface"
LEAST_SCORE = 0.999
GENERATED = 8  # tokens, when generation is compared


def to_huggingface(
    model: RunnableModel, *, head: str = "auto", dtype: str | None = None, check: bool = True
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """A stock model that computes what the compiled one does, and its tokenizer.

    head: "labels" for a classifier of tokens whose labels are the values as JSON, "number" for the
    number that the model puts out, "auto" for labels where there are such, "lm" for a language
    model, for a causal program whose values are tokens.  dtype: "float32" or "float64"; by default
    that of the model, or float64 where only that keeps the labels apart.  check: compare it with
    the model first.

    Raises ExportError.
    """
    exported, tokenizer, _ = _exported(model, head, dtype, check)
    return exported, tokenizer


def save(
    model: RunnableModel,
    path: str | Path,
    *,
    head: str = "auto",
    dtype: str | None = None,
    check: bool = True,
) -> None:
    """Write the folder that `from_pretrained` reads.  The parameters are those of `to_huggingface`.

    Raises ExportError, and OSError where the folder cannot be written.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{path} is no folder")
    exported, tokenizer, readme = _exported(model, head, dtype, check)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".export-") as name:
        made = Path(name)
        with _quiet():
            exported.save_pretrained(made)
            tokenizer.save_pretrained(made)
        (made / "README.md").write_text(readme, encoding="utf-8")
        for file in sorted(made.iterdir()):
            os.replace(file, folder / file.name)


def plan(model: RunnableModel, head: str = "auto", dtype: str | None = None) -> str:
    """What would be made, and how large, in words.  Raises ExportError."""
    artifact = model.artifact
    headed, dtype = chosen(artifact, uniform(artifact.config, artifact.tensors), head, dtype)
    network, causal = headed.network, artifact.config.causal
    hidden, d_mlp = _shape(headed, causal=causal).hidden, network.d_mlp
    attention = 4 * hidden * (hidden + 1)
    per_block = attention + 2 * hidden * d_mlp + d_mlp + hidden + 4 * hidden  # two layer norms
    n_rows = len(network.W_E) + len(network.W_pos) + len(network.b_U) + 2  # and a layer norm
    n_parameters = (n_rows + (not causal)) * hidden + len(network.blocks) * per_block
    n_parameters += 0 if headed.kind == "lm" else len(network.b_U)
    kind = {"labels": "labels", "number": "columns", "lm": "token ids"}[headed.kind]
    return (
        f"{class_name(headed.kind, causal=causal)}: {len(network.b_U):,} {kind},"
        f" {n_parameters:,} parameters in {dtype}"
    )


def class_name(kind: str, *, causal: bool) -> str:
    """The stock class for a head."""
    if kind == "lm":
        return "GPT2LMHeadModel"
    return "GPT2ForTokenClassification" if causal else "BertForTokenClassification"


def _shape(headed: Headed, *, causal: bool) -> Shape:
    network = headed.network
    return smallest_shape(
        network.d_model, network.n_heads, network.d_head, powers_of_four=not causal
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without a progress bar for a file of some kilobytes."""
    from transformers.utils import logging as typed

    logging: Any = typed
    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()


def _exported(
    model: RunnableModel, head: str, dtype: str | None, check: bool
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast, str]:
    """The model, the tokenizer, and the text of the model card."""
    if dtype not in (None, "float32", "float64"):
        raise ExportError(f"dtype has to be float32 or float64, got {dtype!r}")
    require("transformers", EXTRA)
    artifact = model.artifact
    network = uniform(artifact.config, artifact.tensors)
    headed, dtype = chosen(artifact, network, head, dtype)
    texts = texts_of(
        artifact.vocabulary.tokens,
        unknown=headed.kind == "labels",
        errors=headed.labels if headed.kind == "lm" else (),
    )
    exported = _stock_model(model, artifact, headed, texts, dtype)
    tokenizer = _tokenizer(texts, padding_side="left" if headed.kind == "lm" else "right")
    n_compared = 0
    if check:
        run = running.run_of(artifact, headed, texts, exported, tokenizer)
        if headed.kind == "lm":
            running.check_generation(model, exported, tokenizer, texts)
            ids = {
                atom_key(token): number
                for number, token in enumerate(artifact.vocabulary.tokens, FIRST_TOKEN)
            }
            n_compared = compare(
                model,
                run,
                what="Hugging Face",
                view=lambda values: [ids.get(atom_key(value), -1) for value in values],
            )
        else:
            n_compared = compare(model, run, what="Hugging Face")
    readme = card.text(model, artifact, headed, texts, exported, dtype, n_compared)
    return exported, tokenizer, readme


def _stock_model(
    model: RunnableModel, artifact: Artifact, headed: Headed, texts: Texts, dtype: str
) -> Any:
    import torch
    import transformers

    causal = artifact.config.causal
    network = headed.network
    shape = _shape(headed, causal=causal)
    common: dict[str, Any] = {
        "pad_token_id": PAD,
        "bos_token_id": BOS,
        "eos_token_id": None,
        "rasp": facts(model, artifact, headed),
    }
    if headed.kind != "lm":
        common["id2label"] = dict(enumerate(headed.labels))
        common["label2id"] = {label: number for number, label in enumerate(headed.labels)}
    if headed.kind == "number":
        common["problem_type"] = "regression"
    config: Any
    if not causal:
        settings, parameters = stock.bert(network, shape)
        config = transformers.BertConfig(**settings, **common)
    else:
        lm = headed.kind == "lm"
        settings, parameters = stock.gpt2(network, shape, head="lm" if lm else "score")
        config = transformers.GPT2Config(**settings, **common)
    exported: Any = getattr(transformers, class_name(headed.kind, causal=causal))(config)
    exported = exported.to(getattr(torch, dtype)).eval()
    exported.load_state_dict(
        {
            name: torch.tensor(np.ascontiguousarray(tensor), dtype=getattr(torch, dtype))
            for name, tensor in parameters.items()
        },
        strict=True,
    )
    written = {name: tensor.double().numpy() for name, tensor in exported.state_dict().items()}
    check_parameters(network, shape, written, dtype)
    if headed.kind == "lm":
        _generation(exported, headed, len(artifact.vocabulary))
    return exported


def _generation(exported: Any, headed: Headed, n_tokens: int) -> None:
    """Greedy, and to an end where a value is no token or an error."""
    config = exported.generation_config
    config.do_sample = False
    config.pad_token_id, config.bos_token_id = PAD, BOS
    first = FIRST_TOKEN + n_tokens
    config.eos_token_id = [first + number for number in range(len(headed.labels))] or None


def facts(model: RunnableModel, artifact: Artifact, headed: Headed) -> dict[str, Any]:
    """What `config.json` says of the program, as JSON data."""
    specification, readout = model.specification, artifact.readout
    data: dict[str, Any] = {
        "name": specification.name,
        "program": specification.source.text if specification.source else None,
        "tokens": [plain_atom(token) for token in artifact.vocabulary.tokens],
        "max_len": artifact.max_len,
        "causal": artifact.config.causal,
        "head": headed.kind,
    }
    if headed.kind == "number":
        data["readout"] = described(readout, artifact.max_len)
    return data


def _tokenizer(texts: Texts, *, padding_side: str) -> Any:
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    vocabulary = {text: number for number, text in enumerate(texts.texts)}
    # Without a token for unknown text, such text is an error of the tokenizer.
    inner: Any = Tokenizer(models.WordLevel(vocabulary, unk_token=texts.unknown or ""))
    if texts.by_character:
        inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
        inner.decoder = decoders.Fuse()
    else:
        inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    inner.post_processor = processors.TemplateProcessing(
        single=f"{texts.bos} $A", special_tokens=[(texts.bos, BOS)]
    )
    special = {"bos_token": texts.bos, "pad_token": texts.pad}
    if texts.unknown is not None:
        special["unk_token"] = texts.unknown
    make: Any = transformers.PreTrainedTokenizerFast
    return make(
        tokenizer_object=inner,
        padding_side=padding_side,
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
        **special,
    )
