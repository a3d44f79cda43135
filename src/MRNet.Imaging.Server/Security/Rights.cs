namespace MRNet.Imaging.Server.Security;

/// <summary>What somebody may do.</summary>
[Flags]
public enum Rights
{
    None = 0,

    /// <summary>Send images, have them segmented, and see the own jobs.</summary>
    Segment = 1,

    /// <summary>See, fetch and cancel everybody's jobs.</summary>
    AllJobs = 2,

    /// <summary>Send results to a PACS.</summary>
    Export = 4,

    Train = 8,

    /// <summary>Models and keys.</summary>
    Administer = 16,
}

/// <summary>What an account is given; the stronger the later.</summary>
public enum Role
{
    Viewer,
    Trainer,
    Operator,
    Admin,
}

public static class Roles
{
    public const string Names = "viewer, operator, trainer or admin";

    public static Rights RightsOf(Role role) => role switch
    {
        Role.Viewer => Rights.Segment,
        Role.Trainer => Rights.Segment | Rights.Train,
        Role.Operator => Rights.Segment | Rights.AllJobs | Rights.Export,
        _ => Rights.Segment | Rights.AllJobs | Rights.Export | Rights.Train | Rights.Administer,
    };

    public static string NameOf(Role role) => role.ToString().ToLowerInvariant();

    /// <returns>Null when it names none.</returns>
    public static Role? Parse(string text) => Enum.GetValues<Role>().Where(role => NameOf(role) == text).Select(role => (Role?)role).FirstOrDefault();
}
