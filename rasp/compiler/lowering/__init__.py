"""From the s-op graph to variables, and what the output delivers of the last one.

What lowers what, from the bottom up; no module imports one of a line below its own:

    state        once state scored lowered attempts: what is known so far, and what it comes to
    expressions  leaves depths sameness meeting evaluate classes reach zeros noise additive
                 branches: what an expression is a function of, its values, and which of them are
                 the same
    neurons      computed cases failures: a function of several things as a variable
    numbers      combine operands pairs curves steps conditions chains by_difference intervals
                 cancelled: sums of numbers, functions in steps, chains after their conditions or
                 some links at a time, comparisons and choices of sums, differences of means
    selectors    comparable separate compared shared addresses presence nearest places unions
                 excluded ways: what one head, or several that count, are told of a selector
    keys         best agreement handed: what is known of the keys that it selects
    heads        aggregates fetch widths sums filtered totals sides placed fractions averages
                 centres: what attention reads, counts, adds up and averages
    operations   elementwise tallies counts: operations, and how counts in them are read
    output       readout outputs typed parts numbers boxes strings: what is put out, and how it is
                 decoded
    all          lower: which of these lowers which s-op
"""
