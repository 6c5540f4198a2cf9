"""The rules of the house, and the pages that show code of the suite."""
