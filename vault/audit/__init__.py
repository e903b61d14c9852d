"""The log of a vault and the certificates from it (docs/ERASURE.md). Pure: no files, no network, no clock."""
