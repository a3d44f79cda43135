"""Grids of the wire against VTK's own matrices and nibabel's, there and back."""

import tempfile
import unittest

import nibabel
import numpy
import vtk

import server  # noqa: F401
from MRNetLib import geometry, nifti, wire

_TURN = numpy.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
DIRECTIONS = {
    "axial": numpy.eye(3),
    "reversed": numpy.diag([1.0, 1.0, -1.0]),
    "sagittal": numpy.array([[0.0, 0, -1], [1, 0, 0], [0, -1, 0]]),
    "coronal": numpy.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "oblique": _TURN @ numpy.array([[1.0, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]]),
}


def grid(direction, spacing=(0.7, 0.9, 2.5), origin=(-120.5, 33.25, -900.0)):
    """direction: columns are the axes of i, j, k."""
    return wire.message("Grid")(columns=8, rows=6, slices=4, spacing=spacing, origin=origin, direction=direction.T.ravel())


class GeometryTest(unittest.TestCase):
    def test_voxels_lie_where_vtk_puts_them(self):
        for name, direction in DIRECTIONS.items():
            with self.subTest(name):
                image = vtk.vtkImageData()  # LPS: origin, spacing and direction as the wire says them
                image.SetOrigin(-120.5, 33.25, -900.0)
                image.SetSpacing(0.7, 0.9, 2.5)
                image.SetDirectionMatrix(*direction.ravel())
                matrix = geometry.ijk_to_ras(grid(direction))
                for corner in ((0, 0, 0), (7, 5, 3), (7, 0, 3), (2, 4, 1)):
                    lps = [0.0] * 3
                    image.TransformContinuousIndexToPhysicalPoint(*map(float, corner), lps)
                    ras = matrix @ [*corner, 1]
                    numpy.testing.assert_allclose(ras[:3], [-lps[0], -lps[1], lps[2]], atol=1e-9)

    def test_a_vtk_matrix_takes_a_point_there_and_back(self):
        for name, direction in DIRECTIONS.items():
            with self.subTest(name):
                matrix = vtk.vtkMatrix4x4()
                matrix.DeepCopy(geometry.ijk_to_ras(grid(direction)).ravel())
                back = vtk.vtkMatrix4x4()
                vtk.vtkMatrix4x4.Invert(matrix, back)
                numpy.testing.assert_allclose(back.MultiplyPoint(matrix.MultiplyPoint((3, 2, 1, 1)))[:3], (3, 2, 1), atol=1e-9)

    def test_a_nifti_file_of_ours_is_read_alike_by_nibabel(self):
        array = numpy.arange(4 * 6 * 8, dtype=numpy.float32).reshape(4, 6, 8)
        for name, direction in DIRECTIONS.items():
            with self.subTest(name), tempfile.NamedTemporaryFile(suffix=".nii.gz") as file:
                matrix = geometry.ijk_to_ras(grid(direction))
                file.write(nifti.encode(array, matrix))
                file.flush()
                read = nibabel.load(file.name)
                numpy.testing.assert_allclose(read.affine, matrix, atol=1e-4)
                self.assertEqual(read.get_fdata()[7, 0, 3], array[3, 0, 7])

    def test_a_box_in_space_becomes_the_voxels_it_touches(self):
        matrix = geometry.ijk_to_ras(grid(numpy.eye(3), (1, 1, 2), (0, 0, 0)))  # RAS: x and y run backwards
        self.assertEqual(geometry.box_of_bounds((-4.2, -1.8, -3.1, -0.9, 1.9, 4.1), matrix, (8, 6, 4)), [2, 1, 1, 3, 3, 2])

    def test_a_box_beside_the_volume_is_refused(self):
        matrix = geometry.ijk_to_ras(grid(numpy.eye(3), (1, 1, 2), (0, 0, 0)))
        with self.assertRaisesRegex(ValueError, "outside"):
            geometry.box_of_bounds((100, 110, 100, 110, 0, 4), matrix, (8, 6, 4))


if __name__ == "__main__":
    unittest.main()
