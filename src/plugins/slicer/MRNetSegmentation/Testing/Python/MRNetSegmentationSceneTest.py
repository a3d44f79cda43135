"""For people who have Slicer: the overlay on real nodes. Everything that needs no Slicer is tested in tests/slicer."""

import unittest

import numpy
import slicer

from MRNetLib import scene, wire


class MRNetSegmentationSceneTest(unittest.TestCase):
    def setUp(self):
        slicer.mrmlScene.Clear()
        self.volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
        slicer.util.updateVolumeFromArray(self.volume, numpy.zeros((4, 6, 8), numpy.float32))
        structure = wire.message("Structure")(number=1, label="Nodule", color=0xFF0000)
        self.overlay = scene.Overlay(self.volume, wire.message("Model")(structures=[structure]))
        self.overlay.place(wire.message("Grid")(columns=8, rows=6, slices=4, spacing=[1, 1, 2], origin=[0, 0, 0], direction=[1, 0, 0, 0, 1, 0, 0, 0, 1]))

    def test_a_mask_lands_where_it_was_sent(self):
        mask = numpy.zeros((4, 6, 8), bool)
        mask[1, 2, 3] = True

        self.overlay.show_masks({1: mask})

        segmentation = self.overlay.nodes[0]
        array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "MRNet_1", self.overlay.nodes[-1])
        self.assertTrue(numpy.array_equal(array > 0, mask))

    def test_an_edited_mask_is_left_alone(self):
        self.overlay.show_masks({1: numpy.zeros((4, 6, 8), bool)})
        slicer.util.updateSegmentBinaryLabelmapFromArray(numpy.ones((4, 6, 8), numpy.uint8), self.overlay.nodes[0], "MRNet_1", self.overlay.nodes[-1])

        self.overlay.show_masks({1: numpy.zeros((4, 6, 8), bool)})

        self.assertTrue(self.overlay.replaced)
