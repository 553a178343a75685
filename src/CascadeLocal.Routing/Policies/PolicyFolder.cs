using System.Security.Cryptography;
using System.Text.Json;

using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Policies;

/// <summary>
/// A policy on disk: policy.json and policy.safetensors. Each is renamed into place, the tensors first, and policy.json holds
/// their hash. So whoever reads meanwhile, or finds what a killed writer left, gets one whole policy or an error, never a
/// mixture.
/// </summary>
public static class PolicyFolder
{
    /// <summary>The file that is renamed last: when it has changed, the policy has.</summary>
    public const string DocumentName = "policy.json";

    /// <summary>The file of the centroids, and of all numbers of judges.</summary>
    public const string TensorsName = "policy.safetensors";

    private const int VersionLength = 12;

    /// <summary>Names the policy in answers and logs: the beginning of its document's SHA-256.</summary>
    /// <exception cref="IOException">The document cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The document may not be read.</exception>
    public static string VersionOf(string folder) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, DocumentName))))[..VersionLength];

    /// <summary>Reads a policy and checks all of it.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="sets">What its judges may read from the text; null for what is part of this program.</param>
    /// <exception cref="PolicyException">It is not there, damaged, of another version or does not fit together.</exception>
    public static Policy Read(string folder, TextFeatureSets? sets = null)
    {
        string documentFile = Path.Combine(folder, DocumentName);
        PolicyDocument document = ReadDocument(documentFile);
        PolicyDocumentReader reader = new(documentFile, document);
        reader.CheckCounts();
        string tensorsFile = Path.Combine(folder, TensorsName);
        Dictionary<string, NamedTensor> tensors = PolicyTensors.Read(tensorsFile, document.TensorsSha256);
        Policy policy = reader.Read(
            PolicyTensors.TakeCentroids(tensorsFile, tensors, reader.Clusters, reader.Dimensions),
            reader.HasNovelty ? PolicyTensors.TakeNovelty(tensorsFile, tensors) : null,
            reader.Forecast() is { } forecast ? PolicyTensors.TakeForecast(tensorsFile, tensors, forecast, reader.Dimensions, reader.Members) : null);
        if (document.Escalation is { } escalation)
        {
            EscalationPartReader stageTwo = new(documentFile, tensorsFile, escalation, policy, sets ?? TextFeatureSets.Default);
            return policy with { Escalation = stageTwo.Read(tensors) };
        }

        return tensors.Keys.FirstOrDefault() is { } unknown ? throw new PolicyException(tensorsFile, unknown, "is no tensor of this policy") : policy;
    }

    /// <summary>Writes a policy; the folder is made if need be, and other files in it are left alone.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="sets">As for <see cref="Read"/>.</param>
    /// <exception cref="PolicyException">The policy does not fit together; the folder is as before.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The files may not be written.</exception>
    public static void Write(string folder, Policy policy, TextFeatureSets? sets = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Directory.CreateDirectory(folder);
        string made = Path.Combine(folder, $".new-{Guid.NewGuid():N}");
        Directory.CreateDirectory(made);
        try
        {
            byte[] tensors = PolicyTensors.Serialize(policy);
            WriteFlushed(Path.Combine(made, TensorsName), tensors);
            PolicyDocument document = PolicyDocumentWriter.Write(policy, Convert.ToHexStringLower(SHA256.HashData(tensors)));
            WriteFlushed(Path.Combine(made, DocumentName), Serialize(document));
            _ = Read(made, sets);  // what could not be read back is never put into place
            foreach (string name in (string[])[TensorsName, DocumentName])
                File.Move(Path.Combine(made, name), Path.Combine(folder, name), overwrite: true);
        }
        finally
        {
            Directory.Delete(made, recursive: true);
        }
    }

    private static PolicyDocument ReadDocument(string file)
    {
        byte[] bytes = ReadBytes(file);
        try
        {
            CheckVersion(file, bytes);
            return JsonSerializer.Deserialize(bytes, PolicyJson.Default.PolicyDocument)
                ?? throw new PolicyException(file, "", "is null, but must be an object");
        }
        catch (JsonException e)
        {
            if (bytes.AsSpan().TrimEnd(" \n\r\t"u8) is not [.., (byte)'}'])
                throw new PolicyException(file, "", "the file ends too early: it was cut; fit again, or take a whole copy", e);
            string field = e.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "";
            throw new PolicyException(file, field, e.Message.Split(" Path:", 2)[0].Split(" LineNumber:", 2)[0], e);
        }
    }

    // First of all: keys of another version may be others.
    private static void CheckVersion(string file, byte[] bytes)
    {
        using JsonDocument document = JsonDocument.Parse(bytes);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("version", out JsonElement version))
            throw new PolicyException(file, "version", "is missing");
        if (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != Policy.Version)
            throw new PolicyException(file, "version", $"is {version.GetRawText()}; this program reads version {Policy.Version}");
    }

    private static byte[] Serialize(PolicyDocument document)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(document, PolicyJson.Default.PolicyDocument);
        }
        catch (ArgumentException e)
        {
            throw new PolicyException(DocumentName, "", $"cannot hold what is not a finite number: {e.Message}", e);
        }
    }

    internal static byte[] ReadBytes(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            bool isMissing = e is FileNotFoundException or DirectoryNotFoundException;
            throw new PolicyException(file, "", isMissing ? "there is no such file" : e.Message, e);
        }
    }

    private static void WriteFlushed(string file, byte[] bytes)
    {
        using FileStream stream = File.Create(file);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }
}

/// <summary>A policy cannot be used; the message names the file, the field and what is wrong.</summary>
public sealed class PolicyException : Exception
{
    /// <param name="file">The file at fault.</param>
    /// <param name="field">The path of the field, such as <c>models.A.errors.0</c>, or empty for the whole file.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="inner">What showed it.</param>
    public PolicyException(string file, string field, string problem, Exception? inner = null)
        : base(field.Length == 0 ? $"{file}: {problem}" : $"{file}: {field}: {problem}", inner)
    {
        File = file;
        Field = field;
    }

    /// <summary>The file at fault.</summary>
    public string File { get; }

    /// <summary>The path of the field, or empty.</summary>
    public string Field { get; }
}
