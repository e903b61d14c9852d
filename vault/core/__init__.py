"""The pure core: everything docs/FORMAT.md defines, on bytes alone.

No file, clock, network or log is touched here; the only outside input is :func:`os.urandom`. Ids and keys are bytes.
Hostile input raises :class:`vault.errors.FormatError`, :class:`vault.errors.IntegrityError` or
:class:`vault.errors.PolicyError`, each with one message for every cause.
"""
