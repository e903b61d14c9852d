"""What crosses the wire: ids, limits, strict encodings and the request and response models (docs/PROTOCOL.md)."""
