"""What runs in the process that talks to models, and nowhere else: the only place that imports Inspect."""
