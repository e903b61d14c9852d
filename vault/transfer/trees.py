"""Conversations that branch: messages that name the one before them."""

from __future__ import annotations

from collections.abc import Mapping


def branches(parents: Mapping[str, str | None], current: str | None) -> list[list[str]]:
    """Take a tree apart into paths, each node in one: first the path from a root to `current`, then the other branches.

    `parents` names the node before each node, in the order of the nodes; one that is not there, or None, is before a
    first one. A branch begins after the last node that is in an earlier path. Without `current` the first path ends
    where the last node is. Any graph is taken apart in linear time, circles too.
    """
    has_child = {parent for parent in parents.values() if parent is not None}
    leaves = [node for node in parents if node not in has_child]
    names = list(parents)
    ends = [current if current in parents else each for each in names[-1:]]
    seen: set[str] = set()
    paths = []
    for end in (*ends, *leaves, *reversed(names)):
        path: list[str] = []
        node: str | None = end
        while node is not None and node in parents and node not in seen:
            seen.add(node)
            path.append(node)
            node = parents[node]
        if path:
            paths.append(path[::-1])
    return paths
