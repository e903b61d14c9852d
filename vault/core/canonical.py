"""Payloads as canonical JSON (FORMAT §5.2). The log of a vault is spelled so too, hence it lies in ``wire``."""

from vault.wire.canonical import MAX_DEPTH, decode, encode, parse

__all__ = ["MAX_DEPTH", "decode", "encode", "parse"]
