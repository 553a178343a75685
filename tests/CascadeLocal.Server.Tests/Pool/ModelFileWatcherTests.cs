using CascadeLocal.Cascade.Files;
using CascadeLocal.Cascade.Members;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine;
using CascadeLocal.Server.Tests.Testing;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Pool;

public sealed class ModelFileWatcherTests : IDisposable
{
    private static readonly DateTime Loaded = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    private void Write(string content, int hours)
    {
        File.WriteAllText(_path, content);
        File.SetLastWriteTimeUtc(_path, Loaded.AddHours(hours));
    }

    private WatchedModelFile Watch()
    {
        Write("model", 0);
        PoolMember member = new(new MemberOptions { Name = "a", Model = new ModelOptions { Path = _path } });
        return new WatchedModelFile(member, ModelFileFingerprint.TryRead(_path)!);
    }

    private static Task<ModelFileState> CheckAsync(WatchedModelFile file) => file.CheckAsync(TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_file_left_alone_is_unchanged()
    {
        WatchedModelFile file = Watch();

        Assert.Equal(ModelFileState.Unchanged, await CheckAsync(file));
    }

    [Theory]
    [InlineData("model, longer")]
    [InlineData("other")]
    public async Task Another_content_is_seen_also_at_equal_size_and_seen_again(string content)
    {
        WatchedModelFile file = Watch();
        await CheckAsync(file);
        Write(content, 1);

        Assert.Equal(ModelFileState.Replaced, await CheckAsync(file));
        Assert.Equal(ModelFileState.Replaced, await CheckAsync(file));
    }

    [Fact]
    public async Task A_touched_file_is_unchanged()
    {
        WatchedModelFile file = Watch();
        await CheckAsync(file);
        Write("model", 1);

        Assert.Equal(ModelFileState.Unchanged, await CheckAsync(file));
    }

    [Fact]
    public async Task A_removed_file_is_missing_until_it_is_back()
    {
        WatchedModelFile file = Watch();
        await CheckAsync(file);
        File.Delete(_path);
        Assert.Equal(ModelFileState.Missing, await CheckAsync(file));

        Write("model", 1);
        Assert.Equal(ModelFileState.Unchanged, await CheckAsync(file));
    }

    [Fact]
    public async Task The_pool_reports_a_replaced_file_on_its_member()
    {
        Write("model", 0);
        MemberOptions options = new() { Name = "a", Model = new ModelOptions { Path = _path } };
        using ScriptedBackend backend = new();
        using ModelPool pool = new([options], NullLogger.Instance, (_, _, _) => Task.FromResult<IMemberBackend>(backend));
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        Write("another model", 1);

        await pool.CheckFilesAsync(TestContext.Current.CancellationToken);

        Assert.Equal(ModelFileState.Replaced, pool.Members[0].FileState);
    }
}
