using System.Diagnostics;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Pool;

/// <summary>What a member is loaded from: one file, several, adapters, or no file at all.</summary>
public sealed class ModelFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task A_FIFO_as_a_model_fails_its_member_and_holds_nobody_up()
    {
        string fifo = _folder.File("fifo.gguf");
        using (Process make = Process.Start("mkfifo", fifo))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        using ModelPool pool = new([Member("fifo", fifo)], NullLogger.Instance);

        await pool.LoadAsync(TestContext.Current.CancellationToken).WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(MemberState.Failed, pool.Members[0].State);
        Assert.Contains("is a FIFO, not a regular file", pool.Members[0].FailureReason, StringComparison.Ordinal);
        Assert.Null(pool.Members[0].Fingerprint);
    }

    [Fact]
    public async Task A_template_that_cannot_be_used_is_told_by_the_member_that_has_it()
    {
        string file = Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf");
        Assert.SkipUnless(File.Exists(file), "models/default has no nano");
        MemberOptions options = new()
        {
            Name = "ours",
            Model = new() { Path = file, ContextLength = 64, Parallel = 1, Threads = 1, ChatTemplatePath = Write("bad.jinja", "{% if %}") },
        };
        using ModelPool pool = new([options], NullLogger.Instance);

        await pool.LoadAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("The chat template of the model ours cannot be used: line 1", pool.Members[0].Capabilities!.ChatProblem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fingerprint_tells_every_part_every_adapter_and_its_scale()
    {
        string first = Write("m-00001-of-00002.gguf", "one");
        string second = Write("m-00002-of-00002.gguf", "two");
        string adapter = Write("adapter.gguf", "change");
        ModelOptions model = new() { Path = first };
        HashSet<string> seen = [ModelContent.Fingerprint(first)];

        Assert.True(seen.Add(ModelContent.Fingerprint(model)));
        Assert.True(seen.Add(ModelContent.Fingerprint(model with { Lora = [new(adapter)] })));
        Assert.True(seen.Add(ModelContent.Fingerprint(model with { Lora = [new(adapter, 0.5f)] })));
        Assert.False(seen.Add(ModelContent.Fingerprint(model with { Parallel = 3 })));
        Write("adapter.gguf", "another");
        Assert.True(seen.Add(ModelContent.Fingerprint(model with { Lora = [new(adapter)] })));
        Write("m-00002-of-00002.gguf", "other");
        Assert.True(seen.Add(ModelContent.Fingerprint(model)));
        File.Delete(second);
        Assert.Null(ModelContent.TryFingerprint(model));
    }

    [Fact]
    public void A_model_in_one_file_is_told_by_that_file_alone()
    {
        string path = Write("m.gguf", "one");

        Assert.Equal(ModelContent.Fingerprint(path), ModelContent.Fingerprint(new ModelOptions { Path = path }));
    }

    [Theory]
    [InlineData("m-00002-of-00002.gguf")]
    [InlineData("adapter.gguf")]
    public async Task A_replaced_part_or_adapter_is_seen(string name)
    {
        Write("m-00002-of-00002.gguf", "two");
        Write("adapter.gguf", "change");
        MemberOptions options = new() { Name = "m", Model = new() { Path = Write("m-00001-of-00002.gguf", "one"), Lora = [new(_folder.File("adapter.gguf"))] } };
        using ModelPool pool = new([options], NullLogger.Instance, (_, _, _) => Task.FromResult<IMember>(new ScriptedMember()));
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        pool.CheckFiles();
        Assert.Equal(ModelFileState.Unchanged, pool.Members[0].FileState);

        File.WriteAllText(_folder.File(name), "another content");
        pool.CheckFiles();

        Assert.Equal(ModelFileState.Replaced, pool.Members[0].FileState);
    }

    private static MemberOptions Member(string name, string path) => new() { Name = name, Model = new ModelOptions { Path = path } };

    private string Write(string name, string content)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, content);
        return path;
    }
}
