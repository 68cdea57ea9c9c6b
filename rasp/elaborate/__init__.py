"""AST -> s-op graph: everything that is not a sequence operation is run here."""
