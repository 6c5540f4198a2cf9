"""What this machine has and does: programs and their output, locks, downloads, packages of the system."""
