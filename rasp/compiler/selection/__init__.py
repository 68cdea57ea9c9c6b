"""From the comparisons of a selector to the scores of a head: a file for each kind of scores."""
