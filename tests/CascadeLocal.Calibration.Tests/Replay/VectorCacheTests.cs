using CascadeLocal.Calibration.Queries;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Replay;

/// <summary>Vectors kept on disk.</summary>
public sealed class VectorCacheTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-vectors-");
    private readonly WordEmbedder _embedder = new();

    private string File => Assert.Single(Directory.GetFiles(_folder.FullName));

    [Fact]
    public async Task A_text_is_embedded_once()
    {
        PointSet first = await Cache().EmbedAsync(["two words", "one", "two words"], cancellationToken: TestContext.Current.CancellationToken);
        PointSet second = await Cache().EmbedAsync(["one", "two words"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(2, _embedder.Calls);
        Assert.Equal(first[0], second[1]);
        Assert.Equal(first[0], first[2]);
        Assert.Equal(first[1], second[0]);
        Assert.False(first[0].SequenceEqual(first[1]));
    }

    [Fact]
    public async Task A_record_that_was_cut_is_made_anew()
    {
        PointSet whole = await Cache().EmbedAsync(["one", "two"], cancellationToken: TestContext.Current.CancellationToken);
        using (FileStream file = System.IO.File.OpenWrite(File))
            file.SetLength(file.Length - 5);
        PointSet again = await Cache().EmbedAsync(["one", "two"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(3, _embedder.Calls);
        Assert.Equal(whole[0], again[0]);
        Assert.Equal(whole[1], again[1]);
    }

    [Fact]
    public async Task Progress_ends_with_all_texts()
    {
        List<int> reports = [];
        await Cache().EmbedAsync(["one", "two", "one"], new Recorder(reports), TestContext.Current.CancellationToken);

        Assert.Equal(3, reports[^1]);
    }

    [Fact]
    public async Task A_file_that_another_process_writes_is_waited_for()
    {
        await Cache().EmbedAsync(["one"], cancellationToken: TestContext.Current.CancellationToken);
        Task<PointSet> waiting;
        using (new FileStream(File, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            waiting = Cache().EmbedAsync(["one", "two"], cancellationToken: TestContext.Current.CancellationToken);
            using CancellationTokenSource impatient = new(TimeSpan.FromMilliseconds(50));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Cache().EmbedAsync(["three"], cancellationToken: impatient.Token));
            Assert.False(waiting.IsCompleted);
        }

        await waiting;
        Assert.Equal(2, _embedder.Calls);
    }

    public void Dispose()
    {
        _embedder.Dispose();
        _folder.Delete(recursive: true);
    }

    private VectorCache Cache() => new(_folder.FullName, _embedder);

    private sealed class Recorder(List<int> reports) : IProgress<int>
    {
        public void Report(int value) => reports.Add(value);
    }
}
