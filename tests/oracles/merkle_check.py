# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 6962 and its proofs (the algorithms of RFC 9162), for the Python verifier."""
import hashlib


def sha(data):
    return hashlib.sha256(data).digest()


def root_of(leaves):
    """RFC 6962 2.1, the recursion itself."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha(b"")
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:]))


def is_included(index, size, value, hashes, root):
    """RFC 9162 2.1.3.2. `value`: the leaf hash."""
    if index >= size or len(value) != 32 or len(root) != 32:
        return False
    node, last = index, size - 1
    for other in hashes:
        if last <= 0 or len(other) != 32:
            return False
        if node & 1 or node == last:
            value = sha(b"\x01" + other + value)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            value = sha(b"\x01" + value + other)
        node, last = node >> 1, last >> 1
    return last == 0 and value == root


def is_consistent(size1, size2, root1, root2, hashes):
    """RFC 9162 2.1.4.2, and the case of equal sizes: an empty proof. Nothing is proven from a size of 0."""
    if size1 == 0 or size1 > size2:
        return False
    if size1 == size2:
        return not hashes and root1 == root2
    if not hashes or any(len(h) != 32 for h in (root1, root2, *hashes)):
        return False
    if size1 & (size1 - 1) == 0:
        hashes = [root1] + hashes
    node, last = size1 - 1, size2 - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = sha(b"\x01" + other + old), sha(b"\x01" + other + new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = sha(b"\x01" + new + other)
        node, last = node >> 1, last >> 1
    return last == 0 and old == root1 and new == root2
