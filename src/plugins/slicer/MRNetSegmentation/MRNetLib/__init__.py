"""MRNet.Imaging's client for 3D Slicer. Only `scene` touches Slicer; everything else is plain Python with numpy and grpc."""
