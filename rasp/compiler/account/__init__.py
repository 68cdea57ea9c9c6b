"""What was compiled, and why: every stage as text, prices, what could have been chosen instead."""
