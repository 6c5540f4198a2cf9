"""The database server: the one that is named, or a private one."""
