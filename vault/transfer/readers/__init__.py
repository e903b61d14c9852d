"""One module for each layout that can be imported; each has a ``READER``."""
