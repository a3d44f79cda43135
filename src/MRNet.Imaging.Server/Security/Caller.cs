using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace MRNet.Imaging.Server.Security;

/// <summary>Who calls.</summary>
/// <param name="Name">As a person reads it; empty on a server without accounts.</param>
/// <param name="Owner">What their jobs and uploads carry: the kind of account and its name, so that a key and a certificate of one name are two.</param>
/// <param name="Roles">The strongest first.</param>
public sealed record Caller(string Name, string Owner, IReadOnlyList<Role> Roles)
{
    private const string NameClaim = "mrnet-name";
    private const string OwnerClaim = "mrnet-owner";
    private const string RoleClaim = "mrnet-role";

    /// <summary>The one caller of a server without accounts.</summary>
    public static Caller Anyone { get; } = new("", "", [Security.Role.Operator]);

    public Rights Rights => Roles.Aggregate(Rights.None, (rights, role) => rights | Security.Roles.RightsOf(role));

    /// <summary>The strongest role; empty when the account has none.</summary>
    public string RoleName => Roles.Count > 0 ? Security.Roles.NameOf(Roles[0]) : "";

    public bool May(Rights right) => Rights.HasFlag(right);

    /// <returns>Null for a stranger.</returns>
    public static Caller? Of(ClaimsPrincipal user) => user.FindFirstValue(OwnerClaim) is { } owner
        ? new(user.FindFirstValue(NameClaim) ?? "", owner, [.. user.FindAll(RoleClaim).Select(claim => Enum.Parse<Role>(claim.Value)).OrderDescending()])
        : null;

    public ClaimsPrincipal ToPrincipal(string scheme) => new(new ClaimsIdentity(
        [new(NameClaim, Name), new(OwnerClaim, Owner), .. Roles.Select(role => new Claim(RoleClaim, role.ToString()))], scheme, NameClaim, RoleClaim));

    /// <summary>Where the caller is; a server behind a proxy sees the proxy.</summary>
    public static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress is { } address
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : "unknown";
}
