"""Everything out, everything in: exports, backups and imports of a vault, over the client (docs/EXPORT.md)."""
