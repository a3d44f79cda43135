"""Where voxels lie. The wire and DICOM speak LPS (left, posterior, superior), Slicer and NIfTI RAS; millimetres both."""

import numpy

_LPS_RAS = numpy.diag([-1.0, -1.0, 1.0, 1.0])


def has_position(grid):
    """False for a photograph: pixels without patient coordinates."""
    return len(grid.origin) == 3 and len(grid.direction) == 9


def ijk_to_ras(grid):
    """4x4 matrix from voxel (i, j, k) to RAS mm, of a Grid of the wire."""
    matrix = numpy.eye(4)
    matrix[:3, :3] = numpy.reshape(grid.direction, (3, 3)).T * numpy.asarray(grid.spacing)  # columns are the axes
    matrix[:3, 3] = grid.origin
    return _LPS_RAS @ matrix


def shape(grid):
    """(k, j, i), as numpy and Slicer keep arrays."""
    return grid.slices, grid.rows, grid.columns


def ras_to_lps(point):
    return [-float(point[0]), -float(point[1]), float(point[2])]


def box_of_bounds(bounds, matrix, size):
    """Voxels (x, y, z, columns, rows, slices) that an axis-aligned RAS box touches.

    bounds: (xmin, xmax, ymin, ymax, zmin, zmax) in RAS mm; matrix: the volume's IJK to RAS; size: (i, j, k) voxels.
    Raises ValueError when the box lies beside the volume.
    """
    corners = numpy.array([[x, y, z, 1.0] for x in bounds[0:2] for y in bounds[2:4] for z in bounds[4:6]]).T
    ijk = numpy.linalg.solve(numpy.asarray(matrix, float), corners)[:3]
    first = numpy.maximum(numpy.floor(ijk.min(axis=1) + 0.5), 0).astype(int)
    end = numpy.minimum(numpy.floor(ijk.max(axis=1) + 0.5) + 1, size).astype(int)
    if (end <= first).any():
        raise ValueError("The region lies outside the volume; move it onto the part to segment.")
    return [int(n) for n in first] + [int(n) for n in end - first]
