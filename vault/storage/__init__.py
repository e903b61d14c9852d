"""What the service keeps: a database of ciphertext, and a key file for each vault (docs/PROTOCOL.md §8)."""
