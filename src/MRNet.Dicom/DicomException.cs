namespace MRNet.Dicom;

/// <summary>
/// All that this library says about bad input. Messages carry tags, sizes and offsets, never the value of an
/// attribute that may name a patient. Any other exception out of it, for any input, is a bug.
/// </summary>
public abstract class DicomException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A file or stream breaks the format of PS3.10 or PS3.5, cannot be read, or is beyond a limit.</summary>
public sealed class DicomFileException(string message, Exception? inner = null) : DicomException(message, inner);

/// <summary>An attribute is missing, does not convert to what was asked, or may not be written so.</summary>
public sealed class DicomValueException(string message, Exception? inner = null) : DicomException(message, inner);

/// <summary>A frame's stream is damaged, does not fit the data set, or is of a transfer syntax not decoded here.</summary>
public sealed class DicomCodecException(string message, Exception? inner = null) : DicomException(message, inner);
