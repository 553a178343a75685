using System.Net;
using System.Text.Json;

using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>Files that are no models, cut ones, models of other kinds, and files that change while they are served, all in one pool.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ModelFileTests(BadFiles files) : IClassFixture<BadFiles>
{
    private CascadeProcess Server => files.Server;

    public static TheoryData<string> Names => new(BadFiles.Faults.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_that_cannot_be_served_fails_its_member_with_the_reason(string member)
    {
        JsonElement state = await Server.HealthAsync(member);
        Assert.Equal("failed", state.GetProperty("state").GetString());
        string reason = state.GetProperty("reason").GetString()!;
        Assert.Contains(BadFiles.Faults[member].Reason, reason, StringComparison.OrdinalIgnoreCase);

        foreach (string path in (string[])[ProcessRequests.Chat, "/v1/cascade/decide"])
        {
            ErrorAnswer pinned = await Server.RefusedAsync(JsonSerializer.Serialize(TwoProcesses.Question("x", model: member)), path);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_error", "model_unavailable"), (pinned.Status, pinned.Type, pinned.Code));
            Assert.Contains(reason, pinned.Message, StringComparison.Ordinal);
            // It will not be there later either.
            Assert.Null(pinned.RetryAfter);
        }
    }

    [Fact]
    public async Task The_others_serve()
    {
        Assert.Equal(HttpStatusCode.OK, await Server.GetStatusAsync("/ready"));
        JsonElement answer = await Server.AskAsync(TwoProcesses.Question("x", maxTokens: 4));
        Assert.Contains(answer.GetProperty("model").GetString()!, BadFiles.Good);
        await Server.ServesAsync("touched");
        JsonElement list = await Server.GetAsync("/v1/models");
        Assert.Equal(BadFiles.Faults.Count + BadFiles.Good.Length + 2, list.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Weights_that_are_no_numbers_fail_the_requests_with_the_reason()
    {
        foreach (string fields in (string[])["\"temperature\":0", "\"temperature\":1,\"logprobs\":true", "\"guided_regex\":\"a+\""])
        {
            ErrorAnswer error = await Server.RefusedAsync($"{{\"model\":\"{BadFiles.NoNumbers}\",\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}],{fields}}}");
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "model_unavailable"), (error.Status, error.Code));
            Assert.Contains("not numbers", error.Message, StringComparison.Ordinal);
        }

        await Server.ServesAsync("touched");
    }

    [Fact]
    public async Task A_file_that_changes_under_a_loaded_model_is_reported_and_the_model_is_served_as_it_was()
    {
        Dictionary<string, string> before = [];
        foreach (string member in BadFiles.Good)
            before[member] = await SayAsync(member);

        files.Change();

        (string Member, string File)[] expected =
            [("renamed", "replaced"), ("cut", "replaced"), ("overwritten", "replaced"), ("emptied", "replaced"), ("removed", "missing"), ("turned", "missing"), ("touched", "unchanged")];
        foreach ((string member, string file) in expected)
            await Wait.ForAsync(() => Server.WordAsync(member, "file"), now => now == file, $"{member} is {file}");
        foreach (string member in BadFiles.Good)
            Assert.Equal(before[member], await SayAsync(member));
        foreach ((string member, string file) in expected.Where(e => e.File != "unchanged"))
            await Wait.UntilAsync(() => Server.Log.Any(line => line.Contains("warning: ", StringComparison.Ordinal) && line.Contains($"{member}.gguf", StringComparison.Ordinal)));
        Assert.DoesNotContain(Server.Log, line => line.Contains("touched.gguf", StringComparison.Ordinal));
    }

    // One after the other on one thread: nothing but the model decides.
    private async Task<string> SayAsync(string member)
    {
        JsonElement answer = await Server.AskAsync(TwoProcesses.Question("Say something.", model: member, maxTokens: 16, ignoreEos: true));
        return answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }
}

/// <summary>A pool of bad files and of good ones.</summary>
public sealed class BadFiles : SharedProcess
{
    /// <summary>The good ones, by what becomes of their files.</summary>
    public static readonly string[] Good = ["renamed", "cut", "overwritten", "emptied", "removed", "turned", "touched"];

    /// <summary>One that loads, but whose weights are no numbers.</summary>
    public const string NoNumbers = "no-numbers";

    /// <summary>What a member's file is, and what has to be said of it.</summary>
    internal static readonly Dictionary<string, (Action<string> Write, string Reason)> Faults = new()
    {
        ["magic"] = (Bytes(b => [.. "GGUX"u8, .. b[4..]]), "magic"),
        ["empty"] = (Bytes(_ => []), "gguf"),
        ["words"] = (Bytes(_ => [.. "This is no model at all, but a page of text.\n"u8]), "magic"),
        ["noise"] = (Bytes(_ => Noise(1 << 16)), "magic"),
        ["noisy"] = (Bytes(b => [.. b[..24], .. Noise(1 << 16)]), "gguf"),
        ["version"] = (Gguf(g => g.Version = 99), "version"),
        ["tensors"] = (Gguf(g => g.TensorCount = ulong.MaxValue), "tensor"),
        ["entries"] = (Gguf(g => g.EntryCount = 1UL << 62), "entr"),
        ["offset"] = (Gguf(g => g.Change("output_norm.weight", t => t with { Offset = 1UL << 50 })), "output_norm.weight"),
        ["cut-in-head"] = (Bytes(b => b[..100]), "metadata"),
        ["cut-at-the-data"] = (path => File.WriteAllBytes(path, Cut()), "bytes"),
        ["cut-in-the-middle"] = (Bytes(b => b[..(b.Length / 2)]), "bytes"),
        ["cut-at-the-end"] = (Bytes(b => b[..^1]), "bytes"),
        ["unheard-of"] = (Gguf(g => g.Set("general.architecture", "llama9000")), "llama9000"),
        ["encoder"] = (Gguf(g => g.Set("general.architecture", "clip")), "clip"),
        ["nameless"] = (Gguf(g => g.Remove("general.architecture")), "general.architecture"),
        ["wordless"] = (Gguf(g => g.Remove("tokenizer.ggml.tokens")), "tokenizer.ggml.tokens"),
        ["foreign-tokens"] = (Gguf(g => g.Set("tokenizer.ggml.pre", "of-tomorrow")), "of-tomorrow"),
        ["lacking"] = (Gguf(g => g.RemoveTensors(name => name == "blk.1.ffn_up.weight")), "blk.1.ffn_up.weight"),
        ["headless"] = (Gguf(g => g.Set("llama.attention.head_count", 0u)), "head_count"),
        ["absent"] = (_ => { }, "absent.gguf"),
        ["folder"] = (path => Directory.CreateDirectory(path), "folder.gguf"),
        ["device"] = (path => File.CreateSymbolicLink(path, "/dev/zero"), "regular"),
        ["pipe"] = (MakePipe, "regular"),
        ["loop"] = (path => File.CreateSymbolicLink(path, path), "loop.gguf"),
    };

    protected override Task<CascadeProcess> StartAsync()
    {
        foreach ((string name, (Action<string> write, _)) in Faults)
            write(FileOf(name));
        GgufBuilder broken = TestGguf.Create();
        broken.Change("output_norm.weight", tensor => tensor with { Data = [.. Enumerable.Repeat((byte)0xff, tensor.Data.Length)] });
        File.WriteAllBytes(FileOf(NoNumbers), broken.Build());
        for (int i = 0; i < Good.Length; i++)
            Folder.WriteModel($"{Good[i]}.gguf", 512, seed: i + 1);
        File.WriteAllText(Folder.File("cascade.json"), JsonSerializer.Serialize(new
        {
            policy = TwoProcesses.Nowhere,
            threads = 1,
            parallel = 2,
            pool = Faults.Keys.Concat(Good).Append(NoNumbers).Select(name => new { name, path = FileOf(name) }),
        }));
        return CascadeProcess.ServeAsync("--config", Folder.File("cascade.json"));
    }

    /// <summary>Does to the good files what they are called.</summary>
    public void Change()
    {
        byte[] other = LittleModel.Bytes(512, seed: 99);
        File.WriteAllBytes(FileOf("new"), other);
        File.Move(FileOf("new"), FileOf("renamed"), overwrite: true);
        using (FileStream cut = File.OpenWrite(FileOf("cut")))
            cut.SetLength(cut.Length / 2);
        File.WriteAllBytes(FileOf("overwritten"), other);
        File.WriteAllBytes(FileOf("emptied"), []);
        File.Delete(FileOf("removed"));
        File.Delete(FileOf("turned"));
        Directory.CreateDirectory(FileOf("turned"));
        File.SetLastWriteTimeUtc(FileOf("touched"), DateTime.UtcNow.AddHours(1));
    }

    private string FileOf(string name) => Folder.File($"{name}.gguf");

    private static Action<string> Bytes(Func<byte[], byte[]> spoil) => path => File.WriteAllBytes(path, spoil(LittleModel.Bytes()));

    private static Action<string> Gguf(Action<GgufBuilder> spoil) => path =>
    {
        GgufBuilder builder = TestGguf.Create();
        spoil(builder);
        File.WriteAllBytes(path, builder.Build());
    };

    private static byte[] Cut()
    {
        byte[] whole = TestGguf.Create().Build(out int headerBytes);
        return whole[..headerBytes];
    }

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(7).NextBytes(noise);
        return noise;
    }

    private static void MakePipe(string path)
    {
        using System.Diagnostics.Process make = ChildProcesses.Start(new System.Diagnostics.ProcessStartInfo("mkfifo", [path]));
        make.WaitForExit();
    }
}
