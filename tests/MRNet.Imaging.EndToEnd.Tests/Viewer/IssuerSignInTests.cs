using System.Text.Json;
using Microsoft.Playwright;
using MRNet.Imaging.EndToEnd.Tests.Cli;
using MRNet.Imaging.Server.Tests.Security;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary>Signing in at an issuer on another site, with a real browser, which alone decides what cookies it shows to whom.</summary>
public sealed class IssuerSignInTests : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ViewerBrowser browser = new();

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task The_user_comes_back_signed_in_and_signs_out()
    {
        var page = await browser.EmptyAsync();
        await using var issuer = await TestIssuer.StartAsync();
        File.WriteAllText(folder["secret"], TestIssuer.Secret);
        File.WriteAllText(folder["mrnet.json"], JsonSerializer.Serialize(new { Accounts = new { Oidc = new { ClientSecretFile = folder["secret"] } } }));
        using var server = new RunningServe(folder["data"], "--config", folder["mrnet.json"], "--oidc-issuer", issuer.Address, "--oidc-client-id", TestIssuer.ClientId);

        await page.GotoAsync(server.WebAddress.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/sign-in?to=/"); // another site than the issuer's
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with 127.0.0.1" }).ClickAsync();
        await page.GetByText("Anna (viewer)").WaitForAsync();
        Assert.Equal("", await page.EvaluateAsync<string>("document.cookie"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByText("This server serves accounts").WaitForAsync();
    }
}
