using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Settings;

/// <summary>The setting, or each in its list, names a folder that exists.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FolderThatIsThereAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => Directory.Exists(value as string);
}
