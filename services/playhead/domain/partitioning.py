"""The partition of a key: Kafka's murmur2, as Java clients, Faust and ``murmur2_random`` compute it, and the partitioners of other clients."""

from collections.abc import Iterable
from zlib import crc32

_M = 0x5BD1E995
_MASK = 0xFFFFFFFF
POSITIVE = 0x7FFFFFFF
"""Mask of the sign bit, which Kafka clears before it takes the remainder."""


def murmur2(data: bytes) -> int:
    """The 32-bit hash of Kafka's default partitioner; it uses arithmetic only, so that it can be compiled (``arrays/hashing.py``).

    >>> hex(murmur2(b"21"))
    '0xc5f2f8ec'
    """
    length = len(data)
    whole = length - length % 4
    h = 0x9747B28C ^ length
    for at in range(0, whole, 4):
        word = data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24
        k = word * _M & _MASK
        h = (h * _M & _MASK) ^ ((k ^ k >> 24) * _M & _MASK)
    if whole < length:
        rest = 0
        for at in range(whole, length):
            rest |= data[at] << 8 * (at - whole)
        h = (h ^ rest) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a record with this key."""
    return (murmur2(key) & POSITIVE) % partitions


def crc32_partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key by librdkafka's default, ``consistent_random``, and kafka-go's CRC32Balancer."""
    return crc32(key) % partitions


def fnv_partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key by sarama's default and kafka-go's Hash: FNV-1a, the remainder's sign left out.

    >>> fnv_partition_of(b"foobar", 7)  # 0xbf9cf968 as a signed number is -1080231576
    4
    """
    h = 0x811C9DC5
    for byte in key:
        h = (h ^ byte) * 0x01000193 & _MASK
    signed = h - (1 << 32) if h >> 31 else h
    return abs(signed) % partitions


PARTITIONERS = {"murmur2": partition_of, "crc32": crc32_partition_of, "fnv1a": fnv_partition_of}
"""Partitioners of Kafka clients by name."""


def partitioner_seen(placed: Iterable[tuple[bytes, int]], partitions: int) -> str:
    """The name of the partitioner that explains nearly all of these pairs of key and partition; "" for none.

    >>> partitioner_seen([(b"%d" % n, crc32(b"%d" % n) % 4) for n in range(50)], 4)
    'crc32'
    """
    placed = list(placed)
    for name, rule in PARTITIONERS.items():
        right = sum(rule(key, partitions) == partition for key, partition in placed)
        if placed and right >= MOST * len(placed):
            return name
    return ""


MOST = 0.9
"""Least share of keys that a partitioner must explain: a few keys may be of another producer, while a wrong partitioner over four
partitions is right by chance for one key in four.
"""
