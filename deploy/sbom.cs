#!/usr/bin/env dotnet
#:property PublishAot=false
// Lists what a published folder is made of, as CycloneDX 1.6 JSON: the packages and the runtime that its mrnet.deps.json
// names, with their hashes, and of the viewer our npm packages and OHIF, whose own parts its makers list.
//   dotnet run --file deploy/sbom.cs -- FOLDER/mrnet.deps.json [package-lock.json OHIF-VERSION] > FOLDER/sbom.cdx.json
// Licences are read from the package cache, where it has the package. The same folder gives the same text: no time, no serial number.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

var libraries = Read(args[0])["libraries"]!.AsObject();
var program = libraries.Single(library => library.Key.StartsWith("mrnet/", StringComparison.Ordinal)).Key.Split('/');
var components = new JsonArray();
foreach (var (key, library) in libraries.OrderBy(library => library.Key, StringComparer.Ordinal))
    if ((string?)library!["type"] is "package" or "runtimepack")
        components.Add(Package(key.Split('/'), (string?)library["sha512"] ?? ""));
if (args is [_, var viewer, var ohif])
{
    foreach (var (path, package) in Read(viewer)["packages"]!.AsObject().OrderBy(package => package.Key, StringComparer.Ordinal))
        if (path.Length > 0 && (bool?)package!["dev"] != true)
            components.Add(Npm(path[(path.LastIndexOf("node_modules/", StringComparison.Ordinal) + 13)..], package));
    components.Add(Component("application", "@ohif/app", ohif, "npm"));
}

var list = new JsonObject
{
    ["bomFormat"] = "CycloneDX",
    ["specVersion"] = "1.6",
    ["version"] = 1,
    ["metadata"] = new JsonObject { ["component"] = Component("application", program[0], program[1], "generic") },
    ["components"] = components,
};
using var output = Console.OpenStandardOutput();
using (var writer = new Utf8JsonWriter(output, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) // a + stays one
    list.WriteTo(writer);

static JsonNode Read(string path) => JsonNode.Parse(File.ReadAllText(path))!;

static JsonObject Package(string[] nameAndVersion, string sha512)
{
    var (name, version) = (nameAndVersion[0].Replace("runtimepack.", "", StringComparison.Ordinal), nameAndVersion[1]);
    var component = Component("library", name, version, "nuget");
    if (sha512.StartsWith("sha512-", StringComparison.Ordinal))
        component["hashes"] = Sha512(sha512);
    return WithLicence(component, LicenceOf(name, version));
}

static JsonObject Npm(string name, JsonNode package)
{
    var component = Component("library", name, (string)package["version"]!, "npm");
    if ((string?)package["integrity"] is { } integrity && integrity.StartsWith("sha512-", StringComparison.Ordinal))
        component["hashes"] = Sha512(integrity);
    return WithLicence(component, (string?)package["license"]);
}

static JsonObject Component(string type, string name, string version, string registry)
{
    var address = $"pkg:{registry}/{name.Replace("@", "%40", StringComparison.Ordinal)}@{version}";
    return new() { ["type"] = type, ["bom-ref"] = address, ["name"] = name, ["version"] = version, ["purl"] = address };
}

static JsonArray Sha512(string base64) =>
    [new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(base64["sha512-".Length..])) }];

/// <param name="expression">As SPDX writes it; null: not known.</param>
static JsonObject WithLicence(JsonObject component, string? expression)
{
    if (expression is not null)
        component["licenses"] = new JsonArray(new JsonObject { ["expression"] = expression });
    return component;
}

static string? LicenceOf(string name, string version)
{
    var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
    var id = name.ToLowerInvariant();
    var file = Path.Combine(cache, id, version, id + ".nuspec");
    return !File.Exists(file) ? null : XDocument.Load(file).Descendants().FirstOrDefault(element => element.Name.LocalName == "license" && (string?)element.Attribute("type") == "expression")?.Value;
}
