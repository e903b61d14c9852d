"""Vectors of text: handles, passphrases, excerpts, recovery keys, encodings."""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.group import FORMAT, Group, fixed
from vault.core.recovery import encode_recovery_key


def groups() -> Iterator[Group]:
    yield _handles()
    yield _passphrases()
    yield _excerpts()
    yield from _recovery_keys()
    yield _base64url()
    yield _ids()


def _handles() -> Group:
    group = Group("FORMAT §2", "handle")
    for name, handle, expected in (
        ("plain", "ada", "ada"),
        ("upper case", "Ada Lovelace", "ada lovelace"),
        ("white space of every kind at both ends and between", " \t\nada\v\f\r  lovelace\n ", "ada lovelace"),
        ("decomposed accent composes", "Zoe\u0308", "zo\u00eb"),
        ("full-width letters", "\uff21\uff44\uff41", "ada"),
        ("ligature", "o\ufb03ce", "office"),
        ("no-break space and ideographic space become spaces", "ada\u00a0\u3000b", "ada b"),
        ("capital I with dot", "\u0130stanbul", "i\u0307stanbul"),
        ("final sigma", "\u039f\u0394\u039f\u03a3 \u03a3\u0391\u03a3", "\u03bf\u03b4\u03bf\u03c2 \u03c3\u03b1\u03c2"),
        ("capital sharp s", "STRA\u1e9eE", "stra\u00dfe"),
        ("lower case composes anew", "J\u030c", "\u01f0"),
        ("Kelvin sign", "\u212a", "k"),
        ("beyond the basic plane", "\U00010400 \U0001f58b", "\U00010428 \U0001f58b"),
        ("Hangul jamo", "\u1112\u1161\u11ab", "\ud55c"),
        ("Arabic letters", "\u0622\u062f\u0645", "\u0622\u062f\u0645"),
        ("64 code points", "x" * 64, "x" * 64),
        ("64 code points of 4 bytes", "\U0001f58b" * 64, "\U0001f58b" * 64),
        ("66 code points that become 64", " " + "x" * 64 + " ", "x" * 64),
    ):
        group.known(expected, name, handle=handle)
    for name, handle in (
        ("empty", ""),
        ("only white space", " \t\u00a0\n"),
        ("65 code points", "x" * 65),
        ("4 code points that become 72", "\ufdfa" * 4),
        ("NUL", "a\0b"),
        ("next line is a control, not white space", "a\u0085b"),
        ("zero-width joiner", "a\u200db"),
        ("right-to-left override", "a\u202eb"),
        ("byte order mark", "\ufeffada"),
        ("soft hyphen", "a\u00adb"),
        ("line separator", "a\u2028b"),
        ("paragraph separator", "a\u2029b"),
        ("private use", "a\ue000"),
        ("unassigned", "a\u0378"),
        ("non-character", "a\uffff"),
        ("lone high surrogate", "a\ud800"),
        ("lone low surrogate", "\udc00a"),
    ):
        group.bad(FORMAT, name, handle=handle)
    return group


def _passphrases() -> Group:
    group = Group("FORMAT §2", "passphrase")
    for name, passphrase, expected in (
        ("plain", "correct horse battery staple", b"correct horse battery staple"),
        ("nothing is trimmed or folded", "  Two  Spaces\t\n", b"  Two  Spaces\t\n"),
        ("decomposed and compatibility characters", "cafe\u0301 \uff11\ufb01", b"caf\xc3\xa9 1fi"),
        ("emoji", "\U0001f58b\ufe0f", b"\xf0\x9f\x96\x8b\xef\xb8\x8f"),
        ("NUL is text too", "a\0b", b"a\0b"),
        ("1,024 bytes", "\u00e9" * 512, b"\xc3\xa9" * 512),
    ):
        group.known(expected, name, passphrase=passphrase)
    group.bad(FORMAT, "empty", passphrase="")
    group.bad(FORMAT, "1,025 bytes", passphrase="\u00e9" * 512 + "x")
    group.bad(FORMAT, "lone high surrogate", passphrase="pass\ud83dphrase")
    group.bad(FORMAT, "lone low surrogate", passphrase="\udfffpassphrase")
    group.bad(FORMAT, "surrogates in the wrong order", passphrase="\udc00\ud800")
    return group


def _excerpts() -> Group:
    group = Group("FORMAT §5.3", "excerpt")
    for name, text, count, expected in (
        ("empty", "", 50, ""),
        ("short", "One line", 50, "One line"),
        ("runs of white space", "\n\tOne\r\n\v\f two  ", 50, "One two"),
        ("a cut may end in a space", "One two", 4, "One "),
        ("other spaces stay", "One\u00a0\u2003two", 50, "One\u00a0\u2003two"),
        ("code points, not UTF-16 units", "\U0001f58b\U0001f58b\U0001f58b", 2, "\U0001f58b\U0001f58b"),
        ("code points, not graphemes", "e\u0301e\u0301", 3, "e\u0301e"),
        ("exactly as long", "x" * 160, 160, "x" * 160),
        ("longer", "y" * 161, 160, "y" * 160),
    ):
        group.known(expected, name, text=text, count=count)
    return group


def _recovery_keys() -> Iterator[Group]:
    keys = (bytes(32), bytes(range(32)), b"\xff" * 32, fixed("recovery key", 32))
    encode = Group("FORMAT §3.5", "recovery_encode")
    decode = Group("FORMAT §3.5", "recovery_decode")
    for key in keys:
        encode.good(f"key {key[:3].hex()}…".replace("…", "..."), key=key)
        decode.known(key, f"key {key[:3].hex()}...", text=encode_recovery_key(key))
    key = keys[3]
    text = encode_recovery_key(key)
    bare = text.replace("-", "")
    decode.known(key, "lower case", text=text.lower())
    decode.known(key, "without groups", text=bare)
    decode.known(key, "spaces, tabs and line breaks", text=" " + text.replace("-", " -\t\r\n\v\f") + "\n")
    decode.known(bytes(32), "O and o for 0", text=encode_recovery_key(bytes(32)).replace("00", "Oo"))
    ones = encode_recovery_key(keys[1])
    for char in "IiLl":
        decode.known(keys[1], f"{char} for 1", text=ones.replace("1", char))
    other = "0" if bare[-1] != "0" else "2"
    decode.bad(FORMAT, "last character changed", text=bare[:-1] + other)
    decode.bad(FORMAT, "first character changed", text=("2" if bare[0] != "2" else "3") + bare[1:])
    decode.bad(FORMAT, "two characters swapped", text=bare[:10] + bare[11] + bare[10] + bare[12:])
    decode.bad(FORMAT, "one character short", text=bare[:-1])
    decode.bad(FORMAT, "one character long", text=bare + "0")
    decode.bad(FORMAT, "U is not in the alphabet", text="U" + bare[1:])
    decode.bad(
        FORMAT, "no check sum of another key", text=bare[:51] + encode_recovery_key(keys[1]).replace("-", "")[51:]
    )
    decode.bad(FORMAT, "empty", text="")
    decode.bad(FORMAT, "full-width digit", text="\uff10" + bare[1:])
    decode.bad(FORMAT, "dotless i is not 1", text=ones.replace("1", "\u0131", 1))
    decode.bad(FORMAT, "no-break space is not white space here", text=text.replace("-", "\u00a0"))
    decode.bad(FORMAT, "lone surrogate", text="\ud800" + bare[1:])
    yield encode
    yield decode


def _base64url() -> Group:
    group = Group("PROTOCOL §1", "base64url")
    for text, data in (("", b""), ("AA", b"\0"), ("AAA", b"\0\0"), ("AAAA", b"\0\0\0"), ("-_-_", b"\xfb\xff\xbf")):
        group.known(data, f"{len(data)} bytes {data.hex()}".strip(), text=text)
    for name, text in (
        ("padding", "AA=="),
        ("stray bits in two characters", "AB"),
        ("stray bits in three characters", "AAB"),
        ("one character", "A"),
        ("five characters", "AAAAA"),
        ("alphabet of plain base64", "+/+/"),
        ("line break", "AA\nAA"),
        ("space at the end", "AAAA "),
        ("outside ASCII", "AA\u00e9A"),
        ("lone surrogate", "AAA\ud800"),
    ):
        group.bad(FORMAT, name, text=text)
    return group


def _ids() -> Group:
    group = Group("PROTOCOL §1", "id")
    value = fixed("id", 16)
    group.known(value, "random", text=value.hex())
    group.known(bytes(16), "zero", text="0" * 32)
    group.bad(FORMAT, "upper case", text="AB" * 16)
    group.bad(FORMAT, "31 digits", text="a" * 31)
    group.bad(FORMAT, "33 digits", text="a" * 33)
    group.bad(FORMAT, "not hexadecimal", text="g" * 32)
    group.bad(FORMAT, "line break at the end", text="a" * 32 + "\n")
    group.bad(FORMAT, "full-width digits", text="\uff10" * 32)
    group.bad(FORMAT, "dashes of a UUID", text="00000000-0000-4000-8000-000000000000")
    return group
