"""How much a page can show."""

from __future__ import annotations

from rasp.errors import RaspLimitError
from rasp.model.config import TransformerConfig

MAX_NUMBERS = 3_000_000
MAX_BYTES = 12_000_000

_HINT = "a shorter input, or a model for a smaller vocabulary or a smaller max_len"


def check_size(config: TransformerConfig, n_pos: int) -> None:
    """Raises RaspLimitError, before anything is computed, for more than a browser is quick with."""
    n_steps = 1 + len(config.sublayers)
    n_heads = sum(block.n_heads for block in config.blocks)
    n_neurons = sum(block.d_mlp for block in config.blocks)
    numbers = (
        n_pos * config.d_model * n_steps
        + 3 * n_pos * n_pos * n_heads
        + 2 * n_pos * n_neurons
        + n_pos * config.d_vocab_out
    )
    if numbers > MAX_NUMBERS:
        raise RaspLimitError(
            f"the explorer shows at most {MAX_NUMBERS:,} numbers of a forward pass, "
            f"this one has {numbers:,}",
            hint=_HINT,
        )


def check_page(n_bytes: int) -> None:
    """Raises RaspLimitError for a page that a browser would take long to open."""
    if n_bytes > MAX_BYTES:
        raise RaspLimitError(
            f"the page would have {n_bytes / 1e6:.0f} MB, the explorer makes at most "
            f"{MAX_BYTES / 1e6:.0f}",
            hint=_HINT,
        )
