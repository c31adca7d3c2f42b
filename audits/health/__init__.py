"""How products are: every check measured for each place where one is active, and what ends soon told ahead of time."""
