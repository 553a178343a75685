using System.Text.Json;
using System.Text.Json.Nodes;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>Policies that were fitted for other models or another encoder, or that are no policies: at the start, and while one is in force.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ForeignPolicyTests(TierWithPolicy tier) : IClassFixture<TierWithPolicy>
{
    private CascadeProcess Server => tier.Server;

    public static TheoryData<string> Names => new(TierWithPolicy.Faults.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task One_that_is_to_replace_it_is_refused_with_the_reason_and_the_old_one_stays(string fault)
    {
        JsonElement before = await Server.GetAsync("/admin/policy");

        ErrorAnswer error = await Server.RefusedAsync(JsonSerializer.Serialize(new { path = tier.Spoil(fault) }), "/admin/policy");

        Assert.Equal(("policy_refused", "path"), (error.Code, error.Param));
        Assert.Contains(TierWithPolicy.Faults[fault].Reason, error.Message, StringComparison.OrdinalIgnoreCase);
        JsonElement after = await Server.GetAsync("/admin/policy");
        Assert.Equal(before.GetRawText(), after.GetRawText());
        JsonElement answer = await Server.AskAsync(TwoProcesses.Question("What is 12 + 30?", maxTokens: 4));
        Assert.Equal(before.GetProperty("policy").GetString(), answer.GetProperty("cascade").GetProperty("policy").GetString());
    }

    [Fact]
    public async Task One_that_is_written_over_it_is_refused_and_a_good_one_after_it_is_taken()
    {
        string version = (await Server.GetAsync("/admin/policy")).GetProperty("policy").GetString()!;

        tier.Overwrite("dimensions");
        JsonElement refused = await Wait.ForAsync(() => Server.GetAsync("/admin/policy"), policy => policy.GetProperty("refused").ValueKind == JsonValueKind.String);
        Assert.Contains("768", refused.GetProperty("refused").GetString(), StringComparison.Ordinal);
        Assert.Equal(version, refused.GetProperty("policy").GetString());
        await Wait.UntilAsync(() => Server.Log.Any(line => line.Contains($"The policy is refused, {version} stays", StringComparison.Ordinal)));

        tier.Overwrite(null);
        await Wait.ForAsync(() => Server.GetAsync("/admin/policy"), policy => policy.GetProperty("refused").ValueKind == JsonValueKind.Null);
        await Server.ServesAsync();
    }

    [Theory]
    [InlineData("names")]
    [InlineData("dimensions")]
    public async Task At_the_start_it_is_refused_and_the_pool_is_served_without(string fault)
    {
        CascadeProcess.RequireProgramAndTier();
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--model", TwoProcesses.File("nano"), "--policy", tier.Spoil(fault), "--threads", "1");

        JsonElement answer = await server.AskAsync(TwoProcesses.Question("What is 12 + 30?", maxTokens: 4));

        Assert.Equal(("nano", "no_policy"), (answer.GetProperty("model").GetString(), answer.GetProperty("cascade").GetProperty("reason").GetString()));
        await Wait.UntilAsync(() => server.Log.Any(line => line.Contains("The policy is refused, none is in force", StringComparison.Ordinal)
            && line.Contains(TierWithPolicy.Faults[fault].Reason, StringComparison.OrdinalIgnoreCase)));
    }
}

/// <summary>The default tier with a copy of its policy.</summary>
public sealed class TierWithPolicy : SharedProcess
{
    private const string Document = "policy.json";
    private const string Vectors = "policy.safetensors";

    /// <summary>What a policy suffers from, and what has to be said of it.</summary>
    internal static readonly Dictionary<string, (Action<string> Spoil, string Reason)> Faults = new()
    {
        ["names"] = (folder => Rewrite(folder, text => text.Replace("\"nano\"", "\"tiny\"").Replace("\"small\"", "\"middle\"").Replace("\"base\"", "\"great\"")), "another pool"),
        ["files"] = (folder => Change(folder, policy => ForEach(policy["models"]!, member => member["fingerprint"] = "sha256:00")), "for another '"),
        ["dimensions"] = (folder => Change(folder, policy => policy["embedder"]!["dimensions"] = 768), "768"),
        ["encoder"] = (folder => Change(folder, policy => policy["embedder"]!["fingerprint"] = "sha256:00"), "another embedder"),
        ["unknown member"] = (folder => Change(folder, policy => policy["assignment"]!["0"] = "nobody"), "nobody"),
        ["missing assignment"] = (folder => Change(folder, policy => policy["assignment"]!.AsObject().Remove("0")), ""),
        ["no json"] = (folder => File.WriteAllText(Path.Combine(folder, Document), "no policy"), Document),
        ["cut"] = (folder => Rewrite(folder, text => text[..(text.Length / 2)]), Document),
        ["empty"] = (folder => File.WriteAllBytes(Path.Combine(folder, Document), []), Document),
        ["deep"] = (folder => File.WriteAllText(Path.Combine(folder, Document), new string('[', 100_000)), Document),
        ["no vectors"] = (folder => File.Delete(Path.Combine(folder, Vectors)), Vectors),
        ["cut vectors"] = (folder => Cut(Path.Combine(folder, Vectors)), Vectors),
        ["other vectors"] = (folder => File.WriteAllBytes(Path.Combine(folder, Vectors), [0, 0, 0, 0, 0, 0, 0, 255, 1]), Vectors),
        ["no policy"] = (folder => Directory.Delete(folder, recursive: true), ""),
        ["a file"] = (folder =>
        {
            Directory.Delete(folder, recursive: true);
            File.WriteAllText(folder, "");
        }, ""),
    };

    protected override async Task<CascadeProcess> StartAsync()
    {
        Overwrite(null);
        CascadeProcess server = await CascadeProcess.ServeAsync("--policy", Folder.File("live"), "--admin-key", "boss", "--threads", "1");
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "boss");
        return server;
    }

    /// <summary>A copy of the policy with the fault, in a folder of its own.</summary>
    public string Spoil(string fault)
    {
        string folder = Folder.File($"{fault} {Guid.NewGuid():N}");
        Copy(folder);
        Faults[fault].Spoil(folder);
        return folder;
    }

    /// <summary>Writes the policy, with a fault if one is named, over the one in force.</summary>
    public void Overwrite(string? fault)
    {
        string from = Folder.File($"next {Guid.NewGuid():N}"), live = Folder.File("live");
        Copy(from);
        if (fault is not null)
            Faults[fault].Spoil(from);
        Directory.CreateDirectory(live);
        foreach (string file in (string[])[Vectors, Document])
            File.Move(Path.Combine(from, file), Path.Combine(live, file), overwrite: true);
    }

    private static void Copy(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in (string[])[Vectors, Document])
            File.WriteAllBytes(Path.Combine(folder, file), File.ReadAllBytes(Path.Combine(TwoProcesses.ShippedPolicy, file)));
    }

    private static void Rewrite(string folder, Func<string, string> change)
    {
        string document = Path.Combine(folder, Document);
        File.WriteAllText(document, change(File.ReadAllText(document)));
    }

    private static void Change(string folder, Action<JsonNode> change) => Rewrite(folder, text =>
    {
        JsonNode policy = JsonNode.Parse(text)!;
        change(policy);
        return policy.ToJsonString();
    });

    private static void ForEach(JsonNode members, Action<JsonNode> change)
    {
        foreach ((_, JsonNode? member) in members.AsObject())
            change(member!);
    }

    private static void Cut(string path)
    {
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
    }
}
