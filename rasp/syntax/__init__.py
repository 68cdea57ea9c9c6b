"""Program text -> AST, and what can be said about a program from its text alone."""
