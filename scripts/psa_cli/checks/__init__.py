"""Checkers and runs of pytest, and what came out of them: what verbs that check have in common."""
