"""From variables to blocks: which numbers the residual stream holds, and who writes them."""
