"""Asking outsiders to cosign checkpoints, and taking what they hand in."""
