# SPDX-License-Identifier: Apache-2.0
"""Clusters: groups that are there, scikit-learn beside where it is installed, what is refused."""

import unittest

import numpy as np

import akin

try:
    from sklearn import cluster as peer
    from sklearn import metrics
except ImportError:
    peer = None


class Clusters(unittest.TestCase):
    def setUp(self) -> None:
        draw = np.random.default_rng(1)
        self.y = np.arange(300) % 4
        self.x = (draw.normal(size=(300, 6)) + 20 * np.eye(4, 6)[self.y]).astype("f4")
        self.mixed = (draw.normal(size=(700, 5)) + 3 * draw.normal(size=(6, 5))[np.arange(700) % 6]).astype("f4")

    def test_groups(self) -> None:
        for found in (akin.cluster(self.x, 4), akin.cluster(self.x, density=True), akin.cluster(self.x, 4, metric="euclidean")):
            agree = akin.cluster_agreement(found.cluster, self.y)
            self.assertEqual((found.clusters, agree.purity, agree.nmi, agree.ari), (4, 1, 1, 1))
            self.assertEqual((found.sizes.sum(), found.central.shape), (300 - found.noise, (4, 5)))
            self.assertTrue((found.cluster[found.central] == np.arange(4)[:, None]).all())
        self.assertEqual(akin.cluster_agreement([0, 0, 1, -1], ["a", "a", "b", "a"]).n, 3)

    @unittest.skipIf(peer is None, "no scikit-learn")
    def test_beside_scikit_learn(self) -> None:
        ours = akin.cluster(self.mixed, 6, metric="euclidean", starts=20)
        theirs = peer.KMeans(6, n_init=20, random_state=0).fit(self.mixed)
        self.assertLess(abs(ours.inertia / theirs.inertia_ - 1), 1e-3)
        if not hasattr(peer, "HDBSCAN"):
            self.skipTest("scikit-learn before 1.3 has no HDBSCAN")
        ours = akin.cluster(self.mixed, density=True, metric="euclidean", min_size=25, neighbours=5)
        made = peer.HDBSCAN(min_cluster_size=25, min_samples=5).fit(self.mixed.astype("f8"))
        self.assertGreater(metrics.adjusted_rand_score(ours.cluster, made.labels_), 0.98)
        c, y = np.random.default_rng(2).integers(5, size=(2, 200))
        agree = akin.cluster_agreement(c, y)
        self.assertAlmostEqual(agree.ari, metrics.adjusted_rand_score(y, c), 12)
        self.assertAlmostEqual(agree.nmi, metrics.normalized_mutual_info_score(y, c), 12)

    def test_what_is_refused(self) -> None:
        with self.assertRaises(akin.ArgumentError):
            akin.cluster(self.x)
        with self.assertRaises(akin.ArgumentError):
            akin.cluster(self.x, 3, density=True)
        with self.assertRaises(akin.ArgumentError):
            akin.cluster(self.x, 3, metric="manhattan")
        with self.assertRaises(akin.RangeError):
            akin.cluster(self.x, 301)
        with self.assertRaises(akin.InputError):
            akin.cluster(np.zeros((5, 2)), 3)
        with self.assertRaises(akin.ShapeError):
            akin.cluster_agreement([0, 1], [0])
        self.x[4, 2] = np.nan
        with self.assertRaisesRegex(akin.InputError, "row 4, column 2"):
            akin.cluster(self.x, density=True)


if __name__ == "__main__":
    unittest.main()
