"""Tests from outside: the suite as its users meet it, and the tree as files. A room for each subject."""
