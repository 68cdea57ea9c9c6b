"""The exercises in which what is read depends on what was read or counted before."""

from __future__ import annotations

from rasp.exercises import references
from rasp.exercises.exercise import exercise
from rasp.exercises.inputs import additions, bracketed, mirrored, strings

HARDER = (
    exercise(
        references.largest,
        strings("0123456789"),
        "3172",
        task="At every position the largest digit of the input, as a number (tokens_int).",
        par=(2, 2),
        hints=(
            "A digit is the largest if no other is larger: first find out where that is so.",
            "has_focus(select(number, number, >)) is True where something is larger. The second "
            "layer reads a number where it is False.",
            "Below par: best(full_s, tokens_int) selects the largest digits in one head.",
        ),
        pitfalls=(
            (
                "beaten = has_focus(select(tokens, tokens, >));\n"
                "answer = aggregate(select(beaten, False, ==), tokens);",
                "these are strings; tokens_int has the digits as numbers",
            ),
            (
                "beaten = has_focus(select(tokens_int, tokens_int, <));\n"
                "answer = aggregate(select(beaten, False, ==), tokens_int);",
                "this is the smallest; select(key, query, >) is for keys larger than the query",
            ),
            (
                "answer = aggregate(select(tokens_int, tokens_int, >=), tokens_int);",
                "this is the mean of all that are at least as large, not the largest",
            ),
        ),
    ),
    exercise(
        references.palindrome,
        mirrored("abc"),
        "abcba",
        "abca",
        task="At every position: does the input read the same backwards? True or False.",
        par=(3, 3),
        hints=(
            "Compare the tokens with what `reverse` gives. That says which positions agree.",
            "A third layer asks all positions: the mean of an indicator is 1 only if it is 1 "
            "everywhere.",
        ),
        pitfalls=(
            (
                "answer = tokens == aggregate(select(indices, length - 1 - indices, ==), tokens);",
                "this says which positions agree; every position needs the answer for all of them",
            ),
            (
                "agrees = tokens == aggregate(select(indices, length - 1 - indices, ==), tokens);\n"
                "answer = contains(agrees, True);",
                "this is True if any position agrees; all have to",
            ),
        ),
    ),
    exercise(
        references.run_lengths,
        strings("abc"),
        "aabccc",
        task="At every position, how long the run of equal tokens is that it belongs to.",
        par=(3, 4),
        hints=(
            "Number the runs: how many runs have begun so far? `repeats` knows where one begins.",
            "A count of what is so far is a mean over select(indices, indices, <=) times "
            "(indices + 1), rounded: one head. Last, count the positions with the same number.",
        ),
        pitfalls=(
            (
                "answer = selector_width(select(tokens, tokens, ==));",
                "this counts a token in the whole input; a run ends where another token comes",
            ),
            (
                'first = tokens != aggregate(select(indices, indices - 1, ==), tokens, "-");\n'
                "so_far = select(indices, indices, <=);\n"
                "run = selector_width(so_far and select(first, True, ==));\n"
                "answer = selector_width(select(run, run, ==) and so_far);",
                "this is how long the run is so far; all positions of a run need its whole length",
            ),
        ),
    ),
    exercise(
        references.most_frequent,
        strings("abc"),
        "abbac",
        "cab",
        task="At every position the token that occurs most often; of several, the one that is "
        "first in the input.",
        par=(3, 4),
        hints=(
            "The first layer is the histogram. The second finds the best position: no other has a "
            "larger number, and no earlier one the same.",
            "has_focus(more or tied_earlier), one selector made of two, asks both at once; the "
            "third layer reads the token of the position that is left.",
        ),
        pitfalls=(
            (
                "frequency = selector_width(select(tokens, tokens, ==));\n"
                "best = not has_focus(select(frequency, frequency, >));\n"
                "answer = aggregate(select(best, True, ==), tokens);",
                "where several tokens are equally frequent, more than one position is left; only "
                "the earliest of them may be read",
            ),
            (
                "frequency = selector_width(select(tokens, tokens, ==));\n"
                "beaten = select(frequency, frequency, >);\n"
                "tied = select(frequency, frequency, ==) and select(indices, indices, >);\n"
                "answer = aggregate(select(has_focus(beaten or tied), False, ==), tokens);",
                "of several that are equally frequent this takes the last; the first is wanted",
            ),
        ),
    ),
    exercise(
        references.balanced,
        bracketed(),
        "(())()",
        "())(()",
        task="At every position: are the brackets of the input balanced? True or False. "
        "Inputs are of ( and ) alone.",
        par=(2, 3),
        hints=(
            "Let an opening bracket be 1, a closing one -1. Balanced means two things about the "
            "sums from the left.",
            "A sum is 0, or below 0, exactly where the mean is: no counting is needed. One head "
            "for the mean so far, one for the mean of all, one more layer to ask whether the mean "
            "so far was ever below 0.",
        ),
        pitfalls=(
            (
                'answer = aggregate(full_s, 1 if tokens == "(" else -1) == 0;',
                "there are as many of each, but one may be closed before it is opened",
            ),
            (
                "so_far = select(indices, indices, <=);\n"
                'answer = aggregate(so_far, 1 if tokens == "(" else -1) == 0;',
                "this is about the brackets so far; every position needs the answer for all",
            ),
            (
                'depth = aggregate(select(indices, indices, <=), 1 if tokens == "(" else -1);\n'
                "answer = not contains(depth < 0, True);",
                "nothing is closed too early, but is all closed in the end?",
            ),
        ),
    ),
    exercise(
        references.addition,
        additions(),
        "011+001",
        "111+001",
        task="Two binary numbers of the same number of digits: their sum stands at the positions "
        "of the second, as numbers 0 and 1, and everything before is 0. What does not fit is "
        "dropped.",
        par=(4, 4),
        hints=(
            "Bring the digits together first: with n digits, the partner of position i is at "
            "i - n - 1. Their sum is 0, 1 or 2.",
            "Where does a carry come from? From the nearest position on the right whose sum is not "
            "1: it carries if that sum is 2.",
            "To find the nearest position of a kind, number the positions of this kind from the "
            "left; the next one has the number that is one larger.",
        ),
        pitfalls=(
            (
                "n = (length - 1) / 2;\n"
                'digit = indicator(tokens == "1");\n'
                "pair = digit + aggregate(select(indices, indices - n - 1, ==), digit);\n"
                "answer = pair % 2 if indices > n else 0;",
                "no carry is added yet",
            ),
            (
                "n = (length - 1) / 2;\n"
                'digit = indicator(tokens == "1");\n'
                "pair = digit + aggregate(select(indices, indices - n - 1, ==), digit);\n"
                "carry = indicator(aggregate(select(indices, indices + 1, ==), pair) == 2);\n"
                "answer = (pair + carry) % 2 if indices > n else 0;",
                "a carry can come from further away: it runs through every position whose sum is 1",
            ),
        ),
    ),
    exercise(
        references.followed,
        strings("abc"),
        "abcab",
        task="At every position, the token that came after the last earlier occurrence of its "
        'token; "-" if there is none. (This is what an induction head does.)',
        par=(3, 5),
        hints=(
            "Let every position know the token before its own. Then the place to read is one whose "
            "token before is my token.",
            "Of several such places the last is wanted. Number the occurrences of each token, and "
            "let positions know the number before their own as well.",
            "Below par: last(selector) selects the last of several without a number.",
        ),
        pitfalls=(
            (
                'before = aggregate(select(indices, indices - 1, ==), tokens, "-");\n'
                "same = select(tokens, tokens, ==);\n"
                "number = selector_width(same and select(indices, indices, <));\n"
                "number_before = aggregate(select(indices, indices - 1, ==), number, -1);\n"
                "place = select(before, tokens, ==) and select(number_before, 0, ==) "
                "and select(indices, indices, <=);\n"
                'answer = aggregate(place, tokens, "-");',
                "this reads after the first occurrence; the last one before the position is wanted",
            ),
        ),
    ),
)
