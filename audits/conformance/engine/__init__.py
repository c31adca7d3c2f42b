"""Conversations with models, held by Inspect in a process of their own.

Whoever wants one imports `converse`, `connection` and `shapes`, which import neither Django nor Inspect; only what
stands in `child` does, and runs nowhere else.
"""
