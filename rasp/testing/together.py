"""Checks of the proof of meaning of which one is enough -> what is proved without, and wrong."""

from __future__ import annotations

TOGETHER: dict[tuple[str, ...], str] = {
    (
        "compared.constants_of: only if operator in COMPARISONS",
        "space.Space.check_asked: raise 'of a mean that is read not all values are lis...",
    ): "squared",
    (
        "readout.Output._fraction: raise f'{describe(self.root)}: another number is pu...",
        "rests.columns_off: raise 'what a mean leaves out is read from something else'",
    ): "other_mean",
    (
        "failures.failing_in: raise f'{describe(node)} may select different values'",
        "heads.Attention._mean: raise 'it is not proved that selected keys carry the s...",
    ): "differing_values",
    (
        "readout.Output._alike: no if numbers and atom_key(-0.0) in (atom_key(wanted),...",
        "typed.check_beside_marks: raise '-0.0 is put out beside marks, which make 0.0...",
    ): "zero_of_either_sign",
    (
        "parts.check_output: raise 'the type of a part of the result is left open'",
        "readout.Output._alike: only if not self._is_told",
    ): "typed_part",
    (
        "heads.Attention.check: raise f\"{quantities or 'a direction'}: {error}\"",
        "proof._Proving.run: raise 'not every direction is written'",
    ): "default",
    (
        "neurons.Feedforward.check: raise f\"{quantities or 'a direction'}: {error}\"",
        "proof._Proving.run: raise 'not every direction is written'",
    ): "neurons",
}
"""Checks that refuse the same, and a wrong model that is proved without all of them."""
