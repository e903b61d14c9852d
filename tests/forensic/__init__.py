"""Looking for what was erased where it once lay: in every file, and on the disk itself."""
