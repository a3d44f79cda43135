using System.Buffers.Text;
using System.Text;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Nats.Connection;

/// <summary>What streams, buckets and subjects are called. <c>deploy/nats.conf</c> names them too.</summary>
/// <param name="prefix">"mrnet"</param>
internal sealed class Names(string prefix)
{
    /// <summary>Lanes in the order in which a worker looks at them.</summary>
    public static readonly string[] Lanes = [Of(Lane.Interactive), Of(Lane.Batch)];

    /// <summary>Those who hold the features of an image answer in turn.</summary>
    public const string FeaturesGroup = "features";

    public static string Of(Lane lane) => lane == Lane.Interactive ? "interactive" : "batch";

    public string JobStream => prefix.ToUpperInvariant() + "_JOBS";

    public string InBucket => prefix + "-in";

    public string OutBucket => prefix + "-out";

    public string CommitBucket => prefix + "-commits";

    public string StateBucket => prefix + "-states";

    /// <summary>The stream under a bucket of objects.</summary>
    public static string StreamOf(string bucket) => "OBJ_" + bucket;

    /// <summary>Of the names of a bucket's objects.</summary>
    public static string ObjectsOf(string bucket) => $"$O.{bucket}.M.>";

    /// <summary>Of the pieces of a bucket's objects.</summary>
    public static string PiecesOf(string bucket) => $"$O.{bucket}.C.>";

    /// <summary>Where an object has its name.</summary>
    public static string ObjectOf(string bucket, string name) => $"$O.{bucket}.M.{Convert.ToBase64String(Encoding.UTF8.GetBytes(name)).Replace('+', '-').Replace('/', '_')}";

    /// <summary>The name of an object is the last part of its subject, in base64 for addresses.</summary>
    public static string ObjectOf(string subject) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(LastOf(subject).TrimEnd('=')));

    public string AllJobs => $"{prefix}.jobs.>";

    /// <summary>The job's id is part of the subject: the stream then tells which jobs it holds, and forgets one by its name.</summary>
    public string Job(string lane, string pool, string job) => $"{prefix}.jobs.{lane}.{pool}.{job}";

    public string JobsOf(string lane, string pool) => $"{prefix}.jobs.{lane}.{pool}.*";

    /// <summary>Of all lanes.</summary>
    public string JobsOf(string pool) => $"{prefix}.jobs.*.{pool}.*";

    /// <summary>A job wherever it waits.</summary>
    public string AnyJob(string job) => $"{prefix}.jobs.*.*.{job}";

    public string Progress(string job) => $"{prefix}.progress.{job}";

    public string Done(string job) => $"{prefix}.done.{job}";

    public string Cancel(string job) => $"{prefix}.cancel.{job}";

    public string Features(string key) => $"{prefix}.features.{key}";

    /// <summary>The last part of a subject: a job's id.</summary>
    public static string LastOf(string subject) => subject[(subject.LastIndexOf('.') + 1)..];
}
