"""The Sioux Falls network: 24 nodes (each a zone), 76 links, 360,600 trips.

LeBlanc, Morlok and Pierskalla (1975), Transportation Research 9, 309–318, as kept in the Transportation Networks collection
(bstabler/TransportationNetworks, after H. Bar-Gera): capacities for a BPR share of 0.15 and power of 4; free times in 0.01 h.
Published optimum of Beckmann's objective there: 42.31335287107440 (in 10⁵ of these units).
"""

from __future__ import annotations

import numpy as np

PUBLISHED_OBJECTIVE = 42.31335287107440 * 1e5
TOTAL_TRIPS = 360_600.0

# One direction of each pair of links: from, to, capacity, free time. Both directions are alike.
PAIRS = (
    (1, 2, 25900.20064, 6), (1, 3, 23403.47319, 4), (2, 6, 4958.180928, 5), (3, 4, 17110.52372, 4), (3, 12, 23403.47319, 4),
    (4, 5, 17782.7941, 2), (4, 11, 4908.82673, 6), (5, 6, 4947.995469, 4), (5, 9, 10000, 5), (6, 8, 4898.587646, 2),
    (7, 8, 7841.81131, 3), (7, 18, 23403.47319, 2), (8, 9, 5050.193156, 10), (8, 16, 5045.822583, 5), (9, 10, 13915.78842, 3),
    (10, 11, 10000, 5), (10, 15, 13512.00155, 6), (10, 16, 4854.917717, 4), (10, 17, 4993.510694, 8), (11, 12, 4908.82673, 6),
    (11, 14, 4876.508287, 4), (12, 13, 25900.20064, 3), (13, 24, 5091.256152, 4), (14, 15, 5127.526119, 5),
    (14, 23, 4924.790605, 4), (15, 19, 14564.75315, 3), (15, 22, 9599.180565, 3), (16, 17, 5229.910063, 2),
    (16, 18, 19679.89671, 3), (17, 19, 4823.950831, 2), (18, 20, 23403.47319, 4), (19, 20, 5002.607563, 4),
    (20, 21, 5059.91234, 6), (20, 22, 5075.697193, 5), (21, 22, 5229.910063, 2), (21, 24, 4885.357564, 3), (22, 23, 5000, 4),
    (23, 24, 5078.508436, 2),
)  # fmt: skip

# Trips in hundreds, from row to column.
TRIPS = """
 0  1  1  5  2  3  5  8  5 13  5  2  5  3  5  5  4  1  3  3  1  4  3  1
 1  0  1  2  1  4  2  4  2  6  2  1  3  1  1  4  2  0  1  1  0  1  0  0
 1  1  0  2  1  3  1  2  1  3  3  2  1  1  1  2  1  0  0  0  0  1  1  0
 5  2  2  0  5  4  4  7  7 12 14  6  6  5  5  8  5  1  2  3  2  4  5  2
 2  1  1  5  0  2  2  5  8 10  5  2  2  1  2  5  2  0  1  1  1  2  1  0
 3  4  3  4  2  0  4  8  4  8  4  2  2  1  2  9  5  1  2  3  1  2  1  1
 5  2  1  4  2  4  0 10  6 19  5  7  4  2  5 14 10  2  4  5  2  5  2  1
 8  4  2  7  5  8 10  0  8 16  8  6  6  4  6 22 14  3  7  9  4  5  3  2
 5  2  1  7  8  4  6  8  0 28 14  6  6  6  9 14  9  2  4  6  3  7  5  2
13  6  3 12 10  8 19 16 28  0 40 20 19 21 40 44 39  7 18 25 12 26 18  8
 5  2  3 15  5  4  5  8 14 39  0 14 10 16 14 14 10  1  4  6  4 11 13  6
 2  1  2  6  2  2  7  6  6 20 14  0 13  7  7  7  6  2  3  4  3  7  7  5
 5  3  1  6  2  2  4  6  6 19 10 13  0  6  7  6  5  1  3  6  6 13  8  8
 3  1  1  5  1  1  2  4  6 21 16  7  6  0 13  7  7  1  3  5  4 12 11  4
 5  1  1  5  2  2  5  6 10 40 14  7  7 13  0 12 15  2  8 11  8 26 10  4
 5  4  2  8  5  9 14 22 14 44 14  7  6  7 12  0 28  5 13 16  6 12  5  3
 4  2  1  5  2  5 10 14  9 39 10  6  5  7 15 28  0  6 17 17  6 17  6  3
 1  0  0  1  0  1  2  3  2  7  2  2  1  1  2  5  6  0  3  4  1  3  1  0
 3  1  0  2  1  2  4  7  4 18  4  3  3  3  8 13 17  3  0 12  4 12  3  1
 3  1  0  3  1  3  5  9  6 25  6  5  6  5 11 16 17  4 12  0 12 24  7  4
 1  0  0  2  1  1  2  4  3 12  4  3  6  4  8  6  6  1  4 12  0 18  7  5
 4  1  1  4  2  2  5  5  7 26 11  7 13 12 26 12 17  3 12 24 18  0 21 11
 3  0  1  5  1  1  2  3  5 18 13  7  8 11 10  5  6  1  3  7  7 21  0  7
 1  0  0  2  0  1  1  2  2  8  6  5  7  4  4  3  3  0  1  4  5 11  7  0
"""

# Best known flow on some links (average excess cost 3.9e-15), from the same collection.
KNOWN_FLOWS = {
    (1, 2): 4494.6576464564205, (5, 6): 8798.2677141063105, (10, 16): 11047.093881273468, (10, 17): 8100.0,
    (11, 4): 5300.0, (15, 10): 23192.283359357847, (18, 7): 15854.621456435532, (24, 23): 7861.8332437957288,
}  # fmt: skip


def links():
    """Tail, head, capacity and free time of the 76 links, sorted by tail; nodes from 0."""
    both = [(a - 1, b - 1, c, t) for a, b, c, t in PAIRS] + [(b - 1, a - 1, c, t) for a, b, c, t in PAIRS]
    table = np.array(sorted(both))
    return table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2], table[:, 3]


def trips():
    """Origin, destination, amount of the relations with trips."""
    matrix = np.array([[float(value) for value in line.split()] for line in TRIPS.strip().splitlines()]) * 100.0
    origin, destination = np.nonzero(matrix)
    return origin, destination, matrix[origin, destination]
