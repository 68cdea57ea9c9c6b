"""What index and length say of values and counts, before there is an input."""
