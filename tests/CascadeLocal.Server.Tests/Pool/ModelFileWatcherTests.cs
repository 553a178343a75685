using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Tests.Common;

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
        member.ReadFingerprint();
        return new WatchedModelFile(member, FileStamp.TryRead(member.Options.Model!)!);
    }

    [Fact]
    public void A_file_left_alone_is_unchanged()
    {
        WatchedModelFile file = Watch();

        Assert.Equal(ModelFileState.Unchanged, file.Check());
    }

    [Theory]
    [InlineData("model, longer")]
    [InlineData("other")]
    public void Another_content_is_seen_also_at_equal_size_and_seen_again(string content)
    {
        WatchedModelFile file = Watch();
        file.Check();
        Write(content, 1);

        Assert.Equal(ModelFileState.Replaced, file.Check());
        Assert.Equal(ModelFileState.Replaced, file.Check());
    }

    [Fact]
    public void A_touched_file_is_unchanged()
    {
        WatchedModelFile file = Watch();
        file.Check();
        Write("model", 1);

        Assert.Equal(ModelFileState.Unchanged, file.Check());
    }

    [Fact]
    public void A_removed_file_is_missing_until_it_is_back()
    {
        WatchedModelFile file = Watch();
        file.Check();
        File.Delete(_path);
        Assert.Equal(ModelFileState.Missing, file.Check());

        Write("model", 1);
        Assert.Equal(ModelFileState.Unchanged, file.Check());
    }

    [Fact]
    public async Task The_pool_reports_a_replaced_file_on_its_member()
    {
        Write("model", 0);
        MemberOptions options = new() { Name = "a", Model = new ModelOptions { Path = _path } };
        using ScriptedMember backend = new();
        using ModelPool pool = new([options], NullLogger.Instance, (_, _, _) => Task.FromResult<IMember>(backend));
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        Write("another model", 1);

        pool.CheckFiles();

        Assert.Equal(ModelFileState.Replaced, pool.Members[0].FileState);
    }
}
