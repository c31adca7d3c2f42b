"""The formats of a log that nobody has to trust: RFC 6962 trees in C2SP tiles, notes and proofs. Pure."""
