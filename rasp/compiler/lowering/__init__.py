"""From the s-op graph to variables, and what the output delivers of the last one."""
