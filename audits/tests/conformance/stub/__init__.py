"""An endpoint on this machine that speaks three formats and breaks promises, or fails, as it is told to."""
